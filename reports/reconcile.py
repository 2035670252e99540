"""The chain from raw rows to marts as one table, for `segments reconcile`.

Belongs here: reading the published control totals and residuals, and laying them out. What breaks a chain is decided in
`mart_control_total` and `mart_revenue_reconciliation`; here it is only shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from orchestration.errors import InputError
from orchestration.progress import counted
from orchestration.publishing.candidate import open_read_only
from reports.published import read_rows

CONTROL_MART = "mart_control_total"
REVENUE_MART = "mart_revenue_reconciliation"
_RESIDUAL = "residual_"
_WIDTH = 100
_BREAKS = "BREAKS"

# In the order in which documents come about; a chain that is not listed follows.
_CHAINS = (
    "subscriptions",
    "invoices",
    "invoice_lines",
    "credit_notes",
    "charges",
    "refunds",
    "balance_transactions",
)

FIELDS = (
    "chain",
    "currency",
    "level_order",
    "step_kind",
    "step",
    "n_rows",
    "n_keys",
    "amount_minor",
    "amount",
    "gap_rows",
    "gap_keys",
    "gap_minor",
    "is_broken",
)


@dataclass(frozen=True)
class Residual:
    """A residual of the revenue reconciliation that is not zero."""

    month: str
    currency: str
    column: str
    value: str


@dataclass(frozen=True)
class Reconciliation:
    """What the published version says about its own chain.

    Attributes:
        as_of: day of the published version; None when it has no chain.
        steps: rows of the control totals by chain, currency and level, each with the keys of `FIELDS`.
        residual_columns: residuals that are published; empty where there is no revenue reconciliation.
        n_residual_rows: months and currencies that have them.
        residuals: those that are not zero.
    """

    as_of: str | None
    steps: tuple[dict[str, Any], ...]
    residual_columns: tuple[str, ...]
    n_residual_rows: int
    residuals: tuple[Residual, ...]

    @property
    def is_broken(self) -> bool:
        """True when a level is not what the level before leaves, or a residual is not zero."""
        return bool(self.residuals) or any(step["is_broken"] for step in self.steps)


def read_reconciliation(current: Path) -> Reconciliation:
    """Read the chain from the published file.

    Raises:
        InputError: nothing is published, or the published version has no control totals.
    """
    if not current.exists():
        raise InputError("Nothing is published yet.", "Run `segments build` first.")
    with open_read_only(current.resolve(), "published") as connection:
        tables = {str(row[0]) for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
        if CONTROL_MART not in tables:
            raise InputError(f"The published version has no {CONTROL_MART}.", "Run `segments build` again.")
        steps = read_rows(
            connection,
            f"select {', '.join(FIELDS)}, cast(as_of_date as varchar) as as_of_date "
            f"from published.marts.{CONTROL_MART} "
            "order by chain, currency, level_order, step_kind = 'level', step",
        )
        steps.sort(key=lambda step: _CHAINS.index(step["chain"]) if step["chain"] in _CHAINS else len(_CHAINS))
        as_of = next((str(step.pop("as_of_date")) for step in steps), None)
        for step in steps:
            step.pop("as_of_date", None)
        columns, n_rows, residuals = _residuals(connection) if REVENUE_MART in tables else ((), 0, ())
    return Reconciliation(as_of, tuple(steps), columns, n_rows, residuals)


def _residuals(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[str, ...], int, tuple[Residual, ...]]:
    """Return the residual columns, the rows that have them, and the values that are not zero."""
    rows = read_rows(connection, f"select * from published.marts.{REVENUE_MART} order by month_on, currency")
    cursor = connection.execute(f"select * from published.marts.{REVENUE_MART} limit 0")
    columns = tuple(str(column[0]) for column in cursor.description or () if str(column[0]).startswith(_RESIDUAL))
    found = [
        Residual(str(row["month_on"])[:7], str(row["currency"]), column, str(row[column]))
        for row in rows
        for column in columns
        if row[column]
    ]
    return columns, len(rows), tuple(found)


def as_records(found: Reconciliation) -> list[dict[str, Any]]:
    """Return every step as plain values, for CSV and JSON; amounts as text with all their digits."""
    return [
        {name: str(value) if isinstance(value, Decimal) else value for name, value in step.items()}
        for step in found.steps
    ]


def render_reconciliation(found: Reconciliation, console: Console, *, is_whole: bool) -> None:
    """Print the chain.

    Args:
        found: what was read.
        console: where to print; the table takes at most 100 columns.
        is_whole: show every step with what is left out and why; else levels only.
    """
    if not found.steps:
        console.print("No billing was delivered, so there is no chain.")
    else:
        console.print(_table(found, is_whole=is_whole), width=min(console.width, _WIDTH))
    n_broken = sum(bool(step["is_broken"]) for step in found.steps)
    if n_broken:
        console.print(
            f"{_BREAKS}: {counted(n_broken, 'level')} not equal to what the level before leaves.", style="bold red"
        )
    elif found.steps:
        console.print("Every row and every minor unit is passed on or left out for a stated reason.", style="green")
    if found.residual_columns:
        _print_residuals(found, console)
    if not is_whole and found.steps:
        console.print("What is left out between two levels, and why: segments reconcile --all", style="dim")


def _print_residuals(found: Reconciliation, console: Console) -> None:
    n_columns = len(found.residual_columns)
    if not found.residuals:
        console.print(
            f"Revenue: {counted(n_columns, 'residual')} in {found.n_residual_rows} months and currencies, all 0.",
            style="green",
        )
        return
    console.print(f"{_BREAKS}: {counted(len(found.residuals), 'residual')} of the revenue, not 0.", style="bold red")
    for residual in found.residuals[:20]:
        console.print(f"  {residual.month} {residual.currency} {residual.column} {residual.value}", style="red")
    if len(found.residuals) > 20:
        console.print(f"  and {len(found.residuals) - 20} more", style="red")


def _table(found: Reconciliation, *, is_whole: bool) -> Table:
    table = Table(title=f"From raw rows to marts, as of {found.as_of}", title_justify="left", box=None, pad_edge=False)
    table.add_column("Chain", no_wrap=True)
    table.add_column("Cur", no_wrap=True)
    table.add_column("Step", no_wrap=True)
    for name in ("Rows", "Keys", "Sum", "Gap"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    shown: tuple[Any, Any] = (None, None)
    for step in found.steps:
        is_level = step["step_kind"] == "level"
        if not is_level and not is_whole:
            continue
        chain, currency = step["chain"], step["currency"]
        table.add_row(
            "" if shown[0] == chain else str(chain).replace("_", " "),
            "" if shown == (chain, currency) else str(currency),
            str(step["step"]) if is_level else f"- {str(step['step']).replace('_', ' ')}",
            _count(step["n_rows"]),
            _count(step["n_keys"]),
            _count(step["amount"]),
            _gap(step),
            _BREAKS
            if step["is_broken"]
            else "ok"
            if step["gap_minor"] is not None or step["gap_rows"] is not None
            else "",
            style="bold red" if step["is_broken"] else None if is_level else "dim",
        )
        shown = (chain, currency)
    return table


def _count(value: Decimal | int | None) -> str:
    """Return a number with thousands apart; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    whole = value.quantize(Decimal("0.01")) if value == value.quantize(Decimal("0.01")) else value
    return f"{whole:,}"


def _gap(step: dict[str, Any]) -> str:
    """Return the gap in words: rows and keys as counts, money in minor units."""
    named = (("gap_rows", "rows"), ("gap_keys", "keys"), ("gap_minor", "minor"))
    return ", ".join(f"{step[key]:+,} {word}" for key, word in named if step[key])
