"""Land a folder of raw exports in a new work file.

All problems are gathered and reported in one error. The old work file stays untouched until the new one is
whole.
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from orchestration.company import CompanyConfig
from orchestration.errors import InputError
from orchestration.landing.aliases import table_of_alias
from orchestration.landing.check import check_values, missing_columns
from orchestration.landing.contract import Contract, ContractTable, TableName, load_contract, required_tables
from orchestration.landing.copy import RELATION, LandedPart, copy_part, needs_union, unite
from orchestration.landing.field_map import FieldColumn, add_mapped_columns, fields_of
from orchestration.landing.names import did_you_mean, quoted
from orchestration.landing.parts import Part, plan_parts
from orchestration.landing.problems import Problem, input_error
from orchestration.landing.read import OpenFile, RawFile, UnreadableFileError, find_files, open_file, sha256_of
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


@dataclass(frozen=True)
class Landing:
    """What was copied and found, before anything is refused.

    Attributes:
        reports: one per landed table.
        landed: DuckDB type by column, by table.
        found: tables that were delivered, readable or not.
    """

    reports: list[TableReport]
    landed: Landed
    found: set[TableName]
    problems: list[Problem]
    warnings: list[str]


def _open_all(
    connection: duckdb.DuckDBPyConnection, files: Iterable[RawFile]
) -> tuple[list[OpenFile], list[Problem], set[TableName]]:
    """Open files; those that cannot be read give a problem and count as delivered under their own name."""
    opened: list[OpenFile] = []
    problems: list[Problem] = []
    unreadable: set[TableName] = set()
    for file in files:
        try:
            opened.append(open_file(connection, file))
        except (UnreadableFileError, OSError) as error:
            problems.append(_unreadable(f"{file.source}.{file.name} ({file.place})", error))
            unreadable.add((file.source, table_of_alias(file.source, file.name) or file.name))
    return opened, problems, unreadable


def _unreadable(label: str, error: Exception) -> Problem:
    return Problem(f"File of table {label} cannot be read: {error}.", "Export the table again.")


def _warnings_on(landed: LandedPart, table: ContractTable, missing: list[str], fields: list[FieldColumn]) -> list[str]:
    """Warnings on expected columns and on columns that company.yml names, where they are absent."""
    spare = set(landed.columns) - {column.name for column in table.columns}
    warnings: list[str] = []
    expected = [c.name for c in table.columns if c.level == "N" and c.name in missing]
    if expected:
        named = ", ".join(f"{name}{did_you_mean(name, spare)}" for name in expected)
        warnings.append(
            f"Table {landed.part.label} lacks {named}: everything that rests on it is unknown in this build. "
            "Add it to the export if the source has it."
        )
    for field in fields:
        if field.column.name not in landed.columns:
            guess = did_you_mean(field.column.name, spare)
            warnings.append(
                f"company.yml: field_map.{field.key} names column {field.column.name}, which {landed.part.label} lacks"
                f"{guess}; it stays unknown."
            )
    return warnings


def _land_table(
    connection: duckdb.DuckDBPyConnection,
    parts: list[Part],
    contract: Contract,
    company: CompanyConfig,
    landing: Landing,
) -> None:
    """Copy and check the parts of one table, and add what was found to `landing`."""
    key = parts[0].key
    source, name = key
    table = contract.find(key)
    fields = fields_of(company, name) if source == "salesforce" else []
    target = f"{quoted('raw_' + source)}.{quoted(name)}"
    n_folders = len(company.folders(source))
    is_united = needs_union(parts, n_folders)
    copied: list[LandedPart] = []
    for n, part in enumerate(parts):
        relation = quoted(f"landing_part_{n}") if is_united else target
        try:
            done = copy_part(connection, part, table, relation, is_temporary=is_united)
        except UnreadableFileError as error:
            landing.problems.append(_unreadable(part.label, error))
            continue
        copied.append(done)
        contracted = {column.name for column in table.columns} if table else set()
        to_check = [field.column for field in fields if field.column.name not in contracted]
        if table:
            problems, missing = missing_columns(done, table)
            landing.problems.extend(problems)
            landing.warnings.extend(_warnings_on(done, table, missing, [f for f in fields if not f.is_elsewhere]))
            to_check = [*table.columns, *to_check]
        landing.problems.extend(check_values(connection, done, to_check))
    if not copied:
        return
    columns = unite(connection, copied, target, n_folders) if is_united else copied[0].columns
    landing.landed[key] = columns
    counted = connection.execute(f"select count(*) from {target}").fetchone()
    n_rows = int(counted[0]) if counted else 0
    if table is None and not fields:
        guess = did_you_mean(name, contract.table_names(source))
        landing.warnings.append(f"Table {parts[0].label} is not in the contract{guess}; it is kept, but not read.")
    elif table and n_rows == 0 and key not in required_tables(set(contract.tables)):
        landing.warnings.append(f"Table {parts[0].label} has no rows.")
    landing.reports.append(_report(copied, table, columns, n_rows, {field.column.name for field in fields}))


def _report(
    copied: list[LandedPart], table: ContractTable | None, columns: dict[str, str], n_rows: int, mapped: set[str]
) -> TableReport:
    source, name = copied[0].part.key
    known = {column.name for column in table.columns} if table else set()
    missing = (
        [column.name for column in table.columns if column.level != "K" and column.name not in columns] if table else []
    )
    unknown = [
        column
        for column in columns
        if table and column not in known | mapped | {RELATION} and not column.startswith(("_fivetran", "_airbyte"))
    ]
    files = list(dict.fromkeys(done.part.opened.file for done in copied))
    hashes = [sha256_of(file.path) for file in files]
    return TableReport(
        source=source,
        table=name,
        file=", ".join(file.place for file in files),
        n_rows=n_rows,
        sha256=hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest(),
        missing_optional_columns=tuple(missing),
        unknown_columns=tuple(unknown),
        is_contracted=table is not None,
        read_as=tuple(dict.fromkeys(words for done in copied for words in done.read_as)),
    )


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


def read_all(
    connection: duckdb.DuckDBPyConnection,
    raw_dir: Path,
    company: CompanyConfig,
    contract: Contract,
    as_of: date | None = None,
) -> Landing:
    """Copy every delivered table into `raw_<source>` schemas and gather all that is wrong with them.

    Without `as_of` values of other tables that `field_map` names are taken as they are.
    """
    connection.execute("set TimeZone = 'UTC'")
    files, folder_problems, folder_warnings = find_files(raw_dir, company, contract)
    opened, open_problems, unreadable = _open_all(connection, files)
    tables, plan_problems, plan_warnings = plan_parts(opened, company, contract)
    landing = Landing(
        [],
        {},
        {*tables, *unreadable},
        [*folder_problems, *open_problems, *plan_problems],
        [*folder_warnings, *plan_warnings],
    )
    for source in sorted({source for source, _ in tables}):
        connection.execute(f"create schema {quoted('raw_' + source)}")
    for parts in tables.values():
        _land_table(connection, parts, contract, company, landing)
    landing.warnings.extend(add_mapped_columns(connection, company, landing.landed, as_of))
    if files or not folder_problems:
        landing.problems[:0] = _required_problems(landing.found, landing.reports, raw_dir, company)
    return landing


def _land_all(
    connection: duckdb.DuckDBPyConnection,
    raw_dir: Path,
    company: CompanyConfig,
    as_of: date,
    contract: Contract,
) -> LandingReport:
    landing = read_all(connection, raw_dir, company, contract, as_of)
    if landing.problems:
        raise input_error(landing.problems)
    problems, warnings, newest = _as_of_findings(connection, landing.landed, as_of)
    if problems:
        raise input_error(problems)
    report = LandingReport(as_of, tuple(landing.reports), tuple(landing.warnings + warnings), newest)
    write_table(connection, report, contract)
    return report


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
