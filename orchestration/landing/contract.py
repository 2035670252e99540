"""The raw contract: which tables and columns the project reads, of which type, and how binding each is.

Levels: K = must exist, never null; N = expected, may be null, unknown when absent; O = optional. A level binds only
where its table is there at all. The contract is `seeds/reference/raw_contract.csv`; what is lost without a table or a
column is `seeds/reference/contract_effect.csv`.
"""

import csv
from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from orchestration.errors import InputError
from orchestration.paths import PROJECT_DIR

REFERENCE_DIR = PROJECT_DIR / "seeds" / "reference"
CONTRACT_FILE = REFERENCE_DIR / "raw_contract.csv"
EFFECT_FILE = REFERENCE_DIR / "contract_effect.csv"

ColumnType = Literal["str", "int", "num", "dec", "bool", "date", "ts", "json"]
Level = Literal["K", "N", "O"]
TableName = tuple[str, str]  # (canonical source, table)

REQUIRED_WITH_SALESFORCE: tuple[TableName, ...] = (("salesforce", "account"), ("salesforce", "opportunity"))
REQUIRED_WITH_STRIPE: tuple[TableName, ...] = (
    ("stripe", "customer"),
    ("stripe", "price"),
    ("stripe", "subscription_history"),
    ("stripe", "subscription_item"),
)

# Fivetran lands its history mode under the same table name in a schema of its own; only deals are read from it.
HISTORY_SOURCE = "salesforce_history"
_HISTORY_OF: TableName = ("salesforce", "opportunity")
_VERSION_COLUMNS = ("_fivetran_start", "_fivetran_end")


@dataclass(frozen=True)
class ContractColumn:
    """One contracted column."""

    name: str
    type: ColumnType
    level: Level


@dataclass(frozen=True)
class ContractTable:
    """One contracted table with its columns in contract order."""

    source: str
    name: str
    columns: tuple[ContractColumn, ...]

    @property
    def lost_without(self) -> str:
        """What the marts lack when this table is absent, in words."""
        effect = load_effects().get((self.source, self.name, ""))
        return effect.words if effect else ""


@dataclass(frozen=True)
class Effect:
    """What is unknown without a table or a column: words for a reader, and the marts that say so.

    `adds_order` is the place of a table among those that add most when they are delivered, None for the rest.
    """

    words: str
    marts: tuple[str, ...]
    adds_order: int | None


@dataclass(frozen=True)
class Contract:
    """The whole contract, keyed by (source, table)."""

    tables: dict[TableName, ContractTable]

    def table_names(self, source: str) -> list[str]:
        """Return the contracted tables of a source, sorted."""
        if source == HISTORY_SOURCE:
            return [_HISTORY_OF[1]]
        return sorted(name for table_source, name in self.tables if table_source == source)

    def find(self, key: TableName) -> ContractTable | None:
        """Return a contracted table, the one of history mode included, or None."""
        if key == (HISTORY_SOURCE, _HISTORY_OF[1]):
            present = self.tables[_HISTORY_OF]
            columns = [ContractColumn(c.name, c.type, "K" if c.name == "id" else "O") for c in present.columns]
            versions = [ContractColumn(name, "ts", "O") for name in _VERSION_COLUMNS]
            return ContractTable(HISTORY_SOURCE, present.name, (*columns, *versions))
        return self.tables.get(key)


def required_tables(found: Set[TableName]) -> list[TableName]:
    """Return the tables that must be there: those of the CRM and of billing, each only once any table of it is there.

    A company has one of the two or both; that it has neither is for the caller to say.
    """
    sources = {source for source, _ in found}
    return [
        *(REQUIRED_WITH_SALESFORCE if "salesforce" in sources else ()),
        *(REQUIRED_WITH_STRIPE if "stripe" in sources else ()),
    ]


def read_seed(path: Path) -> list[dict[str, str]]:
    """Return the rows of a reference CSV.

    Raises:
        InputError: the file is missing.
    """
    if not path.is_file():
        raise InputError(f"The reference file {path} is missing.", "Restore it from the repository.")
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@cache
def built_marts() -> frozenset[str]:
    """Return the names of the marts that this version builds."""
    return frozenset(path.stem for path in (PROJECT_DIR / "models" / "marts").rglob("*.sql"))


@cache
def load_effects(path: Path = EFFECT_FILE) -> dict[tuple[str, str, str], Effect]:
    """Read what each table (column empty) and each N column feeds, by (source, table, column).

    The seed also names marts that are agreed and not built yet; a reader is shown only those that are there.
    """
    return {
        (row["source"], row["table"], row["column"]): Effect(
            row["effect"],
            tuple(mart for mart in row["marts"].split() if mart in built_marts()),
            int(row["adds_order"]) if row["adds_order"] else None,
        )
        for row in read_seed(path)
    }


@cache
def load_contract(path: Path = CONTRACT_FILE) -> Contract:
    """Read the contract CSV (`schema,table,column,type,level,provenance`).

    Raises:
        InputError: the file is missing.
    """
    columns: dict[TableName, list[ContractColumn]] = {}
    for row in read_seed(path):
        columns.setdefault((row["schema"], row["table"]), []).append(
            ContractColumn(row["column"], cast(ColumnType, row["type"]), cast(Level, row["level"]))
        )
    return Contract({key: ContractTable(key[0], key[1], tuple(found)) for key, found in columns.items()})
