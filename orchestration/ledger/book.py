"""The whole ledger, verified, and its way into the work file."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from orchestration.errors import CheckFailed
from orchestration.landing.names import literal
from orchestration.ledger.records import (
    CorrectionSet,
    IssuedWeek,
    PeriodVersion,
    read_corrections,
    read_issued_weeks,
    read_versions,
)
from orchestration.ledger.shape import CORRECTION, ISSUED_PLAY, OF_VERSION, OF_WEEK, REPORTED_LINE, TABLES, as_select

CLOSES = "close"
CORRECTIONS = "corrections"
PLAYS = "plays"
SCHEMA = "raw_ledger"


@dataclass(frozen=True)
class Ledger:
    """Every record of a ledger folder, each with rows that are what was recorded."""

    folder: Path
    versions: tuple[PeriodVersion, ...]
    corrections: tuple[tuple[CorrectionSet, Path], ...]
    weeks: tuple[IssuedWeek, ...] = ()

    def versions_of(self, period: str) -> list[PeriodVersion]:
        """Return the versions of a period, oldest first."""
        return [version for version in self.versions if version.period == period]

    @property
    def newest_as_of(self) -> date | None:
        """Return the latest as-of day of a close or a correction; None where there is neither."""
        return max((record.as_of for record in (*self.versions, *(c for c, _ in self.corrections))), default=None)

    def rows_of(self, version: PeriodVersion) -> Path:
        """Return the Parquet file with the lines of a version."""
        return self.folder / CLOSES / version.period / f"v{version.version}.parquet"

    def versions_of_week(self, week: date) -> list[IssuedWeek]:
        """Return the versions in which a decision week was issued, oldest first."""
        return [record for record in self.weeks if record.week == week]

    @property
    def newest_week(self) -> date | None:
        """Return the Monday of the latest week that was issued; None before the first."""
        return max((record.week for record in self.weeks), default=None)

    def plays_of(self, record: IssuedWeek) -> Path:
        """Return the Parquet file with the plays of a version."""
        return self.folder / PLAYS / record.week.isoformat() / f"v{record.version}.parquet"


def read_ledger(folder: Path) -> Ledger:
    """Read every record and check it against its hash; no folder is an empty ledger.

    Raises:
        CheckFailed: names the file that is not what was recorded.
    """
    return Ledger(
        folder,
        tuple(read_versions(folder / CLOSES)),
        tuple(read_corrections(folder / CORRECTIONS)),
        tuple(read_issued_weeks(folder / PLAYS)),
    )


def require_currency(ledger: Ledger, reporting_currency: str) -> None:
    """Refuse to compare amounts of two currencies.

    Raises:
        CheckFailed: names the first period that was reported in another currency.
    """
    for version in ledger.versions:
        if version.reporting_currency != reporting_currency:
            raise CheckFailed(
                f"Period {version.period} was reported in {version.reporting_currency}, company.yml now says "
                f"reporting_currency {reporting_currency}; the two cannot be compared.",
                "Set reporting_currency back, or keep another data folder (SEGMENTS_HOME) for the new currency.",
            )
    for week in ledger.weeks:
        if week.reporting_currency != reporting_currency:
            raise CheckFailed(
                f"The plays of {week.week} were issued in {week.reporting_currency}, company.yml now says "
                f"reporting_currency {reporting_currency}; the two cannot be compared.",
                "Set reporting_currency back, or keep another data folder (SEGMENTS_HOME) for the new currency.",
            )


def load_ledger(ledger: Ledger, work_file: Path) -> dict[str, int]:
    """Write the ledger into a work file as `raw_ledger.*`, replacing what is there; return rows by table.

    Raises:
        CheckFailed: a file that fits its hash does not hold the columns of its kind.
    """
    with duckdb.connect(str(work_file)) as connection:
        connection.execute(f"create schema if not exists {SCHEMA}")
        for table, columns in TABLES.items():
            declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            connection.execute(f"create or replace table {SCHEMA}.{table} ({declared})")
        for version in ledger.versions:
            connection.execute(
                f"insert into {SCHEMA}.period_version values ({', '.join('?' for _ in TABLES['period_version'])})",
                [
                    version.period_on, version.version, version.status, version.as_of, version.run_id,
                    version.content_hash, version.parquet_sha256, version.approver, version.note,
                    version.code_version, version.rows,
                ],
            )  # fmt: skip
            key = (version.period_on, version.version)
            _insert(connection, "reported_line", OF_VERSION, REPORTED_LINE, key, ledger.rows_of(version))
        for record, path in ledger.corrections:
            _insert(connection, "correction", OF_VERSION, CORRECTION, (record.period_on, record.version), path)
        for week in ledger.weeks:
            connection.execute(
                f"insert into {SCHEMA}.issued_week values ({', '.join('?' for _ in TABLES['issued_week'])})",
                [
                    week.week, week.version, week.as_of,
                    datetime.fromisoformat(week.recorded_at).astimezone(UTC).replace(tzinfo=None),
                    week.run_id, week.content_hash, week.parquet_sha256, week.note, week.code_version, week.rows,
                ],
            )  # fmt: skip
            _insert(connection, "issued_play", OF_WEEK, ISSUED_PLAY, (week.week, week.version), ledger.plays_of(week))
        return {table: _count(connection, table) for table in TABLES}


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {SCHEMA}.{table}").fetchone()
    return int(row[0]) if row else 0


def _insert(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    key_columns: dict[str, str],
    columns: dict[str, str],
    key: tuple[date, int],
    path: Path,
) -> None:
    """Append the rows of one record, `key` (first day of its period or week, version) before each."""
    of_record = ", ".join(f"cast(? as {kind})" for kind in key_columns.values())
    try:
        connection.execute(
            f"insert into {SCHEMA}.{table} select {of_record}, {as_select(columns)} "
            f"from read_parquet({literal(str(path))})",
            list(key),
        )
    except duckdb.Error as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckFailed(
            f"The ledger file {path} cannot be read as {table}: {reason}.",
            "It was written by another version of this project; build with that one.",
        ) from error
