"""A billing-only company of 36 months in dollars, yen and dinars, with every kind of bad input planted and recorded.

Belongs here: making the documents (`Books`) from a seed and writing them as raw CSV tables by the contract. What they
amount to is the oracle's.
"""

import csv
import random
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from tests.warehouse.finance.documents import (
    PER_YEAR,
    Books,
    Charge,
    Cost,
    Coupon,
    CreditNote,
    Dispute,
    Invoice,
    Line,
    Price,
    Refund,
    Subscription,
    Transaction,
)

START, END = datetime.fromisoformat("2023-01-01"), datetime.fromisoformat("2026-01-05T20:00")
AS_OF = date(2026, 1, 5)
LAST_MONTH = date(2025, 12, 1)
MONTHS = [date(2023 + n // 12, n % 12 + 1, 1) for n in range(36)]
EXPONENT = {"USD": 2, "JPY": 0, "KWD": 3}
UNIT = {"USD": 1_900, "JPY": 2_700, "KWD": 6_333}  # one seat and month, minor units
WITHOUT_RATE = {("KWD", date(2024, 8, 1))}  # rates come monthly, and this one was never delivered
RATE = {"JPY": Fraction("0.0068"), "KWD": Fraction("3.25")}
PRODUCTS = {"prod_core": "Core", "prod_plus": "Plus", "prod_setup": "Set-up"}
FACTOR = {"prod_core": 1, "prod_plus": 3}
INTERVALS = (("month", 1), ("year", 1), ("month", 3), ("week", 1), ("day", 30))
FOREVER = datetime.fromisoformat("9999-12-31")


def add_months(at: datetime, months: int) -> datetime:
    """The same day of a later month; days after the 28th are not used here."""
    index = at.year * 12 + at.month - 1 + months
    return at.replace(year=index // 12, month=index % 12 + 1)


def next_month(month: date) -> date:
    """First day of the month after."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def half_up(value: Fraction) -> int:
    """Round to a whole number, halves away from zero."""
    whole = int(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


def write_company(folder: Path, seed: int) -> Books:
    """Write `raw/` and `company.yml` of a company below `folder`, and return its documents."""
    books = _Maker(seed).make()
    _write(folder, books)
    return books


def _period_end(start: datetime, interval: str, count: int, turn: int) -> datetime:
    """End of the n-th period (from 0) of an agreement that started at `start`."""
    if interval == "day":
        return start + timedelta(days=count * (turn + 1))
    if interval == "week":
        return start + timedelta(days=7 * count * (turn + 1))
    return add_months(start, (12 if interval == "year" else 1) * count * (turn + 1))


class _Maker:
    """Draws a company; every number comes from the seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.books = Books()
        self.count: dict[str, int] = {}
        self.balance: dict[str, int] = {}  # what a customer has in credit, minor units

    def new_id(self, prefix: str) -> str:
        self.count[prefix] = self.count.get(prefix, 0) + 1
        return f"{prefix}_{self.count[prefix]:05d}"

    def make(self) -> Books:
        self._prices()
        self._rates()
        for number in range(40):
            self._customer(("USD", "JPY", "KWD")[number % 3], number)
        self._special_subscriptions()
        self._single_bills()
        self._test_mode()
        self._pay()
        self._stray_documents()
        self._payouts()
        self._costs()
        return self.books

    # ---- what is sold

    def _prices(self) -> None:
        for currency, base in UNIT.items():
            for product, factor in FACTOR.items():
                for interval, count in INTERVALS:
                    unit = Fraction(base * factor * 12 * count, PER_YEAR[interval])
                    if interval != "week":
                        unit = Fraction(half_up(unit))  # weekly prices keep a fraction of a minor unit
                    name = f"price_{product[5:]}_{currency.lower()}_{count}{interval}"
                    unit = Fraction(half_up(unit * 1000), 1000)
                    self.books.prices[name] = Price(name, product, currency, interval, count, unit)
            one_off = f"price_setup_{currency.lower()}"
            self.books.prices[one_off] = Price(one_off, "prod_setup", currency, None, 1, Fraction(base * 10))
            tiered = f"price_tiered_{currency.lower()}"
            steps = ((5, base), (None, base // 2))
            self.books.prices[tiered] = Price(tiered, "prod_plus", currency, "month", 1, None, steps)
        for product, per_cent in (("prod_core", 82), ("prod_plus", 71), ("prod_setup", 15)):
            self.books.margins.append((product, date(2022, 1, 1), Fraction(per_cent)))
            self.books.margins.append((product, date(2024, 3, 16), Fraction(per_cent) - Fraction("1.25")))

    def _rates(self) -> None:
        for month in [date(2022, 12, 1), *MONTHS, date(2026, 1, 1)]:
            for currency, level in RATE.items():
                moved = level * Fraction(self.rng.randint(950_000, 1_050_000), 1_000_000)
                if (currency, month) in WITHOUT_RATE:
                    continue
                self.books.rates.append((month, currency, Fraction(half_up(moved * 10**6), 10**6)))

    def _price(self, product: str, currency: str, interval: str, count: int) -> Price:
        return self.books.prices[f"price_{product[5:]}_{currency.lower()}_{count}{interval}"]

    # ---- customers and their agreements

    def _new_customer(self, currency: str, at: datetime, is_live: bool = True) -> str:
        customer = self.new_id("cus")
        self.books.customers[customer] = (currency, at, is_live)
        self.balance[customer] = 0
        return customer

    def _moment(self, first: datetime, last: datetime) -> datetime:
        """A moment between two days, on a day up to the 28th."""
        at = first + timedelta(seconds=self.rng.randrange(int((last - first).total_seconds())))
        return at.replace(day=min(at.day, 28))

    def _customer(self, currency: str, number: int) -> None:
        """A customer with one to three subscriptions after one another, or beside."""
        rng = self.rng
        at = self._moment(START, datetime.fromisoformat("2025-06-01"))
        customer = self._new_customer(currency, at)
        tax = 10 if rng.random() < 0.4 else 0
        interval, count = INTERVALS[number % len(INTERVALS)]
        items = {self._price("prod_core", currency, interval, count).id: rng.randint(1, 40)}
        if rng.random() < 0.35:
            items[self._price("prod_plus", currency, interval, count).id] = rng.randint(1, 9)
        coupon = self._coupon(
            currency, at, ("none", "forever", "none", "once", "repeating", "fixed", "none")[number % 7]
        )
        leaves = rng.random() < 0.45
        ended = self._moment(at + timedelta(days=40), END + timedelta(days=200)) if leaves else None
        ended = None if ended is not None and ended > END else ended
        self._subscribe(customer, currency, at, items, interval, count, coupon=coupon, ended=ended, tax=tax)
        if ended is not None and rng.random() < 0.6:
            gap = rng.choice([2, 6, 45, 100])
            back = (ended + timedelta(days=gap)).replace(day=min((ended + timedelta(days=gap)).day, 28))
            if ended < back < END:
                price = self._price("prod_core", currency, "month", 1).id
                self._subscribe(customer, currency, back, {price: rng.randint(1, 20)}, "month", 1, tax=tax)
        if rng.random() < 0.2:
            later = self._moment(at + timedelta(days=30), END)
            price = self._price("prod_plus", currency, "month", 1).id
            self._subscribe(customer, currency, later, {price: rng.randint(1, 5)}, "month", 1, tax=tax)

    def _coupon(self, currency: str, at: datetime, kind: str) -> Coupon | None:
        if kind == "none":
            return None
        name = f"coupon_{kind}_{currency.lower()}_{self.new_id('off')}"
        if kind == "once":
            return Coupon(name, "once", 25, 0, at, at + timedelta(hours=2))
        if kind == "repeating":
            return Coupon(name, "repeating", 20, 0, at, add_months(at, 3), 3)
        if kind == "fixed":
            return Coupon(name, "forever", 0, UNIT[currency] // 2, at, None)
        return Coupon(name, "forever", self.rng.choice([5, 10, 15, 33]), 0, at, None)

    def _subscribe(
        self,
        customer: str,
        currency: str,
        start: datetime,
        items: dict[str, int],
        interval: str,
        count: int,
        *,
        coupon: Coupon | None = None,
        ended: datetime | None = None,
        tax: int = 0,
        trial_days: int = 0,
        changes: bool = True,
        is_live: bool = True,
        agreed_later: Mapping[int, dict[str, int]] | None = None,
    ) -> Subscription:
        """Agree and bill period by period until it ends.

        Args:
            tax: per cent on what is left after the discount.
            changes: seats of the first price may change within a period, which bills prorations.
            agreed_later: what is agreed from the n-th period on.
        """
        subscription = Subscription(
            self.new_id("sub"), customer, currency, start, [(start, dict(items))], ended=ended, is_live=is_live
        )
        if coupon is not None:
            subscription.coupons.append(coupon)
        self.books.subscriptions.append(subscription)
        first = start + timedelta(days=trial_days)
        if trial_days:
            subscription.trial_end = first
            lines = [self._line(subscription, price, 0, quantity, start, first) for price, quantity in items.items()]
            self._bill(subscription, start, lines, 0, 0)
        begins, turn = first, 0
        while begins < min(ended or END, END):
            ends = _period_end(first, interval, count, turn)
            if agreed_later is not None and turn in agreed_later:
                items = dict(agreed_later[turn])
                subscription.agreed.append((begins, dict(items)))
            prices = self.books.prices
            lines = [
                self._line(subscription, price, prices[price].bill(quantity), quantity, begins, ends)
                for price, quantity in items.items()
            ]
            self._bill(subscription, begins, lines, self._off(subscription, begins, lines), tax)
            if changes and self.rng.random() < 0.12:
                self._change(subscription, items, begins, ends, tax)
                items = dict(subscription.agreed[-1][1])
            begins, turn = ends, turn + 1
        return subscription

    def _line(self, s: Subscription, price: str, amount: int, quantity: int, first: datetime, last: datetime) -> Line:
        return Line(self.new_id("il"), amount, quantity, price, first, last, subscription=s.id)

    def _off(self, s: Subscription, at: datetime, lines: list[Line]) -> int:
        """What the coupons of a subscription take off a bill."""
        subtotal, off = sum(line.amount for line in lines), 0
        for coupon in s.coupons:
            if coupon.since <= at < (coupon.until or FOREVER):
                off += half_up(Fraction(subtotal * coupon.percent, 100)) + min(coupon.amount, subtotal)
        return off

    def _bill(self, s: Subscription, at: datetime, lines: list[Line], discount: int, tax: int) -> Invoice:
        net = sum(line.amount for line in lines) - discount
        invoice = Invoice(
            self.new_id("in"), s.customer, s.currency, at, lines, at + timedelta(hours=1), subscription=s.id,
            discount=discount, tax=half_up(Fraction(net * tax, 100)), is_live=s.is_live,
        )  # fmt: skip
        self.books.invoices.append(invoice)
        return invoice

    def _change(self, s: Subscription, items: dict[str, int], begins: datetime, ends: datetime, tax: int) -> None:
        """Another number of seats within a period: unused time back, remaining time billed, both with the coupon."""
        if (ends - begins).days < 3:
            return
        at = begins + timedelta(days=self.rng.randrange(1, (ends - begins).days))
        if at >= min(s.ended or END, END):
            return
        price = next(iter(items))
        before, after = items[price], max(1, items[price] + self.rng.choice([-3, 1, 2, 5, 8]))
        if before == after:
            return
        percent = sum(c.percent for c in s.coupons if c.since <= at < (c.until or FOREVER))
        left = Fraction((ends - at).days, (ends - begins).days) * Fraction(100 - percent, 100)
        unit = self.books.prices[price].unit
        assert unit is not None
        lines = []
        for sign, quantity in ((-1, before), (1, after)):
            line = self._line(s, price, sign * half_up(unit * quantity * left), quantity, at, ends)
            line.is_proration = True
            lines.append(line)
        s.agreed.append((at, {**items, price: after}))
        self._bill(s, at, lines, 0, tax)
        if at.month != ends.month:
            self.books.planted["proration_over_month_end"].append(s.id)

    def _special_subscriptions(self) -> None:
        """Trial, no quantity, tiered price, flat to tiered; several items; each in each currency."""
        for currency in UNIT:
            at = self._moment(START, datetime.fromisoformat("2024-06-01"))
            core = self._price("prod_core", currency, "month", 1).id
            plus = self._price("prod_plus", currency, "month", 1).id
            plant = self.books.planted
            trial = self._subscribe(
                self._new_customer(currency, at), currency, at, {core: 4}, "month", 1, trial_days=14, changes=False
            )
            plant["trial"].append(trial.id)
            running = END - timedelta(days=5)
            trial = self._subscribe(
                self._new_customer(currency, running), currency, running, {core: 4}, "month", 1, trial_days=14,
                changes=False,
            )  # fmt: skip
            plant["trial_running"].append(trial.id)
            none = self._subscribe(
                self._new_customer(currency, at), currency, at, {core: 3}, "month", 1, changes=False,
                agreed_later={5: {core: 0}, 11: {core: 2}},
            )  # fmt: skip
            plant["quantity_zero"].append(none.id)
            tiered = self._subscribe(
                self._new_customer(currency, at), currency, at, {f"price_tiered_{currency.lower()}": 9}, "month", 1,
                changes=False,
            )  # fmt: skip
            plant["tiered"].append(tiered.id)
            self._move_to_tiers(currency, at, core)
            several = self._subscribe(
                self._new_customer(currency, at), currency, at, {core: 10, plus: 2}, "month", 1, changes=False,
                ended=add_months(at, 15), agreed_later={8: {core: 10, plus: 5}},
            )  # fmt: skip
            plant["several_items"].append(several.id)

    def _move_to_tiers(self, currency: str, at: datetime, flat: str) -> None:
        """Flat to tiered in the fifth period, until it ends: with bills, and with bills that were all made void."""
        for kind in ("to_tiers", "to_tiers_unbilled"):
            moved = self._subscribe(
                self._new_customer(currency, at), currency, at, {flat: 3}, "month", 1, changes=False,
                ended=add_months(at, 12), agreed_later={4: {f"price_tiered_{currency.lower()}": 9}},
            )  # fmt: skip
            self.books.planted[kind].append(moved.id)
            for invoice in self.books.invoices:
                is_tiered = invoice.subscription == moved.id and invoice.created >= moved.agreed[-1][0]
                if kind == "to_tiers_unbilled" and is_tiered:
                    invoice.status, invoice.voided_at = "void", invoice.created + timedelta(days=1)

    # ---- bills that stand alone

    def _single(
        self, customer: str, currency: str, at: datetime, amounts: list[int], service: tuple[datetime, datetime]
    ) -> Invoice:
        price = f"price_setup_{currency.lower()}"
        lines = [Line(self.new_id("il"), amount, 1, price, *service) for amount in amounts]
        invoice = Invoice(self.new_id("in"), customer, currency, at, lines, at + timedelta(hours=1))
        self.books.invoices.append(invoice)
        return invoice

    def _single_bills(self) -> None:
        """One bill of each oddity in each currency, on a customer of its own."""
        plant = self.books.planted
        for currency, base in UNIT.items():
            at = self._moment(datetime.fromisoformat("2024-02-01"), datetime.fromisoformat("2025-08-01"))
            who = self._new_customer(currency, at - timedelta(days=1))
            day = timedelta(days=1)

            def bill(
                kind: str,
                amounts: list[int],
                *,
                late: int = 0,
                first: int = 0,
                last: int = 30,
                customer: str = who,
                at: datetime = at,
                currency: str = currency,
            ) -> Invoice:
                moment = at + timedelta(days=late)
                service = (moment + timedelta(days=first), moment + timedelta(days=last))
                invoice = self._single(customer, currency, moment, amounts, service)
                plant[kind].append(invoice.id)
                return invoice

            bill("lines_do_not_sum", [base * 7, base], late=3).missing = base * 2
            bill("lines_do_not_sum", [base * 7], late=5).missing = -base
            bill("without_customer", [base * 4], customer=self.new_id("cus_gone"))
            void = bill("void", [base * 9], late=8)
            void.status, void.voided_at = "void", void.created + 2 * day
            later = bill("voided_after_as_of", [base * 3], late=9)
            later.status, later.voided_at = "void", datetime.fromisoformat("2026-01-06T01:00")
            bad = bill("uncollectible", [base * 6], late=11)
            bad.status, bad.given_up_at = "uncollectible", bad.created + 70 * day
            draft = bill("draft", [base * 5], late=12)
            draft.status, draft.finalized = "draft", None
            bill("deleted", [base * 5], late=13).is_deleted = True
            bill("late_service", [base * 8], late=14, first=-130, last=-101)
            bill("service_ahead", [base * 12], late=15, first=40, last=405)
            bill("negative_line", [base * 12, -base * 2], late=16)
            bill("below_zero", [-base * 5], late=17).from_balance = -base * 5
            bill("from_balance", [base * 8], late=20).from_balance = base * 5
            bill("header_discount", [base * 3, base * 5, base * 7], late=21).discount = base + 1
            taxed = bill("tax", [base * 10 + 3], late=22)
            taxed.tax = half_up(Fraction((base * 10 + 3) * 19, 100))
            bill("without_service_days", [base], late=23, first=0, last=0)
            bill("out_of_band", [base * 11], late=24).paid_out_of_band = base * 11
            bill("in_part", [base * 10], late=25)
            bill("in_parts", [base * 9], late=26)
            bill("credit_above", [base * 4], late=27)
            bill("credit_unnamed", [base * 9, base * 2], late=28, last=120)
            bill("credit_named", [base * 9, base * 6], late=29, last=120)
            bill("credit_before_payment", [base * 9], late=30, last=120)
            bill("credit_void", [base * 9], late=31)
            bill("credit_after_as_of", [base * 9], late=32)
            bill("credit_taxed", [base * 10], late=33).tax = base
            bill("refund_only", [base * 10], late=34).tax = base
            bill("refund_failed", [base * 10], late=35)
            bill("refund_unplaced", [base * 10], late=36)
            bill("dispute_lost", [base * 10], late=37)
            bill("dispute_won", [base * 10], late=38)

    def _test_mode(self) -> None:
        """A customer in test mode, whose documents never count."""
        at = datetime.fromisoformat("2024-05-10T10:00")
        customer = self._new_customer("USD", at, is_live=False)
        price = self._price("prod_core", "USD", "month", 1).id
        self._subscribe(customer, "USD", at, {price: 7}, "month", 1, changes=False, is_live=False)

    # ---- money

    def _charge(self, invoice: Invoice, amount: int, at: datetime, *, is_ok: bool = True) -> Charge:
        charge = Charge(
            self.new_id("ch"), invoice.customer, invoice.id, invoice.currency, amount, at, is_ok, invoice.is_live
        )
        self.books.charges.append(charge)
        invoice.charges.append(charge)
        if is_ok:
            fee = half_up(Fraction(amount * 29, 1000)) + 30
            self._move("charge", "charge", charge.id, charge.currency, amount, fee, at)
        return charge

    def _move(
        self, kind: str, reporting: str | None, source: str | None, currency: str, amount: int, fee: int, at: datetime
    ) -> None:
        self.books.transactions.append(
            Transaction(self.new_id("txn"), kind, reporting, source, currency, amount, fee, at)
        )

    def _pay(self) -> None:
        """Pay most bills in full days or weeks later; the rest as planted."""
        plant = self.books.planted
        one_month = timedelta(days=31)
        never = {*plant["uncollectible"], *plant["draft"], *plant["deleted"], *plant["out_of_band"]}
        for invoice in self.books.invoices:
            if invoice.status == "void" or invoice.id in never:
                if invoice.id in plant["out_of_band"]:
                    invoice.status, invoice.paid_at = "paid", invoice.created + timedelta(days=9)
                continue
            assert invoice.finalized is not None
            if invoice.due <= 0:
                invoice.from_balance += invoice.due  # below zero: the customer keeps it in credit
                invoice.status, invoice.paid_at = "paid", invoice.finalized
                continue
            if invoice.id in plant["credit_before_payment"]:
                self._credit(invoice, invoice.total // 3, invoice.created + timedelta(days=1), "pre_payment")
            if invoice.id in plant["in_part"]:
                self._charge(invoice, invoice.due // 3, invoice.created + timedelta(days=4))
                continue
            if invoice.id in plant["in_parts"]:
                part = invoice.due // 3
                self._charge(invoice, part, invoice.created + timedelta(days=2))
                self._charge(invoice, invoice.due - part, invoice.created + one_month)
                invoice.status, invoice.paid_at = "paid", invoice.created + one_month
                continue
            at = invoice.created + timedelta(hours=2 + self.rng.choice([0, 0, 24 * 5, 24 * 20, 24 * 40]))
            if self.rng.random() < 0.05:
                self._charge(invoice, invoice.due, invoice.created + timedelta(hours=2), is_ok=False)
            if self.rng.random() < 0.01 and invoice.subscription:
                invoice.status = "uncollectible"
                invoice.given_up_at = invoice.created + timedelta(days=30)
                if invoice.given_up_at < END:
                    plant["uncollectible"].append(invoice.id)
                    continue
                invoice.status, invoice.given_up_at = "open", None
            if at < END:
                self._charge(invoice, invoice.due, at)
                invoice.status, invoice.paid_at = "paid", at
                if self.rng.random() < 0.03 and invoice.subscription and invoice.is_live:
                    self._give_back(invoice, at + timedelta(days=self.rng.randrange(1, 50)))

    def _give_back(self, invoice: Invoice, at: datetime) -> None:
        """A part of a paid bill comes back with a credit note; sometimes the money too."""
        if at >= END:
            return
        amount = max(1, invoice.total // self.rng.choice([2, 3, 10]))
        refund = None
        if self.rng.random() < 0.7:
            refund = self._refund(invoice.charges[-1], min(amount, invoice.charges[-1].amount), at).id
            amount = min(amount, invoice.charges[-1].amount)
        self._credit(invoice, amount, at, "post_payment", refund=refund)

    def _credit(
        self,
        invoice: Invoice,
        total: int,
        at: datetime,
        kind: str,
        *,
        named: list[tuple[str, int]] | None = None,
        refund: str | None = None,
    ) -> CreditNote:
        note = CreditNote(
            self.new_id("cn"), invoice.id, invoice.currency, at, total, kind, named or [], refund,
            is_live=invoice.is_live,
        )  # fmt: skip
        if kind == "pre_payment":
            invoice.pre_credit += total
        else:
            invoice.post_credit += total
        self.books.credit_notes.append(note)
        return note

    def _refund(self, charge: Charge, amount: int, at: datetime, status: str = "succeeded") -> Refund:
        refund = Refund(self.new_id("re"), charge.id, charge.currency, amount, at, status)
        self.books.refunds.append(refund)
        if status == "succeeded":
            self._move("refund", "refund", refund.id, charge.currency, -amount, 0, at)
        return refund

    def _stray_documents(self) -> None:
        """Credits, refunds and disputes of the planted bills, and movements that no document explains."""
        plant = self.books.planted
        by_id = {invoice.id: invoice for invoice in self.books.invoices}

        def of(kind: str) -> list[Invoice]:
            return [by_id[name] for name in plant[kind]]

        day = timedelta(days=1)
        for invoice in of("credit_above"):
            self._credit(invoice, invoice.total * 2 + 1, invoice.created + 50 * day, "post_payment")
        for invoice in of("credit_unnamed"):
            self._credit(invoice, invoice.lines[0].amount // 2, invoice.created + 45 * day, "post_payment")
            self._credit(invoice, invoice.lines[0].amount, invoice.created + 95 * day, "post_payment")
        for invoice in of("credit_named"):
            small = invoice.lines[1]
            self._credit(
                invoice, small.amount // 2 + 7, invoice.created + 61 * day, "post_payment",
                named=[(small.id, small.amount // 2 + 7)],
            )  # fmt: skip
        for invoice in of("credit_void"):
            note = self._credit(invoice, invoice.total, invoice.created + 45 * day, "post_payment")
            note.voided_at = note.created + 3 * day
            invoice.post_credit = 0
        for invoice in of("credit_after_as_of"):
            self._credit(invoice, invoice.total, datetime.fromisoformat("2026-01-06T02:00"), "post_payment")
        for invoice in of("credit_taxed"):
            self._credit(invoice, 77, invoice.created + 45 * day, "post_payment")
            self._credit(invoice, invoice.total // 2, invoice.created + 46 * day, "post_payment")
        for invoice in of("void")[:1]:
            self._credit(invoice, 100, invoice.created + 20 * day, "post_payment")
        for kind, status in (("refund_only", "succeeded"), ("refund_failed", "failed")):
            for invoice in of(kind):
                if invoice.charges:
                    self._refund(invoice.charges[-1], invoice.total // 3, invoice.created + 70 * day, status)
        for invoice in of("refund_unplaced"):
            if invoice.charges:
                refund = self._refund(invoice.charges[-1], invoice.total // 4, invoice.created + 80 * day)
                refund.charge = None
        for kind, status in (("dispute_lost", "lost"), ("dispute_won", "won")):
            for invoice in of(kind):
                charge = next(charge for charge in invoice.charges if charge.is_ok)
                at = charge.created + 15 * day
                dispute = Dispute(self.new_id("dp"), charge.id, charge.currency, charge.amount, at, status)
                self.books.disputes.append(dispute)
                self._move("adjustment", "dispute", dispute.id, charge.currency, -charge.amount, 1_500, at)
                if status == "won":
                    back = at + 30 * day
                    self._move("adjustment", "dispute_reversal", dispute.id, charge.currency, charge.amount, 0, back)
        for currency in UNIT:
            at = self._moment(datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2025-11-01"))
            self._move("stripe_fee", "fee", None, currency, -777, 0, at)
            self._move("something_new", None, None, currency, 50_000, 0, at)
            self.books.planted["unknown_movement"].append(self.books.transactions[-1].id)

    def _payouts(self) -> None:
        """On the third of each month all that came in before the first goes out."""
        is_test = {charge.id for charge in self.books.charges if not charge.is_live}
        moved = [t for t in self.books.transactions if t.source not in is_test]
        for currency in UNIT:
            paid = 0
            for month in [*MONTHS[1:], date(2026, 1, 1)]:
                first = datetime.combine(month, time())
                come_in = sum(t.amount - t.fee for t in moved if t.currency == currency and t.created < first)
                if come_in - paid > 0:
                    at = first + timedelta(days=2, hours=3)
                    self._move("payout", "payout", self.new_id("po"), currency, paid - come_in, 0, at)
                    paid = come_in

    def _costs(self) -> None:
        """Go-to-market costs in every currency, one of them paid back, and a ledger in dollars that is off once."""
        for month in MONTHS:
            lines = [
                Cost(month, "onboarding", "USD", self.rng.randrange(200_000, 600_000)),
                Cost(month, "onboarding", "KWD", self.rng.randrange(100_000, 300_000)),
                Cost(month, "marketing", "JPY", self.rng.randrange(300_000, 900_000)),
                Cost(month, "sales", "USD", self.rng.randrange(1_000_000, 2_000_000)),
            ]
            self.books.costs += lines
            self.books.ledger.append((month, "6100 Sales", lines[-1].amount))
        self.books.costs.append(Cost(MONTHS[20], "sales", "USD", -123_456))
        self.books.planted["ledger_off"].append(MONTHS[20].isoformat())


# ---- raw tables


def _at(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S")


def _write(folder: Path, books: Books) -> None:
    """Write the documents as raw CSV tables and the company file."""
    for name, rows in _raw(books).items():
        path = folder / "raw" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.startswith("stripe"):
            rows = [{**row, "_fivetran_synced": "2026-01-07 05:00:00"} for row in rows]
        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, list(rows[0]), restval="")
            writer.writeheader()
            writer.writerows(rows)
    company = {
        "company_name": "Three Currencies",
        "raw_schemas": {"stripe": "stripe", "finance": "finance", "marketing": "marketing"},
        "reporting_currency": "USD",
        "reporting_timezone": "UTC",
        "product_key": "id",
    }
    (folder / "company.yml").write_text(yaml.safe_dump(company), encoding="utf-8")


def _major(amount: int, exponent: int) -> str:
    """Minor units written as major units."""
    return str(Decimal(amount).scaleb(-exponent))


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _raw(books: Books) -> dict[str, list[dict[str, Any]]]:
    """Raw rows by `source/table`."""
    live = {s.id: s.is_live for s in books.subscriptions}
    current = {s.id: s.agreed[-1][1] for s in books.subscriptions}
    refunded: dict[str, int] = {}
    for refund in books.refunds:
        if refund.charge and refund.status == "succeeded":
            refunded[refund.charge] = refunded.get(refund.charge, 0) + refund.amount
    coupons = [(s, coupon) for s in books.subscriptions for coupon in s.coupons]
    return {
        "stripe/customer": [
            {"id": name, "created": _at(at), "email": "", "metadata": "{}", "livemode": _flag(is_live),
             "currency": currency.lower(), "is_deleted": "false"}
            for name, (currency, at, is_live) in books.customers.items()
        ],
        "stripe/product": [{"id": name, "name": text, "is_deleted": "false"} for name, text in PRODUCTS.items()],
        "stripe/price": [
            {"id": p.id, "product_id": p.product, "currency": p.currency.lower(),
             "unit_amount": p.unit if p.unit is not None and p.unit.denominator == 1 else "",
             "unit_amount_decimal": "" if p.unit is None else f"{float(p.unit):.3f}",
             "recurring_interval": p.interval or "", "recurring_interval_count": p.count if p.interval else "",
             "recurring_usage_type": "licensed" if p.interval else "", "billing_scheme": "tiered" if p.tiers else
             "per_unit", "type": "recurring" if p.interval else "one_time",
             "tiers_mode": "graduated" if p.tiers else ""}
            for p in books.prices.values()
        ],
        "stripe/subscription_history": [
            {"id": s.id, "customer_id": s.customer,
             "status": "canceled" if s.ended else "trialing" if s.trial_end and s.trial_end > END else "active",
             "created": _at(s.start), "start_date": _at(s.start), "cancel_at_period_end": _flag(s.ended is not None),
             "canceled_at": _at(s.ended), "ended_at": _at(s.ended), "metadata": "{}", "livemode": _flag(s.is_live),
             "trial_start": _at(s.start if s.trial_end else None), "trial_end": _at(s.trial_end)}
            for s in books.subscriptions
        ],
        "stripe/subscription_item": [
            {"id": f"si_{name}_{place}", "subscription_id": name, "plan_id": price, "quantity": quantity,
             "created": _at(next(s.start for s in books.subscriptions if s.id == name))}
            for name, items in current.items() for place, (price, quantity) in enumerate(items.items())
        ],
        "stripe/invoice": [
            {"id": i.id, "customer_id": i.customer, "subscription_id": i.subscription or "", "status": i.status,
             "created": _at(i.created), "currency": i.currency.lower(), "subtotal": i.subtotal, "total": i.total,
             "tax": i.tax or "", "amount_due": max(i.due, 0), "amount_paid": i.paid,
             "amount_remaining": 0 if i.status == "void" else max(i.due - i.paid, 0), "livemode": _flag(i.is_live),
             "pre_payment_credit_notes_amount": i.pre_credit, "post_payment_credit_notes_amount": i.post_credit,
             "status_transitions_finalized_at": _at(i.finalized), "status_transitions_paid_at": _at(i.paid_at),
             "status_transitions_voided_at": _at(i.voided_at),
             "status_transitions_marked_uncollectible_at": _at(i.given_up_at),
             "charge_id": next((c.id for c in reversed(i.charges) if c.is_ok), ""), "is_deleted": _flag(i.is_deleted)}
            for i in books.invoices
        ],
        "stripe/invoice_line_item": [
            {"id": line.id, "invoice_id": i.id, "amount": line.amount, "currency": i.currency.lower(),
             "quantity": "" if line.quantity is None else line.quantity, "proration": _flag(line.is_proration),
             "period_start": _at(line.first), "period_end": _at(line.last), "livemode": _flag(i.is_live),
             "subscription_id": line.subscription or "", "price_id": line.price,
             "type": "subscription" if line.subscription and not line.is_proration else "invoiceitem",
             "discountable": _flag(not line.is_proration)}
            for i in books.invoices for line in i.lines
        ],
        "stripe/charge": [
            {"id": c.id, "amount": c.amount, "amount_refunded": refunded.get(c.id, 0), "currency": c.currency.lower(),
             "status": "succeeded" if c.is_ok else "failed", "created": _at(c.created), "livemode": _flag(c.is_live),
             "customer_id": c.customer or "", "paid": _flag(c.is_ok), "captured": _flag(c.is_ok),
             "invoice_id": c.invoice or ""}
            for c in books.charges
        ],
        "stripe/refund": [
            {"id": r.id, "charge_id": r.charge or "", "amount": r.amount, "currency": r.currency.lower(),
             "status": r.status, "created": _at(r.created)}
            for r in books.refunds
        ],
        "stripe/credit_note": [
            {"id": n.id, "invoice_id": n.invoice, "amount": n.total, "currency": n.currency.lower(), "total": n.total,
             "status": "void" if n.voided_at else "issued", "type": n.kind, "created": _at(n.created),
             "livemode": _flag(n.is_live), "refund_id": n.refund or "", "voided_at": _at(n.voided_at)}
            for n in books.credit_notes
        ],
        "stripe/credit_note_line_item": [
            {"id": f"cnli_{n.id}_{place}", "credit_note_id": n.id, "amount": amount, "type": "invoice_line_item",
             "invoice_line_item_id": line}
            for n in books.credit_notes for place, (line, amount) in enumerate(n.named)
        ],
        "stripe/balance_transaction": [
            {"id": t.id, "type": t.kind, "source": t.source or "", "amount": t.amount, "fee": t.fee,
             "net": t.amount - t.fee, "currency": t.currency.lower(), "created": _at(t.created),
             "reporting_category": t.reporting or ""}
            for t in books.transactions
        ],
        "stripe/dispute": [
            {"id": d.id, "charge_id": d.charge, "amount": d.amount, "currency": d.currency.lower(),
             "status": d.status, "created": _at(d.created)}
            for d in books.disputes
        ],
        "stripe/coupon": [
            {"id": c.id, "duration": c.duration, "amount_off": c.amount or "", "percent_off": c.percent or "",
             "currency": s.currency.lower() if c.amount else "", "duration_in_months": c.months or ""}
            for s, c in coupons
        ],
        "stripe/subscription_discount": [
            {"id": f"di_{c.id}", "subscription_id": s.id, "coupon_id": c.id, "start": _at(c.since),
             "customer_id": s.customer, "end": _at(c.until)}
            for s, c in coupons if live[s.id]
        ],
        "finance/fx_rate": [
            {"rate_date": day.isoformat(), "from_currency": currency, "to_currency": "USD",
             "rate": f"{float(rate):.6f}"}
            for day, currency, rate in books.rates
        ],
        "marketing/gtm_cost_monthly": [
            {"month": c.month.isoformat(), "cost_type": c.kind, "amount": _major(c.amount, EXPONENT[c.currency]),
             "currency": c.currency}
            for c in books.costs
        ],
        "finance/gl_monthly": [
            {"month": month.isoformat(), "account_code": account, "amount": _major(cents, 2), "currency": "USD"}
            for month, account, cents in books.ledger
        ],
        "finance/currency_exponent": [{"currency": name, "exponent": value} for name, value in EXPONENT.items()],
        "finance/product_margin": [
            {"product_key": product, "valid_from": day.isoformat(), "gross_margin_pct": f"{float(rate):.2f}"}
            for product, day, rate in books.margins
        ],
    }  # fmt: skip
