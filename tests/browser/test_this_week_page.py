"""The page 'This week' in a real browser: its script runs, filters by address, and writes a true CSV.

Needs Chromium on the path; without it these tests are skipped, as the page itself needs no browser to be
built.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "python" / "reports"))
from fixture_marts import FORMULA_NAME, HARD_OWNER, NASTY_NAME, deal_rows, publish

from reports.site import build_site

_BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(_BROWSER is None, reason="no Chromium on the path")

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--virtual-time-budget=4000",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    return build_site(publish(folder / "published"), folder / "site", currency="USD")


def _dom(site: Path, profile: Path, address: str = "") -> str:
    """The page after its script has run, as the browser would write it out."""
    done = subprocess.run(
        [str(_BROWSER), *_FLAGS, f"--user-data-dir={profile}", "--dump-dom", site.as_uri() + address],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


def _rows(dom: str) -> list[str]:
    """Opening tags and text of the rows that are not hidden."""
    rows = re.findall(r"<tr[^>]*data-play=.*?</tr>", dom, re.DOTALL)
    return [row for row in rows if " hidden" not in row[: row.index(">")]]


def _csv(dom: str) -> list[dict[str, str]]:
    href = re.search(r'id="csv"[^>]*href="(data:text/csv[^"]*)"', dom)
    assert href
    text = unquote(unescape(href.group(1)).split(",", 1)[1])
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def test_all_deals_and_their_csv(site: Path, tmp_path: Path) -> None:
    dom = _dom(site, tmp_path)
    assert 'data-ready="1"' in dom
    assert len(_rows(dom)) == 60
    expected = {str(row["opportunity_id"]): row for row in deal_rows()}
    found = {row["opportunity_id"]: row for row in _csv(dom)}
    assert set(found) == set(expected)
    for key, row in found.items():
        source = expected[key]
        assert row["play"] == source["play"]
        assert row["next_action"] == source["next_action"]
        assert row["why"] == source["deciding_rule_sentence"]
        assert row["what_would_change_it"] == source["flip_sentence"]
        assert row["change_reason"] == source["change_reason"]
        assert float(row["arr_amount"]) == source["arr_amount"]
        if source["economics_status"] == "unknown":
            assert row["roi_expected_mean"] == ""
        else:
            assert float(row["roi_expected_mean"]) == pytest.approx(float(str(source["roi_expected_mean"])), abs=0.01)
    names = {row["opportunity_name"] for row in found.values()}
    assert NASTY_NAME in names
    assert "'" + FORMULA_NAME in names, "a text that starts like a formula must not run in a spreadsheet"


def test_address_chooses_seller_and_play(site: Path, tmp_path: Path) -> None:
    expected = [row for row in deal_rows() if row["owner_name"] == HARD_OWNER and row["play"] == "Park"]
    dom = _dom(site, tmp_path, f"#seller={quote(str(expected[0]['owner_user_id']))}&play=Park")
    assert len(_rows(dom)) == len(expected) == len(_csv(dom))
    verdict = re.search(r'id="verdict">(.*?)</p>', dom)
    assert verdict
    assert unescape(verdict.group(1)).startswith(f"{HARD_OWNER}: ")
    assert f"{len(expected)} of 60 deals" in dom


def test_order_by_value_per_hour_names_the_seller(site: Path, tmp_path: Path) -> None:
    dom = _dom(site, tmp_path, "#order=value")
    rows = _rows(dom)
    assert len(rows) == 60
    assert all('class="who"' in row for row in rows)
    listed = _csv(dom)
    n_with_time = sum('class="low"' not in row for row in rows)
    values = [float(row["value_per_hour"] or "-inf") for row in listed[:n_with_time]]
    assert values == sorted(values, reverse=True)
    assert all('class="low"' in row for row in rows[n_with_time:])


def test_search_finds_words_of_the_drivers_and_nothing_says_so(site: Path, tmp_path: Path) -> None:
    wanted = [row for row in deal_rows() if row["driver_down_2"]]
    assert len(_rows(_dom(site, tmp_path / "a", "#find=discount%20asked"))) == len(wanted)
    dom = _dom(site, tmp_path / "b", "#find=no%20such%20words")
    assert _rows(dom) == []
    assert re.search(r'<p id="none">No deal matches', dom)
