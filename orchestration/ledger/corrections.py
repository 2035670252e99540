"""Append what a published build found changed in closed months.

The build compares every closed month with what was reported and all corrections so far; what is left over is new.
Appending it makes the next build find nothing, so that the same data twice adds nothing. A kill before the append
leaves it to the next build, which finds the same.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import duckdb

from orchestration.ledger.book import CORRECTIONS, read_ledger
from orchestration.ledger.close import code_version, sums_of, write_rows
from orchestration.ledger.records import CorrectionSet, add_record, correction_name, digest_of
from orchestration.ledger.shape import CORRECTION, as_select
from orchestration.paths import Home
from orchestration.publishing.candidate import open_read_only

NEW_CORRECTIONS = "intermediate.int_ledger__new_correction"


def append_corrections(home: Home, as_of: date, run_id: str, reporting_currency: str) -> list[CorrectionSet]:
    """Record the corrections that the work file holds beyond those on record; return the new records.

    Args:
        home: the data folder; the caller holds its run lock and has just published the work file.
        as_of: the date of the build; before the newest record nothing is added, because a look back is no news.
        run_id: the published version that found them.
        reporting_currency: currency of the amounts.

    Raises:
        CheckFailed: a ledger file is not what was recorded.
    """
    ledger = read_ledger(home.ledger)
    if not ledger.versions or (ledger.newest_as_of is not None and as_of < ledger.newest_as_of):
        return []
    added: list[CorrectionSet] = []
    with open_read_only(home.work_file, "work") as connection:
        periods = connection.execute(
            f"select distinct period_on, version from work.{NEW_CORRECTIONS} order by all"
        ).fetchall()
        for period_on, version in periods:
            connection.execute(
                f"create or replace temp table found as select {as_select(CORRECTION)} from work.{NEW_CORRECTIONS} "
                "where period_on = ? and version = ?",
                [period_on, version],
            )
            period = f"{period_on:%Y-%m}"
            target = home.ledger / CORRECTIONS / period / f"{correction_name(as_of, run_id)}.parquet"
            added.append(
                add_record(
                    target,
                    lambda path: write_rows(connection, "found", path),
                    _describe(connection, period, int(version), as_of, run_id, reporting_currency),
                )
            )
    return added


def _describe(
    connection: duckdb.DuckDBPyConnection,
    period: str,
    version: int,
    as_of: date,
    run_id: str,
    reporting_currency: str,
) -> Callable[[str], CorrectionSet]:
    sums = sums_of(connection, "found", "_delta")

    def describe(parquet_sha256: str) -> CorrectionSet:
        content: dict[str, Any] = {
            "period": period,
            "version": version,
            "as_of": as_of.isoformat(),
            "run_id": run_id,
            "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "code_version": code_version(),
            "reporting_currency": reporting_currency,
            "rows": sum(item.rows for item in sums),
            "sums": [item.model_dump(mode="json") for item in sums],
            "parquet_sha256": parquet_sha256,
            "kind": "correction_set",
        }
        return CorrectionSet.model_validate({**content, "digest": digest_of(content)})

    return describe
