"""How a cell of `mart_margin_durability` comes about: its items, its bridge, its customers, their documents.

Belongs here: finding the cell, reading the published margin marts, and checking that every level sums to the one
above, exactly. Amounts are major units of the reporting currency as Decimal, signed as they move the margin. How it
is written stands in `reports.explain_text`.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import WrongUse
from orchestration.publishing.candidate import open_read_only
from reports.published import published_file, read_rows, require_marts

_DURABILITY = "mart_margin_durability"
_CUSTOMER = "mart_margin_customer"
_LINE = "mart_margin_line"
_ALL = "all"
_ZERO = Decimal(0)

# Item, its column in the cell, its sign in the margin, and the component of a margin line that it sums; None: no line.
_ITEMS = (
    ("List value", "list_value_amount", 1, None),
    ("Discount", "discount_amount", -1, None),
    ("Credit notes", "credit_note_amount", -1, "credit_note"),
    ("Refunds", "refund_amount", -1, "refund"),
    ("Lost disputes", "dispute_amount", -1, "dispute"),
    ("Cost of service", "cost_of_service_amount", -1, "cost_of_service"),
    ("Support", "support_amount", -1, "support"),
    ("Payment fees", "payment_fees_amount", -1, "payment_fees"),
    ("Onboarding", "onboarding_amount", -1, "onboarding"),
    ("Of customers with something unknown", "not_measured_amount", -1, None),
)
# Cause, its column in the cell, and its column in the customer's row; None: it exists for the cell only.
_BRIDGE = (
    ("Margin rate at entry on today's volume", "bridge_entry_amount", None),
    ("Mix of customers", "bridge_mix_customers_amount", None),
    ("Mix of products", "bridge_mix_products_amount", "cause_mix_products_amount"),
    ("Price", "bridge_price_amount", "cause_price_amount"),
    ("Discount", "bridge_discount_amount", "cause_discount_amount"),
    ("Concessions (credit notes, refunds, disputes)", "bridge_concessions_amount", "cause_concessions_amount"),
    ("Unit cost", "bridge_unit_cost_amount", "cause_unit_cost_amount"),
    ("Services", "bridge_services_amount", "cause_services_amount"),
    ("Support", "bridge_support_amount", "cause_support_amount"),
    ("Payment fees", "bridge_payment_fees_amount", "cause_payment_fees_amount"),
    ("Onboarding", "bridge_onboarding_amount", "cause_onboarding_amount"),
    ("Customers still in their first three months", "bridge_at_entry_amount", None),
    ("Customers and documents without a known entry", "bridge_no_entry_amount", None),
    ("Unexplained", "bridge_unexplained_amount", "unexplained_amount"),
)


@dataclass(frozen=True)
class Item:
    """One signed amount of a cell or a bridge; None is unknown and part of no sum."""

    name: str
    amount: Decimal | None


@dataclass(frozen=True)
class Document:
    """One line of a document: what it adds to the margin of its customer.

    `amount_minor` is in minor units of `currency`; both are None for costs, which exist in the reporting currency only.
    """

    customer_id: str
    component: str
    document_type: str
    document_id: str
    document_line_id: str
    currency: str | None
    amount_minor: int | None
    amount: Decimal | None


@dataclass(frozen=True)
class Customer:
    """One customer of the cell; `contribution` is None when something of it is unknown, `known` is what is known."""

    customer_id: str
    account_name: str | None
    comparison: str
    recognised: Decimal
    known: Decimal
    contribution: Decimal | None
    own_entry: Decimal | None
    causes: tuple[Item, ...]


@dataclass(frozen=True)
class Check:
    """One claim that a level sums to the one above."""

    claim: str
    above: Decimal
    below: Decimal

    @property
    def is_passed(self) -> bool:
        """True when both are equal to the last digit."""
        return self.above == self.below


@dataclass(frozen=True)
class Explanation:
    """A cell with everything under it; `customers` and `documents` are whole, largest first."""

    segment_id: str
    segment_name: str
    month_on: date
    as_of_date: date
    status: str
    status_reason: str | None
    contribution: Decimal | None
    contribution_rate: Decimal | None
    entry_rate: Decimal | None
    compared_rate: Decimal | None
    items: tuple[Item, ...]
    bridge: tuple[Item, ...]
    customers: tuple[Customer, ...]
    documents: tuple[Document, ...]
    checks: tuple[Check, ...]


def explain_margin(published: Path, segment: str, month: str, *, customer: str | None = None) -> Explanation:
    """Read a cell and everything under it.

    Args:
        published: folder that holds `current.duckdb`, or the file itself.
        segment: id or name of a segment, or all, unassigned, unplaced; a part of a name that fits one only.
        month: a complete month, YYYY-MM or its first day.
        customer: leaves only this customer and its documents; items, bridge and checks are then its own.

    Raises:
        InputError: nothing is published, the file cannot be read, or it holds no margin marts.
        WrongUse: no such segment, month or customer; the nearest ones are named.
    """
    file = published_file(published)
    with open_read_only(file, "published") as connection:
        require_marts(connection, file, (_DURABILITY, _CUSTOMER, _LINE))
        segment_id, segment_name = _find_segment(connection, segment)
        month_on = _find_month(connection, segment_id, segment_name, month)
        cell = read_rows(
            connection,
            f"select * from published.marts.{_DURABILITY} where segment_id = ? and month_on = ?",
            [segment_id, month_on],
        )[0]
        where, values = "month_on = ?", [month_on.isoformat()]
        if segment_id != _ALL:
            where, values = f"{where} and segment_id = ?", [month_on.isoformat(), segment_id]
        customer_rows = read_rows(connection, f"select * from published.marts.{_CUSTOMER} where {where}", values)
        line_rows = read_rows(
            connection,
            "select customer_id, component, document_type, document_id, document_line_id, currency, amount_minor, "
            f"amount, list_value_amount, discount_amount from published.marts.{_LINE} where {where}",
            values,
        )
    if customer is None:
        return _whole(cell, customer_rows, line_rows)
    return _narrowed(cell, customer_rows, line_rows, customer)


def _find_segment(connection: duckdb.DuckDBPyConnection, wanted: str) -> tuple[str, str]:
    """Return id and name; an id or a whole name goes before a part of a name."""
    found = read_rows(
        connection,
        f"select distinct segment_id, segment_name from published.marts.{_DURABILITY} order by segment_id",
        [],
    )
    if not found:
        raise WrongUse(
            "No margin is published: the company has no bills.",
            "Deliver stripe.invoice and its lines, and build again.",
        )
    segments = [(str(row["segment_id"]), str(row["segment_name"])) for row in found]
    key = wanted.strip().casefold()
    exact = [one for one in segments if key in (one[0].casefold(), one[1].casefold())]
    fitting = exact or [one for one in segments if key and key in one[1].casefold()]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise WrongUse(f"'{wanted}' fits {len(fitting)} segments: {_listed(fitting)}.", "Give the id.")
    names = {word.casefold(): one for one in segments for word in one}
    near = list(dict.fromkeys(names[word] for word in difflib.get_close_matches(key, names, n=3, cutoff=0.4)))
    raise WrongUse(
        f"There is no segment '{wanted}'.",
        f"Nearest: {_listed(near)}." if near else f"Segments: {_listed(segments)}.",
    )


def _listed(segments: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{one[0]} ({one[1]})" for one in segments)


def _find_month(connection: duckdb.DuckDBPyConnection, segment_id: str, segment_name: str, wanted: str) -> date:
    """Return the first day of a month that the segment has a cell for."""
    match = re.fullmatch(r"(\d{4})-(\d{2})(-01)?", wanted.strip())
    month_on = None
    if match is not None and 1 <= int(match[2]) <= 12 and int(match[1]) >= 1:
        month_on = date(int(match[1]), int(match[2]), 1)
    if month_on is None:
        raise WrongUse(f"'{wanted}' is not a month.", "Give it as YYYY-MM, for instance 2026-05.")
    months = [
        row["month_on"]
        for row in read_rows(
            connection,
            f"select month_on from published.marts.{_DURABILITY} where segment_id = ? order by month_on",
            [segment_id],
        )
    ]
    if month_on in months:
        return month_on
    near = sorted(sorted(months, key=lambda one: (abs((one - month_on).days), one))[:3])
    raise WrongUse(
        f"Segment {segment_id} ({segment_name}) has no complete month {month_on:%Y-%m}.",
        f"Nearest: {', '.join(f'{one:%Y-%m}' for one in near)}; "
        f"there are {len(months)} from {months[0]:%Y-%m} to {months[-1]:%Y-%m}.",
    )


def _whole(cell: dict[str, Any], customer_rows: list[dict[str, Any]], line_rows: list[dict[str, Any]]) -> Explanation:
    customers, documents = _customers(customer_rows), _documents(line_rows)
    # not measured stands in the cell as it is; it is taken off, so the sign turns
    items = tuple(Item(name, _signed(cell[column], sign)) for name, column, sign, _ in _ITEMS)
    bridge = tuple(Item(name, cell[column]) for name, column, _ in _BRIDGE)
    contribution = cell["contribution_margin_amount"]
    checks = [
        *_component_checks(cell, line_rows),
        *_customer_checks(cell, customer_rows),
        *_document_checks(customer_rows, documents),
    ]
    if contribution is not None:
        checks.insert(0, Check("Items sum to the contribution margin", contribution, _total(i.amount for i in items)))
        checks.insert(
            1, Check("The bridge sums to the contribution margin", contribution, _total(i.amount for i in bridge))
        )
    return _explanation(cell, contribution, items, bridge, customers, documents, checks)


def _narrowed(
    cell: dict[str, Any], customer_rows: list[dict[str, Any]], line_rows: list[dict[str, Any]], wanted: str
) -> Explanation:
    """The same for one customer: its own items, and the bridge from its own margin rate at entry."""
    ids = [str(row["customer_id"]) for row in customer_rows]
    if wanted not in ids:
        near = difflib.get_close_matches(wanted, ids, n=3, cutoff=0.4) or sorted(ids)[:3]
        raise WrongUse(
            f"Customer '{wanted}' has nothing in {cell['segment_id']} in {cell['month_on']:%Y-%m}.",
            f"Nearest: {', '.join(near)}." if near else "The cell has no customers.",
        )
    row = next(row for row in customer_rows if row["customer_id"] == wanted)
    lines = [line for line in line_rows if line["customer_id"] == wanted]
    (customer,) = _customers([row])
    documents = _documents(lines)
    row = {**row, "list_value_amount": row["list_amount"], "not_measured_amount": _ZERO}
    if customer.contribution is None:
        row["not_measured_amount"] = row["known_amount"]
    items = tuple(Item(name, _signed(row[column], sign)) for name, column, sign, _ in _ITEMS)
    bridge = (
        () if customer.own_entry is None else (Item("Own margin rate at entry", customer.own_entry), *customer.causes)
    )
    checks = [*_component_checks(row, lines), *_document_checks([row], documents)]
    if customer.contribution is not None:
        checks = [*_sum_checks(customer.contribution, items, bridge), *checks]
    narrowed = {
        **cell,
        "contribution_margin_rate": None,
        "entry_margin_rate": None,
        "compared_margin_rate": None,
        "margin_status": "unknown" if customer.contribution is None else "known",
        "margin_status_reason": None,
    }
    return _explanation(narrowed, customer.contribution, items, bridge, (customer,), documents, checks)


def _explanation(
    cell: dict[str, Any],
    contribution: Decimal | None,
    items: tuple[Item, ...],
    bridge: tuple[Item, ...],
    customers: tuple[Customer, ...],
    documents: tuple[Document, ...],
    checks: Sequence[Check],
) -> Explanation:
    return Explanation(
        segment_id=cell["segment_id"],
        segment_name=cell["segment_name"],
        month_on=cell["month_on"],
        as_of_date=cell["as_of_date"],
        status=cell["margin_status"],
        status_reason=cell["margin_status_reason"],
        contribution=contribution,
        contribution_rate=cell["contribution_margin_rate"],
        entry_rate=cell["entry_margin_rate"],
        compared_rate=cell["compared_margin_rate"],
        items=items,
        bridge=bridge,
        customers=customers,
        documents=documents,
        checks=tuple(checks),
    )


def _customers(rows: list[dict[str, Any]]) -> tuple[Customer, ...]:
    """Largest amount first; the id breaks ties."""
    ordered = sorted(rows, key=lambda row: (-abs(row["known_amount"]), row["customer_id"]))
    return tuple(
        Customer(
            customer_id=row["customer_id"],
            account_name=row["account_name"],
            comparison=row["comparison"],
            recognised=row["recognised_amount"],
            known=row["known_amount"],
            contribution=row["contribution_amount"],
            own_entry=row["own_entry_amount"],
            causes=tuple(Item(name, row[column]) for name, _, column in _BRIDGE if column is not None),
        )
        for row in ordered
    )


def _documents(rows: list[dict[str, Any]]) -> tuple[Document, ...]:
    """Unknown amounts first, then the largest; the key breaks ties."""
    names = tuple(Document.__dataclass_fields__)
    documents = (Document(**{name: row[name] for name in names}) for row in rows)

    def order(one: Document) -> tuple[Any, ...]:
        size = Decimal("Infinity") if one.amount is None else abs(one.amount)
        return (-size, one.customer_id, one.component, one.document_type, one.document_id, one.document_line_id)

    return tuple(sorted(documents, key=order))


def _sum_checks(contribution: Decimal, items: Sequence[Item], bridge: Sequence[Item]) -> list[Check]:
    """The margin against its items and, where it is compared with entry, against its bridge."""
    checks = [Check("Items sum to the contribution margin", contribution, _total(one.amount for one in items))]
    if bridge:
        found = _total(one.amount for one in bridge)
        checks.append(Check("The bridge sums to the contribution margin", contribution, found))
    return checks


def _component_checks(above: dict[str, Any], lines: list[dict[str, Any]]) -> list[Check]:
    """Each item of the row above against the lines it sums; an item that is null has no lines to sum."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        sums[line["component"]] += line["amount"] or _ZERO
        sums["list"] += line["list_value_amount"] or _ZERO
        sums["discount"] += line["discount_amount"] or _ZERO
    checks = [
        Check("Lines sum to: List value", above["list_value_amount"] or _ZERO, sums["list"]),
        Check("Lines sum to: Discount", above["discount_amount"] or _ZERO, sums["discount"]),
        Check("Lines sum to: Earned", above["earned_amount"] or _ZERO, sums["recognised"]),
    ]
    checks += [
        Check(f"Lines sum to: {name}", _signed(above[column], sign) or _ZERO, sums[component])
        for name, column, sign, component in _ITEMS
        if component is not None
    ]
    return checks


def _customer_checks(cell: dict[str, Any], rows: list[dict[str, Any]]) -> list[Check]:
    """The cell against its customers: the margin, what is not measured, and every cause of the bridge."""
    checks = [
        Check(
            "Customers sum to the contribution margin",
            cell["contribution_margin_amount"] or _ZERO,
            _total(row["contribution_amount"] for row in rows),
        ),
        Check(
            "Customers sum to what is not measured",
            cell["not_measured_amount"] or _ZERO,
            _total(row["known_amount"] for row in rows if row["comparison"] == "not_measured"),
        ),
        Check(
            "Customers sum to the margin at entry and the mix of customers",
            (cell["bridge_entry_amount"] or _ZERO) + (cell["bridge_mix_customers_amount"] or _ZERO),
            _total(row["own_entry_amount"] for row in rows),
        ),
    ]
    for comparison, column in (("at_entry", "bridge_at_entry_amount"), ("no_entry", "bridge_no_entry_amount")):
        below = _total(row["known_amount"] for row in rows if row["comparison"] == comparison)
        checks.append(Check(f"Customers sum to: {_name_of(column)}", cell[column] or _ZERO, below))
    checks += [
        Check(f"Customers sum to: {name}", cell[column] or _ZERO, _total(row[below] for row in rows))
        for name, column, below in _BRIDGE
        if below is not None
    ]
    return checks


def _name_of(column: str) -> str:
    return next(name for name, above, _ in _BRIDGE if above == column)


def _document_checks(rows: list[dict[str, Any]], documents: Sequence[Document]) -> list[Check]:
    """The documents of all customers together, and every single customer whose documents do not sum."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for document in documents:
        sums[document.customer_id] += document.amount or _ZERO
    known = {row["customer_id"]: row["known_amount"] for row in rows}
    checks = [Check("Documents sum to their customers", _total(known.values()), _total(sums.values()))]
    checks += [
        Check(f"Documents sum to customer {customer_id}", known.get(customer_id, _ZERO), sums.get(customer_id, _ZERO))
        for customer_id in sorted(known.keys() | sums.keys())
        if known.get(customer_id, _ZERO) != sums.get(customer_id, _ZERO)
    ]
    return checks


def _signed(amount: Decimal | None, sign: int) -> Decimal | None:
    # not times the sign: zero times -1 is a negative zero
    return -amount if amount is not None and sign < 0 else amount


def _total(amounts: Iterable[Decimal | None]) -> Decimal:
    """Sum of what is known."""
    return sum((amount for amount in amounts if amount is not None), _ZERO)
