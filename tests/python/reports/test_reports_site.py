"""The page 'This week': what it says, what it hides nothing of, and what it must never hold."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fixture_marts import HARD_OWNER, LONG_NAME, NASTY_NAME, RUN_ID, SELLERS, deal_rows, publish

from reports.published import read_week
from reports.site import build_site, render_this_week


class Page(HTMLParser):
    """A tiny reader of the page: every element with its attributes, and the text of each deal's row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[dict[str, str]] = []
        self.cap_texts: list[str] = []
        self._in: str | None = None
        self._owner = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        if tag == "tbody":
            self._owner = found.get("data-owner") or ""
        if tag == "tr":
            self._in = "row" if "data-play" in found else "cap" if found.get("class") == "cap" else None
            if self._in == "row":
                row = {key: found[key] or "" for key in ("data-play", "data-segment")}
                self.rows.append({**row, "class": found.get("class") or "", "owner": self._owner, "text": ""})
            if self._in == "cap":
                self.cap_texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "tbody":
            self._in = None

    def handle_data(self, data: str) -> None:
        if self._in == "row":
            self.rows[-1]["text"] += data
        elif self._in == "cap":
            self.cap_texts[-1] += data


def _data(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    loaded: dict[str, Any] = json.loads(found.group(1))
    return loaded


def test_same_file_same_bytes(published: Path, tmp_path: Path) -> None:
    first = build_site(published, tmp_path / "a", currency="USD").read_bytes()
    second = build_site(published / "current.duckdb", tmp_path / "b", currency="USD")
    assert second.read_bytes() == first
    assert [path.name for path in second.parent.iterdir()] == ["index.html"]


def test_no_address_of_any_host_and_no_loaded_file(page: str) -> None:
    assert re.findall(r"(?:https?:|wss?:|ftp:)?//[a-z0-9-]+\.[a-z]", page, re.IGNORECASE) == []
    assert "@import" not in page
    assert "url(" not in page
    for tag, attributes in Page(page).elements:
        assert tag not in {"link", "iframe", "img", "object", "embed", "base"}
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")


def test_policy_allows_exactly_the_inlined_style_and_script(page: str) -> None:
    policy = next(a["content"] for _, a in Page(page).elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    for tag in ("style", "script"):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert text
        digest = base64.b64encode(hashlib.sha256(text.group(1).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not any("style" in attributes or "onclick" in attributes for _, attributes in Page(page).elements)


def test_names_from_data_are_escaped(page: str) -> None:
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert NASTY_NAME in next(row["text"] for row in Page(page).rows if "Bolts" in row["text"])


def test_script_data_cannot_close_its_element(tmp_path: Path) -> None:
    rows = deal_rows(1)
    rows[0]["driver_up_1"] = "</script><script>alert(2)</script><!--"
    page = render_this_week(publish(tmp_path, deals=rows))
    assert page.count("<script") == page.count("</script>") == 2
    assert "</script><script>alert(2)</script><!--" in _data(page)["texts"]


def test_every_deal_once_with_what_the_filters_need(page: str) -> None:
    parsed = Page(page)
    expected = {str(row["opportunity_id"]): row for row in deal_rows()}
    ids = [row[0] for row in _data(page)["rows"]]
    assert sorted(ids) == sorted(expected)
    owners = {a.get("value"): a.get("data-key") for tag, a in parsed.elements if tag == "option" and "data-key" in a}
    for deal_id, row in zip(ids, parsed.rows, strict=True):
        source = expected[deal_id]
        assert row["data-play"] == source["play"]
        assert row["data-segment"] == source["segment_id"]
        assert owners[row["owner"]] == source["owner_user_id"]
        assert str(source["opportunity_name"]) in row["text"]
        assert str(source["deciding_rule_sentence"]) in row["text"]
        assert str(source["flip_sentence"]) in row["text"]
        assert str(source["next_action"]) in row["text"]
    options = {a.get("value") for tag, a in parsed.elements if tag == "option"}
    assert {row["data-play"] for row in parsed.rows} | {row["data-segment"] for row in parsed.rows} <= options
    assert LONG_NAME in page.replace("&#39;", "'")


def test_details_of_each_deal_stand_at_its_place(page: str) -> None:
    data = _data(page)
    expected = {str(row["opportunity_id"]): row for row in deal_rows()}
    for figures, (up, down, numbers) in zip(data["rows"], data["details"], strict=True):
        source = expected[figures[0]]
        assert [data["texts"][i] for i in up] == [source["driver_up_1"], source["driver_up_2"]]
        assert data["texts"][down[0]] == source["driver_down_1"]
        assert len(numbers) == len(data["labels"])
        shown = dict(zip(data["labels"], (data["texts"][i] for i in numbers), strict=True))
        is_known = source["economics_status"] == "known"
        assert shown["Card formula"] == ("$23,400" if is_known else "")
        assert shown["This one deal, 8 in 10"] == ("\u2212$2,400 to $61,000" if is_known else "")
        assert shown["Chance this deal loses money"] == ("41%" if is_known else "")
        place = list(expected).index(figures[0])
        months = "" if place % 5 == 0 or not is_known else "1 month" if place % 14 == 1 else f"{place % 14} months"
        assert shown["Paid back after"] == months
        assert shown["One more hour of the seller"] == "would bring $1,240"


def test_unknown_economics_read_unknown_and_draw_no_line(page: str) -> None:
    unknown = {str(row["opportunity_id"]) for row in deal_rows() if row["economics_status"] == "unknown"}
    data = _data(page)
    mean = data["columns"].index("roi_expected_mean")
    seen = 0
    for figures, row in zip(data["rows"], Page(page).rows, strict=True):
        assert ("unknown" in row["text"]) == (figures[0] in unknown)
        assert ("chance of an average loss" in row["text"]) == (figures[0] not in unknown)
        assert (figures[mean] is None) == (figures[0] in unknown)
        seen += figures[0] in unknown
    assert seen == len(unknown) > 0


def test_missing_support_cost_is_said_beside_the_figure(tmp_path: Path) -> None:
    rows = deal_rows(4)
    rows[0]["economics_status"] = "support_unknown"
    rows[1]["economics_status"] = "unknown"
    page = render_this_week(publish(tmp_path, deals=rows))
    assert page.count("before support cost (unknown)") == 1


def test_thin_evidence_and_unknown_scores_are_marked(tmp_path: Path) -> None:
    rows = deal_rows(1)
    rows[0].update(motion_evidence=0.9, risk_evidence=0.2, profitability_score=None, profitability_evidence=0.9)
    page = render_this_week(publish(tmp_path, deals=rows))
    cell = re.search(r"<td class=s>(.*)", page)
    assert cell
    motion, risk, profit = cell.group(1).split("<p")[1:]
    assert motion.startswith(">Motion")
    assert risk.startswith(" class=t>Risk")
    assert "<b>?</b>" in profit


def test_rows_below_the_capacity_line_are_there_and_grey(page: str) -> None:
    parsed = Page(page)
    assert len(parsed.cap_texts) == len(SELLERS)
    assert any("24\u00a0h of 24\u00a0h planned" in text for text in parsed.cap_texts)
    for group in re.findall(r"<tbody data-owner.*?</tbody>", page, re.DOTALL):
        above, below = group.split('<tr class="cap">')
        assert "class=low" not in above
        assert below.count("<tr class=low") == below.count("data-play=") > 0


def test_top_says_dates_run_checks_and_counts(page: str) -> None:
    assert "Monday 3 Mar 2025" in page
    assert "5 Mar 2025" in page
    assert RUN_ID in page
    assert "3 checks passed, 1 warned" in page
    assert "60 open deals, 4 sellers:" in page
    for word in ("▲", "◆", "■", "Accelerate", "Protect", "Park", "sum of the means of"):
        assert word in page


def test_tiles_of_a_seller_come_written_out(published: Path, page: str) -> None:
    data = _data(page)
    deals = [deal for deal in read_week(published).deals if deal.owner_name == SELLERS[0][1]]
    names = [a.get("data-key") for tag, a in Page(page).elements if tag == "option" and "data-key" in a]
    tiles = data["tiles"][names.index(SELLERS[0][0])]
    assert [int(tile[0]) for tile in tiles] == [
        sum(deal.play == name for deal in deals) for name in ("Accelerate", "Protect", "Park")
    ]
    assert HARD_OWNER in page.replace("&#39;", "'")


def test_segments_panel(page: str) -> None:
    panel = page[page.index('<section class="segments"') : page.index("<footer>")]
    assert panel.count('<tr><th scope="row">') == 5
    assert "93%</b><span>91% to 95%" in panel
    assert "−0.06</b><span>−0.14 to 0.02" in panel
    assert panel.count("thin evidence") == 1


def test_currency_stands_with_money_only_when_known(published: Path) -> None:
    assert "$" not in re.sub(r"<script>.*?</script>", "", render_this_week(published), flags=re.DOTALL)
    assert "CHF\u00a0" in render_this_week(published, currency="CHF")


def test_week_without_open_deals_says_so(tmp_path: Path) -> None:
    page = render_this_week(publish(tmp_path, deals=[]))
    assert "No open deals this week." in page
    assert "salesforce.opportunity" in page
    assert "Monday 3 Mar 2025" in page
    assert Page(page).rows == []
    assert "Slow and durable" in page


def test_run_without_checks_is_no_pass(tmp_path: Path) -> None:
    page = render_this_week(publish(tmp_path, checks=[]))
    assert "No checks recorded" in page
    assert '<details class="checks warn">' in page


@pytest.mark.parametrize("status", ["warn", "fail"])
def test_worst_check_sets_the_mark(tmp_path: Path, status: str) -> None:
    page = render_this_week(
        publish(tmp_path, checks=[{"check_name": "a", "status": "pass"}, {"check_name": "b", "status": status}])
    )
    assert f'<details class="checks {status}">' in page


def test_weight_of_a_row(tmp_path: Path) -> None:
    """Two hundred more deals may add at most 1.3 kB each, names and sentences included."""
    small = len(render_this_week(publish(tmp_path / "a", deals=deal_rows(50))).encode())
    large = len(render_this_week(publish(tmp_path / "b", deals=deal_rows(250))).encode())
    assert (large - small) / 200 < 1300
