"""DuckDB as a Great Expectations SQL data source, queries pushed down.

Great Expectations closes its connection before it fetches, upon which DuckDB drops the pending result and
every metric fails ("list index out of range"). It keeps the connection for a private list of engines; this
does the same.
"""

import contextlib
from collections.abc import Iterator
from typing import Any, Literal

import sqlalchemy
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine


class DuckDBSqlEngine(SqlAlchemyExecutionEngine):
    """Execution engine that fetches before its connection is given up."""

    @contextlib.contextmanager
    def get_connection(self) -> Iterator[sqlalchemy.Connection]:
        """Yield the one connection of this engine."""
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection


class DuckDBSqlDatasource(SQLDatasource):
    """Adds `context.data_sources.add_duckdb_sql(name, connection_string, ...)`."""

    type: Literal["duckdb_sql"] = "duckdb_sql"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> Any:
        """Return the engine above."""
        return DuckDBSqlEngine
