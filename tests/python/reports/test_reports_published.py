"""Reading the published file: what is read, and what is said when it cannot be."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from fixture_marts import AS_OF, RUN_ID, WEEK, deal_rows, list_rows, publish

from orchestration.errors import InputError
from reports.published import read_week


def _alter(folder: Path, statement: str) -> None:
    with duckdb.connect(str((folder / "current.duckdb").resolve())) as connection:
        connection.execute(statement)


def test_week_carries_run_dates_and_every_deal(published: Path) -> None:
    week = read_week(published)
    assert (week.run_id, week.as_of_date, week.decision_week_on) == (RUN_ID, AS_OF, WEEK)
    expected = deal_rows()
    assert [deal.opportunity_id for deal in week.deals] == [row["opportunity_id"] for row in expected]
    assert float(week.deals[0].arr_amount or 0) == expected[0]["arr_amount"]
    assert isinstance(week.deals[0].roi_expected_mean, Decimal)
    assert len(week.segments) == 5
    assert {check.status for check in week.checks} == {"pass", "warn", "info"}


def test_link_and_folder_read_the_same(published: Path) -> None:
    assert read_week(published) == read_week(published / "current.duckdb")


def test_reading_leaves_the_file_as_it_was(published: Path) -> None:
    file = (published / "current.duckdb").resolve()
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    read_week(published)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    assert sorted(path.name for path in published.iterdir()) == ["current.duckdb", file.name]


def test_unknown_economics_stay_unknown(published: Path) -> None:
    unknown = [deal for deal in read_week(published).deals if not deal.is_economics_known]
    assert len(unknown) == sum(row["economics_status"] == "unknown" for row in deal_rows()) > 0
    for deal in unknown:
        assert deal.roi_expected_mean is None
        assert deal.p_expected_roi_negative is None
        assert deal.value_per_hour is None


def test_status_unknown_hides_figures_and_nan_reads_as_unknown(tmp_path: Path) -> None:
    rows = deal_rows(3)
    rows[0]["economics_status"] = "unknown"
    rows[1]["roi_expected_mean"] = float("nan")
    rows[2]["risk_score"] = float("nan")
    deals = read_week(publish(tmp_path, deals=rows)).deals
    assert [deal.is_economics_known for deal in deals] == [False, False, True]
    assert deals[0].roi_expected_mean is None
    assert deals[1].roi_expected_mean is None
    assert deals[2].risk_score is None


def test_only_the_newest_week_is_read(tmp_path: Path) -> None:
    rows = deal_rows(4)
    rows[3]["decision_week_on"] = "2025-02-24"
    listed = [row for row in list_rows(rows) if row["opportunity_id"] != rows[3]["opportunity_id"]]
    week = read_week(publish(tmp_path, deals=rows, listed=listed))
    assert [deal.opportunity_id for deal in week.deals] == [row["opportunity_id"] for row in rows[:3]]


def test_deal_on_nobodys_list_is_kept(tmp_path: Path) -> None:
    rows = [row for row in deal_rows() if row["play"] == "Accelerate"][:2]
    deals = read_week(publish(tmp_path, deals=rows, listed=list_rows(rows[:1]))).deals
    assert [(deal.rank, deal.is_above_line) for deal in deals] == [(1, True), (None, False)]


def test_nothing_published_names_the_next_command(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Nothing is published yet") as caught:
        read_week(tmp_path)
    assert "segments demo" in caught.value.next_step
    assert "segments build" in caught.value.next_step
    assert caught.value.exit_code == 3


def test_link_to_nowhere(tmp_path: Path) -> None:
    (tmp_path / "current.duckdb").symlink_to("marts_gone.duckdb")
    with pytest.raises(InputError, match=r"marts_gone\.duckdb, which is not there"):
        read_week(tmp_path)


def test_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "current.duckdb").write_bytes(b"this is a text file, not a database" * 400)
    with pytest.raises(InputError, match="cannot be read"):
        read_week(tmp_path)


def test_missing_table_is_named(tmp_path: Path) -> None:
    _alter(publish(tmp_path), "drop table marts.mart_data_quality")
    with pytest.raises(InputError, match=r"no table marts\.mart_data_quality"):
        read_week(tmp_path)


def test_missing_required_column_is_named(tmp_path: Path) -> None:
    _alter(publish(tmp_path), "alter table marts.mart_opportunity_play drop column play")
    with pytest.raises(InputError, match=r"marts\.mart_opportunity_play .* no column play"):
        read_week(tmp_path)


def test_missing_optional_column_reads_as_unknown(tmp_path: Path) -> None:
    _alter(publish(tmp_path), "alter table marts.mart_opportunity_play drop column flip_sentence")
    assert {deal.flip_sentence for deal in read_week(tmp_path).deals} == {""}


def test_wrong_typed_column_is_named(tmp_path: Path) -> None:
    _alter(publish(tmp_path), "alter table marts.mart_weekly_play_list alter rank type varchar using 'first'")
    with pytest.raises(InputError, match=r"marts\.mart_weekly_play_list .* wrong type"):
        read_week(tmp_path)


def test_list_with_a_deal_that_is_not_open(tmp_path: Path) -> None:
    rows = deal_rows(3)
    publish(tmp_path, deals=rows[:2], listed=list_rows(rows))
    with pytest.raises(InputError, match=str(rows[2]["opportunity_id"])):
        read_week(tmp_path)


def test_deal_listed_twice(tmp_path: Path) -> None:
    rows = deal_rows(2)
    publish(tmp_path, deals=rows, listed=[*list_rows(rows), *list_rows(rows[:1])])
    with pytest.raises(InputError, match="twice"):
        read_week(tmp_path)
