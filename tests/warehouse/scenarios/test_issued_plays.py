"""What a build reads of the plays on record: only weeks before its own, the newest version of each."""

from pathlib import Path

import pandas as pd
import pytest

from tests.warehouse.compiled import Warehouse

pytestmark = pytest.mark.slow

# as of Monday 2 November: its own week and the one after it are not read
_WEEKS = (
    ("2026-10-12", 1, False), ("2026-10-12", 2, True), ("2026-10-19", 1, False), ("2026-10-19", 2, True),
    ("2026-10-26", 1, True), ("2026-11-02", 1, None), ("2026-11-09", 1, None),
)  # fmt: skip


def read_back(home: Path) -> None:
    with Warehouse(home) as warehouse:
        connection = warehouse.connection
        connection.execute("create schema work.raw_ledger")
        weeks = pd.DataFrame([(day, version) for day, version, _ in _WEEKS], columns=["decision_week_on", "version"])
        warehouse.give(
            "raw_ledger.issued_week",
            weeks,
            "cast(decision_week_on as date) as decision_week_on, version, cast(decision_week_on as date) as as_of_on, "
            "timestamp '2026-11-01' as issued_at, 'run' as run_id, 'c' as content_hash, 'p' as parquet_sha256, "
            "null as note, 'v' as code_version, 1 as n_plays",
        )
        # the second issue of 19 October holds no play, and stands all the same
        plays = weeks[(weeks["decision_week_on"] != "2026-10-19") | (weeks["version"] == 1)]
        named = warehouse.sql("staging/ledger/stg_ledger__issued_play")
        columns = [name for name in _play_columns() if name not in ("decision_week_on", "version", "opportunity_id")]
        assert all(f" as {name}" in named for name in columns)
        warehouse.give(
            "raw_ledger.issued_play",
            plays,
            "cast(decision_week_on as date) as decision_week_on, version, 'a' as opportunity_id, "
            + ", ".join(f"null as {name}" for name in columns),
        )
        for model in ("issued_week", "issued_play"):
            sql = warehouse.sql(f"staging/ledger/stg_ledger__{model}")
            found = connection.execute(
                f"select strftime(decision_week_on, '%Y-%m-%d'), version, is_latest from ({sql}) order by all"
            ).fetchall()
            left_out = ("2026-10-19", 2, True) if model == "issued_play" else None
            assert found == [week for week in _WEEKS if week[2] is not None and week != left_out], model


def _play_columns() -> list[str]:
    from orchestration.ledger.shape import TABLES

    return list(TABLES["issued_play"])


def test_only_weeks_before_its_own_are_read(plain: tuple[Path, Path]) -> None:
    read_back(plain[1])
