"""An explained deal: finding it, sums of every level, what does not sum, and how it is written."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.errors import CheckFailed, InputError, WrongUse
from reports.explain_deal import DealExplanation, explain_deal
from reports.explain_deal_text import deal_as_rows, deal_as_tree, render_deal, require_deal_sums

Row = dict[str, object]

_KNOWN, _THIN, _UNNAMED = "006Hs000001AbCdIAK", "006Hs000002AbCdIAK", "006Hs000003AbCdIAK"
_NAME = 'Bolts [& "Nuts"] - planning seats for every location north of the river and all those yet to be acquired'
# the column types that the marts of the same names declare
_TYPES = {
    "mart_opportunity_play": (
        "opportunity_id varchar, opportunity_name varchar, owner_name varchar, stage_name varchar, close_on date, "
        "arr_amount decimal(18,2), segment_id varchar, segment_name varchar, play varchar, next_action varchar, "
        "deciding_rule varchar, deciding_rule_sentence varchar, deciding_metric varchar, deciding_value double, "
        "deciding_threshold double, driver_up_1 varchar, driver_up_2 varchar, driver_down_1 varchar, "
        "driver_down_2 varchar, flip_sentence varchar, motion_score double, motion_change double, "
        "motion_evidence double, risk_score double, risk_change double, risk_evidence double, "
        "profitability_score double, profitability_change double, profitability_evidence double"
    ),
    "mart_weekly_play_list": (
        "opportunity_id varchar, rank integer, suggested_hours decimal(9,2), allocated_hours decimal(9,2), "
        "is_above_line boolean, is_randomised boolean, last_week_play varchar, change_since_last_week varchar, "
        "change_reason varchar, line_reason varchar"
    ),
    "mart_opportunity_gate": (
        "opportunity_id varchar, threshold_key varchar, metric varchar, gate_label varchar, gate_order integer, "
        "play_when_closed varchar, raw_value double, smoothed_value double, open_value double, leave_value double, "
        "is_upper_limit boolean, "
        "is_open boolean, has_hard_event boolean"
    ),
    "mart_opportunity_score": (
        "opportunity_id varchar, dimension varchar, component varchar, weight integer, raw_value double, "
        "component_score double, is_known boolean, phrase varchar"
    ),
    "mart_opportunity_roi": (
        "opportunity_id varchar, arr_amount decimal(18,2), win_probability double, cost_to_close decimal(18,2), "
        "cac_amount decimal(18,2), gross_margin_rate decimal(9,6), annual_support_cost decimal(18,2), "
        "life_years decimal(9,4), renewal_rate decimal(9,6), roi_card_formula decimal(18,2), "
        "lifecycle_value_mean decimal(18,2), roi_expected_mean decimal(18,2), roi_expected_p05 decimal(18,2), "
        "roi_expected_p95 decimal(18,2), p_expected_roi_negative double, roi_realised_p10 decimal(18,2), "
        "roi_realised_p90 decimal(18,2), p_realised_loss double, roi_reported_mean decimal(18,2), "
        "value_per_hour decimal(18,2), payback_month integer"
    ),
    "mart_opportunity_roi_driver": (
        "opportunity_id varchar, driver_order integer, driver varchar, deal_value double, segment_value double, "
        "unit varchar, amount decimal(18,2)"
    ),
    "mart_opportunity_decision": (
        "opportunity_id varchar, question varchar, option_id varchar, option_order integer, option_label varchar, "
        "incremental_roi_mean decimal(18,2), p_incremental_positive double, answer varchar, answer_sentence varchar, "
        "break_even_sentence varchar"
    ),
    "mart_opportunity_evidence": (
        "opportunity_id varchar, evidence_kind varchar, source_table varchar, record_id varchar, happened_on date, "
        "contact_id varchar, minutes decimal(18,2), detail varchar"
    ),
}


def _play(opportunity_id: str, name: str | None, **changed: object) -> Row:
    return {
        "opportunity_id": opportunity_id,
        "opportunity_name": name,
        "owner_name": "Siân O'Brien-Łukasiewicz",
        "stage_name": "Negotiation",
        "close_on": date(2026, 11, 30),
        "arr_amount": "30000.00",
        "segment_id": "S1",
        "segment_name": "All deals",
        "play": "Protect",
        "next_action": "Get the security review dated",
        "deciding_rule": "protect_risk_high",
        "deciding_rule_sentence": "Risk 61.2 is above 55.0",
        "deciding_metric": "risk",
        "deciding_value": 61.24,
        "deciding_threshold": 55.0,
        "driver_up_1": "three people are in touch",
        "driver_down_1": "the close date moved twice",
        "flip_sentence": "Leaves Protect once risk falls to 55.0 (now 61.2)",
        "motion_score": 62.5,
        "motion_change": -4.0,
        "motion_evidence": 1.0,
        **changed,
    }


def _listed(opportunity_id: str, **changed: object) -> Row:
    return {
        "opportunity_id": opportunity_id,
        "rank": 2,
        "suggested_hours": "3.00",
        "allocated_hours": "3.00",
        "is_above_line": True,
        "is_randomised": False,
        "line_reason": "planned",
        "last_week_play": "Park",
        "change_since_last_week": "up",
        "change_reason": "motion rose from 18.0 to 62.5",
        **changed,
    }


def _score(component: str, weight: int, score: float | None, *, raw: float | None = 1.0) -> Row:
    return {
        "opportunity_id": _KNOWN,
        "dimension": "motion",
        "component": component,
        "weight": weight,
        "raw_value": raw if score is not None else None,
        "component_score": score,
        "is_known": score is not None,
        "phrase": None if score is None else f"{component} in words",
    }


def _driver(order: int, driver: str, amount: str, there: float, here: float, unit: str = "reporting currency") -> Row:
    return {
        "opportunity_id": _KNOWN,
        "driver_order": order,
        "driver": driver,
        "amount": amount,
        "segment_value": there,
        "deal_value": here,
        "unit": unit,
    }


def _evidence(record_id: str, happened_on: date, kind: str = "meeting") -> Row:
    return {
        "opportunity_id": _KNOWN,
        "evidence_kind": kind,
        "source_table": "salesforce.event",
        "record_id": record_id,
        "happened_on": happened_on,
        "contact_id": "003Hs0000T4AnoUIQS",
        "minutes": "45.00",
        "detail": "with [the buyer]",
    }


# By hand: (30000 x 0.65 - 6000) x 3 x 0.8 - 9000 = 23,400. Motion: (40 x 100 + 40 x 25) / 80 = 62.5, the unknown part
# left out. Steps of the ROI: 8000 - 1000 + 2500.40 + 0.10 = 9,500.50.
_MARTS: dict[str, list[Row]] = {
    "mart_opportunity_play": [
        _play(_KNOWN, _NAME),
        _play(
            _THIN, "Harbour Logistics pilot", owner_name=None, arr_amount=None, deciding_value=None, driver_up_1=None
        ),
        _play(_UNNAMED, None),
    ],
    "mart_weekly_play_list": [
        _listed(_KNOWN),
        _listed(
            _THIN,
            allocated_hours="1.50",
            is_above_line=False,
            is_randomised=True,
            line_reason="drawn",
            change_since_last_week="new",
            last_week_play=None,
        ),
        _listed(_UNNAMED, line_reason="spare_time"),
    ],
    "mart_opportunity_gate": [
        {
            "opportunity_id": _KNOWN,
            "threshold_key": key,
            "metric": metric,
            "gate_label": label,
            "gate_order": order,
            "play_when_closed": None if key == "profit_min" else "Park" if key == "roi_min" else "Protect",
            "raw_value": raw,
            "smoothed_value": raw,
            "open_value": opens,
            "leave_value": leaves,
            "is_upper_limit": is_upper,
            "is_open": is_open,
            "has_hard_event": has_event,
        }
        for order, (key, metric, label, raw, opens, leaves, is_upper, is_open, has_event) in enumerate(
            [
                ("risk_max", "risk", "risk", 61.24, 55.0, 60.0, True, False, True),
                ("roi_min", "roi", "expected ROI", 9500.5, 0.0, 0.0, False, True, False),
                ("p_negative_max", "p_negative", "the chance of a loss", 0.125, 0.4, 0.5, True, True, False),
                ("profit_min", "profitability", "profitability", None, 40.0, 35.0, False, None, False),
            ]
        )
    ],
    "mart_opportunity_score": [
        _score("active_contacts", 40, 100.0, raw=3.0),
        _score("activity_change", 40, 25.0, raw=-1.0),
        _score("stage_progress", 20, None),
    ],
    "mart_opportunity_roi": [
        {
            "opportunity_id": _KNOWN,
            "arr_amount": "30000.00",
            "win_probability": 0.4,
            "cost_to_close": "1200.00",
            "cac_amount": "9000.00",
            "gross_margin_rate": "0.650000",
            "annual_support_cost": "6000.00",
            "life_years": "3.0000",
            "renewal_rate": "0.800000",
            "roi_card_formula": "23400.00",
            "lifecycle_value_mean": "26751.25",
            "roi_expected_mean": "9500.50",
            "roi_expected_p05": "-500.00",
            "roi_expected_p95": "21000.00",
            "p_expected_roi_negative": 0.125,
            "roi_realised_p10": "-1200.00",
            "roi_realised_p90": "31000.00",
            "p_realised_loss": 0.62,
            "roi_reported_mean": "5900.50",
            "value_per_hour": "430.00",
            "payback_month": None,
        }
    ],
    "mart_opportunity_roi_driver": [
        _driver(1, "size", "-1000.00", 36000.0, 30000.0),
        _driver(2, "win_probability", "2500.40", 0.35, 0.4, "probability"),
        _driver(3, "mix", "0.10", 8000.0, 9500.5),
    ],
    "mart_opportunity_decision": [
        {
            "opportunity_id": _KNOWN,
            "question": question,
            "option_id": option,
            "option_order": order,
            "option_label": label,
            "incremental_roi_mean": brings,
            "p_incremental_positive": chance,
            "answer": answer,
            "answer_sentence": f"{label}: because of what it costs.",
            "break_even_sentence": "Pays as long as it costs less than 234.",
        }
        for order, (question, option, label, brings, chance, answer) in enumerate(
            [
                ("enter", "take_it", "Take the deal as it stands", "9500.50", 0.875, "yes"),
                ("concede", "discount_5", "5 points of discount", None, None, "unknown"),
            ]
        )
    ],
    "mart_opportunity_evidence": [
        _evidence("00UHs0000jeiOFlMAM", date(2026, 10, 21)),
        _evidence("compliancereviewc_and_then_some at 2026-09-18 08:20:28", date(2026, 9, 18), "compliance_review"),
        _evidence("00THs0000iQHnNCMA1", date(2026, 10, 22), "task"),
    ],
}


def _publish(folder: Path, changed: dict[str, list[Row]] | None = None, *, without: str = "") -> Path:
    """Write a published file with the eight marts that an explanation reads: three deals, one with everything."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "marts_20261102_abc.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts")
        for table, types in _TYPES.items():
            if table == without:
                continue
            connection.execute(f"create table marts.{table} ({types})")
            for row in {**_MARTS, **(changed or {})}[table]:
                marks = ", ".join("?" for _ in row)
                connection.execute(f"insert into marts.{table} ({', '.join(row)}) values ({marks})", list(row.values()))
    (folder / "current.duckdb").symlink_to(file.name)
    return folder


def _with(table: str, place: int, **values: object) -> dict[str, list[Row]]:
    """The rows of one mart with some values of one row replaced."""
    return {table: [{**row, **values} if number == place else row for number, row in enumerate(_MARTS[table])]}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _publish(tmp_path_factory.mktemp("deal") / "published")


def _shown(found: DealExplanation, *, limit: int = 20, width: int = 140) -> str:
    out = io.StringIO()
    render_deal(found, Console(file=out, width=width), limit=limit, currency="EUR")
    return out.getvalue()


def test_every_level_makes_up_the_one_above(published: Path) -> None:
    found = explain_deal(published, _KNOWN)
    require_deal_sums(found)
    assert {check.claim: check.above for check in found.checks} == {
        "Known parts make up the score of motion": Decimal("62.5"),
        "The terms make up the card formula": Decimal("23400.00"),
        "The steps lead from the segment's ROI to this one": Decimal("9500.50"),
    }
    assert [row["record_id"] for row in found.evidence[:2]] == ["00THs0000iQHnNCMA1", "00UHs0000jeiOFlMAM"]


@pytest.mark.parametrize(
    "wanted", [_KNOWN, f" {_KNOWN} ", _KNOWN[:15], _NAME, _NAME.upper(), "bolts [& ", "Planning seats"]
)
def test_a_deal_is_found_by_id_name_or_part(published: Path, wanted: str) -> None:
    assert explain_deal(published, wanted).play["opportunity_id"] == _KNOWN


def test_a_whole_name_goes_before_a_part_of_another(tmp_path: Path) -> None:
    plays = [_play(_KNOWN, "Harbour"), _play(_THIN, "Harbour Logistics pilot"), _play(_UNNAMED, None)]
    folder = _publish(tmp_path / "published", {"mart_opportunity_play": plays})
    assert explain_deal(folder, "harbour").play["opportunity_id"] == _KNOWN
    assert explain_deal(folder, "harbour l").play["opportunity_id"] == _THIN


def test_several_that_fit_are_named(published: Path) -> None:
    with pytest.raises(WrongUse) as caught:
        explain_deal(published, "LO")
    assert caught.value.message == (
        f"'LO' fits 2 open deals: {_NAME} ({_KNOWN}, Siân O'Brien-Łukasiewicz); "
        f"Harbour Logistics pilot ({_THIN}, no owner)."
    )
    assert caught.value.next_step == "Give the id."


@pytest.mark.parametrize("wanted", ["", "  ", "none", "None"])
def test_a_deal_without_a_name_is_found_by_its_id_only(published: Path, wanted: str) -> None:
    with pytest.raises(WrongUse, match="No open deal"):
        explain_deal(published, wanted)
    found = explain_deal(published, _UNNAMED)
    assert found.roi == {}
    assert "Protect: a deal without a name" in _shown(found)


def test_none_that_fits_names_the_nearest_or_where_to_look(published: Path) -> None:
    with pytest.raises(WrongUse) as caught:
        explain_deal(published, "Harbor Logistic pilots")
    assert caught.value.next_step == f"Nearest: Harbour Logistics pilot ({_THIN}, no owner)."
    # a closed deal has no play, so its id is as unknown as one that never was
    with pytest.raises(WrongUse) as caught:
        explain_deal(published, "xyzzy")
    assert caught.value.message == "No open deal 'xyzzy' is published."
    assert "Closed deals have no play" in caught.value.next_step


def test_where_no_deal_is_open_that_is_said(tmp_path: Path) -> None:
    folder = _publish(tmp_path / "published", {name: [] for name in _TYPES})
    with pytest.raises(WrongUse, match="No deal is open"):
        explain_deal(folder, _KNOWN)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            _with("mart_opportunity_score", 1, component_score=24.0),
            "1 of 3 sums do not hold: Known parts make up the score of motion: 62.5 above, 62.0 below.",
        ),
        (
            _with("mart_opportunity_roi", 0, roi_card_formula="23400.01"),
            "1 of 3 sums do not hold: The terms make up the card formula: 23400.01 above, 23400.00 below.",
        ),
        (
            _with("mart_opportunity_roi_driver", 0, amount="-1000.01"),
            "1 of 3 sums do not hold: The steps lead from the segment's ROI to this one: 9500.50 above, 9500.49 below.",
        ),
    ],
    ids=["score", "card", "drivers"],
)
def test_what_does_not_sum_fails_and_is_named(tmp_path: Path, changed: dict[str, list[Row]], message: str) -> None:
    found = explain_deal(_publish(tmp_path / "published", changed), _KNOWN)
    with pytest.raises(CheckFailed) as caught:
        require_deal_sums(found)
    assert caught.value.message == message
    text = " ".join(_shown(found).split())
    assert f"Off: {message.split(': ', 1)[1].removesuffix('.')}" in text
    assert "0 off" not in text


@pytest.mark.parametrize(("score", "is_off"), [(62.54, False), (62.45, False), (62.56, True), (62.44, True)])
def test_a_score_may_differ_by_its_last_digit_only(tmp_path: Path, score: float, is_off: bool) -> None:
    found = explain_deal(_publish(tmp_path / "p", _with("mart_opportunity_play", 0, motion_score=score)), _KNOWN)
    assert [check.is_passed for check in found.checks] == [not is_off, True, True]


@pytest.mark.parametrize("width", [80, 100, 140])
@pytest.mark.parametrize("deal", [_KNOWN, _THIN, _UNNAMED])
def test_text_fits_the_screen_and_at_most_100_columns(published: Path, deal: str, width: int) -> None:
    assert max(len(line) for line in _shown(explain_deal(published, deal), width=width).splitlines()) <= min(width, 100)


def test_text_says_what_decided_and_what_stands_behind_it(published: Path) -> None:
    text = " ".join(_shown(explain_deal(published, _KNOWN), width=100).split())
    for part in (
        '◆ Protect: Bolts [& "Nuts"] - planning seats',
        "protect_risk_high: risk 61.2 against 55.0",
        "moved up (was Park): motion rose from 18.0 to 62.5",
        "3 h this week, number 2 on the list, above the line",
        "Gates (this week counts alone)",
        "risk, else Protect 61.2 61.2 ≤ 55.0 > 60.0 closed",
        "expected ROI, else Park €9,501 €9,501 ≥ €0 < €0 open",
        "the chance of a loss, else Protect 12.5% 12.5% ≤ 40.0% > 50.0% open",
        "profitability unknown unknown ≥ 40.0 < 35.0 unknown",
        "Motion 63 (−4 in a week), 100% of the signals known",
        "activity_change in words −1.00 25 40",
        "stage progress unknown – 20",
        "Expected lifecycle ROI: chance times worth, less that cost €9,501",
        "90 % sure: −€500 to €21,000",
        "Month in which it has paid back not within five years",
        "(€30,000 × 65.0% − €6,000) × 3.00 × 80.0% − €9,000",
        "Chance of winning 35.0% 40.0% €2,500",
        "5 points of discount unknown unknown unknown",
        "3 sums, 0 off",
    ):
        assert part in text, part


def test_a_deal_without_economics_or_owner_is_written_without_made_up_numbers(published: Path) -> None:
    found = explain_deal(published, _THIN)
    require_deal_sums(found)
    text = " ".join(_shown(found).split())
    assert "Worth: unknown, so no number is made up." in text
    assert "Negotiation · close date 30 Nov 2026 · ARR unknown" in text
    assert "None" not in text
    assert "1.5 h this week by lot, number 2 on the list, below the line" in text
    assert "new on the list: motion rose" in text
    assert "No record stands behind it." in text
    assert "sums" not in text


def test_hours_left_over_are_said_to_be_so(published: Path) -> None:
    text = " ".join(_shown(explain_deal(published, _UNNAMED)).split())
    assert "3 h this week in spare time: no play asks for them, and they bring more than they cost, number 2" in text


def test_what_is_cut_off_is_counted(published: Path) -> None:
    found = explain_deal(published, _KNOWN)
    text = " ".join(_shown(found, limit=1).split())
    assert "00THs0000iQHnNCMA1" in text
    assert "00UHs0000jeiOFlMAM" not in text
    assert "and 2 more records: --limit 0 shows all" in text
    assert "more record" not in _shown(found, limit=0)


def test_json_keeps_every_column_and_digit(published: Path) -> None:
    tree = json.loads(json.dumps(deal_as_tree(explain_deal(published, _KNOWN))))
    assert set(tree) == {
        *("play", "on_the_list", "gates", "scores", "roi", "roi_drivers", "decisions", "evidence", "checks"),
    }
    assert (tree["roi"]["roi_expected_mean"], tree["roi"]["payback_month"]) == ("9500.50", None)
    assert tree["play"]["close_on"] == "2026-11-30"
    assert [gate["metric"] for gate in tree["gates"]] == ["risk", "roi", "p_negative", "profitability"]
    assert all(check["is_passed"] for check in tree["checks"])


def test_csv_has_a_row_per_record(published: Path) -> None:
    rows = deal_as_rows(explain_deal(published, _KNOWN))
    assert [(row["record_id"], row["happened_on"], row["minutes"]) for row in rows[:2]] == [
        ("00THs0000iQHnNCMA1", "2026-10-22", "45.00"),
        ("00UHs0000jeiOFlMAM", "2026-10-21", "45.00"),
    ]
    assert len(rows) == 3


def test_a_file_without_one_of_the_marts_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no table marts\.mart_opportunity_gate"):
        explain_deal(_publish(tmp_path / "published", without="mart_opportunity_gate"), _KNOWN)


def test_exit_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGMENTS_HOME", str(tmp_path))
    runner = CliRunner()
    assert runner.invoke(app, ["explain", _KNOWN]).exit_code == 3
    _publish(tmp_path / "published")
    assert runner.invoke(app, ["explain", _KNOWN]).exit_code == 0
    assert runner.invoke(app, ["explain", "xyzzy"]).exit_code == 2
    assert runner.invoke(app, ["explain", _KNOWN, "--customer", "c"]).exit_code == 2
    assert runner.invoke(app, ["explain", _KNOWN, "--limit", "-1"]).exit_code == 2
    tree = json.loads(runner.invoke(app, ["explain", _KNOWN, "--json"]).stdout)
    assert tree["on_the_list"]["rank"] == 2
    rows = list(csv.DictReader(io.StringIO(runner.invoke(app, ["explain", _KNOWN, "--csv"]).stdout)))
    assert [row["evidence_kind"] for row in rows] == ["task", "meeting", "compliance_review"]


def test_sums_that_do_not_hold_exit_with_1_and_still_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGMENTS_HOME", str(tmp_path))
    _publish(tmp_path / "published", _with("mart_opportunity_roi", 0, cac_amount="9000.01"))
    done = CliRunner().invoke(app, ["explain", _KNOWN, "--csv"])
    assert done.exit_code == 1
    assert done.stdout.startswith("opportunity_id,evidence_kind,")
    assert "The terms make up the card formula" in done.stderr
