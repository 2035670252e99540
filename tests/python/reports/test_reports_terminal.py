"""The play list in the terminal and as plain rows."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from pathlib import Path

import pytest
from fixture_marts import HARD_OWNER, deal_rows, list_rows, publish
from rich.console import Console

from orchestration.errors import InputError, WrongUse
from reports.published import read_week
from reports.terminal import plays_as_rows, render_plays

_UP = {
    "last_week_play": "Park",
    "change_since_last_week": "up",
    "change_reason": "motion rose from 22.0 to 41.0",
}


def _shown(
    published: Path, *, owner: str | None = None, play: str | None = None, limit: int = 0, width: int = 120
) -> str:
    out = io.StringIO()
    render_plays(published, Console(file=out, width=width), owner=owner, play=play, limit=limit, currency="USD")
    return out.getvalue()


def test_first_line_is_the_verdict(published: Path) -> None:
    first = _shown(published, owner="005C").splitlines()[0]
    assert first.startswith("Week of 3 Mar 2025 (as of 5 Mar 2025), Marek Novák. Accelerate ")
    assert "60 open deals, 4 sellers" in _shown(published).splitlines()[0]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("owner", [None, "Dana Okafor"])
def test_fits_the_terminal(published: Path, owner: str | None, width: int) -> None:
    assert max(len(line) for line in _shown(published, owner=owner, width=width).splitlines()) <= width


def test_a_deal_takes_at_most_eight_lines_of_a_narrow_terminal(published: Path) -> None:
    """The sentences of the fixture are longer than most; the list of a week has to be readable at one go."""
    text = _shown(published, owner="Marek", width=80)
    blocks = re.split(r"\n *\d+ (?=[▲◆■] )", text.split("Capacity line")[0])[1:]
    assert len(blocks) == 8 and max(block.count("\n") + 1 for block in blocks) <= 8
    assert all("Worth " in block for block in blocks)


def test_a_block_says_what_to_do_why_and_what_it_is_worth(tmp_path: Path) -> None:
    rows = deal_rows(1)
    rows[0].update(
        opportunity_name="Plan B", account_name="Acme", close_on=date(2025, 3, 4), stage_name="Proposal",
        play="Protect", roi_expected_mean=48_200, roi_expected_p05=-1_500, roi_expected_p95=90_000,
        p_expected_roi_negative=0.07,
        arr_amount=20_000, win_probability=0.62, value_per_hour=1_240, suggested_hours=2, allocated_hours=2,
        driver_down_1="two reviews", **_UP,
    )  # fmt: skip
    lines = _shown(publish(tmp_path, deals=rows), owner="005A", width=200).splitlines()
    assert lines[1].startswith("  1 ◆ Protect  2\u00a0h  Plan B · was due 4 Mar · Proposal · Acme")
    assert lines[2].strip() == rows[0]["next_action"]
    assert lines[3].strip().startswith(f"{rows[0]['deciding_rule_sentence']} (+ ")
    assert lines[3].strip().endswith("; \u2212 two reviews)")
    assert lines[4].strip() == "Worth $48k (\u2212$1.5k to $90k) on ARR $20k, win 62%, an hour $1.2k, loss 7%"
    assert lines[5].strip() == f"Up from Park: motion rose from 22.0 to 41.0. {rows[0]['flip_sentence']}"


def test_a_deal_drawn_by_lot_says_so(tmp_path: Path) -> None:
    rows = deal_rows(1)
    rows[0].update(play="Park", allocated_hours=1.5, is_randomised=True, propensity=0.125, line_reason="drawn")
    listed = [{**row, "is_above_line": True} for row in list_rows(rows)]
    text = _shown(publish(tmp_path, deals=rows, listed=listed), owner="005A", width=200)
    assert "1.5\u00a0h by lot" in text
    assert "By lot (13% chance)" in text
    assert "1.5\u00a0h of 36\u00a0h planned, 1.5\u00a0h of them by lot" in text


@pytest.mark.parametrize(
    ("close_on", "words"),
    [(date(2025, 3, 5), "by 5 Mar ·"), (date(2025, 3, 4), "was due 4 Mar ·"), (date(2026, 1, 1), "by 1 Jan 2026 ·"),
     (None, "no date ·")],
)  # fmt: skip
def test_dates_say_whether_they_have_passed(tmp_path: Path, close_on: date | None, words: str) -> None:
    rows = deal_rows(1)
    rows[0].update(close_on=close_on, opportunity_name="Plan B")
    assert words in _shown(publish(tmp_path, deals=rows))


def test_capacity_line_parts_one_sellers_list(published: Path) -> None:
    text = _shown(published, owner="Marek")
    above, below = text.split("Capacity line:")
    assert "■ Park" not in above
    assert below.splitlines()[0].endswith("One more hour would bring $1.2k.")
    assert "■ Park" in below


def test_list_cut_above_the_line_shows_no_line(published: Path) -> None:
    text = _shown(published, owner="Marek", limit=2)
    assert "Capacity line" not in text
    assert "2 of 15 deals shown" in text


def test_all_sellers_have_no_line_and_name_the_seller(published: Path) -> None:
    text = _shown(published, limit=6)
    assert "Capacity line" not in text
    assert "--owner NAME" in text
    assert "6 of 60 deals shown" in text


def test_unknown_economics_read_unknown(tmp_path: Path) -> None:
    rows = [row for row in deal_rows() if row["economics_status"] == "unknown"][:1]
    assert "unknown" in _shown(publish(tmp_path, deals=rows))


def test_markup_in_names_is_text(tmp_path: Path) -> None:
    rows = deal_rows(1)
    rows[0]["opportunity_name"] = "[red]Plan[/red] B"
    assert "[red]Plan[/red] B" in _shown(publish(tmp_path, deals=rows))


def test_no_open_deals(tmp_path: Path) -> None:
    text = _shown(publish(tmp_path, deals=[]))
    assert "No open deals this week." in text
    assert "nothing to accelerate" in text


def test_play_without_deals(tmp_path: Path) -> None:
    rows = [row for row in deal_rows() if row["play"] == "Park"]
    assert "No deal matches" in _shown(publish(tmp_path, deals=rows), play="accelerate")


def test_rows_hold_raw_figures_in_list_order(published: Path) -> None:
    rows = plays_as_rows(published, owner="005A")
    assert [row["rank"] for row in rows] == sorted(row["rank"] for row in rows)
    assert json.loads(json.dumps(rows)) == rows
    deal = next(d for d in read_week(published).deals if d.opportunity_id == rows[0]["opportunity_id"])
    assert rows[0]["arr_amount"] == float(deal.arr_amount or 0)
    assert rows[0]["decision_week_on"] == "2025-03-03"
    unknown = [row for row in plays_as_rows(published) if not row["is_economics_known"]]
    assert unknown
    assert all(row["roi_expected_mean"] is None for row in unknown)


def test_filters_and_limit(published: Path) -> None:
    assert {row["play"] for row in plays_as_rows(published, play="PROTECT")} == {"Protect"}
    assert len(plays_as_rows(published, limit=7)) == 7
    assert len(plays_as_rows(published)) == 60
    assert {row["owner_name"] for row in plays_as_rows(published, owner="o'brien")} == {HARD_OWNER}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"owner": "nobody"}, "No seller 'nobody'"),
        ({"owner": "a"}, "fits 4 sellers"),
        ({"play": "push"}, "no play 'push'"),
        ({"limit": -1}, "below zero"),
    ],
)
def test_wrong_use_is_named(published: Path, wrong: dict[str, str | int], message: str) -> None:
    with pytest.raises(WrongUse, match=message):
        plays_as_rows(published, **wrong)  # type: ignore[arg-type]


def test_nothing_published(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Nothing is published yet"):
        plays_as_rows(tmp_path)
