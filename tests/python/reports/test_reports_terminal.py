"""The play list in the terminal and as plain rows."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from fixture_marts import HARD_OWNER, deal_rows, publish
from rich.console import Console

from orchestration.errors import InputError, WrongUse
from reports.published import read_week
from reports.terminal import plays_as_rows, render_plays


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


def test_fits_120_columns(published: Path) -> None:
    for owner in (None, "Dana Okafor"):
        assert max(len(line) for line in _shown(published, owner=owner).splitlines()) <= 120


def test_capacity_line_parts_one_sellers_list(published: Path) -> None:
    text = _shown(published, owner="Marek")
    above, below = text.split("Capacity line:")
    assert "Park " not in above.split("Hours")[1]
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
