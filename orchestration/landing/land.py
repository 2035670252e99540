"""Land a folder of raw exports in a new work file.

All problems are gathered and reported in one error. The old work file stays untouched until the new one is
whole.
"""

import os
from datetime import date, timedelta
from pathlib import Path

import duckdb

from orchestration.company import FIELD_HOME, OPPORTUNITY_FIELDS, USER_FIELDS, CompanyConfig
from orchestration.errors import InputError
from orchestration.landing.check import check_values, missing_columns
from orchestration.landing.contract import Contract, ContractColumn, TableName, load_contract, required_tables
from orchestration.landing.names import did_you_mean, quoted
from orchestration.landing.problems import Problem, input_error
from orchestration.landing.read import RawFile, UnreadableFileError, copy_into, find_files, sha256_of
from orchestration.landing.report import LandingReport, TableReport, write_json, write_table
from orchestration.landing.types import typed

STALE_AFTER = timedelta(days=45)

# Columns that say when things happened: the first date deals and subscriptions, the rest only how fresh the data is.
_FIRST_EVENTS = (
    ("salesforce", "opportunity", "created_date"),
    ("salesforce", "opportunity_history", "created_date"),
    ("stripe", "subscription_history", "created"),
    ("stripe", "subscription_history", "start_date"),
)
_LATER_EVENTS = (
    ("salesforce", "task", "created_date"),
    ("salesforce", "event", "created_date"),
    ("stripe", "subscription_history", "ended_at"),
    ("stripe", "invoice", "created"),
    ("zendesk", "ticket", "created_at"),
)

Landed = dict[TableName, dict[str, str]]  # DuckDB type by column, by table


def _mapped_columns(company: CompanyConfig, table: str) -> list[ContractColumn]:
    """Columns that `field_map` names, as optional contracted columns."""
    types = {**OPPORTUNITY_FIELDS, **USER_FIELDS}
    return [
        ContractColumn(column, types[key], "O") for key, column in company.field_map.items() if FIELD_HOME[key] == table
    ]


def _land_table(
    connection: duckdb.DuckDBPyConnection,
    file: RawFile,
    contract: Contract,
    company: CompanyConfig,
    landed: Landed,
) -> tuple[TableReport | None, list[Problem], list[str]]:
    """Copy and check one file."""
    table = contract.tables.get(file.key)
    contracted = {column.name for column in table.columns} if table else set()
    try:
        sha256 = sha256_of(file.path)
        columns = copy_into(connection, file, contracted)
    except (UnreadableFileError, OSError) as error:
        return (
            None,
            [Problem(f"File of table {file.label} cannot be read: {error}.", "Export the table again.")],
            [],
        )
    landed[file.key] = columns
    relation = f"{quoted('raw_' + file.source)}.{quoted(file.table)}"
    counted = connection.execute(f"select count(*) from {relation}").fetchone()
    n_rows = int(counted[0]) if counted else 0

    problems: list[Problem] = []
    warnings: list[str] = []
    missing_optional: list[str] = []
    unknown: list[str] = []
    if table is None:
        known = contract.table_names(file.source)
        warnings.append(
            f"Table {file.label} is not in the contract{did_you_mean(file.table, known)}; it is kept, but not read."
        )
    else:
        mapped = _mapped_columns(company, file.table) if file.source == "salesforce" else []
        problems, missing_optional = missing_columns(file, table, columns)
        expected = [c.name for c in table.columns if c.level == "N" and c.name in missing_optional]
        if expected:
            spare = set(columns) - contracted
            named = ", ".join(f"{name}{did_you_mean(name, spare)}" for name in expected)
            warnings.append(
                f"Table {file.label} lacks {named}: everything that rests on it is unknown in this build. "
                "Add it to the export if the source has it."
            )
        extra = [column for column in mapped if column.name not in contracted]
        problems += check_values(connection, file, [*table.columns, *extra], columns)
        known_names = contracted | {column.name for column in mapped}
        unknown = [
            name for name in columns if name not in known_names and not name.startswith(("_fivetran", "_airbyte"))
        ]
        for column in extra:
            if column.name not in columns:
                key = next(key for key, name in company.field_map.items() if name == column.name)
                guess = did_you_mean(column.name, unknown)
                warnings.append(
                    f"company.yml: field_map.{key} names column {column.name}, which {file.label} lacks"
                    f"{guess}; it stays unknown."
                )
        if n_rows == 0 and file.key not in required_tables(set(contract.tables)):
            warnings.append(f"Table {file.label} has no rows.")
    report = TableReport(
        source=file.source,
        table=file.table,
        file=f"{file.path.parent.name}/{file.path.name}",
        n_rows=n_rows,
        sha256=sha256,
        missing_optional_columns=tuple(missing_optional),
        unknown_columns=tuple(unknown),
        is_contracted=table is not None,
    )
    return report, problems, warnings


def _required_problems(
    found: set[TableName], reports: list[TableReport], raw_dir: Path, company: CompanyConfig
) -> list[Problem]:
    """Problems for required tables that are absent or have no rows, and for a company without CRM and billing."""
    required = required_tables(found)
    if not required:
        crm, billing = company.folder("salesforce"), company.folder("stripe")
        return [
            Problem(
                f"There is neither a CRM nor a billing export in {raw_dir}: no table of salesforce, none of stripe.",
                f"Export salesforce.account and salesforce.opportunity to {crm}/ for plays, or stripe.customer, price, "
                f"subscription_history and subscription_item to {billing}/ for retention alone, or both. If a folder "
                "has another name, set raw_schemas in company.yml.",
            )
        ]
    problems: list[Problem] = []
    rows = {report.key: report.n_rows for report in reports}
    for source, table in required:
        folder = company.folder(source)
        if (source, table) not in found:
            near = did_you_mean(table, [name for other, name in found if other == source])
            problems.append(
                Problem(
                    f"Table {source}.{table} is missing in {raw_dir / folder}{near}.",
                    f"Export it as {folder}/{table}.parquet or {folder}/{table}.csv; "
                    f"{source} is read with it or not at all.",
                )
            )
        elif rows.get((source, table)) == 0:
            problems.append(
                Problem(
                    f"Table {source}.{table} has no rows.",
                    f"Export the table again; it must hold at least one row. To build without {source}, "
                    f"leave the folder {folder} out.",
                )
            )
    return problems


def _range(
    connection: duckdb.DuckDBPyConnection, landed: Landed, events: tuple[tuple[str, str, str], ...]
) -> list[date]:
    """Earliest and latest day over event columns, both missing when nothing is dated."""
    days: list[date] = []
    for source, table, column in events:
        kind = landed.get((source, table), {}).get(column)
        if kind is None:
            continue
        value = f"cast({typed(column, kind, 'ts')} as date)"
        row = connection.execute(
            f"select min({value}), max({value}) from {quoted('raw_' + source)}.{quoted(table)}"
        ).fetchone()
        days += [day for day in row or () if day is not None]
    return [min(days), max(days)] if days else []


def _as_of_findings(
    connection: duckdb.DuckDBPyConnection, landed: Landed, as_of: date
) -> tuple[list[Problem], list[str], date | None]:
    """Refuse an as-of date before the first deal and the first subscription; warn when the data ends long before it."""
    known = {event: _range(connection, landed, (event,)) for event in _FIRST_EVENTS}
    started = {event: days for event, days in known.items() if days}
    firsts = [day for days in started.values() for day in days]
    if started and as_of < min(firsts):
        source, table, _ = min(started, key=lambda event: started[event][0])
        message = f"as-of {as_of} is before the data: the first row of {source}.{table} is of {min(firsts)}."
        return [Problem(message, f"Give --as-of a date from {min(firsts)} on.")], [], max(firsts)
    events = firsts + _range(connection, landed, _LATER_EVENTS)
    newest = max(events, default=None)
    if newest is not None and as_of - newest > STALE_AFTER:
        behind = (as_of - newest).days
        return (
            [],
            [f"The newest event is of {newest}, {behind} days before as-of {as_of}: the export looks stale."],
            newest,
        )
    return [], [], newest


def _land_all(
    connection: duckdb.DuckDBPyConnection,
    raw_dir: Path,
    company: CompanyConfig,
    as_of: date,
    contract: Contract,
) -> LandingReport:
    connection.execute("set TimeZone = 'UTC'")
    files, problems, warnings = find_files(raw_dir, company, contract)
    for source in sorted({file.source for file in files}):
        connection.execute(f"create schema {quoted('raw_' + source)}")
    landed: Landed = {}
    reports: list[TableReport] = []
    for file in files:
        report, table_problems, table_warnings = _land_table(connection, file, contract, company, landed)
        problems += table_problems
        warnings += table_warnings
        if report is not None:
            reports.append(report)
    if files or not problems:
        problems = _required_problems({file.key for file in files}, reports, raw_dir, company) + problems
    date_problems, date_warnings, newest = (
        _as_of_findings(connection, landed, as_of) if not problems else ([], [], None)
    )
    problems += date_problems
    if problems:
        raise input_error(problems)
    report_all = LandingReport(as_of, tuple(reports), tuple(warnings + date_warnings), newest)
    write_table(connection, report_all, contract)
    return report_all


def land(raw_dir: Path, work_file: Path, company: CompanyConfig, as_of: date) -> LandingReport:
    """Read `<raw_dir>/<folder>/<table>.parquet|csv` into a new `work_file` as `raw_<source>.<table>`.

    Also writes `landing_manifest.json` beside the work file and `raw_landing.manifest` in it. Same files,
    same configuration and same date give the same content; no clock is read.

    Raises:
        InputError: one error for all problems found (missing, empty, unreadable or wrong-typed input, an
        as-of date
            before the data); the work file is then as it was.
    """
    contract = load_contract()
    work_file.parent.mkdir(parents=True, exist_ok=True)
    beside = work_file.with_name(work_file.name + ".tmp")
    _remove(beside)
    try:
        with duckdb.connect(str(beside)) as connection:
            report = _land_all(connection, raw_dir, company, as_of, contract)
            connection.execute("checkpoint")
        # the old file's log must not be replayed into the new file
        work_file.with_name(work_file.name + ".wal").unlink(missing_ok=True)
        os.replace(beside, work_file)
    except duckdb.Error as error:
        reason = " ".join(str(error).split())[:240]
        raise InputError(
            f"The work file {work_file} cannot be written: {reason}.", "Check free disk space and rights."
        ) from error
    finally:
        _remove(beside)
    write_json(report, work_file.with_name("landing_manifest.json"))
    return report


def _remove(database: Path) -> None:
    """Remove a DuckDB file and what DuckDB leaves beside it."""
    for path in (database, database.with_name(database.name + ".wal")):
        path.unlink(missing_ok=True)
