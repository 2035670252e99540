"""An explained margin as people and programs read it: tables of at most 100 columns, rows for CSV, a tree for JSON.

Belongs here: wording, widths and order of what `reports.explain` found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestration.errors import CheckFailed, WrongUse
from reports import formats
from reports.explain import Check, Customer, Document, Explanation, Item

_Row = TypeVar("_Row")

_WIDTH = 100
_COMPARISONS = {
    "bridged": "compared",
    "at_entry": "first 3 months",
    "no_entry": "entry unknown",
    "not_measured": "not measured",
}
_COMPONENTS = {
    "recognised": "earned",
    "credit_note": "credit note",
    "cost_of_service": "cost of service",
    "payment_fees": "payment fees",
}


def require_sums(explanation: Explanation) -> None:
    """Raise unless every level sums to the one above.

    Raises:
        CheckFailed: names each level that does not.
    """
    failed = [check for check in explanation.checks if not check.is_passed]
    if failed:
        listed = "; ".join(f"{check.claim}: {check.above} above, {check.below} below" for check in failed[:10])
        raise CheckFailed(
            f"{len(failed)} of {len(explanation.checks)} sums do not hold: {listed}.",
            "Build again; if it stays, the model of the first one named is wrong.",
        )


def as_tree(explanation: Explanation, *, limit: int = 0) -> dict[str, Any]:
    """The explanation for JSON: amounts as text with all their digits, dates as ISO, None for unknown.

    Args:
        explanation: what was found.
        limit: at most this many customers and documents; 0 takes all.
    """
    _require_limit(limit)
    return {
        "segment_id": explanation.segment_id,
        "segment_name": explanation.segment_name,
        "month_on": explanation.month_on.isoformat(),
        "as_of_date": explanation.as_of_date.isoformat(),
        "status": explanation.status,
        "status_reason": explanation.status_reason,
        "contribution_margin": _text(explanation.contribution),
        "items": _named(explanation.items),
        "bridge": _named(explanation.bridge),
        "customers": [
            {
                "customer_id": one.customer_id,
                "account_name": one.account_name,
                "comparison": one.comparison,
                "recognised": _text(one.recognised),
                "known": _text(one.known),
                "contribution": _text(one.contribution),
                "own_entry": _text(one.own_entry),
                "causes": _named(one.causes),
            }
            for one in _cut(explanation.customers, limit)
        ],
        "documents": [
            {**vars(one), "amount": _text(one.amount)} for one in _cut(explanation.documents, limit)
        ],
        "checks": [
            {"claim": one.claim, "above": _text(one.above), "below": _text(one.below), "is_passed": one.is_passed}
            for one in explanation.checks
        ],
    }  # fmt: skip


def as_rows(explanation: Explanation, *, limit: int = 0) -> list[dict[str, Any]]:
    """The explanation as flat rows for CSV: the rows of one level sum to those of another, unknown amounts are empty.

    Levels: item, bridge, customer, document. Customers that are not measured have an empty amount in their level.

    Args:
        explanation: what was found.
        limit: at most this many customers and documents; 0 takes all.
    """
    _require_limit(limit)
    head = {"segment_id": explanation.segment_id, "month_on": explanation.month_on.isoformat()}

    def row(level: str, what: str, amount: Decimal | None, **more: Any) -> dict[str, Any]:
        empty: dict[str, Any] = dict.fromkeys(
            ("customer_id", "document_type", "document_id", "document_line_id", "currency", "amount_minor"), ""
        )
        return {**head, "level": level, "what": what, **empty, **more, "amount": _text(amount)}

    rows = [row("item", one.name, one.amount) for one in explanation.items]
    rows += [row("bridge", one.name, one.amount) for one in explanation.bridge]
    rows += [
        row("customer", one.comparison, one.contribution, customer_id=one.customer_id)
        for one in _cut(explanation.customers, limit)
    ]
    rows += [
        row(
            "document",
            one.component,
            one.amount,
            customer_id=one.customer_id,
            document_type=one.document_type,
            document_id=one.document_id,
            document_line_id=one.document_line_id,
            currency=one.currency or "",
            amount_minor="" if one.amount_minor is None else one.amount_minor,
        )
        for one in _cut(explanation.documents, limit)
    ]
    return rows


def render_explanation(explanation: Explanation, console: Console, *, limit: int, currency: str | None) -> None:
    """Write headline, items, bridge, customers, documents and the result of the checks.

    Args:
        explanation: what was found.
        console: where to write; at most 100 columns are used.
        limit: at most this many customers and documents; 0 shows all. What is left out stands in one row with its sum.
        currency: upper-case ISO code of the reporting currency; None leaves it out.
    """
    _require_limit(limit)
    width = min(console.width, _WIDTH)
    places = _places(explanation)
    unit = "" if currency is None else f" in {currency}"
    heading = f"{explanation.segment_id} ({explanation.segment_name}), {explanation.month_on:%Y-%m}{unit}"
    console.print(Text(formats.cut(heading, width), style="bold"))
    console.print(Text(_verdict(explanation, places)), width=width)
    if explanation.status_reason:
        console.print(
            Text(f"{explanation.status.replace('_', ' ')}: {explanation.status_reason}", style="dim"), width=width
        )
    _print_sum(console, width, "What it is made of", explanation.items, explanation.contribution, places)
    if explanation.bridge and explanation.contribution is not None:
        _print_sum(console, width, "From entry to now", explanation.bridge, explanation.contribution, places)
    _print_customers(console, width, explanation, limit, places)
    _print_documents(console, width, explanation, limit, places)
    _print_checks(console, width, explanation.checks)


def _verdict(explanation: Explanation, places: int) -> str:
    if explanation.contribution is None:
        return "Contribution margin unknown."
    text = f"Contribution margin {_amount(explanation.contribution, places)}"
    if explanation.contribution_rate is not None:
        share = formats.percent(explanation.contribution_rate, 1)
        text += f", {share} of the revenue of customers of whom everything is known"
    if explanation.entry_rate is not None and explanation.compared_rate is not None:
        entry, now = formats.percent(explanation.entry_rate, 1), formats.percent(explanation.compared_rate, 1)
        text += f". Compared customers: {entry} of list value in their first three months, {now} now"
    return f"{text}."


def _print_sum(
    console: Console, width: int, title: str, items: Sequence[Item], total: Decimal | None, places: int
) -> None:
    table = _table(width, title, ("Amount", 18))
    for item in items:
        table.add_row(item.name, _amount(item.amount, places))
    table.add_row(Text("Contribution margin", style="bold"), Text(_amount(total, places), style="bold"))
    console.print()
    console.print(table, width=width)


def _print_customers(console: Console, width: int, explanation: Explanation, limit: int, places: int) -> None:
    table = _table(width, "Customers", ("", 14), ("Recognised", 16), ("At entry rates", 16), ("Contribution", 16))
    shown: Sequence[Customer] = _cut(explanation.customers, limit)
    for one in shown:
        table.add_row(
            _customer_name(one),
            _COMPARISONS.get(one.comparison, one.comparison),
            _amount(one.recognised, places),
            "" if one.own_entry is None else _amount(one.own_entry, places),
            _amount(one.contribution, places),
        )
    rest = explanation.customers[len(shown) :]
    if rest:
        table.add_row(
            f"and {formats.count(len(rest), 'more customer')}",
            "",
            _amount(_total(one.recognised for one in rest), places),
            _amount(_total(one.own_entry for one in rest), places),
            _amount(_total(one.contribution for one in rest), places),
        )
    table.add_row(
        Text("Sum", style="bold"),
        "",
        _amount(_total(one.recognised for one in explanation.customers), places),
        _amount(_total(one.own_entry for one in explanation.customers), places),
        Text(_amount(_total(one.contribution for one in explanation.customers), places), style="bold"),
    )
    console.print()
    console.print(table, width=width)


def _customer_name(customer: Customer) -> Text:
    # Text, not a plain string: rich would read [brackets] in a name as markup
    text = Text(formats.cut(customer.customer_id, 32))
    if customer.account_name:
        text.append(f"\n{formats.cut(customer.account_name, 32)}", style="dim")
    return text


def _print_documents(console: Console, width: int, explanation: Explanation, limit: int, places: int) -> None:
    table = _table(width, "Documents", ("", 15), ("In minor units", 17), ("Adds to margin", 16))
    shown: Sequence[Document] = _cut(explanation.documents, limit)
    for one in shown:
        document = Text(formats.cut(f"{one.document_type.replace('_', ' ')} {one.document_id}", 44))
        under = formats.cut(one.customer_id, 24)
        if one.document_line_id:
            under += f", line {formats.cut(one.document_line_id, 20)}"
        document.append(f"\n{under}", style="dim")
        table.add_row(
            document,
            _COMPONENTS.get(one.component, one.component),
            "" if one.amount_minor is None else f"{one.amount_minor:,} {one.currency}".replace("-", formats.MINUS),
            _amount(one.amount, places),
        )
    rest = explanation.documents[len(shown) :]
    if rest:
        more = formats.count(len(rest), "more document line")
        table.add_row(f"and {more}", "", "", _amount(_total(one.amount for one in rest), places))
    known = _total(one.amount for one in explanation.documents)
    table.add_row(Text("Sum of what is known", style="bold"), "", "", Text(_amount(known, places), style="bold"))
    if explanation.contribution is not None and known != explanation.contribution:
        apart = explanation.contribution - known
        table.add_row("Of customers with something unknown", "", "", _amount(apart, places))
        total = Text(_amount(explanation.contribution, places), style="bold")
        table.add_row(Text("Contribution margin", style="bold"), "", "", total)
    console.print()
    console.print(table, width=width)
    console.print(Text("Document amounts in minor units of their own currency.", style="dim"))
    if rest:
        console.print(Text("--limit 0 shows all, --customer ID one customer, --csv all rows.", style="dim"))


def _print_checks(console: Console, width: int, checks: Sequence[Check]) -> None:
    failed = [check for check in checks if not check.is_passed]
    console.print()
    if not failed:
        console.print(
            Text(f"Every level sums to the one above: {len(checks)} sums, 0 off.", style="green"), width=width
        )
    for check in failed:
        line = f"Off: {check.claim}: {check.above} above, {check.below} below, {check.above - check.below} apart"
        console.print(Text(line, style="red"), width=width)


def _table(width: int, title: str, *columns: tuple[str, int]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold", pad_edge=False, width=width)
    table.add_column(title, ratio=1, overflow="fold")
    for name, size in columns:
        table.add_column(name, justify="right" if name else "left", width=size, no_wrap=True)
    return table


def _amount(value: Decimal | None, places: int) -> str:
    """All digits of an amount, with a real minus; unknown reads as such."""
    if value is None:
        return formats.UNKNOWN
    return f"{value:,.{places}f}".replace("-", formats.MINUS)


def _places(explanation: Explanation) -> int:
    """Decimals that hold every amount shown: two, or three for a currency with thousandths."""
    amounts = (*(one.amount for one in explanation.items), *(one.amount for one in explanation.documents))
    return 3 if any(one is not None and one != round(one, 2) for one in amounts) else 2


def _require_limit(limit: int) -> None:
    if limit < 0:
        raise WrongUse(f"--limit {limit} is below zero.", "Give a number of rows, or 0 for all.")


def _cut(rows: Sequence[_Row], limit: int) -> Sequence[_Row]:
    return rows[:limit] if limit else rows


def _named(items: Sequence[Item]) -> list[dict[str, str | None]]:
    return [{"name": item.name, "amount": _text(item.amount)} for item in items]


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _total(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal(0))
