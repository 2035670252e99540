"""Every contracted table with three plain rows, so that a test can spoil any column of any of them."""

from pathlib import Path

import duckdb

from orchestration.company import CompanyConfig
from orchestration.landing.contract import ContractColumn, ContractTable, load_contract
from orchestration.landing.land import Landing, read_all
from tests.python.landing.raw_company import Rows, write_csv

N_ROWS = 3
_VALUES = {
    "str": "x",
    "int": "7",
    "num": "1.5",
    "dec": "1.5",
    "bool": "true",
    "date": "2025-01-31",
    "ts": "2025-01-31 10:00:00",
    "json": '{"key": 1}',
}


def rows_of(table: ContractTable) -> Rows:
    """Rows that keep the contract, with ids of their own."""

    def value(column: ContractColumn, n: int) -> str:
        return f"{_VALUES[column.type]}{n}" if column.name == "id" and column.type == "str" else _VALUES[column.type]

    return [{column.name: value(column, n) for column in table.columns} for n in range(1, N_ROWS + 1)]


def write_company(raw: Path, spoiled: dict[tuple[str, str], Rows]) -> Path:
    """Write all contracted tables as CSV, those in `spoiled` as given there."""
    for key, table in load_contract().tables.items():
        write_csv(raw / key[0] / f"{key[1]}.csv", spoiled.get(key) or rows_of(table))
    return raw


def landing_of(raw: Path, company: CompanyConfig | None = None) -> Landing:
    """Land a folder in memory."""
    with duckdb.connect() as connection:
        return read_all(connection, raw, company or CompanyConfig(), load_contract())
