"""Deal signals that a company keeps outside `salesforce.opportunity`.

`field_map` may name a column of any other CRM table: one that links to the deal (deal lines, history, a custom object
such as a quote), or `account`. The value becomes the column `mapped_<key>` of `raw_salesforce.opportunity`, so that
everything after landing reads deals only. Of several rows per deal the newest counts (`system_modstamp`, then load
time, then id). Deal lines are put together instead: counts and amounts are summed, of rates, days and months the
largest counts, of yes and no a single yes, of words the newest line's. Deleted rows do not count. Ids meet at 15
characters, because links are kept in both lengths.

A value says what was known on the as-of day only while its row has not changed since, and what a closed deal was
decided on only while its row has not changed after the signing: later changes may know the outcome. Rows that carry no
time of change stand for what they hold, as the deal itself does.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from orchestration.company import FIELD_HOME, MAPPED_PREFIX, OPPORTUNITY_FIELDS, USER_FIELDS, CompanyConfig
from orchestration.landing.contract import REFERENCE_DIR, ContractColumn, TableName, read_seed
from orchestration.landing.names import did_you_mean, quoted
from orchestration.landing.types import typed

_CRM = "salesforce"
_DEAL: TableName = (_CRM, "opportunity")
_LINES = "opportunity_line_item"
# by name of the standard field, of a usual custom one, and of Salesforce CPQ's quote
_DEAL_LINKS = ("opportunity_id", "opportunity_c", "sbqq_opportunity_2_c")
_LARGEST_COUNTS = ("_pct", "_days", "_months")
_CHANGED = ("system_modstamp", "last_modified_date", "created_date")
_NEWEST = (("system_modstamp", "ts"), ("_fivetran_synced", "ts"), ("id", "str"))
_RELATION = "source_relation"


@dataclass(frozen=True)
class FieldColumn:
    """A column that `field_map` names, as an optional contracted column of its table."""

    key: str
    column: ContractColumn
    is_elsewhere: bool


def fields_of(company: CompanyConfig, table: str) -> list[FieldColumn]:
    """Return the columns of one CRM table that `field_map` names."""
    types = {**OPPORTUNITY_FIELDS, **USER_FIELDS}
    own = [
        FieldColumn(key, ContractColumn(column, types[key], "O"), is_elsewhere=False)
        for key, column in company.field_map.items()
        if "." not in column and FIELD_HOME[key] == table
    ]
    elsewhere = [
        FieldColumn(key, ContractColumn(column, types[key], "O"), is_elsewhere=True)
        for key, (other, column) in company.columns_elsewhere().items()
        if other == table
    ]
    return own + elsewhere


def _link(table: str, columns: dict[str, str]) -> tuple[str, str] | None:
    """(column of the deal, column of the other table) that join them; None when they cannot be joined."""
    for link in _DEAL_LINKS:
        if link in columns:
            return "id", link
    return ("account_id", "id") if table == "account" else None


def _aggregate(key: str, table: str, value: str, order: str) -> str:
    """SQL of one value out of several rows."""
    kind = OPPORTUNITY_FIELDS[key]
    if table != _LINES or kind == "str":
        # a row that says nothing is still the newest: what was cleared is not brought back
        return f"first({value} order by {order})"
    if kind == "bool":
        return f"bool_or({value})"
    return f"max({value})" if key.endswith(_LARGEST_COUNTS) else f"sum({value})"


def _order(columns: dict[str, str]) -> str:
    terms = [
        f"{typed(name, columns[name], 'ts' if kind == 'ts' else 'str')} desc nulls last"
        for name, kind in _NEWEST
        if name in columns
    ]
    return ", ".join(terms) or "1"


def _changed_at(columns: dict[str, str]) -> str:
    """SQL of the moment a row last changed, null where the table does not say."""
    told = [typed(name, columns[name], "ts") for name in _CHANGED if name in columns]
    return f"coalesce({', '.join(told)})" if told else "cast(null as timestamp)"


def _signing_days() -> int:
    """Days after a closing within which a change still belongs to the signing."""
    (days,) = [
        row["days"]
        for row in read_seed(REFERENCE_DIR / "history_window.csv")
        if row["window_key"] == "signing_paperwork"
    ]
    return int(days)


def _guarded(n: int, deals: dict[str, str], as_of: date | None) -> str:
    """SQL of the value of join `n`, null where its row changed too late to tell."""
    value, changed = f"m{n}.mapped_value", f"m{n}.changed_at"
    if as_of is None:
        return value
    too_late = [f"{changed} >= timestamp '{as_of + timedelta(days=1)}'"]
    if "is_closed" in deals and "close_date" in deals:
        closed = typed("is_closed", deals["is_closed"], "bool")
        closed_on = typed("close_date", deals["close_date"], "date")
        too_late.append(f"({closed} and {changed} >= {closed_on} + interval {_signing_days() + 1} day)")
    return f"case when not coalesce({' or '.join(too_late)}, false) then {value} end"


def _values_per_deal(key: str, table: str, column: str, columns: dict[str, str], link: str, is_scoped: bool) -> str:
    """Query with `deal_link`, value, time of change and, with several connectors, `scope`: one row per link."""
    value = typed(column, columns[column], OPPORTUNITY_FIELDS[key])
    alive = (
        f"coalesce({typed('is_deleted', columns['is_deleted'], 'bool')}, false) = false"
        if "is_deleted" in columns
        else "true"
    )
    scope = f", {_RELATION} as scope" if is_scoped else ""
    return (
        f"select left(trim(cast({quoted(link)} as varchar)), 15) as deal_link{scope}, "
        f"{_aggregate(key, table, value, _order(columns))} as mapped_value, max({_changed_at(columns)}) as changed_at "
        f"from {quoted('raw_' + _CRM)}.{quoted(table)} where {quoted(link)} is not null and {alive} group by all"
    )


def _absent(key: str, table: str, column: str, landed: dict[TableName, dict[str, str]]) -> str:
    """Warning for a named table or column that is not there or cannot be joined, empty when all is well."""
    named = f"company.yml: field_map.{key} names {table}.{column}"
    columns = landed.get((_CRM, table))
    if columns is None:
        near = did_you_mean(table, [name for source, name in landed if source == _CRM])
        return f"{named}, but there is no table {_CRM}.{table}{near}; it stays unknown."
    if column not in columns:
        return f"{named}, but {_CRM}.{table} lacks that column{did_you_mean(column, columns)}; it stays unknown."
    if _link(table, columns) is None:
        return f"{named}, but {_CRM}.{table} has no column opportunity_id to join it by; it stays unknown."
    return ""


def add_mapped_columns(
    connection: duckdb.DuckDBPyConnection,
    company: CompanyConfig,
    landed: dict[TableName, dict[str, str]],
    as_of: date | None = None,
) -> list[str]:
    """Add `mapped_<key>` columns to `raw_salesforce.opportunity` and return warnings for what stays unknown.

    Args:
        landed: DuckDB type by column, by table; the new columns are added to it.
        as_of: the day of the build; None takes every row as it is.
    """
    deals = landed.get(_DEAL)
    if deals is None:
        return []
    warnings: list[str] = []
    joins: list[str] = []
    selected: list[str] = []
    for n, (key, (table, column)) in enumerate(company.columns_elsewhere().items()):
        warning = _absent(key, table, column, landed)
        columns = landed.get((_CRM, table), {})
        link = _link(table, columns)
        if warning or link is None or link[0] not in deals:
            warnings += [warning] if warning else []
            continue
        is_scoped = _RELATION in columns and _RELATION in deals
        scope = f" and m{n}.scope is not distinct from d.{_RELATION}" if is_scoped else ""
        joins.append(
            f"left join ({_values_per_deal(key, table, column, columns, link[1], is_scoped)}) as m{n} "
            f"on m{n}.deal_link = left(trim(cast(d.{quoted(link[0])} as varchar)), 15){scope}"
        )
        selected.append(f"{_guarded(n, deals, as_of)} as {quoted(MAPPED_PREFIX + key)}")
    if joins:
        target = f"{quoted('raw_' + _CRM)}.{quoted(_DEAL[1])}"
        connection.execute(
            f"create or replace table {target} as select d.*, {', '.join(selected)} "
            f"from (select *, rowid as __row from {target}) as d {' '.join(joins)} order by d.__row"
        )
        connection.execute(f"alter table {target} drop column __row")
        deals.update({str(row[0]): str(row[1]) for row in connection.execute(f"describe {target}").fetchall()})
    return warnings
