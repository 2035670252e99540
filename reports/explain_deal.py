"""Why a deal is where it is on this week's list: the play and its gates, the scores, the worth, the answers, the rows.

Belongs here: finding the deal, reading the published opportunity marts, and checking that each level makes up the
one above. Money is major units of the reporting currency as Decimal. How it is written stands in
`reports.explain_deal_text`.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb

from orchestration.errors import WrongUse
from orchestration.publishing.candidate import open_read_only
from reports.explain import Check
from reports.published import Row, published_file, read_rows, require_marts

_LIST = "mart_weekly_play_list"
_PLAY = "mart_opportunity_play"
_GATE = "mart_opportunity_gate"
_SCORE = "mart_opportunity_score"
_ROI = "mart_opportunity_roi"
_DRIVER = "mart_opportunity_roi_driver"
_DECISION = "mart_opportunity_decision"
_EVIDENCE = "mart_opportunity_evidence"
_TABLES = (_LIST, _PLAY, _GATE, _SCORE, _ROI, _DRIVER, _DECISION, _EVIDENCE)
_CENT = Decimal("0.01")
# a score is published to one decimal, its parts to more
_SCORE_ROUNDING = 0.051


@dataclass(frozen=True)
class DealExplanation:
    """Published rows about one open deal, by mart, in the order in which they are read.

    `play`, `listed` and `roi` are one row each (`roi` is empty without economics); the others are any number.
    """

    play: Row
    listed: Row
    gates: tuple[Row, ...]
    scores: tuple[Row, ...]
    roi: Row
    drivers: tuple[Row, ...]
    decisions: tuple[Row, ...]
    evidence: tuple[Row, ...]
    checks: tuple[Check, ...]


def explain_deal(published: Path, wanted: str) -> DealExplanation:
    """Read everything that is published about one open deal.

    Args:
        published: folder that holds `current.duckdb`, or the file itself.
        wanted: Salesforce id of 15 or 18 characters, the name of the deal, or a part of it that fits one deal only.

    Raises:
        InputError: nothing is published, the file cannot be read, or it lacks a mart.
        WrongUse: no open deal of that id or name, or several; the nearest ones are named.
    """
    file = published_file(published)
    with open_read_only(file, "published") as connection:
        require_marts(connection, file, _TABLES)
        deal = _find_deal(connection, wanted)

        def rows(mart: str, order: str) -> tuple[Row, ...]:
            sql = f"select * from published.marts.{mart} where opportunity_id = ? order by {order}"
            return tuple(read_rows(connection, sql, [deal]))

        play = rows(_PLAY, "opportunity_id")[0]
        listed = rows(_LIST, "rank")[0]
        roi = next(iter(rows(_ROI, "opportunity_id")), {})
        gates = rows(_GATE, "gate_order, threshold_key")
        scores = rows(_SCORE, "dimension, weight desc, component")
        drivers = rows(_DRIVER, "driver_order")
        decisions = rows(_DECISION, "question, option_order, option_id")
        evidence = rows(_EVIDENCE, "happened_on desc, evidence_kind, record_id")
    checks = (*_score_checks(play, scores), *_card_checks(roi), *_driver_checks(roi, drivers))
    return DealExplanation(play, listed, gates, scores, roi, drivers, decisions, evidence, checks)


def _find_deal(connection: duckdb.DuckDBPyConnection, wanted: str) -> str:
    """Return the id of an open deal; an id goes before a whole name, a whole name before a part of one."""
    deals = read_rows(
        connection,
        f"select opportunity_id, opportunity_name, owner_name from published.marts.{_PLAY} order by opportunity_id",
        [],
    )
    if not deals:
        raise WrongUse("No deal is open in what is published.", "See `segments plays` for what it holds.")
    key = wanted.strip().casefold()
    by_id = [deal for deal in deals if wanted.strip() in (deal["opportunity_id"], deal["opportunity_id"][:15])]
    # a deal without a name is found by its id only
    names = [(str(deal["opportunity_name"] or "").casefold(), deal) for deal in deals]
    by_name = [deal for name, deal in names if key and name == key]
    by_part = [deal for name, deal in names if key and key in name]
    fitting = by_id or by_name or by_part
    if len(fitting) == 1:
        return str(fitting[0]["opportunity_id"])
    if fitting:
        shown = "; ".join(_named(deal) for deal in fitting[:6])
        raise WrongUse(f"'{wanted}' fits {len(fitting)} open deals: {shown}.", "Give the id.")
    known = {**{str(deal["opportunity_id"]).casefold(): deal for deal in deals}, **dict(names)}
    near = difflib.get_close_matches(key, [name for name in known if name], n=3, cutoff=0.5)
    raise WrongUse(
        f"No open deal '{wanted}' is published.",
        f"Nearest: {'; '.join(_named(known[name]) for name in near)}."
        if near
        else "Ids and names are in `segments plays --limit 0 --csv`. Closed deals have no play.",
    )


def _named(deal: Row) -> str:
    name, owner = deal["opportunity_name"] or "without a name", deal["owner_name"] or "no owner"
    return f"{name} ({deal['opportunity_id']}, {owner})"


def _score_checks(play: Row, scores: Sequence[Row]) -> list[Check]:
    """Each score against its known parts: their weighted mean."""
    checks = []
    for dimension in ("motion", "risk", "profitability"):
        score = play[f"{dimension}_score"]
        known = [row for row in scores if row["dimension"] == dimension and row["is_known"]]
        weight = sum(float(row["weight"]) for row in known)
        if score is None or weight == 0:
            continue
        mean = sum(float(row["weight"]) * float(row["component_score"]) for row in known) / weight
        # what is rounded away in between is no difference
        below = Decimal(str(score)) if abs(mean - float(score)) <= _SCORE_ROUNDING else Decimal(str(round(mean, 4)))
        checks.append(Check(f"Known parts make up the score of {dimension}", Decimal(str(score)), below))
    return checks


def _card_checks(roi: Row) -> list[Check]:
    """The card formula, worked once more from its published terms."""
    terms = [
        roi.get(name)
        for name in (
            "arr_amount",
            "gross_margin_rate",
            "annual_support_cost",
            "life_years",
            "renewal_rate",
            "cac_amount",
            "roi_card_formula",
        )
    ]
    if any(term is None for term in terms):
        return []
    arr, margin, support, years, renewal, cac, published = (Decimal(str(term)) for term in terms)
    worked = ((arr * margin - support) * years * renewal - cac).quantize(_CENT, ROUND_HALF_UP)
    return [Check("The terms make up the card formula", published, worked)]


def _driver_checks(roi: Row, drivers: Sequence[Row]) -> list[Check]:
    """The steps from the segment's typical deal to this one."""
    if not drivers or roi.get("roi_expected_mean") is None:
        return []
    # the last step starts and ends at whole ROIs: its column of the segment is the segment's mean
    start = Decimal(str(drivers[-1]["segment_value"])).quantize(_CENT, ROUND_HALF_UP)
    total = sum((row["amount"] for row in drivers), start)
    return [Check("The steps lead from the segment's ROI to this one", roi["roi_expected_mean"], total)]
