"""What happened in a company's billing, as plain records: the one source of the raw tables and of the oracle.

Money is integers in minor units of the record's currency, moments carry no zone and are UTC.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

PER_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}


@dataclass(frozen=True)
class Price:
    """A price; `unit` is minor units per seat and period, None for a tiered one, `tiers` its (seats, unit) steps."""

    id: str
    product: str
    currency: str
    interval: str | None
    count: int
    unit: Fraction | None
    tiers: tuple[tuple[int | None, int], ...] = ()

    def bill(self, quantity: int) -> int:
        """Amount of one period in minor units, halves up."""
        if self.unit is not None:
            return int(self.unit * quantity + Fraction(1, 2))
        amount, left = 0, quantity
        for seats, unit in self.tiers:
            taken = left if seats is None else min(left, seats)
            amount, left = amount + taken * unit, left - taken
        return amount


@dataclass
class Coupon:
    """A discount on a subscription; `until` is the first moment without it, None for one that stays."""

    id: str
    duration: str  # once, repeating, forever
    percent: int  # of 100
    amount: int  # minor units
    since: datetime
    until: datetime | None
    months: int | None = None


@dataclass
class Subscription:
    """An agreement: `agreed` holds from when on which prices stood on it in which quantity."""

    id: str
    customer: str
    currency: str
    start: datetime
    agreed: list[tuple[datetime, dict[str, int]]]
    coupons: list[Coupon] = field(default_factory=list)
    trial_end: datetime | None = None
    ended: datetime | None = None
    is_live: bool = True

    def items_at(self, end: datetime) -> dict[str, int]:
        """Prices and quantities in force just before `end`."""
        return [items for since, items in self.agreed if since < end][-1]


@dataclass
class Line:
    """One line of a bill; service over [first, last) by day."""

    id: str
    amount: int
    quantity: int | None
    price: str
    first: datetime
    last: datetime
    is_proration: bool = False
    subscription: str | None = None


@dataclass
class Invoice:
    """A bill. `lines` are those delivered; `missing` is what its header states beyond them."""

    id: str
    customer: str
    currency: str
    created: datetime
    lines: list[Line]
    finalized: datetime | None
    status: str = "open"
    subscription: str | None = None
    missing: int = 0
    discount: int = 0
    tax: int = 0
    from_balance: int = 0  # taken from (above zero) or put on (below) the customer's balance
    pre_credit: int = 0
    post_credit: int = 0
    paid_out_of_band: int = 0
    paid_at: datetime | None = None
    voided_at: datetime | None = None
    given_up_at: datetime | None = None
    is_live: bool = True
    is_deleted: bool = False
    charges: list["Charge"] = field(default_factory=list)

    @property
    def subtotal(self) -> int:
        """What the header states before discount and tax."""
        return sum(line.amount for line in self.lines) + self.missing

    @property
    def total(self) -> int:
        """What the header states in the end."""
        return self.subtotal - self.discount + self.tax

    @property
    def due(self) -> int:
        """What was to be paid."""
        return self.total - self.pre_credit - self.from_balance

    @property
    def paid(self) -> int:
        """What was paid up to the extraction, by charges and otherwise."""
        return sum(charge.amount for charge in self.charges if charge.is_ok) + self.paid_out_of_band


@dataclass
class CreditNote:
    """A credit note; `named` are (line, amount) that it names."""

    id: str
    invoice: str
    currency: str
    created: datetime
    total: int
    kind: str  # pre_payment, post_payment
    named: list[tuple[str, int]] = field(default_factory=list)
    refund: str | None = None
    voided_at: datetime | None = None
    is_live: bool = True


@dataclass
class Charge:
    """A payment or an attempt at one."""

    id: str
    customer: str | None
    invoice: str | None
    currency: str
    amount: int
    created: datetime
    is_ok: bool = True
    is_live: bool = True


@dataclass
class Refund:
    """Money given back on a charge; without a charge nobody knows whose it is."""

    id: str
    charge: str | None
    currency: str
    amount: int
    created: datetime
    status: str = "succeeded"


@dataclass
class Dispute:
    """A payment that the payer's bank contests."""

    id: str
    charge: str
    currency: str
    amount: int
    created: datetime
    status: str


@dataclass
class Transaction:
    """A movement of the balance at the payment provider; `reporting` may be unstated, then `kind` tells."""

    id: str
    kind: str
    reporting: str | None
    source: str | None
    currency: str
    amount: int
    fee: int
    created: datetime


@dataclass(frozen=True)
class Cost:
    """A line of go-to-market cost: minor units of its currency, for a month."""

    month: date
    kind: str  # onboarding, marketing, sales, other
    currency: str
    amount: int


@dataclass
class Books:
    """All documents of one company, and which of them are odd in which way (kind -> ids)."""

    prices: dict[str, Price] = field(default_factory=dict)
    customers: dict[str, tuple[str, datetime, bool]] = field(default_factory=dict)  # currency, created, live mode
    subscriptions: list[Subscription] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    credit_notes: list[CreditNote] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    rates: list[tuple[date, str, Fraction]] = field(default_factory=list)  # day, currency, US dollars for one unit
    margins: list[tuple[str, date, Fraction]] = field(default_factory=list)  # product, valid from, per cent
    costs: list[Cost] = field(default_factory=list)
    ledger: list[tuple[date, str, int]] = field(default_factory=list)  # month, account, US cents
    planted: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
