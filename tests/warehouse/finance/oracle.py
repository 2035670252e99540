"""What the marts must say about a company's documents, by the written definitions, in integers and fractions.

Belongs here: recognition by day, credits, receivables, cash, contracted MRR and its movements, conversion. Nothing is
read from the project's SQL or from what it built.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from tests.warehouse.finance.company import AS_OF, EXPONENT, LAST_MONTH, MONTHS, half_up, next_month
from tests.warehouse.finance.documents import PER_YEAR, Books, Coupon, CreditNote, Invoice, Line, Subscription

KNOWN_BEFORE = datetime.combine(AS_OF + timedelta(days=1), time())
FOREVER = datetime.fromisoformat("9999-12-31")
LineKey = tuple[str, str]  # invoice, line
MonthKey = tuple[str, date]  # currency, month
Money = dict[MonthKey, int]


def month_of(moment: date) -> date:
    """First day of the month of a day or moment."""
    return date(moment.year, moment.month, 1)


def share(total: int, before: int, until: int, whole: int) -> int:
    """Whole part of a total between two points of a weight: floor at the end less floor at the start."""
    sign = -1 if total < 0 else 1
    return sign * (abs(total) * until // whole - abs(total) * before // whole)


@dataclass(frozen=True)
class BilledLine:
    """A line of a bill that stands, with its part of the discount."""

    invoice: str
    line: str
    customer: str
    currency: str
    price: str
    net: int
    first: date
    last: date
    billed_on: date

    @property
    def key(self) -> LineKey:
        return self.invoice, self.line

    def earned_until(self, amount: int, day: date) -> int:
        """What of an amount spread over the service days is earned before a day."""
        days = (self.last - self.first).days
        return share(amount, 0, min(max((day - self.first).days, 0), days), days)


@dataclass(frozen=True)
class PlacedCredit:
    """A credit note split: tax, net by line, and what goes beyond its invoice."""

    note: str
    invoice: str
    month: date
    total: int
    tax: int
    lines: dict[str, int]
    excess: int


@dataclass(frozen=True)
class Movement:
    """A change of what is open on an invoice; amounts sum to it."""

    invoice: str
    currency: str
    on: date
    kind: str
    amount: int


class Oracle:
    """Expected numbers of one company as of `AS_OF`, minor units unless said otherwise."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.bills = [invoice for invoice in books.invoices if was_billed(invoice)]
        self.lines = {line.key: line for invoice in self.bills for line in _lines(invoice)}
        self.credits = list(self._credits())
        self.earned: dict[tuple[str, str, date], int] = {}
        self.earned_credit: dict[tuple[str, str, date], int] = defaultdict(int)
        self._earn()

    # ---- revenue

    def _credits(self) -> Iterable[PlacedCredit]:
        """Credit notes in the order of their issue, each against what its invoice has left."""
        by_invoice: dict[str, list[CreditNote]] = defaultdict(list)
        for note in sorted(self.books.credit_notes, key=lambda n: (n.created, n.id)):
            is_void = note.voided_at is not None and note.voided_at < KNOWN_BEFORE
            if note.is_live and note.created < KNOWN_BEFORE and not is_void:
                by_invoice[note.invoice].append(note)
        bills = {invoice.id: invoice for invoice in self.bills}
        for name, notes in by_invoice.items():
            bill, placed, left = bills.get(name), 0, {}
            if bill is not None:
                left = {line.line: line.net for line in self.lines.values() if line.invoice == name and line.net > 0}
            for note in notes:
                room = max(bill.total - placed, 0) if bill is not None else 0
                gross = min(note.total, room)
                tax = share(bill.tax, placed, placed + gross, bill.total) if bill is not None and gross else 0
                placed += gross
                taken = _take(left, gross - tax, note.named)
                yield PlacedCredit(note.id, name, month_of(note.created), note.total, tax, taken, note.total - gross)

    def _earn(self) -> None:
        for line in self.lines.values():
            for month in _months(line.first, line.last):
                until = line.earned_until(line.net, next_month(month))
                self.earned[(*line.key, month)] = until - line.earned_until(line.net, month)
        credited: dict[LineKey, list[tuple[date, int]]] = defaultdict(list)
        for credit in self.credits:
            for name, amount in credit.lines.items():
                credited[credit.invoice, name].append((credit.month, amount))
        for key, credits in credited.items():
            line, gone = self.lines[key], 0
            issued = [month for month, _ in credits]
            for month in _months(min(*issued, line.first), max(line.last, next_month(max(issued)))):
                whole = sum(amount for issued_in, amount in credits if issued_in <= month)
                until = line.earned_until(whole, next_month(month))
                self.earned_credit[(*key, month)] += until - gone
                gone = until

    def recognised(self) -> dict[tuple[str, str, date], int]:
        """Earned less taken back by invoice, line and month, where either is not zero."""
        keys = self.earned.keys() | self.earned_credit.keys()
        found = {key: self.earned.get(key, 0) - self.earned_credit.get(key, 0) for key in keys}
        return {key: value for key, value in found.items() if self.earned.get(key) or self.earned_credit.get(key)}

    def recognised_month(self) -> Money:
        """Recognised revenue by currency and month."""
        return self._by_month(self.recognised())

    def _by_month(self, amounts: dict[tuple[str, str, date], int]) -> Money:
        found: Money = defaultdict(int)
        for (invoice, line, month), amount in amounts.items():
            found[self.lines[invoice, line].currency, month] += amount
        return _within(found)

    def billed_month(self) -> Money:
        """Net of discount, without tax, by currency and month of finalisation."""
        found: Money = defaultdict(int)
        for line in self.lines.values():
            found[line.currency, month_of(line.billed_on)] += line.net
        return _within(found)

    def credited_month(self) -> Money:
        """Credits placed on lines, without tax, by currency and month of issue."""
        found: Money = defaultdict(int)
        for credit in self.credits:
            for name, amount in credit.lines.items():
                found[self.lines[credit.invoice, name].currency, credit.month] += amount
        return _within(found)

    def deferred_closing(self) -> Money:
        """Billed less credited less recognised since the start, by currency and month; below zero is unbilled."""
        billed, credited, recognised = self.billed_month(), self.credited_month(), self.recognised_month()
        found: Money = {}
        for currency in EXPONENT:
            closing = 0
            for month in self.all_months():
                key = (currency, month)
                closing += billed.get(key, 0) - credited.get(key, 0) - recognised.get(key, 0)
                found[key] = closing
        return found

    def all_months(self) -> list[date]:
        """Complete months, from the first service day on."""
        first = min(month_of(line.first) for line in self.lines.values())
        return [month for month in _months(first, next_month(LAST_MONTH)) if month <= LAST_MONTH]

    # ---- conversion

    def rate(self, currency: str, month: date) -> Fraction | None:
        """US dollars for one unit: the newest rate dated in the month; None without one, as rates come monthly."""
        if currency == "USD":
            return Fraction(1)
        found = [(day, rate) for day, name, rate in self.books.rates if name == currency and month_of(day) == month]
        return max(found)[1] if found else None

    def cents(self, amount: int, currency: str, month: date) -> int | None:
        """Minor units of the reporting currency, rounded once; None without a rate."""
        rate = self.rate(currency, month)
        if amount == 0:
            return 0
        return None if rate is None else half_up(amount * rate * Fraction(10) ** (2 - EXPONENT[currency]))

    # ---- receivables

    def receivable_movements(self) -> list[Movement]:
        """All that opens or closes a bill, known by the as-of day."""
        notes: dict[str, list[CreditNote]] = defaultdict(list)
        for note in self.books.credit_notes:
            if note.kind == "pre_payment" and note.voided_at is None:
                notes[note.invoice].append(note)
        found: list[Movement] = []
        for invoice in self.bills:
            assert invoice.finalized is not None
            moves = [("invoiced", invoice.finalized, invoice.total)]
            moves.append(("customer_balance", invoice.finalized, -invoice.from_balance))
            moves += [("credit_note", note.created, -note.total) for note in notes[invoice.id]]
            moves += [("payment", charge.created, -charge.amount) for charge in invoice.charges if charge.is_ok]
            if invoice.paid_out_of_band:
                assert invoice.paid_at is not None
                moves.append(("payment", invoice.paid_at, -invoice.paid_out_of_band))
            moves = [move for move in moves if move[2] and move[1] < KNOWN_BEFORE]
            if invoice.given_up_at is not None and invoice.given_up_at < KNOWN_BEFORE:
                moves.append(("write_off", invoice.given_up_at, -sum(amount for _, _, amount in moves)))
            found += [Movement(invoice.id, invoice.currency, at.date(), kind, amount) for kind, at, amount in moves]
        return found

    def receivable_closing(self) -> Money:
        """What is open at the end of each complete month, by currency."""
        moves = self.receivable_movements()
        return {
            (currency, month): sum(m.amount for m in moves if m.currency == currency and m.on < next_month(month))
            for currency in EXPONENT
            for month in self.all_months()
        }

    def open_invoices(self) -> dict[str, int]:
        """What is open on each bill at the end of the as-of day, where that is not zero."""
        found: dict[str, int] = defaultdict(int)
        for move in self.receivable_movements():
            found[move.invoice] += move.amount
        return {name: amount for name, amount in found.items() if amount}

    # ---- cash

    def cash(self) -> dict[tuple[str, date, str], tuple[int, int]]:
        """Amount and fee by currency, month and category, live mode, known by the as-of day."""
        category = {
            "charge": "payment",
            "refund": "refund",
            "dispute": "dispute",
            "dispute_reversal": "dispute",
            "fee": "fee",
            "payout": "payout",
        }
        is_test = {charge.id for charge in self.books.charges if not charge.is_live}
        found: dict[tuple[str, date, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
        for moved in self.books.transactions:
            if moved.source in is_test or moved.created >= KNOWN_BEFORE:
                continue
            key = (moved.currency, month_of(moved.created), category.get(moved.reporting or moved.kind, "other"))
            amount, fee = found[key]
            found[key] = (amount + moved.amount, fee + moved.fee)
        return dict(found)

    def contra(self) -> dict[str, tuple[int, int, str | None]]:
        """Refunds without a credit note and lost disputes: total, net of tax, invoice (None where unplaced)."""
        charges = {charge.id: charge for charge in self.books.charges}
        bills = {invoice.id: invoice for invoice in self.bills}
        noted = {note.refund for note in self.books.credit_notes if note.voided_at is None}
        found: dict[str, tuple[int, int, str | None]] = {}
        given = [(r.id, r.charge, r.amount, r.created) for r in self.books.refunds if r.status == "succeeded"]
        given = [row for row in given if row[0] not in noted]
        given += [(d.id, d.charge, d.amount, d.created) for d in self.books.disputes if d.status == "lost"]
        for name, charge, amount, created in given:
            if created >= KNOWN_BEFORE:
                continue
            bill = bills.get(charges[charge].invoice or "") if charge else None
            tax = share(bill.tax, 0, min(amount, bill.total), bill.total) if bill is not None else 0
            found[name] = (amount, amount - tax, bill.id if bill is not None else None)
        return found

    # ---- cost

    def pools(self) -> dict[tuple[str, date], int]:
        """US cents spent by pool and complete month: cost lines and fees of the balance, each converted once. A pool of
        which a part has no rate is unknown, and left out."""
        parts: dict[tuple[str, date], list[int | None]] = defaultdict(list)
        for cost in self.books.costs:
            parts[cost.kind, cost.month].append(self.cents(cost.amount, cost.currency, cost.month))
        is_test = {charge.id for charge in self.books.charges if not charge.is_live}
        for moved in self.books.transactions:
            month = month_of(moved.created)
            if moved.source not in is_test and month <= LAST_MONTH:
                # the provider's own bill comes as an amount taken off the balance
                fee = moved.fee - (moved.amount if moved.kind == "stripe_fee" else 0)
                parts["payment_fees", month].append(self.cents(fee, moved.currency, month))
        known = {key: [part for part in found if part is not None] for key, found in parts.items()}
        return {key: sum(found) for key, found in known.items() if len(found) == len(parts[key]) and sum(found)}

    # ---- recurring revenue

    def mrr(self) -> dict[tuple[str, str, date], int]:
        """Contracted MRR by customer, currency and month, where it is not zero."""
        found: dict[tuple[str, str, date], int] = defaultdict(int)
        for subscription in self.books.subscriptions:
            if not subscription.is_live:
                continue
            for month in MONTHS:
                amount = self._mrr_at(subscription, datetime.combine(next_month(month), time()))
                if amount:
                    found[f"stripe:{subscription.customer}", subscription.currency, month] += amount
        return dict(found)

    def unknown(self) -> set[tuple[str, str, date]]:
        """Customer, currency and month with a tiered price in force that no bill states."""
        found: set[tuple[str, str, date]] = set()
        for subscription in self.books.subscriptions:
            for month in MONTHS:
                end = datetime.combine(next_month(month), time())
                if not subscription.is_live or not _pays_at(subscription, end):
                    continue
                unstated = [name for name in subscription.items_at(end) if self._is_unstated(name)]
                if any(self._billed_at(subscription, name, end) is None for name in unstated):
                    found.add((f"stripe:{subscription.customer}", subscription.currency, month))
        return found

    def _is_unstated(self, name: str) -> bool:
        price = self.books.prices[name]
        return price.unit is None and price.interval is not None

    def _billed_at(self, subscription: Subscription, name: str, end: datetime) -> int | None:
        """What bills of whole periods state a month for a price on the day before `end`; None where none does."""
        day, price = end.date() - timedelta(days=1), self.books.prices[name]
        assert price.interval is not None
        found: list[int] = []
        for invoice in self.bills:
            for line in invoice.lines:
                if line.subscription == subscription.id and line.price == name and line.amount:
                    assert not line.is_proration, "parts of a period of a tiered price are not reckoned here"
                    billed = self.lines[invoice.id, line.id]
                    if billed.first <= day < billed.last:
                        found.append(billed.net)
        return half_up(sum(found) * Fraction(PER_YEAR[price.interval], 12 * price.count)) if found else None

    def _mrr_at(self, subscription: Subscription, end: datetime) -> int:
        """Contracted MRR just before `end`; a tiered price states none, so that its bills stand in."""
        if not _pays_at(subscription, end):
            return 0
        lasting: list[Coupon] = [c for c in subscription.coupons if c.duration == "forever" and c.since < end]
        percent, off, total, by_bill = sum(c.percent for c in lasting), 0, 0, 0
        for name, quantity in subscription.items_at(end).items():
            price = self.books.prices[name]
            if price.interval is None:
                continue
            if price.unit is None:
                by_bill += self._billed_at(subscription, name, end) or 0
                continue
            months = Fraction(PER_YEAR[price.interval], 12 * price.count)
            total += half_up(price.unit * quantity * months * Fraction(100 - percent, 100))
            off = max(off, half_up(sum(c.amount for c in lasting) * months))
        return total - min(off, total) + by_bill

    def movements(self) -> dict[tuple[str, str, date], dict[str, int]]:
        """Opening, one movement class and closing by customer, currency and month, from the first month with MRR.

        A customer whose amount is unknown is there: nobody comes or goes with an amount that is only not stated.
        """
        found: dict[tuple[str, str, date], dict[str, int]] = {}
        mrr, unknown = self.mrr(), self.unknown()
        for customer, currency in sorted({key[:2] for key in mrr.keys() | unknown}):
            opening, was_there, had_any = 0, False, False
            for month in MONTHS:
                closing = mrr.get((customer, currency, month), 0)
                is_there = closing > 0 or (customer, currency, month) in unknown
                change = closing - opening
                if is_there and not was_there:
                    kind = "reactivation" if had_any else "new"
                elif was_there and not is_there:
                    kind = "churn"
                else:
                    kind = "expansion" if change > 0 else "contraction" if change < 0 else "none"
                was_there, had_any = is_there, had_any or is_there
                if had_any:
                    found[customer, currency, month] = {
                        "opening": opening,
                        "closing": closing,
                        **({kind: abs(change)} if kind != "none" else {}),
                    }
                opening = closing
        return found


def _pays_at(subscription: Subscription, end: datetime) -> bool:
    """Whether a subscription is alive and past its trial just before `end`."""
    pays_from = max(subscription.start, subscription.trial_end or subscription.start)
    return end > pays_from and (subscription.ended is None or end <= subscription.ended)


def was_billed(invoice: Invoice) -> bool:
    """Whether an invoice stood as a bill at the end of the as-of day."""
    void_at = (invoice.voided_at or invoice.created) if invoice.status == "void" else FOREVER
    return (
        invoice.is_live
        and not invoice.is_deleted
        and invoice.finalized is not None
        and invoice.finalized < KNOWN_BEFORE
        and void_at >= KNOWN_BEFORE
    )


def _lines(invoice: Invoice) -> Iterable[BilledLine]:
    """Lines with the discount of the header on those that take one, in whole minor units by their size."""
    assert invoice.finalized is not None
    takes = [line for line in invoice.lines if not line.is_proration] or invoice.lines
    whole, before = sum(abs(line.amount) for line in takes), 0
    for line in sorted(invoice.lines, key=lambda line: line.id):
        weight = abs(line.amount) if line in takes else 0
        off = share(invoice.discount, before, before + weight, whole) if whole else 0
        before += weight
        yield _billed(invoice, line, line.amount - off, invoice.finalized)


def _billed(invoice: Invoice, line: Line, net: int, finalized: datetime) -> BilledLine:
    first = line.first.date()
    last = max(line.last.date(), first + timedelta(days=1))
    customer = f"stripe:{invoice.customer}"
    return BilledLine(invoice.id, line.id, customer, invoice.currency, line.price, net, first, last, finalized.date())


def _take(left: dict[str, int], amount: int, named: list[tuple[str, int]]) -> dict[str, int]:
    """Take an amount from what lines have left: named lines first, then the largest; `left` is lowered."""
    taken: dict[str, int] = defaultdict(int)
    largest = sorted(left, key=lambda name: (-left[name], name))
    for name, most in [*named, *((name, amount) for name in largest)]:
        part = min(left.get(name, 0), most, amount)
        if part > 0:
            taken[name] += part
            left[name] -= part
            amount -= part
    return dict(taken)


def _months(first: date, last: date) -> list[date]:
    """Months that [first, last) touches."""
    month, found = month_of(first), []
    while month < last:
        found.append(month)
        month = next_month(month)
    return found


def _within(amounts: Money) -> Money:
    """Complete months only, zero left out."""
    return {key: amount for key, amount in amounts.items() if key[1] <= LAST_MONTH and amount}
