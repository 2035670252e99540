"""Run suites on a DuckDB file with Great Expectations and turn the outcome into rows.

Imports Great Expectations (seconds), so only the runner's own process imports this module. Each suite runs
once for yes or no, in which all its columns share one query; only expectations that failed run again for
counts and keys.
"""

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast

import duckdb
import great_expectations as gx
import sqlalchemy

import expectations.duckdb_source  # noqa: F401, registers the data source
from expectations.results import CheckRow
from expectations.suites.raw import TableSuite, raw_suites
from orchestration.landing.contract import TableName

_EXAMPLES = 5
_SEVERITIES = ("critical", "warning", "info")


def landed_columns(database: Path) -> dict[TableName, dict[str, str]]:
    """Return the DuckDB types of all columns of all `raw_<source>` tables."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "select table_schema, table_name, column_name, data_type from information_schema.columns "
            "where table_schema like 'raw\\_%' escape '\\' order by all"
        ).fetchall()
    landed: dict[TableName, dict[str, str]] = {}
    for schema, table, column, kind in rows:
        landed.setdefault((schema.removeprefix("raw_"), table), {})[column] = kind
    return landed


def _exception(info: Mapping[str, Any]) -> str:
    """Text of the exception that a check met, empty when it ran; it comes flat or nested by metric."""
    nested = [info] if "raised_exception" in info else [value for value in info.values() if isinstance(value, dict)]
    raised = [value for value in nested if value.get("raised_exception")]
    if not raised:
        return ""
    # the message may be empty; the trace then ends with the kind of error
    text = str(raised[0].get("exception_message") or raised[0].get("exception_traceback") or "no message")
    return " ".join(text.split())[-300:]


def _number(value: object) -> str:
    return f"{value:,.15g}" if isinstance(value, int | float) else str(value)


def _wanted(expectation: str, arguments: Mapping[str, Any]) -> str:
    """What an expectation asks for, as the rest of a sentence."""
    low, high = arguments.get("min_value"), arguments.get("max_value")
    if isinstance(low, datetime.datetime):
        low = low.date()
    if expectation == "expect_column_values_to_not_be_null":
        return "must never be empty"
    if expectation == "expect_column_values_to_be_in_set":
        return f"should be one of {', '.join(map(str, arguments['value_set']))}"
    if expectation == "expect_column_value_lengths_to_equal":
        return f"must be {_number(arguments['value'])} characters long"
    if expectation == "expect_table_columns_to_match_set":
        return f"must have the columns {', '.join(arguments['column_set'])}"
    if expectation == "expect_table_row_count_to_be_between":
        return "must have at least one row"
    if expectation == "expect_column_values_to_be_between":
        if high is None:
            return f"must be {'above' if arguments.get('strict_min') else 'at least'} {_number(low)}"
        return f"must lie between {_number(low)} and {_number(high)}"
    return f"must pass {expectation}"


def _examples(result: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, ...]:
    found = result.get("partial_unexpected_index_list") or []
    return tuple(", ".join(f"{key}={entry.get(key)}" for key in keys) for entry in found[:_EXAMPLES])


def _row(name: str, keys: Sequence[str], outcome: Any) -> CheckRow:
    config = outcome.expectation_config
    column = config.kwargs.get("column")
    exception = _exception(outcome.exception_info or {})
    result = outcome.result or {}
    count = result.get("unexpected_count")
    success = bool(outcome.success) and not exception
    severity = str(getattr(config.severity, "value", config.severity))
    subject = f"{name}.{column}" if column else name
    message = f"{subject} {_wanted(config.type, config.kwargs)}"
    if exception:
        message = f"the check that {message} could not run"
    elif not success and count:
        message += f": {count:,} rows do not"
    return CheckRow(
        suite=name,
        column=column,
        expectation=config.type,
        success=success,
        is_broken=bool(exception),
        severity=cast(Literal["critical", "warning", "info"], severity if severity in _SEVERITIES else "critical"),
        unexpected_count=count,
        examples=_examples(result, keys),
        message=message,
        exception=exception,
    )


def _settings(kind: str, kwargs: Mapping[str, Any]) -> str:
    """What tells the expectations of a suite apart."""
    return kind + str(sorted((name, str(value)) for name, value in kwargs.items() if name != "batch_id"))


def _validate(batch: Any, suite: TableSuite) -> list[CheckRow]:
    outcomes = batch.validate(suite.suite, result_format="BOOLEAN_ONLY").results
    by_settings = {_settings(e.configuration.type, e.configuration.kwargs): e for e in suite.suite.expectations}
    rows: list[CheckRow] = []
    for outcome in outcomes:
        config = outcome.expectation_config
        if not outcome.success and config is not None:
            outcome = batch.validate(
                by_settings[_settings(config.type, config.kwargs)],
                result_format={
                    "result_format": "SUMMARY",
                    "partial_unexpected_count": _EXAMPLES,
                    "unexpected_index_column_names": list(suite.keys),
                },
            )
        rows.append(_row(suite.name, suite.keys, outcome))
    return sorted(rows, key=lambda row: (row.column or "", row.expectation))


def validate(database: Path, suites: Sequence[TableSuite]) -> list[CheckRow]:
    """Run suites on a DuckDB file, opened read-only and closed again; rows in suite order."""
    context = gx.get_context(mode="ephemeral")
    variables: Any = context.variables  # typed as another class than it reads
    variables.progress_bars = {"globally": False}
    sources: Any = context.data_sources  # the method below exists because of the class in duckdb_source
    source = sources.add_duckdb_sql(
        name="database",
        connection_string=f"duckdb:///{database.resolve()}",
        kwargs={"connect_args": {"read_only": True, "config": {"threads": 2}}},
        create_temp_table=False,
    )
    engine = source.get_execution_engine()
    with engine.get_connection() as connection:
        connection.execute(sqlalchemy.text("set TimeZone = 'UTC'"))
    rows: list[CheckRow] = []
    for suite in suites:
        asset = source.add_query_asset(name=suite.name, query=suite.query)
        rows += _validate(asset.add_batch_definition_whole_table("all").get_batch(), suite)
    return rows


def validate_raw(database: Path) -> list[CheckRow]:
    """Run the raw suites on a landed work file."""
    return validate(database, raw_suites(landed_columns(database)))
