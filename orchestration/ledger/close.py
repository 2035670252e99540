"""Close or reopen a month: store what the published marts say about it as the next version.

Belongs here: what may be closed, which rows are reported, and the record. The caller holds the run lock.
"""

import calendar
import json
import subprocess
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import InputError, WrongUse
from orchestration.landing.names import literal
from orchestration.landing.read import sha256_of
from orchestration.ledger.book import CLOSES, read_ledger, require_currency
from orchestration.ledger.records import PERIOD, PeriodVersion, Status, Sum, add_record, digest_of
from orchestration.ledger.shape import LINE_KEY, REPORTED_LINE, as_select
from orchestration.paths import PROJECT_DIR, Home
from orchestration.publishing.candidate import open_read_only
from orchestration.publishing.publish import current_manifest

LINE_MART = "mart_margin_line"
MRR_MART = "mart_mrr_movement_month"
# Column of the mart by measure; `list_mrr_measures` names the same for dbt.
_MRR_MEASURES = {
    **{
        name: f"reporting_{name}_amount"
        for name in ("opening", "new", "expansion", "contraction", "churn", "reactivation", "closing")
    },
    "fx": "fx_amount",
}


@dataclass(frozen=True)
class Published:
    """The version that readers see: what a close is taken from."""

    run_id: str
    as_of: date
    content_hash: str
    reporting_currency: str
    file: Path


def published_version(home: Home, *, purpose: str = "close") -> Published:
    """Return the published version, whose file is byte for byte what was published; `purpose` is said where it is not.

    Raises:
        InputError: nothing is published, or nobody knows in which currency.
        CheckFailed: the published file was changed.
    """
    manifest = current_manifest(home)
    about = home.published / "about.json"
    if manifest is None or not about.is_file():
        raise InputError(f"Nothing is published yet, so there is nothing to {purpose}.", "Run `segments build` first.")
    return Published(
        run_id=str(manifest["run_id"]),
        as_of=date.fromisoformat(str(manifest["as_of_date"])),
        content_hash=str(manifest["content_hash"]),
        reporting_currency=str(json.loads(about.read_text(encoding="utf-8"))["reporting_currency"]),
        file=home.current.resolve(),
    )


def close_period(
    home: Home, period: str, *, status: Status, approver: str | None = None, note: str | None = None
) -> PeriodVersion:
    """Store the next version of a month and return its record.

    Args:
        home: the data folder; the caller holds its run lock.
        period: the month, YYYY-MM.
        status: soft_closed or closed stores what is published; open reopens a closed month.
        approver: who signs; None where nobody is named.
        note: free text; a reopening needs it as its reason.

    Raises:
        WrongUse: no such month, not complete, not published, closed already, or nothing to reopen.
        CheckFailed: the ledger or the published file is not what was recorded.
        InputError: nothing is published.
    """
    if not PERIOD.fullmatch(period):
        raise WrongUse(f"{period!r} is not a month.", "Give it as YYYY-MM, for instance `segments close 2026-05`.")
    ledger = read_ledger(home.ledger)
    published = published_version(home)
    require_currency(ledger, published.reporting_currency)
    before = ledger.versions_of(period)
    _require_turn(period, before, status, note)
    if before and published.as_of < before[-1].as_of:
        raise WrongUse(
            f"Version {before[-1].version} of {period} is of {before[-1].as_of}; the published version is of "
            f"{published.as_of}, before it.",
            "Build for a later day first; the ledger only goes forward.",
        )
    _require_complete(period, published.as_of)
    with open_read_only(published.file, "published") as connection:
        _select_lines(connection, period, is_empty=status == "open")
        if status != "open":
            _require_published(connection, period)
        sums = sums_of(connection, "reported")
        number = len(before) + 1
        folder = home.ledger / CLOSES / period

        def describe(parquet_sha256: str) -> PeriodVersion:
            content: dict[str, Any] = {
                "period": period,
                "version": number,
                "as_of": published.as_of.isoformat(),
                "run_id": published.run_id,
                "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "code_version": code_version(),
                "reporting_currency": published.reporting_currency,
                "rows": sum(item.rows for item in sums),
                "sums": [item.model_dump(mode="json") for item in sums],
                "parquet_sha256": parquet_sha256,
                "kind": "period_version",
                "status": status,
                "content_hash": published.content_hash,
                "previous_sha256": sha256_of(folder / f"v{number - 1}.json") if before else None,
                "approver": approver,
                "note": note,
            }
            return PeriodVersion.model_validate({**content, "digest": digest_of(content)})

        return add_record(
            folder / f"v{number}.parquet", lambda path: write_rows(connection, "reported", path), describe
        )


def _require_turn(period: str, before: list[PeriodVersion], status: Status, note: str | None) -> None:
    """Refuse a step that the state of the month does not allow."""
    now = before[-1].status if before else "open"
    if status == "open":
        if now == "open":
            raise WrongUse(f"{period} is open; there is nothing to reopen.", f"`segments close {period}` closes it.")
        if not note:
            raise WrongUse(f"Reopening {period} needs a reason.", "Give it with --note TEXT.")
    elif now == "closed":
        raise WrongUse(
            f"{period} is closed (version {before[-1].version}, as of {before[-1].as_of}).",
            f"`segments close {period} --reopen --note TEXT` reopens it; changes until then are corrections.",
        )


def _require_complete(period: str, as_of: date) -> None:
    year, month = (int(part) for part in period.split("-"))
    last = date(year, month, calendar.monthrange(year, month)[1])
    if last > as_of:
        raise WrongUse(
            f"{period} is not complete: it ends on {last}, the published version is of {as_of}.",
            f"Build with --as-of {last} or later, then close it.",
        )


def _select_lines(connection: duckdb.DuckDBPyConnection, period: str, *, is_empty: bool) -> None:
    """Create the temporary table `reported` with the lines of a month, as the published marts show them.

    The model `int_ledger__line_now` says the same of the marts' facts; a build right after a close finds no
    correction, which a scenario test holds them to.
    """
    there = {
        str(row[0])
        for row in connection.execute(
            "select table_name from duckdb_tables() where database_name = 'published'"
        ).fetchall()
    }
    if LINE_MART not in there:
        raise WrongUse(
            f"The published version has no {LINE_MART}, so there is no month to close.", "Run `segments build` first."
        )
    month = f"cast({literal(period + '-01')} as date)"
    parts = [
        f"""
        select
            component as measure, segment_id, coalesce(customer_id, '') as customer_id, document_type, document_id,
            coalesce(document_line_id, '') as document_line_id, coalesce(currency, '') as currency,
            amount_minor, amount
        from published.marts.{LINE_MART}
        where month_on = {month}
        """
    ]
    if MRR_MART in there:
        parts += [_mrr_part(measure, column, month) for measure, column in _MRR_MEASURES.items()]
    connection.execute(
        f"create temp table reported as select {as_select(REPORTED_LINE)} from ({' union all '.join(parts)}) "
        f"{'where false' if is_empty else ''}"
    )


def _mrr_part(measure: str, column: str, month: str) -> str:
    return f"""
        select
            'mrr_{measure}' as measure, segment_id, customer_id, 'mrr_movement' as document_type,
            customer_id as document_id, '' as document_line_id, currency, null as amount_minor, {column} as amount
        from published.marts.{MRR_MART}
        where month_on = {month} and {column} is distinct from 0
    """


def _require_published(connection: duckdb.DuckDBPyConnection, period: str) -> None:
    if connection.execute(
        f"select 1 from published.marts.{LINE_MART} where month_on = ? limit 1", [date.fromisoformat(f"{period}-01")]
    ).fetchone():
        return
    months = connection.execute(
        f"select strftime(min(month_on), '%Y-%m'), strftime(max(month_on), '%Y-%m') from published.marts.{LINE_MART}"
    ).fetchone()
    known = f"it holds {months[0]} to {months[1]}" if months and months[0] else "it holds no month"
    raise WrongUse(f"{period} is not in the published marts; {known}.", "Choose one of these months.")


def sums_of(connection: duckdb.DuckDBPyConnection, relation: str, delta: str = "") -> list[Sum]:
    """Return what the rows of a relation add up to, by measure and currency; `delta` is a suffix of the amounts."""
    rows = connection.execute(
        f"""
        select
            measure, currency, count(*), cast(sum(amount_minor{delta}) as bigint),
            cast(cast(sum(amount{delta}) as decimal(38, 3)) as varchar)
        from {relation}
        group by measure, currency
        order by measure, currency
        """
    ).fetchall()
    return [Sum(measure=m, currency=c, rows=n, amount_minor=minor, amount=amount) for m, c, n, minor, amount in rows]


def write_rows(connection: duckdb.DuckDBPyConnection, relation: str, path: Path) -> None:
    """Write a relation with the columns of a line key as Parquet, in the order of the key."""
    connection.execute(
        f"copy (select * from {relation} order by {', '.join(LINE_KEY)}) to {literal(str(path))} "
        "(format parquet, compression zstd)"
    )


def code_version() -> str:
    """Return the commit of the project folder (`-dirty` when files differ from it), else the package version."""
    command = ["git", "-C", str(PROJECT_DIR), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    if (PROJECT_DIR / ".git").exists():
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            pass  # no git here, or no commit yet: the package version says it
    return f"segment-intelligence {metadata.version('segment-intelligence')}"
