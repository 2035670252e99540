"""The rare documents of a billing system: few of each kind, on numbers of their own, so that no other row changes.

Belongs here: payouts, dispute movements, refunds without a credit note, a credit note above its invoice, invoices whose
lines do not sum, an invoice of nobody, bills below zero, paid in part or for a past service, and subscriptions with a
tiered price, no quantity, a trial or a coupon that runs out. Every planted document is a row of
`truth/finance.parquet`. All money is in minor units of the document's currency.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo import columns as col
from orchestration.demo.billing import MAIN, Billing, product_ids
from orchestration.demo.ids import stripe_id
from orchestration.demo.opportunities import CURRENCIES, SEAT_PRICE
from orchestration.demo.settings import DAY, add_months
from orchestration.demo.world import World

PLANTED = 4_000_000_000  # numbers of planted documents start here
ADD_ON_PRODUCT = 3
_TIER_SEATS, _TIER_UNIT, _BEYOND_UNIT = 10, 900, 700  # ten seats at 9.00, the others at 7.00
_DISPUTE_FEE = 1_500
_SERVICES_PRICE = 24
_TRUTH = pa.schema(
    [
        ("kind", pa.string()),
        ("source_table", pa.string()),
        ("document_id", pa.string()),
        ("currency", pa.string()),
        ("amount_minor", pa.int64()),
    ]
)
Row = dict[str, object]


@dataclass(frozen=True)
class Line:
    """One line of a planted invoice: minor units, days since the epoch, the number of its price."""

    amount: int
    quantity: int
    price: str
    start: int
    end: int
    kind: str = "invoiceitem"


@dataclass
class _Books:
    """Rows to append, by Stripe table, and what was planted."""

    world: World
    second: int = 9 * 3600
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    truth: list[Row] = field(default_factory=list)
    number: int = PLANTED

    def next_number(self) -> int:
        self.number += 1
        return self.number

    def note(self, kind: str, table: str, document: str, currency: str, amount: int) -> None:
        """Write down what was planted where."""
        self.truth.append(
            {
                "kind": kind,
                "source_table": table,
                "document_id": document,
                "currency": currency.upper(),
                "amount_minor": amount,
            }
        )


def _id(prefix: str, number: int) -> str:
    return str(stripe_id(prefix, np.array([number]))[0].as_py())


def _micro(seconds: float) -> int:
    return int(seconds) * 1_000_000


def plant(world: World, billing: Billing, tables: Mapping[str, col.Columns]) -> tuple[dict[str, col.Columns], pa.Table]:
    """Return the Stripe tables with the rare documents appended, and what was planted (one row per document).

    Args:
        world: the company; documents are dated back from its extraction.
        billing: its ordinary billing, whose customers get the documents.
        tables: the Stripe tables by name.
    """
    books = _Books(world)
    payers = _payers(world, billing)
    _single_invoices(books, payers)
    _subscriptions(books, payers)
    _dispute_movements(books, tables["dispute"])
    result = dict(tables)
    for name, rows in books.rows.items():
        result[name] = _append(tables[name], rows)
    result["balance_transaction"] = _with_payouts(books, result)
    return result, pa.Table.from_pylist(books.truth, schema=_TRUTH)


def _payers(world: World, billing: Billing) -> list[tuple[int, int]]:
    """Customers (number, currency) that have paid for half a year and still do, in an order of their own; US dollars
    first. A company too young for that gives whoever pays."""
    subs = billing.subscriptions
    main = subs[subs["kind"] == MAIN]
    settled = main[~main["ended"] & (main["start_day"] < world.settings.as_of_day - 250)]
    pool = settled if len(settled) >= 5 else main
    order = world.settings.rng("books").permutation(len(pool))
    chosen = pool.iloc[order].sort_values("currency", kind="stable")
    picked = chosen.groupby("currency", sort=True).head(12)
    return list(zip(picked["customer"].tolist(), picked["currency"].tolist(), strict=True))


def _invoice(
    books: _Books,
    customer: int,
    currency: int,
    day: int,
    lines: Sequence[Line],
    *,
    discount: int = 0,
    missing: int = 0,
    paid: int | None = None,
    subscription: int | None = None,
    reason: str = "manual",
) -> int:
    """Append an invoice, its lines and, where something was paid, its charge and balance transaction.

    Args:
        discount: what the header takes off.
        missing: what the header states beyond the sum of its lines.
        paid: what was paid; None is all that is due.

    Returns:
        The number of the invoice and of its charge.
    """
    number = books.next_number()
    money = CURRENCIES[currency].lower()
    subtotal = sum(line.amount for line in lines) + missing
    total = subtotal - discount
    due = max(total, 0)
    paid = due if paid is None else paid
    created = day * DAY + books.second
    settled = paid == due
    bill, who = _id("in_", number), _id("cus_", customer)
    common: Row = {"livemode": True, "currency": money}
    books.rows["invoice"].append(
        {
            **common,
            "id": bill,
            "customer_id": who,
            "subscription_id": None if subscription is None else _id("sub_", subscription),
            "status": "paid" if settled else "open",
            "created": _micro(created),
            "subtotal": subtotal,
            "total": total,
            "amount_due": due,
            "amount_paid": paid,
            "amount_remaining": due - paid,
            "pre_payment_credit_notes_amount": 0,
            "post_payment_credit_notes_amount": 0,
            "billing_reason": reason,
            "due_date": _micro(created + 30 * DAY),
            "period_start": _micro(min(line.start for line in lines) * DAY),
            "period_end": _micro(max(line.end for line in lines) * DAY),
            "status_transitions_finalized_at": _micro(created + 3_600),
            "status_transitions_paid_at": _micro(created + 7_200) if settled else None,
            "charge_id": _id("ch_", number) if paid > 0 else None,
            "number": f"NL-P{number - PLANTED:06d}",
            "is_deleted": False,
        }
    )
    for place, line in enumerate(lines):
        books.rows["invoice_line_item"].append(
            {
                **common,
                "id": _id("il_", number * 10 + place),
                "invoice_id": bill,
                "amount": line.amount,
                "quantity": line.quantity,
                "proration": False,
                "period_start": _micro(line.start * DAY),
                "period_end": _micro(line.end * DAY),
                "subscription_id": None if subscription is None else _id("sub_", subscription),
                "subscription_item_id": None if subscription is None else _id("si_", subscription),
                "price_id": line.price,
                "type": line.kind,
                "discountable": True,
                "description": "Seat - planted" if subscription is not None else "Billed by hand",
            }
        )
    if paid > 0:
        _charge(books, number, who, money, paid, created + 7_200)
    return number


def _charge(books: _Books, number: int, customer: str, money: str, amount: int, at: int) -> None:
    books.rows["charge"].append(
        {
            "id": _id("ch_", number),
            "amount": amount,
            "amount_refunded": 0,
            "currency": money,
            "status": "succeeded",
            "created": _micro(at),
            "livemode": True,
            "customer_id": customer,
            "paid": True,
            "captured": True,
            "refunded": False,
            "balance_transaction_id": _id("txn_", number),
            "invoice_id": _id("in_", number),
        }
    )
    _transaction(books, _id("txn_", number), "charge", _id("ch_", number), money, amount, _card_fee(amount), at)


def _card_fee(amount: int) -> int:
    return (amount * 29 + 500) // 1000 + 30


def _transaction(
    books: _Books, identity: str, category: str, source: str, money: str, amount: int, fee: int, at: int
) -> None:
    """Append one balance transaction; disputes come as adjustments, as Stripe writes them."""
    books.rows["balance_transaction"].append(
        {
            "id": identity,
            "type": "adjustment" if category.startswith("dispute") else category,
            "source": source,
            "amount": amount,
            "fee": fee,
            "net": amount - fee,
            "currency": money,
            "created": _micro(at),
            "reporting_category": category,
            "status": "available",
        }
    )


def _single_invoices(books: _Books, payers: list[tuple[int, int]]) -> None:
    """Documents that stand alone: one customer and one oddity each."""
    today = books.world.settings.as_of_day
    turn = 0

    def billed(
        amount: int, days_ago: int, *, customer: int | None = None, missing: int = 0, paid: int | None = None
    ) -> tuple[int, int]:
        """A day of services for the next payer; returns the invoice and the payer's currency."""
        nonlocal turn
        payer, currency = payers[turn % len(payers)]
        turn += 7  # coprime to most list lengths, so that all three currencies get their share
        day = today - days_ago
        line = Line(amount, 1, _id("price_", _SERVICES_PRICE + currency), day, day + 1)
        who = payer if customer is None else customer
        return _invoice(books, who, currency, day, [line], missing=missing, paid=paid), currency

    def note(kind: str, prefix: str, table: str, number: int, currency: int, amount: int) -> None:
        books.note(kind, table, _id(prefix, number), CURRENCIES[currency], amount)

    for days_ago, missing in ((190, 30_000), (75, -12_500)):
        number, currency = billed(60_000, days_ago, missing=missing)
        note("lines_do_not_sum", "in_", "invoice", number, currency, missing)
    number, currency = billed(48_000, 130, customer=PLANTED)
    note("invoice_without_customer", "in_", "invoice", number, currency, 48_000)
    number, currency = billed(80_000, 110, paid=30_000)
    note("paid_in_part", "in_", "invoice", number, currency, 50_000)
    number, currency = billed(-21_000, 95)
    note("invoice_below_zero", "in_", "invoice", number, currency, -21_000)
    _late_invoice(books, payers[3 % len(payers)])
    number, currency = billed(55_000, 140)
    _credit_above_invoice(books, number, currency, 55_000 + 12_345)
    for days_ago, amount, status in ((160, 20_000, "succeeded"), (85, 70_000, "succeeded"), (50, 9_900, "failed")):
        number, currency = billed(70_000, days_ago)
        _refund(books, number, amount, status, CURRENCIES[currency], "refund_without_credit_note")
    number, currency = billed(33_000, 120)
    _refund(books, number, 33_000, "succeeded", CURRENCIES[currency], "refund_without_charge", is_placed=False)
    for days_ago, status in ((170, "lost"), (105, "lost"), (150, "won"), (20, "under_review")):
        number, currency = billed(64_000, days_ago)
        books.rows["dispute"].append(
            {
                "id": _id("dp_", number),
                "charge_id": _id("ch_", number),
                "amount": 64_000,
                "currency": CURRENCIES[currency].lower(),
                "status": status,
                "created": _micro((today - days_ago + 9) * DAY + books.second),
                "reason": "general",
                "livemode": True,
            }
        )
        note(f"dispute_{status}", "dp_", "dispute", number, currency, 64_000)


def _late_invoice(books: _Books, payer: tuple[int, int]) -> None:
    """Seats used four months ago and billed last month."""
    customer, currency = payer
    today = books.world.settings.as_of_day
    start = int(add_months(np.array([today - 20]), -4)[0])
    line = Line(
        10 * int(SEAT_PRICE[ADD_ON_PRODUCT][currency]),
        10,
        _id("price_", ADD_ON_PRODUCT * 6 + currency * 2),
        start,
        int(add_months(np.array([start]), 1)[0]),
    )
    number = _invoice(books, customer, currency, today - 20, [line])
    books.note("late_invoice", "invoice", _id("in_", number), CURRENCIES[currency], line.amount)


def _credit_above_invoice(books: _Books, number: int, currency: int, total: int) -> None:
    bill = next(row for row in books.rows["invoice"] if row["id"] == _id("in_", number))
    bill["post_payment_credit_notes_amount"] = total
    at = books.world.settings.as_of_day - 100
    books.rows["credit_note"].append(
        {
            "id": _id("cn_", number),
            "invoice_id": bill["id"],
            "amount": total,
            "currency": bill["currency"],
            "total": total,
            "subtotal": total,
            "status": "issued",
            "type": "post_payment",
            "created": _micro(at * DAY + books.second),
            "livemode": True,
            "reason": "order_change",
        }
    )
    books.rows["credit_note_line_item"].append(
        {
            "id": _id("cnli_", number),
            "credit_note_id": _id("cn_", number),
            "amount": total,
            "quantity": 1,
            "type": "custom_line_item",
        }
    )
    books.note("credit_above_invoice", "credit_note", _id("cn_", number), CURRENCIES[currency], total)


def _refund(
    books: _Books, number: int, amount: int, status: str, currency: str, kind: str, *, is_placed: bool = True
) -> None:
    """Give money back on a planted charge; a refund that is not placed names neither charge nor customer."""
    charge = next(row for row in books.rows["charge"] if row["id"] == _id("ch_", number))
    given = status == "succeeded"
    at = int(str(charge["created"])) // 1_000_000 + 6 * DAY
    books.rows["refund"].append(
        {
            "id": _id("re_", number),
            "charge_id": charge["id"] if is_placed else None,
            "amount": amount,
            "currency": charge["currency"],
            "status": status,
            "created": _micro(at),
            "reason": "requested_by_customer",
            "balance_transaction_id": _id("txn_", number + PLANTED) if given else None,
            "customer_id": charge["customer_id"] if is_placed else None,
        }
    )
    if given:
        if is_placed:
            charge["amount_refunded"] = amount
            charge["refunded"] = amount == charge["amount"]
        identity = _id("txn_", number + PLANTED)
        _transaction(books, identity, "refund", _id("re_", number), currency.lower(), -amount, 0, at)
    books.note(kind if given else "refund_failed", "refund", _id("re_", number), currency, amount)


def _subscriptions(books: _Books, payers: list[tuple[int, int]]) -> None:
    """Subscriptions beside the customer's own: tiered, without quantity, on trial, with a coupon that runs out."""
    today = books.world.settings.as_of_day
    tiered = _id("price_", PLANTED)
    books.rows["price"].append(
        {
            "id": tiered,
            "product_id": product_ids()[ADD_ON_PRODUCT].as_py(),
            "currency": "usd",
            "recurring_interval": "month",
            "recurring_interval_count": 1,
            "recurring_usage_type": "licensed",
            "billing_scheme": "tiered",
            "type": "recurring",
            "tiers_mode": "graduated",
            "active": True,
            "created": _micro((books.world.settings.first_day - 200) * DAY),
            "livemode": True,
            "is_deleted": False,
        }
    )
    books.rows["coupon"].append(
        {
            "id": "SPRING-3M",
            "duration": "repeating",
            "duration_in_months": 3,
            "percent_off": 20.0,
            "valid": True,
            "name": "Spring, three months",
            "livemode": True,
        }
    )
    dollars = [customer for customer, currency in payers if currency == 0] or [payers[0][0]]
    plain = _id("price_", ADD_ON_PRODUCT * 6)
    unit = int(SEAT_PRICE[ADD_ON_PRODUCT][0])

    def who(turn: int) -> int:
        return dollars[turn % len(dollars)]

    _add_on(books, "tiered_price", who(1), today - 200, tiered, lambda month: (12, _graduated(12)))
    _add_on(books, "quantity_zero", who(2), today - 160, plain, lambda month: (3, 3 * unit) if month < 3 else (0, 0))
    _add_on(books, "trial", who(3), today - 120, plain, lambda month: (2, 2 * unit), trial_days=14)
    _add_on(books, "trial_running", who(4), today - 6, plain, lambda month: (2, 2 * unit), trial_days=14)
    once = _add_on(
        books, "coupon_once", who(5), today - 150, plain, lambda month: (10, 10 * unit), discounts={0: 5_000}
    )
    _discount(books, once, who(5), "WELCOME-ONCE", today - 150, today - 149)
    part = (8 * unit * 20 + 50) // 100
    repeating = _add_on(
        books,
        "coupon_repeating",
        who(6),
        today - 180,
        plain,
        lambda month: (8, 8 * unit),
        discounts=dict.fromkeys(range(3), part),
    )
    end = int(add_months(np.array([today - 180]), 3)[0])
    _discount(books, repeating, who(6), "SPRING-3M", today - 180, end)


def _graduated(quantity: int) -> int:
    """Amount of a tiered line in minor units."""
    return min(quantity, _TIER_SEATS) * _TIER_UNIT + max(quantity - _TIER_SEATS, 0) * _BEYOND_UNIT


def _discount(books: _Books, subscription: int, customer: int, coupon: str, start: int, end: int) -> None:
    books.rows["subscription_discount"].append(
        {
            "id": _id("di_", subscription),
            "subscription_id": _id("sub_", subscription),
            "coupon_id": coupon,
            "start": _micro(start * DAY + books.second),
            "customer_id": _id("cus_", customer),
            "end": _micro(end * DAY + books.second),
        }
    )


def _add_on(
    books: _Books,
    kind: str,
    customer: int,
    start: int,
    price: str,
    monthly: Callable[[int], tuple[int, int]],
    *,
    trial_days: int = 0,
    discounts: Mapping[int, int] | None = None,
) -> int:
    """Append a monthly subscription in US dollars, its item and its invoices up to the extraction.

    Args:
        monthly: quantity and amount billed in the n-th paid month.
        trial_days: days before the first paid month; the trial has an invoice over nothing.
        discounts: what the header takes off in the n-th paid month.

    Returns:
        The number of the subscription.
    """
    today = books.world.settings.as_of_day
    number = books.next_number()
    first = start + trial_days
    month, quantity = 0, monthly(0)[0]
    if trial_days:
        line = Line(0, quantity, price, start, first, "subscription")
        _invoice(books, customer, 0, start, [line], subscription=number, reason="subscription_create")
    period = (start, first)
    while (begins := int(add_months(np.array([first]), month)[0])) < today:
        ends = int(add_months(np.array([first]), month + 1)[0])
        quantity, amount = monthly(month)
        _invoice(
            books,
            customer,
            0,
            begins,
            [Line(amount, quantity, price, begins, ends, "subscription")],
            discount=(discounts or {}).get(month, 0),
            subscription=number,
            reason="subscription_create" if month == 0 and not trial_days else "subscription_cycle",
        )
        period = (begins, ends)
        month += 1
    began = _micro(start * DAY + books.second)
    books.rows["subscription_history"].append(
        {
            "id": _id("sub_", number),
            "customer_id": _id("cus_", customer),
            "status": "trialing" if first >= today else "active",
            "created": began,
            "start_date": began,
            "cancel_at_period_end": False,
            "metadata": "{}",
            "livemode": True,
            "current_period_start": _micro(period[0] * DAY + books.second),
            "current_period_end": _micro(period[1] * DAY + books.second),
            "trial_start": began if trial_days else None,
            "trial_end": _micro(first * DAY + books.second) if trial_days else None,
            "billing": "charge_automatically",
            "quantity": quantity,
            "_fivetran_active": True,
            "_fivetran_start": began,
            "_fivetran_end": _micro(253_402_214_400),
        }
    )
    books.rows["subscription_item"].append(
        {
            "id": _id("si_", number),
            "subscription_id": _id("sub_", number),
            "plan_id": price,
            "quantity": quantity,
            "created": began,
        }
    )
    books.note(kind, "subscription_history", _id("sub_", number), "usd", monthly(max(month - 1, 0))[1])
    return number


def _dispute_movements(books: _Books, disputes: col.Columns) -> None:
    """Every dispute takes its amount and a fee from the balance; a dispute that was won brings the amount back."""
    now = books.world.settings.now
    written = zip(
        *(disputes[name].to_pylist() for name in ("id", "amount", "currency", "status")),
        disputes["created"].cast(pa.int64()).to_pylist(),
        strict=True,
    )
    planted = [
        (row["id"], row["amount"], row["currency"], row["status"], row["created"]) for row in books.rows["dispute"]
    ]
    for identity, amount, money, status, created in [*written, *planted]:
        at = int(str(created)) // 1_000_000
        tail = str(identity).removeprefix("dp_")
        taken, value = f"txn_{tail}", int(str(amount))
        _transaction(books, taken, "dispute", str(identity), str(money), -value, _DISPUTE_FEE, at)
        if status == "won" and at + 40 * DAY < now:
            back = f"txn_{tail}b"
            _transaction(books, back, "dispute_reversal", str(identity), str(money), value, 0, at + 40 * DAY)


def _with_payouts(books: _Books, tables: Mapping[str, col.Columns]) -> col.Columns:
    """Balance transactions with a payout on the second and the sixteenth of each month of all that had come in two
    days before, where that is above zero. Test mode is never paid out."""
    settings = books.world.settings
    found = tables["balance_transaction"]
    charges = tables["charge"]
    tests = charges["id"].filter(pc.invert(charges["livemode"]))
    moved = pd.DataFrame(
        {
            "at": found["created"].cast(pa.int64()).to_numpy(zero_copy_only=False) // 1_000_000,
            "net": found["net"].to_numpy(zero_copy_only=False),
            "currency": found["currency"].to_pandas(),
            "is_test": pc.is_in(found["source"], value_set=tests).to_numpy(zero_copy_only=False),
        }
    )
    moved = moved[~moved["is_test"]]
    months = add_months(np.full(settings.n_months + 1, settings.first_day), np.arange(settings.n_months + 1))
    moments = np.sort(np.concatenate([months + 1, months + 15])) * DAY + 3_600
    moments = moments[moments < settings.now]
    rows: list[Row] = []
    for currency, group in moved.groupby("currency", sort=True):
        turn = np.searchsorted(moments - 2 * DAY, group["at"].to_numpy(), side="right")
        come_in = np.zeros(len(moments) + 1, dtype=np.int64)
        np.add.at(come_in, turn, group["net"].to_numpy())
        waiting = 0
        for place, moment in enumerate(moments.tolist()):
            waiting += int(come_in[place])
            if waiting <= 0:
                continue
            number = books.next_number()
            rows.append(
                {
                    "id": _id("txn_", number),
                    "type": "payout",
                    "source": _id("po_", number),
                    "amount": -waiting,
                    "fee": 0,
                    "net": -waiting,
                    "currency": currency,
                    "created": _micro(moment),
                    "reporting_category": "payout",
                    "status": "available",
                }
            )
            books.note("payout", "balance_transaction", _id("txn_", number), str(currency), -waiting)
            waiting = 0
    return _append(found, rows)


def _append(table: col.Columns, rows: list[Row]) -> col.Columns:
    """The table with rows at its end; a column that only the new rows have is null before them."""
    if not rows:
        return table
    length = len(next(iter(table.values())))
    named = dict.fromkeys([*table, *(name for row in rows for name in row)])
    result: col.Columns = {}
    for name in named:
        values = [row.get(name) for row in rows]
        if name in table:
            kind = table[name].type
            if pa.types.is_decimal(kind):
                values = [None if value is None else Decimal(str(value)) for value in values]
            result[name] = pa.concat_arrays([table[name], pa.array(values, type=kind)])
        else:
            kind = pa.timestamp("us") if name.startswith("trial_") else None
            added = pa.array(values, type=kind)
            result[name] = pa.concat_arrays([pa.nulls(length, added.type), added])
    return result
