"""What the page 'This week' says, as plain texts and small drawings ready for its template.

Belongs here: choosing words and figures for the page. Reading is in `published`, order and totals in `plays`,
number formats in `formats`, lines in `forest`, writing files in `site`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from reports import formats
from reports.forest import Scale, forest_svg, shared_scale, whole_scale
from reports.plays import (
    PLAY_BY_NAME,
    PLAYS,
    Play,
    PlayTotal,
    SellerList,
    change_in_words,
    check_ins_in_words,
    hours_in_words,
    is_thin,
    lot_in_words,
    play_totals,
    seller_lists,
    takes_time,
    verdict,
    verdict_for_all,
)
from reports.published import Check, Deal, PublishedWeek, Segment
from reports.unknowns import SHOWN, has_crm, sentence, unknowns, unmatched_revenue, verdict_without_deals

# Plays this report does not know are shown under their own name rather than dropped.
_OTHER_SHAPE = "\u25cf"


@dataclass(frozen=True)
class ScoreView:
    """One of the three small scores; `step` 0-20 is the length of its bar, None when unknown."""

    label: str
    text: str
    change: str
    step: int | None
    is_thin: bool


@dataclass(frozen=True)
class DealView:
    """One row of the list, as texts."""

    deal: Deal
    play: Play
    takes_time: bool
    rank: str
    change: str
    by_lot: str
    arr: str
    roi: str
    roi_interval: str
    loss: str
    caveat: str
    is_loss_likely: bool
    forest: Markup
    scores: tuple[ScoreView, ...]
    hours: str


@dataclass(frozen=True)
class SellerView:
    """One seller's group of rows with its verdict and capacity line; `index` keys the seller filter."""

    index: int
    seller: SellerList
    verdict: str
    above: tuple[DealView, ...]
    below: tuple[DealView, ...]


@dataclass(frozen=True)
class TileView:
    """One play tile."""

    play: Play
    count: str
    hours: str
    check_ins: str
    roi: str
    roi_note: str


@dataclass(frozen=True)
class SegmentView:
    """One line of the segments panel, as texts."""

    segment: Segment
    n: str
    survival: str
    survival_interval: str
    survival_forest: Markup
    contribution: str
    contribution_interval: str
    contribution_forest: Markup
    flag: str


@dataclass(frozen=True)
class CheckSummary:
    """The checks of the run: a sentence, the worst status, and the lines that are not plain passes first."""

    sentence: str
    worst: str
    checks: tuple[Check, ...]


def page_context(week: PublishedWeek, currency: str | None) -> dict[str, Any]:
    """All variables of `templates/this_week.html`.

    Args:
        week: the published week.
        currency: upper-case ISO code of the reporting currency; None writes bare numbers.
    """
    sellers = seller_lists(week.deals)
    scale = _roi_scale(week.deals)
    groups = tuple(_seller_view(index, seller, scale, currency) for index, seller in enumerate(sellers))
    ordered = [deal for group in groups for deal in group.seller.deals]
    survival_scale = Scale(0.0, 1.0)
    contribution_scale = shared_scale(
        [s.contribution_p05 for s in week.segments if s.contribution_p05 is not None],
        [s.contribution_p95 for s in week.segments if s.contribution_p95 is not None],
        cut=0.0,
    )
    not_known = [sentence(check) for check in unknowns(week.checks)]
    segments = sorted(week.segments, key=lambda s: (s.contribution_mean is None, -(s.contribution_mean or 0.0)))
    return {
        "as_of": formats.day(week.as_of_date),
        "week": formats.day(week.decision_week_on),
        "week_day": "" if week.decision_week_on is None else formats.weekday(week.decision_week_on),
        "run_id": week.run_id,
        "currency": currency,
        "verdict": verdict_for_all(week.deals, sellers) if week.deals else verdict_without_deals(week),
        "has_crm": has_crm(week.checks),
        "unknowns": not_known[:SHOWN],
        "more_unknowns": not_known[SHOWN:],
        "checks": check_summary(week.checks),
        "unmatched_revenue": unmatched_revenue(week.checks),
        "tiles": [_tile(total, currency) for total in play_totals(week.deals)],
        "plays": PLAYS,
        "groups": groups,
        "n_deals": len(week.deals),
        "segment_choices": sorted({(deal.segment_name, deal.segment_id) for deal in week.deals}),
        "segments": [_segment_view(s, survival_scale, contribution_scale) for s in segments],
        # Too close to zero, the two labels would run into each other.
        "axis_low": formats.money(scale.low, currency, compact=True) if scale.x(0.0) > 44 else "",
        "axis_mid": formats.money(scale.high / 4, currency, compact=True),
        "axis_mid_x": scale.x(scale.high / 4),
        "axis_high": formats.money(scale.high, currency, compact=True),
        "has_axis": any(deal.roi_expected_mean is not None for deal in week.deals),
        "axis_zero_x": scale.x(0.0),
        "data": Markup(_script_json(_page_data(groups, ordered, week, currency))),
    }


def check_summary(checks: Sequence[Check]) -> CheckSummary:
    """`38 checks passed, 2 warned`; lines of kind info are listed but not counted as checks."""
    if not checks:
        return CheckSummary("No checks recorded", "warn", ())
    n = Counter(check.status for check in checks)
    parts = [f"{formats.count(n['pass'], 'check')} passed"]
    parts += [f"{n[status]} {word}" for status, word in (("warn", "warned"), ("fail", "failed")) if n[status]]
    worst = next((status for status in ("fail", "warn") if n[status]), "pass")
    order = {"fail": 0, "warn": 1, "pass": 2, "info": 3}
    return CheckSummary(", ".join(parts), worst, tuple(sorted(checks, key=lambda c: order.get(c.status, 2))))


def deal_view(deal: Deal, scale: Scale, currency: str | None) -> DealView:
    """One row of the list; unknown economics read 'unknown' and draw no line."""
    mean, low, high = deal.roi_expected_mean, deal.roi_expected_p05, deal.roi_expected_p95
    is_known = mean is not None
    has_interval = low is not None and high is not None
    return DealView(
        deal=deal,
        play=PLAY_BY_NAME.get(deal.play, Play(deal.play, _OTHER_SHAPE, deal.play.lower(), "")),
        takes_time=takes_time(deal),
        rank="" if deal.rank is None else str(deal.rank),
        change=_change(deal),
        by_lot=lot_in_words(deal),
        arr=formats.money(deal.arr_amount, currency, compact=True),
        roi=formats.money(mean, currency, compact=True),
        roi_interval=(
            f"{formats.money(low, currency, compact=True)} to {formats.money(high, currency, compact=True)}"
            if has_interval
            else ""
        ),
        loss=f"{formats.probability(deal.p_expected_roi_negative)} chance of an average loss" if is_known else "",
        caveat="before support cost (unknown)" if is_known and deal.is_support_cost_unknown else "",
        is_loss_likely=(deal.p_expected_roi_negative or 0.0) >= 0.2,
        forest=(
            forest_svg(scale, float(mean), None if low is None else float(low), None if high is None else float(high))
            if mean is not None
            else Markup("")
        ),
        scores=(
            _score("Motion", deal.motion_score, deal.motion_change, deal.motion_evidence),
            _score("Risk", deal.risk_score, deal.risk_change, deal.risk_evidence),
            _score("Profit", deal.profitability_score, deal.profitability_change, deal.profitability_evidence),
        ),
        hours=hours_in_words(deal),
    )


def _change(deal: Deal) -> str:
    """The change since last week in a word or three; empty where there is none."""
    if deal.change_since_last_week in ("up", "down"):
        return f"{deal.change_since_last_week} from {deal.last_week_play}"
    return "new" if deal.change_since_last_week == "new" else ""


_NUMBER_LABELS = (
    "Economics",
    "Since last week",
    "Win chance",
    "Lifecycle value if won",
    "Card formula",
    "Cost to close",
    "Onboarding cost",
    "Gain over parking it",
    "Value per hour",
    "One more hour of the seller",
    "This one deal, 8 in 10",
    "Chance this deal loses money",
    "Paid back after",
    "Chance of the lot",
    "Close date",
    "In this stage",
    "Term",
    "Segment fit",
    "Hours, running total",
)


def _numbers(deal: Deal, currency: str | None) -> list[str]:
    """The figures behind a row, one per `_NUMBER_LABELS`; empty where there is none for this deal."""

    def amount(value: Decimal | None) -> str:
        return "" if value is None else formats.money(value, currency)

    gain = amount(deal.accelerate_roi_mean)
    if gain and deal.p_accelerate_positive is not None:
        gain += f", {formats.probability(deal.p_accelerate_positive)} sure it is a gain"
    return [
        "" if deal.is_economics_known else "unknown: too little is known to value this deal",
        change_in_words(deal) or deal.change_since_last_week,
        "" if deal.win_probability is None else formats.probability(deal.win_probability),
        amount(deal.lifecycle_value_mean),
        # the card lacks a term that the survival value does not need, such as the cost of acquiring a customer
        amount(deal.roi_card_formula) or ("unknown" if deal.is_economics_known else ""),
        amount(deal.cost_to_close),
        amount(deal.onboarding_cost),
        gain,
        amount(deal.value_per_hour),
        "" if deal.shadow_price is None else f"would bring {formats.money(deal.shadow_price, currency)}",
        _between(amount, deal.roi_realised_p10, deal.roi_realised_p90),
        "" if deal.p_realised_loss is None else formats.probability(deal.p_realised_loss),
        "" if deal.payback_month is None else formats.count(deal.payback_month, "month"),
        "" if deal.propensity is None else formats.probability(deal.propensity),
        "" if deal.close_on is None else formats.day(deal.close_on),
        "" if deal.stage_age_days is None else formats.count(int(deal.stage_age_days), "day"),
        deal.term_type or "",
        "" if deal.segment_confidence is None else formats.percent(deal.segment_confidence),
        "" if deal.cumulative_hours is None else formats.hours(deal.cumulative_hours),
    ]


def _score(label: str, value: float | None, change: float | None, evidence: float | None) -> ScoreView:
    return ScoreView(
        label=label,
        text=formats.score(value) if value is not None else "?",
        change=formats.change(change) if value is not None else "",
        step=None if value is None else max(0, min(20, round(value / 5))),
        is_thin=is_thin(evidence),
    )


def _seller_view(index: int, seller: SellerList, scale: Scale, currency: str | None) -> SellerView:
    return SellerView(
        index=index,
        seller=seller,
        verdict=verdict(seller),
        above=tuple(deal_view(deal, scale, currency) for deal in seller.above),
        below=tuple(deal_view(deal, scale, currency) for deal in seller.below),
    )


def _tile(total: PlayTotal, currency: str | None) -> TileView:
    note = ""
    if total.n_known:
        note = f"sum of the means of {formats.count(total.n_known, 'deal')}"
        if total.n_unknown:
            note += f"; {total.n_unknown} unknown left out"
    elif total.n_deals:
        note = "economics unknown"
    return TileView(
        play=total.play,
        count=str(total.n_deals),
        hours=formats.hours(total.hours),
        check_ins=check_ins_in_words(total.check_ins),
        roi=formats.money(total.roi_mean_sum, currency, compact=True) if total.n_deals else formats.NOTHING,
        roi_note=note,
    )


def _segment_view(segment: Segment, survival_scale: Scale, contribution_scale: Scale) -> SegmentView:
    s = segment
    flags = ["thin evidence"] if s.is_low_support else []
    if s.maturity_status is not None and s.maturity_status != "mature":
        flags.append({"immature": "young", "prior_only": "prior only"}.get(s.maturity_status, s.maturity_status))
    return SegmentView(
        segment=s,
        n=formats.NOTHING if s.n_mature_deals is None else f"{s.n_mature_deals:,}",
        survival=formats.percent(s.survival_12m_mean),
        survival_interval=_between(formats.percent, s.survival_12m_p05, s.survival_12m_p95),
        survival_forest=_line(survival_scale, s.survival_12m_mean, s.survival_12m_p05, s.survival_12m_p95),
        contribution=formats.ratio(s.contribution_mean),
        contribution_interval=_between(formats.ratio, s.contribution_p05, s.contribution_p95),
        contribution_forest=_line(contribution_scale, s.contribution_mean, s.contribution_p05, s.contribution_p95),
        flag=", ".join(flags),
    )


def _between(write: Any, low: Any, high: Any) -> str:
    return "" if low is None or high is None else f"{write(low)} to {write(high)}"


def _line(scale: Scale, mean: float | None, low: float | None, high: float | None) -> Markup:
    return Markup("") if mean is None else forest_svg(scale, mean, low, high)


def _roi_scale(deals: Sequence[Deal]) -> Scale:
    """A scale that holds every deal with hours this week whole; without such deals, every deal."""
    known = [deal for deal in deals if deal.roi_expected_p95 is not None]
    held = [deal for deal in known if takes_time(deal)] or known
    return whole_scale(
        [float(deal.roi_expected_p05) for deal in held if deal.roi_expected_p05 is not None],
        [float(deal.roi_expected_p95) for deal in held if deal.roi_expected_p95 is not None],
    )


def _page_data(
    groups: Sequence[SellerView], ordered: Sequence[Deal], week: PublishedWeek, currency: str | None
) -> dict[str, Any]:
    """What the page's script needs besides the rows: raw figures for the CSV, the folded details, tiles per
    seller.

    Every text comes written out, so that the script holds no second formatter. Details refer to `texts` by
    number: the same drivers come back on many deals, and written out they would be half of the page.
    """
    texts: dict[str, int] = {}

    def refer(found: Sequence[str]) -> list[int]:
        return [texts.setdefault(text, len(texts)) for text in found]

    details = [[refer(deal.drivers_up), refer(deal.drivers_down), refer(_numbers(deal, currency))] for deal in ordered]
    return {
        "week": "" if week.decision_week_on is None else week.decision_week_on.isoformat(),
        "columns": [name for name, _ in _CSV_NUMBERS],
        "rows": [[_raw(getattr(deal, field)) for _, field in _CSV_NUMBERS] for deal in ordered],
        "labels": _NUMBER_LABELS,
        "texts": list(texts),
        "details": details,
        "tiles": [
            [
                [t.count, t.hours, t.roi, t.roi_note, t.check_ins]
                for t in (_tile(x, currency) for x in play_totals(g.seller.deals))
            ]
            for g in groups
        ],
        "verdicts": [g.verdict for g in groups],
    }


# Column of the downloaded list -> field of Deal. Texts are taken from the rows themselves.
_CSV_NUMBERS = (
    ("opportunity_id", "opportunity_id"),
    ("rank", "rank"),
    ("arr_amount", "arr_amount"),
    ("roi_expected_mean", "roi_expected_mean"),
    ("roi_expected_p05", "roi_expected_p05"),
    ("roi_expected_p95", "roi_expected_p95"),
    ("p_expected_roi_negative", "p_expected_roi_negative"),
    ("motion_score", "motion_score"),
    ("risk_score", "risk_score"),
    ("profitability_score", "profitability_score"),
    ("suggested_hours", "suggested_hours"),
    ("allocated_hours", "allocated_hours"),
    ("line_reason", "line_reason"),
    ("is_randomised", "is_randomised"),
    ("propensity", "propensity"),
    ("shadow_price", "shadow_price"),
    ("last_week_play", "last_week_play"),
    ("change_since_last_week", "change_since_last_week"),
    ("change_reason", "change_reason"),
    ("cumulative_hours", "cumulative_hours"),
    ("capacity_hours", "capacity_hours"),
    ("is_above_line", "is_above_line"),
    ("value_per_hour", "value_per_hour"),
)


def _raw(value: Any) -> Any:
    """JSON form of a figure; decimals keep their digits as text, floats four places."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return round(value, 4)
    return str(value)


def _script_json(value: Any) -> str:
    """JSON that is safe inside a script element: no text in it can close the element or open a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
