"""Other names of contracted tables and columns: `seeds/reference/raw_alias.csv`.

An alias of a column is a column name, or a path into a JSON column (`parent.subscription_details.subscription`).
"""

from functools import cache
from pathlib import Path

from orchestration.landing.contract import REFERENCE_DIR, TableName, read_seed
from orchestration.landing.names import contracted_name

ALIAS_FILE = REFERENCE_DIR / "raw_alias.csv"
_ANY_TABLE = "*"


@cache
def _table_aliases(path: Path = ALIAS_FILE) -> dict[str, dict[str, str]]:
    """Return contracted table by alias, by source."""
    found: dict[str, dict[str, str]] = {}
    for row in read_seed(path):
        if not row["column"]:
            found.setdefault(row["source"], {})[row["alias"]] = row["table"]
    return found


@cache
def _column_aliases(path: Path = ALIAS_FILE) -> dict[TableName, dict[str, list[str]]]:
    """Return aliases in order of preference by column, by table."""
    found: dict[TableName, dict[str, list[str]]] = {}
    for row in read_seed(path):
        if row["column"]:
            found.setdefault((row["source"], row["table"]), {}).setdefault(row["column"], []).append(row["alias"])
    return found


def table_of_alias(source: str, name: str) -> str | None:
    """Return the contracted table that `name` (snake_case) is another name of, or None."""
    aliases = _table_aliases().get(source, {})
    return aliases.get(contracted_name(name, aliases))


def column_aliases(key: TableName) -> dict[str, list[str]]:
    """Return the other names of a table's columns, those of the source's bookkeeping included."""
    return {**_column_aliases().get((key[0], _ANY_TABLE), {}), **_column_aliases().get(key, {})}
