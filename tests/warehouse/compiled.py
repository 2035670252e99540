"""The project's compiled SQL on tables that are given: a warehouse in memory in which a test plays the company.

Belongs here: how compiled models are found and run. What a company looks like is the test's.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import pandas as pd

from orchestration.paths import PROJECT_DIR

_REFERENCE = re.compile(r'"work"\."(\w+)"\."(\w+)"')


class Warehouse:
    """An empty warehouse, and the models as the build of a data folder compiled them.

    Attributes:
        connection: the open session; its catalog `work` is what the compiled SQL names.
    """

    def __init__(self, home: Path, *, settings: str = "") -> None:
        self._models = home / "run_state" / "dbt" / "compiled" / "segment_intelligence" / "models"
        self.connection = duckdb.connect()
        self.connection.execute(f"{settings} attach ':memory:' as work")
        for schema in ("core", "intermediate", "marts", "reference", "staging"):
            self.connection.execute(f"create schema work.{schema}")

    def __enter__(self) -> "Warehouse":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def sql(self, model: str) -> str:
        """Return the query of a model, named by its path below models/ without the ending."""
        return (self._models / f"{model}.sql").read_text(encoding="utf-8")

    @staticmethod
    def place(model: str) -> str:
        """Return schema and table of a model that stands where its layer does."""
        layer, _, name = model.split("/")
        return f"{layer}.{name}"

    def tables_read(self, models: Iterable[str]) -> set[str]:
        """Return what these models read and do not make, as `schema.table`."""
        made = {self.place(model).partition(".")[2] for model in models}
        found = {pair for model in models for pair in _REFERENCE.findall(self.sql(model))}
        return {f"{schema}.{table}" for schema, table in found if table not in made}

    def give(self, place: str, frame: pd.DataFrame, columns: str = "*") -> None:
        """Make a table of these rows, in the place of any there was."""
        self.connection.register("given", frame)
        self.connection.execute(f"create or replace table work.{place} as select {columns} from given")
        self.connection.unregister("given")

    def give_seeds(self, *names: str) -> None:
        """Make the named seeds of the project."""
        for name in names:
            (file,) = (PROJECT_DIR / "seeds").glob(f"*/{name}.csv")
            self.connection.execute(f"create or replace table work.reference.{name} as from read_csv('{file}')")

    def make(self, *models: str) -> None:
        """Make models, in this order, in the place of any there were."""
        for model in models:
            self.connection.execute(f"create or replace table work.{self.place(model)} as {self.sql(model)}")

    def read(self, table: str) -> pd.DataFrame:
        """Return a table, named as `schema.table`."""
        return self.connection.execute(f"from work.{table}").df()


def columns_given(home: Path, models: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return columns and their types of every table that `models` read and do not make, by `schema.table`."""
    with Warehouse(home) as warehouse:
        columns: dict[str, dict[str, str]] = {place: {} for place in sorted(warehouse.tables_read(models))}
    with duckdb.connect(str(home / "work.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() where not internal"
        ).fetchall()
    for place, column, data_type in rows:
        if place in columns:
            columns[place][column] = data_type
    return columns
