"""The scorecard in the terminal: ours first, baselines beside, at most 80 columns, plain about what is thin."""

import io
import json
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from orchestration.errors import InputError, WrongUse
from reports.backtest import as_record, read_scorecard, render_scorecard

_METRICS = {
    "observed": (120.0, None),
    "expected": (100.0, None),
    "o_e": (1.2, None),
    "log_loss": (0.3, None),
    "ece": (0.02, 0.015),
    "calibration_slope": (0.9, 0.1),
}


def publish(path: Path, *, is_empty: bool = False) -> Path:
    path.mkdir(exist_ok=True)
    file = path / "current.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.mart_model_backtest (origin_on date, horizon_months integer, quantity varchar, "
            "segment_id varchar, model varchar, metric varchar, value double, noise_floor double, n_observed bigint, "
            "n_events bigint, is_judged boolean, as_of_date date)"
        )
        connection.execute("create table marts.mart_data_quality (check_name varchar, status varchar, detail varchar)")
        connection.execute(
            "insert into marts.mart_data_quality values "
            "('backtest_churn_12m_ratio', 'info', 'Left: 0.80; outside 0.9 to 1.1 but too few to judge'), "
            "('backtest_win_12m_ratio', 'info', 'Won: 1.00; too few to judge'), "
            "('backtest_margin_12m_ratio', 'pass', 'Margin: 1.00'), "
            "('backtest_support_12m_ratio', 'warn', 'Support: 1.40; expected 0.8 to 1.25'), "
            "('orphaned_rows', 'warn', 'Not a forecast')"
        )
        if is_empty:
            return file
        for origin in ("2025-07-01", "2025-10-01"):
            for segment in ("all", "S1"):
                for model, shift in (("ours", 0.0), ("base_rate", 0.1), ("last_year_size_industry", 0.2)):
                    for metric, (value, floor) in _METRICS.items():
                        loss = value + shift if metric == "log_loss" else value
                        connection.execute(
                            "insert into marts.mart_model_backtest values "
                            "(?, 12, 'churn', ?, ?, ?, ?, ?, 1000, 120, false, '2026-11-02')",
                            [origin, segment, model, metric, loss, floor],
                        )
            connection.execute(
                "insert into marts.mart_model_backtest values "
                "(?, 12, 'churn', 'all', 'ours', 'interval_cover', 0.75, null, 4, 3, false, '2026-11-02')",
                [origin],
            )
    return file


def printed(file: Path, **options: str) -> str:
    out = io.StringIO()
    console = Console(file=out, width=200, highlight=False)
    render_scorecard(read_scorecard(file, **options), console)
    return out.getvalue()


def test_ours_stands_above_the_baselines_in_eighty_columns(tmp_path: Path) -> None:
    text = printed(publish(tmp_path))
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    ours, usual = (next(i for i, line in enumerate(lines) if line.startswith(f"  {m}")) for m in ("ours", "base rate"))
    assert ours < usual
    assert lines[ours].split() == ["ours", "2", "1.20", "0.300", "0.90", "0.020", "(0.015)", "75%", "of", "8"]
    assert lines[usual].split()[:6] == ["base", "rate", "2", "1.20", "0.400", "+25%"]


def test_the_verdict_comes_first_then_the_legend(tmp_path: Path) -> None:
    text = " ".join(printed(publish(tmp_path)).split())
    places = [
        text.index(words)
        for words in (
            "Holds: margin 12m ratio.",
            "Warns: Support: 1.40; expected 0.8 to 1.25.",
            "Cannot be judged yet: churn 12m ratio, win 12m ratio: fewer than 200 events",
            "Outside their limits so far: churn 12m ratio.",
            "qtrs: quarter starts",
            "Customers that leave, 12 months",
        )
    ]
    assert places == sorted(places)
    assert "Not a forecast" not in text


def test_a_part_has_no_verdict_of_its_own(tmp_path: Path) -> None:
    assert "Holds:" not in printed(publish(tmp_path), segment="S1")


def test_as_json_what_does_not_apply_is_null(tmp_path: Path) -> None:
    record = as_record(read_scorecard(publish(tmp_path)))
    again = json.loads(json.dumps(record, allow_nan=False))
    assert [row["status"] for row in again["verdicts"]] == ["info", "pass", "warn", "info"]
    assert again["origins"] == ["2025-07-01", "2025-10-01"]
    (ours,) = [row for row in again["scores"] if row["model"] == "ours"]
    assert ours["o_e"] == pytest.approx(1.2)
    assert ours["mean_absolute_error"] is None
    nothing = as_record(read_scorecard(publish(tmp_path / "young", is_empty=True)))
    assert (nothing["as_of"], nothing["scores"]) == (None, [])


def test_what_is_too_thin_says_so(tmp_path: Path) -> None:
    assert "too few to judge: about 120 events without overlap, 200 are needed" in printed(publish(tmp_path))


def test_one_origin_and_one_segment_can_be_asked_for(tmp_path: Path) -> None:
    text = printed(publish(tmp_path), segment="S1", origin="2025-10", quantity="churn")
    assert "segment S1" in text
    assert "quarter start 2025-10-01" in text
    assert "120 of 1,000" in text


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"quantity": "luck"}, "Use one of churn"),
        ({"segment": "S9"}, "Use one of S1, all"),
        ({"origin": "2025-11"}, "Use one of 2025-07-01, 2025-10-01"),
        ({"origin": "2025"}, "Use one of 2025-07-01, 2025-10-01"),
    ],
)
def test_what_was_not_scored_is_named_with_what_was(tmp_path: Path, options: dict[str, str], named: str) -> None:
    with pytest.raises(WrongUse) as caught:
        read_scorecard(publish(tmp_path), **options)
    assert named in str(caught.value.next_step)


def test_a_young_company_is_told_that_nothing_was_scored(tmp_path: Path) -> None:
    assert "Nothing was scored" in printed(publish(tmp_path, is_empty=True))


def test_nothing_published_is_missing_input(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_scorecard(tmp_path / "current.duckdb")
    assert caught.value.exit_code == 3
