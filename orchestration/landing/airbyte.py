"""Airbyte's shape of Stripe and Zendesk: one stream an object, as the vendor's API gives it.

Belongs here: which stream becomes which contracted table (`seeds/reference/airbyte_stream.csv`) and the SQL that
takes a table out of a stream. A column that the mapping does not name has the same name in the stream. Salesforce
needs no mapping: its streams differ from the contract in spelling only.
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from orchestration.landing.contract import REFERENCE_DIR, ContractTable, read_seed
from orchestration.landing.names import contracted_name, literal, quoted
from orchestration.landing.values import Columns, bare_references, first_of, json_path, json_text

STREAM_FILE = REFERENCE_DIR / "airbyte_stream.csv"
MARKERS = ("_airbyte_", "_sdc_")  # Stitch delivers the API's shape too
FILE_ROW = "_file_row"  # number of the row in the file, beside rows that were nested in it

_OF_ROW = "^"  # this value stands in the row, not in the item nested in it
_ITEM = "."
_POSITION = "#"


@dataclass(frozen=True)
class StreamTable:
    """How one contracted table lies in one stream.

    Attributes:
        item_path: list or object whose items are the rows; empty when the stream's rows are.
        values: paths by column, in order of preference; `^path` is of the row around the item, `.` the item itself,
            `#` its position from 0, `a+b` both joined by a colon.
        only: (path, values): items with another value there are left out.
        preference: streams of the lowest number that are there feed the table.
        position: place in the list; of two that feed the table the first one's rows win.
    """

    source: str
    table: str
    stream: str
    item_path: str
    values: dict[str, list[str]]
    only: tuple[str, tuple[str, ...]] | None
    preference: int
    position: int


@cache
def _streams(path: Path = STREAM_FILE) -> dict[str, dict[str, list[StreamTable]]]:
    """Return the tables of each stream, by source."""
    found: dict[tuple[str, str, str, str], StreamTable] = {}
    for row in read_seed(path):
        key = row["source"], row["table"], row["stream"], row["item_path"]
        mapped = found.get(key) or StreamTable(*key, {}, None, int(row["preference"]), len(found))
        if row["column"]:
            mapped.values.setdefault(row["column"], []).append(row["value_path"])
        elif row["only_values"]:
            mapped = replace(mapped, only=(row["value_path"], tuple(row["only_values"].split("|"))))
        found[key] = mapped
    streams: dict[str, dict[str, list[StreamTable]]] = {}
    for mapped in found.values():
        streams.setdefault(mapped.source, {}).setdefault(mapped.stream, []).append(mapped)
    return streams


def tables_of_stream(source: str, name: str) -> list[StreamTable]:
    """Return the tables that lie in the stream `name` (snake_case), empty for an unknown stream."""
    streams = _streams().get(source, {})
    return streams.get(contracted_name(name, streams), [])


def paths_of(mapped: StreamTable, column: str) -> list[str]:
    """Return where a contracted column is looked for, in order of preference."""
    return mapped.values.get(column, [column])


def is_delivered(mapped: StreamTable, columns: Columns) -> bool:
    """True when the stream holds the list or object that the table's rows lie in."""
    return not mapped.item_path or columns.has(mapped.item_path.split(".")[0] + ".x")


def _candidate(path: str, columns: Columns, is_item: bool, bare: set[str]) -> tuple[str, str] | None:
    """SQL and type of one place to look at, None when the file has no such column."""
    if "+" in path:
        parts = [_candidate(part, columns, is_item, bare) for part in path.split("+")]
        joined = " || ':' || ".join(part[0] for part in parts if part)
        return (joined, "VARCHAR") if all(parts) else None
    if path == _POSITION:
        return "__position", "BIGINT"
    if path == _ITEM:
        return json_text("__item", ()), "VARCHAR"
    if is_item and not path.startswith(_OF_ROW):
        return json_text("__item", path.split("."), is_bare=path in bare), "VARCHAR"
    of_row = path.removeprefix(_OF_ROW)
    return columns.value(of_row, is_bare=path in bare) if columns.has(of_row) else None


def column_values(mapped: StreamTable, table: ContractTable, columns: Columns) -> dict[str, tuple[str, str]]:
    """Return SQL and DuckDB type of every contracted column that the stream can hold."""
    values: dict[str, tuple[str, str]] = {}
    for column in table.columns:
        paths = paths_of(mapped, column.name)
        bare = bare_references(paths)
        found = [_candidate(path, columns, bool(mapped.item_path), bare) for path in paths]
        there = [candidate for candidate in found if candidate]
        if there:
            values[column.name] = first_of(there)
    return values


def select_rows(mapped: StreamTable, relation: str, values: dict[str, tuple[str, str]], columns: Columns) -> str:
    """Return the query that gives a table's rows in file order, nested ones with their row in the file.

    Args:
        mapped: where the table lies.
        relation: SQL that reads the file.
        values: SQL by column, as from `column_values`, bookkeeping added.
        columns: the columns of the file.
    """
    select = ", ".join(f"{sql} as {quoted(name)}" for name, (sql, _) in values.items())
    if not mapped.item_path:
        return f"select {select} from {relation}"
    root, *keys = mapped.item_path.split(".")
    found = f"json_extract({columns.document(root)}, {json_path(keys)})"
    # a path over a list gives a list by itself; an object stands for a list of one
    items = (
        found
        if "*" in keys
        else f"case json_type({found}) when 'ARRAY' then cast({found} as json[]) when 'OBJECT' then [{found}] end"
    )
    wanted = "json_type(__item) not in ('NULL')" if _takes_whole_items(mapped) else "json_type(__item) = 'OBJECT'"
    if mapped.only:
        path, allowed = mapped.only
        wanted += f" and {json_text('__item', path.split('.'))} in ({', '.join(map(literal, allowed))})"
    return (
        f"with given as (select row_number() over () as __file_row, * from {relation}), "
        f"listed as (select *, {items} as __items from given), "
        "nested as (select *, unnest(__items) as __item, unnest(range(len(__items))) as __position from listed) "
        f"select {select}, __file_row as {quoted(FILE_ROW)} from nested where {wanted}"
    )


def _takes_whole_items(mapped: StreamTable) -> bool:
    """True when the items are plain values; otherwise an item that is only an id says nothing and is left out."""
    return any(_ITEM in paths for paths in mapped.values.values())
