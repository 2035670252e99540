"""The stranger's selling over time: who buys, changes plan, pauses, renews, leaves and comes back.

Contracted MRR is reckoned from what was agreed, while it is known, and not from what was exported.
"""

import json
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.warehouse.stranger.base import END, MONTHS, START, add_months, epoch_time, half_up, moment, plan_id
from tests.warehouse.stranger.crm import Crm
from tests.warehouse.stranger.invoices import Invoices, Items, Subscription


class Billing(Invoices):
    """Customers, subscriptions and invoices of the company."""

    def __init__(self, crm: Crm) -> None:
        super().__init__(crm)
        self.usage_keys: list[str] = []

    def sell_and_bill(self) -> None:
        """Sell to every account, bill who bought, and add what no CRM knows."""
        for n, account in enumerate(self.c.accounts):
            self._life(n, account)
        for n in range(18):  # bought with a card, never met a seller
            customer = self._customer(None, "EUR", {}, f"jemand{n}@gmail.com" if n % 2 else "")
            self._subscription(customer, "EUR", "month", self.c.within(START, END), {"seat": 1 + n % 4}, {}, "self")
        self._francs()
        self._test_mode()

    def _life(self, n: int, account: str) -> None:
        c = self.c
        created = c.within(START - timedelta(days=80), END - timedelta(days=40))
        closed = created + timedelta(days=int(self.rng.integers(60, 260)))
        won = c.chance(0.6)
        currency = c.pick(["EUR", "USD", "GBP", "JPY", "KWD"], [0.6, 0.15, 0.1, 0.08, 0.07])
        interval = c.pick(["month", "quarter", "year"], [0.55, 0.1, 0.35])
        items = {"seat": int(self.rng.integers(3, 60))} | ({"addon": 1} if c.chance(0.35) else {})
        trial = Subscription("", currency, interval, closed, items)
        exponent = {"JPY": 0, "KWD": 3}.get(currency, 2)
        arr = trial.mrr_at(closed + timedelta(days=1)) * 12 // 10**exponent
        pipeline = "Partner" if n % 9 == 0 else "New Business"
        deal = c.deal(account, pipeline, created, closed, won, arr, CurrencyIsoCode=currency)
        if not won and closed < END - timedelta(days=90):
            c.deal(account, pipeline, closed + timedelta(days=30), None, False, arr, CurrencyIsoCode=currency)
        if not won or closed > END - timedelta(days=25):
            return
        start = closed.replace(day=min(closed.day, 27)) + timedelta(days=1)
        customer, says_deal = self._bill_to(n, account, deal, currency)
        metadata = {"deal_ref": deal} if says_deal else {}
        if c.truth.billing[customer]:
            c.truth.won_deal[c.truth.customer(customer)] = deal
        subscription = self._subscription(customer, currency, interval, start, items, metadata, "sold")
        years = range(1, 4)
        for renewal in (add_months(start, 12 * year) for year in years):
            if renewal > END + timedelta(days=90):
                break
            stays = not subscription.ended or subscription.ended > renewal
            c.deal(account, "Renewal", renewal - timedelta(days=90), renewal, stays, arr, CurrencyIsoCode=currency)
            if not stays:
                break
        if subscription.ended and subscription.ended < END - timedelta(days=160) and c.chance(0.5):
            again = (subscription.ended + timedelta(days=int(self.rng.integers(65, 150)))).replace(day=12)
            if c.chance(0.4) and c.truth.billing[customer]:  # under a second billing customer
                customer = self._customer(account, currency, {"crm_ref": account[:15]}, "")
            self._subscription(customer, currency, "month", again, items, {}, "again")

    # customers -------------------------------------------------------------------------------------------------------
    def _bill_to(self, n: int, account: str, deal: str, currency: str) -> tuple[str, bool]:
        """Create the billing customer; what tells whose it is differs from one to the next."""
        c = self.c
        loser = next((loser for loser, winner in c.losers.items() if winner == account), None)
        address = next((email for _, email in c.contacts[account] if not email.startswith("berater")), "")
        how = c.pick(["key", "deal", "email", "domain", "nothing"], [0.45, 0.2, 0.15, 0.1, 0.1])
        if loser or n == 7:
            how = "key"
        if how == "key":
            if n == 7:  # the key in billing is wrong; a person has put it right
                customer = self._customer(account, currency, {"crm_ref": c.accounts[8]}, "")
                c.add("revops/account_override", source_system="stripe", source_id=customer, account_id=account[:15])
                return customer, False
            # an address of another company does not outweigh the key
            email = address
            if n % 11 == 5:
                email = c.contacts[c.accounts[n - 1]][0][1]
                c.borrowed.add(email)
            return self._customer(
                account, currency, {"crm_ref": c.either(loser or account), "tier": 'a "b", c'}, email
            ), c.chance(0.6)
        if how == "deal":
            return self._customer(account, currency, {"note": "x"}, ""), True
        if how == "email" and address:
            return self._customer(account, currency, {}, address.upper()), False
        if how == "domain" and c.domains[account]:
            return self._customer(account, currency, {}, f"rechnung@{c.domains[account]}"), False
        return self._customer(None, currency, {}, f"chef{n}@gmail.com"), False

    def _customer(self, account: str | None, currency: str, metadata: dict[str, str], email: str) -> str:
        customer = self.c.new_id("cus_")
        self.c.add("billing/customer", id=customer, created=epoch_time(START), email=email, livemode="t", name="Kunde",
                   metadata=json.dumps(metadata) if metadata else "", currency=currency.lower())  # fmt: skip
        self.c.truth.billing[customer] = account
        if account and self.c.chance(0.7):
            self.usage_keys.append(self.c.pick([customer, account, account[:15]]))
        return customer

    def _francs(self) -> None:
        """Bill one customer in a currency that no rate was delivered for."""
        customer = self._customer(None, "CHF", {}, "")
        self._subscription(customer, "CHF", "month", moment("2024-02-06T09:00"), {"seat": 40}, {}, "plain")

    def _test_mode(self) -> None:
        """Bill a live account in test mode: none of it is so."""
        kept = {name: dict(getattr(self.c.truth, name)) for name in ("mrr", "recognised", "credited", "billing")}
        marks = {name: len(rows) for name, rows in self.c.rows.items()}
        customer = self._customer(self.c.accounts[0], "EUR", {"crm_ref": self.c.accounts[0]}, "")
        self._subscription(customer, "EUR", "month", moment("2024-05-06"), {"seat": 500}, {}, "plain")
        for name, rows in self.c.rows.items():
            for row in rows[marks.get(name, 0) :]:
                if "livemode" in row:
                    row["livemode"] = "f"
        for name, values in kept.items():
            getattr(self.c.truth, name).clear()
            getattr(self.c.truth, name).update(values)

    # subscriptions ---------------------------------------------------------------------------------------------------
    def _subscription(
        self,
        customer: str,
        currency: str,
        interval: str,
        start: datetime,
        items: Items,
        metadata: dict[str, str],
        kind: str,
    ) -> Subscription:
        c, s = self.c, Subscription(customer, currency, interval, start.replace(day=min(start.day, 28)), items)
        s.id, s.taxed = c.new_id("sub_"), currency == "EUR" and c.chance(0.5)
        s.metered = interval == "month" and kind != "self" and c.chance(0.4)
        trial = kind == "self" and c.chance(0.5)
        self._coupon(s) if kind == "sold" else None
        if trial:
            s.pays_from = s.start + timedelta(days=14)
        elif kind == "sold" and interval == "month" and c.chance(0.12):
            s.paused = (add_months(s.start, 4), add_months(s.start, 7))
        planned = self._plan_end(s, kind, trial)
        self._run(s, trial)
        stopped = s.ended and s.ended <= END
        status = (
            "canceled" if stopped else "trialing" if s.pays_from > END else c.pick(["active", "past_due"], [0.93, 0.07])
        )
        c.add("billing/subscription", id=s.id, customer_id=customer, status=status, livemode="t",
              created=epoch_time(s.start), start_date=epoch_time(s.start),
              cancel_at_period_end="t" if planned and not stopped else "f",
              canceled_at=epoch_time(planned) if planned else "",
              ended_at=epoch_time(s.ended) if stopped and s.ended else "",
              trial_start=epoch_time(s.start) if trial else "", trial_end=epoch_time(s.pays_from) if trial else "",
              metadata=json.dumps(metadata))  # fmt: skip
        if not stopped:
            s.ended = None
        for product, quantity in s.items.items():
            self._item(s, product, quantity)
        if s.metered:
            self._item(s, "compute", "")
        month = START.replace(day=1, hour=0) - timedelta(days=92)
        month = month.replace(day=1)
        while (after := add_months(month, 1)) <= END:
            if mrr := s.mrr_at(after):
                c.truth.mrr[c.truth.customer(customer), currency, month.date()] += mrr
            month = after
        return s

    def _item(self, s: Subscription, product: str, quantity: int | str) -> None:
        interval = "month" if product == "compute" else s.interval
        self.c.add("billing/subscription_item", id=self.c.new_id("si_"), subscription_id=s.id, quantity=quantity,
                   plan_id=plan_id(product, interval, s.currency), created=epoch_time(s.start))  # fmt: skip

    def _coupon(self, s: Subscription) -> None:
        single = s.items.keys() == {"seat"} and not s.metered and s.currency == "EUR"
        coupon = self.c.pick(["", "FOREVER20", "INTRO50", "MINUS30" if single else ""], [0.6, 0.15, 0.15, 0.1])
        if not coupon:
            return
        if coupon == "MINUS30":
            s.minus = 3000
        else:
            s.percent = 20 if coupon == "FOREVER20" else 50
        s.forever = coupon != "INTRO50"
        if not s.forever:
            s.off_until = add_months(s.start, 3)
        elif self.c.chance(0.25):
            s.off_until = add_months(s.start, 14) - timedelta(days=3)  # taken away again
        until = epoch_time(s.off_until) if s.off_until < END else ""
        self.c.add("billing/subscription_discount", id=self.c.new_id("di_"), subscription_id=s.id, coupon_id=coupon,
                   start=epoch_time(s.start), end=until)  # fmt: skip

    def _plan_end(self, s: Subscription, kind: str, trial: bool) -> datetime | None:
        """Decide whether and when the subscription ends; return when that was decided."""
        if trial and self.c.chance(0.3):
            s.ended = s.start + timedelta(days=9)
            return s.ended
        if kind == "plain" or not self.c.chance(0.4):
            return None
        periods = int(self.rng.integers(1, 4 if s.interval == "year" else 20))
        s.ended = add_months(s.pays_from.replace(day=min(s.pays_from.day, 28)), periods * MONTHS[s.interval])
        if s.pays_from.day > 28:
            s.pays_from = s.pays_from.replace(day=28)
        if self.c.chance(0.4):
            s.ended -= timedelta(days=11, hours=5)
            return s.ended if s.ended <= END else None
        decided = s.ended - timedelta(days=20)
        return decided if decided <= END else None

    def _run(self, s: Subscription, trial: bool) -> None:
        """Bill period after period, with changes in between."""
        months, n = MONTHS[s.interval], 0
        if trial:
            s.pays_from = s.pays_from.replace(day=min(s.pays_from.day, 28))
            self._invoice(s, s.start, [self._line(s, "seat", s.items["seat"], 0, s.start, s.pays_from)])
        pending: list[dict[str, Any]] = []
        while (first := add_months(s.pays_from, n * months)) <= END and not (s.ended and s.ended <= first):
            last = add_months(s.pays_from, (n + 1) * months)
            if n and self.c.chance(0.06):  # agreed at a renewal: no proration
                s.agree(first, {**s.items, next(iter(s.items.keys() - {"addon"})): int(self.rng.integers(3, 60))})
            lines, pending = pending, []
            lines += [self._line(s, p, q, s.unit(p) * q, first, last) for p, q in s.items.items()]
            if s.metered and n:
                lines.append(self._compute(s, add_months(s.pays_from, n - 1), first))
            self._invoice(s, first, lines)
            if self.c.chance(0.25 if s.interval == "year" else 0.07):
                at = self.c.within(first, last)
                if at < END and not (s.ended and s.ended <= at):
                    pending = self._change(s, at, first, last)
            n += 1
        if s.ended and s.ended <= END and ((s.metered and n) or pending):
            usage = [self._compute(s, add_months(s.pays_from, n - 1), s.ended)] if s.metered and n else []
            self._invoice(s, s.ended, pending + usage)

    def _compute(self, s: Subscription, first: datetime, last: datetime) -> dict[str, Any]:
        amount = 100 * int(self.rng.integers(1, 90))
        return self._line(s, "compute", amount * 5 // 2, amount, first, last)

    def _change(self, s: Subscription, at: datetime, first: datetime, last: datetime) -> list[dict[str, Any]]:
        """Change seats, plan or add-on at a moment; return the lines that wait for the next invoice."""
        old, new = dict(s.items), dict(s.items)
        kind = self.c.pick(["seats", "seats", "plan", "addon"])
        if kind == "plan" and not s.minus:  # up, or back down again
            now, then = ("seat", "pro") if "seat" in new else ("pro", "seat")
            new[then] = new.pop(now)
        elif kind == "addon" and not s.minus:
            new.pop("addon") if "addon" in new else new.update(addon=1)
        else:
            base = "pro" if "pro" in new else "seat"
            new[base] = max(1, new[base] + int(self.rng.integers(-5, 12)))
        share = Fraction(int((last - at).total_seconds()), int((last - first).total_seconds()))
        # what a coupon takes off is in the prorated amounts already
        net = share * Fraction(100 - (s.percent if s.off_from <= at < s.off_until else 0), 100)
        lines = [
            self._line(s, p, q, sign * half_up(s.unit(p) * q * net), at, last, proration=True)
            for sign, side, other in ((-1, old, new), (1, new, old))
            for p, q in side.items()
            if other.get(p) != q
        ]
        s.agree(at, new)
        later = s.interval == "month" and (last <= END or s.ended) and not self.c.chance(0.5)
        if later and not (s.ended and s.ended > END):
            return lines
        self._invoice(s, at, lines)
        return []
