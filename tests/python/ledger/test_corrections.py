"""Corrections are appended once, after publishing, and never by a look back."""

from datetime import date

import duckdb
import pytest

from orchestration.errors import CheckFailed
from orchestration.ledger.book import read_ledger
from orchestration.ledger.close import close_period
from orchestration.ledger.corrections import append_corrections
from orchestration.ledger.shape import CORRECTION
from orchestration.paths import Home
from tests.python.ledger.conftest import Publish

DAY = date(2026, 6, 15)


def find(home: Home, *amounts: int, period: str = "2026-05-01", found_on: date = DAY) -> None:
    """Write a work file in which a build found corrections of these minor units."""
    home.work_file.unlink(missing_ok=True)
    with duckdb.connect(str(home.work_file)) as connection:
        connection.execute("create schema intermediate")
        declared = ", ".join(f"{name} {kind}" for name, kind in CORRECTION.items())
        connection.execute(
            f"create table intermediate.int_ledger__new_correction (period_on date, version integer, {declared})"
        )
        for place, minor in enumerate(amounts):
            connection.execute(
                "insert into intermediate.int_ledger__new_correction by name select cast(? as date) as period_on, "
                "1 as version, 'recognised' as measure, 'seg_a' as segment_id, '' as customer_id, 'invoice' as "
                "document_type, 'in_' || ? as document_id, '' as document_line_id, 'USD' as currency, "
                "1 as correction_no, 'late_document' as reason, cast(? as date) as found_on, false as "
                "is_present_before, true as is_present_after, ? as amount_minor_after, ? as amount_minor_delta, "
                "cast(? as decimal(20, 3)) / 100 as amount_after, cast(? as decimal(20, 3)) / 100 as amount_delta",
                [period, place, found_on, minor, minor, minor, minor],
            )


@pytest.fixture
def closed(published: Publish) -> Home:
    home = published()
    close_period(home, "2026-05", status="closed")
    return home


def test_what_was_found_is_appended_with_its_sums(closed: Home) -> None:
    find(closed, 1000, -250)
    (record,) = append_corrections(closed, DAY, "run_1", "USD")
    assert (record.period, record.version, record.rows, record.as_of) == ("2026-05", 1, 2, DAY)
    assert [(s.measure, s.currency, s.amount_minor, s.amount) for s in record.sums] == [
        ("recognised", "USD", 750, "7.500")
    ]
    ((on_record, rows),) = read_ledger(closed.ledger).corrections
    assert on_record == record and rows.name == "2026-06-15_run_1.parquet"


def test_nothing_found_is_nothing_written(closed: Home) -> None:
    find(closed)
    assert append_corrections(closed, DAY, "run_1", "USD") == []
    assert not (closed.ledger / "corrections").exists()


def test_a_build_for_an_earlier_day_than_the_newest_record_adds_nothing(closed: Home) -> None:
    find(closed, 1000, found_on=date(2026, 6, 7))
    assert append_corrections(closed, date(2026, 6, 7), "run_0", "USD") == []
    find(closed, 1000, found_on=date(2026, 6, 8))
    assert len(append_corrections(closed, date(2026, 6, 8), "run_1", "USD")) == 1
    find(closed, 1000)
    assert len(append_corrections(closed, DAY, "run_2", "USD")) == 1
    find(closed, 2000, found_on=date(2026, 6, 14))
    assert append_corrections(closed, date(2026, 6, 14), "run_3", "USD") == []


def test_the_same_run_never_writes_over_its_record(closed: Home) -> None:
    find(closed, 1000)
    append_corrections(closed, DAY, "run_1", "USD")
    with pytest.raises(CheckFailed, match="never written again"):
        append_corrections(closed, DAY, "run_1", "USD")


def test_without_a_close_nothing_is_looked_for(published: Publish) -> None:
    home = published()
    assert append_corrections(home, DAY, "run_1", "USD") == []


def test_an_edited_set_of_corrections_is_named(closed: Home) -> None:
    find(closed, 1000)
    append_corrections(closed, DAY, "run_1", "USD")
    described = closed.ledger / "corrections" / "2026-05" / "2026-06-15_run_1.json"
    described.chmod(0o644)
    described.rename(described.with_name("2026-06-16_run_1.json"))
    (described.parent / "2026-06-15_run_1.parquet").rename(described.parent / "2026-06-16_run_1.parquet")
    with pytest.raises(CheckFailed, match=r"2026-06-16_run_1\.json is not what was recorded: it is of period 2026-05"):
        read_ledger(closed.ledger)
