"""SQL for a value that lies at a path in a raw file: a column, or something inside a nested one.

A path is `column`, or `column.key.key` into an object (digits pick an element of a list, `*` all of them). Nested
values may be Parquet structs, maps and lists, or JSON text as CSV carries it; both read the same.
"""

import re
from collections.abc import Iterable, Mapping

from orchestration.landing.names import literal, quoted

_NESTED = ("STRUCT", "MAP", "UNION")


def is_nested(duckdb_type: str) -> bool:
    """True for structs, maps and lists."""
    return duckdb_type.startswith(_NESTED) or duckdb_type.endswith("]")


def landed_value(name: str, duckdb_type: str) -> str:
    """SQL of a column as it lands: empty text and NaN are null, zones become UTC, nested values JSON text."""
    column = quoted(name)
    if duckdb_type == "VARCHAR":
        return f"nullif({column}, '')"
    if duckdb_type in ("FLOAT", "DOUBLE"):
        return f"case when not isnan({column}) then {column} end"
    if duckdb_type == "TIMESTAMP WITH TIME ZONE":
        return f"({column} at time zone 'UTC')"
    if is_nested(duckdb_type):
        return f"cast(to_json({column}) as varchar)"
    return column


def landed_type(duckdb_type: str) -> str:
    """DuckDB type of `landed_value`."""
    if duckdb_type == "TIMESTAMP WITH TIME ZONE":
        return "TIMESTAMP"
    return "VARCHAR" if is_nested(duckdb_type) else duckdb_type


def as_json(name: str, duckdb_type: str) -> str | None:
    """SQL of a column as JSON, null where its text is none; None for a column that cannot hold an object."""
    column = quoted(name)
    if duckdb_type == "JSON":
        return column
    if is_nested(duckdb_type):
        return f"to_json({column})"
    return f"case when json_valid({column}) then cast({column} as json) end" if duckdb_type == "VARCHAR" else None


def json_path(keys: Iterable[str]) -> str:
    """Return a SQL literal such as `'$."items"."data"[0]'`."""
    steps = ("[*]" if key == "*" else f"[{key}]" if re.fullmatch(r"\d+", key) else f'."{key}"' for key in keys)
    return literal("$" + "".join(steps))


def json_text(document: str, keys: Iterable[str], *, is_bare: bool = False) -> str:
    """SQL of the value at a path of a JSON document as text; with `is_bare` objects and lists give null."""
    path = json_path(keys)
    value = f"nullif(json_extract_string({document}, {path}), '')"
    return f"case when json_type({document}, {path}) not in ('OBJECT', 'ARRAY') then {value} end" if is_bare else value


class Columns:
    """The columns of a file by their snake_case name.

    Args:
        given: snake_case name -> (name in the file, DuckDB type).
    """

    def __init__(self, given: Mapping[str, tuple[str, str]]) -> None:
        self._given = dict(given)

    def has(self, path: str) -> bool:
        """True when a value may be found at `path`: its column is there, and nested where the path goes on."""
        root, _, rest = path.partition(".")
        if root not in self._given:
            return False
        return not rest or as_json(*self._given[root]) is not None

    def value(self, path: str, *, is_bare: bool = False) -> tuple[str, str]:
        """Return SQL and DuckDB type of the value at `path`.

        Args:
            path: a path for which `has` is true.
            is_bare: the path names a reference that may be expanded: an object is not the value, and a JSON string
                is taken out of its quotes.
        """
        root, *keys = path.split(".")
        name, kind = self._given[root]
        if keys:
            return json_text(str(as_json(name, kind)), keys, is_bare=is_bare), "VARCHAR"
        if not is_bare:
            return landed_value(name, kind), landed_type(kind)
        document = as_json(name, kind)
        if document is None:
            return landed_value(name, kind), landed_type(kind)
        if kind == "VARCHAR":
            inside = json_text(f"cast({quoted(name)} as json)", (), is_bare=True)
            return (
                f"case when json_valid({quoted(name)}) then {inside} else nullif({quoted(name)}, '') end",
                "VARCHAR",
            )
        return json_text(document, (), is_bare=True), "VARCHAR"

    def document(self, root: str) -> str:
        """SQL of a column as JSON; the column must be one for which `has(root + '.x')` is true."""
        return str(as_json(*self._given[root]))


def first_of(candidates: list[tuple[str, str]]) -> tuple[str, str]:
    """SQL and DuckDB type of the first value that is not null, as text where the candidates differ in type."""
    kinds = {kind for _, kind in candidates}
    if len(candidates) == 1:
        return candidates[0]
    if len(kinds) == 1:
        return f"coalesce({', '.join(sql for sql, _ in candidates)})", kinds.pop()
    return f"coalesce({', '.join(f'cast({sql} as varchar)' for sql, _ in candidates)})", "VARCHAR"


def bare_references(paths: Iterable[str]) -> set[str]:
    """Those of the paths that another one goes on from: `customer` beside `customer.id`."""
    paths = list(paths)
    return {path for path in paths if any(other.startswith(path + ".") for other in paths)}
