"""An explained deal as people and programs read it: at most 100 columns in the terminal, a tree for JSON, rows for CSV.

Belongs here: wording, widths and order of what `reports.explain_deal` found.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestration.errors import CheckFailed
from reports import formats
from reports.explain_deal import DealExplanation
from reports.plays import PLAY_BY_NAME, is_thin
from reports.published import Row

_WIDTH = 100
_QUESTIONS = {
    "enter": "Let this customer in?",
    "accelerate": "Speed this deal up?",
    "concede": "Accept a concession?",
}
_DRIVERS = {
    "size": "Size of the deal (ARR)",
    "value_per_arr": "What such ARR is worth over a life",
    "win_probability": "Chance of winning",
    "onboarding_cost": "Cost of onboarding",
    "cost_to_close": "Selling hours still ahead",
    "mix": "Large deals are not the surest (segment's mix)",
}
_SHARES = {"p_negative", "p_incremental", "segment_confidence"}
_MONEY = {"roi", "value_per_hour", "amount"}


def require_deal_sums(found: DealExplanation) -> None:
    """Raise unless every level makes up the one above.

    Raises:
        CheckFailed: names each level that does not.
    """
    failed = [check for check in found.checks if not check.is_passed]
    if failed:
        listed = "; ".join(f"{check.claim}: {check.above} above, {check.below} below" for check in failed)
        raise CheckFailed(
            f"{len(failed)} of {len(found.checks)} sums do not hold: {listed}.",
            "Build again; if it stays, the model of the first one named is wrong.",
        )


def deal_as_tree(found: DealExplanation) -> dict[str, Any]:
    """Everything that was found, for JSON: every published column, money as text with all its digits."""
    return {
        "play": _plain(found.play),
        "on_the_list": _plain(found.listed),
        "gates": [_plain(row) for row in found.gates],
        "scores": [_plain(row) for row in found.scores],
        "roi": _plain(found.roi),
        "roi_drivers": [_plain(row) for row in found.drivers],
        "decisions": [_plain(row) for row in found.decisions],
        "evidence": [_plain(row) for row in found.evidence],
        "checks": [
            {"claim": one.claim, "above": str(one.above), "below": str(one.below), "is_passed": one.is_passed}
            for one in found.checks
        ],
    }


def deal_as_rows(found: DealExplanation) -> list[dict[str, Any]]:
    """The source records behind the scores as flat rows for CSV."""
    return [_plain(row) for row in found.evidence]


def _plain(row: Row) -> dict[str, Any]:
    return {
        name: str(value)
        if isinstance(value, Decimal)
        else value.isoformat()
        if isinstance(value, date | datetime)
        else value
        for name, value in row.items()
    }


def render_deal(found: DealExplanation, console: Console, *, limit: int, currency: str | None) -> None:
    """Write the verdict, then what stands behind it, from the play down to single records.

    Args:
        found: what was found.
        console: where to.
        limit: at most this many records; 0 shows all.
        currency: upper-case ISO code of the reporting currency; None writes bare numbers.
    """
    width = min(console.width, _WIDTH)
    _print_verdict(found, console, width, currency)
    _print_gates(found.gates, console, width, currency)
    _print_scores(found, console, width)
    _print_worth(found, console, width, currency)
    _print_decisions(found.decisions, found.play, console, width, currency)
    _print_evidence(found.evidence, console, width, limit)
    _print_checks(found, console, width)


def _print_verdict(found: DealExplanation, console: Console, width: int, currency: str | None) -> None:
    play, listed = found.play, found.listed
    shape = PLAY_BY_NAME[play["play"]].shape if play["play"] in PLAY_BY_NAME else "?"
    name = play["opportunity_name"] or "a deal without a name"
    console.print(Text(f"{shape} {play['play']}: {name}", style="bold"), width=width)
    about = (
        play["owner_name"],
        play["stage_name"],
        f"close date {formats.day(play['close_on'])}",
        f"ARR {formats.money(play['arr_amount'], currency, compact=True)}",
        f"segment {play['segment_name'] or play['segment_id'] or formats.UNKNOWN}",
        play["opportunity_id"],
    )
    console.print(Text(" · ".join(str(one) for one in about if one), style="dim"), width=width)
    given = listed["allocated_hours"] or listed["suggested_hours"]
    place = "above" if listed["is_above_line"] else "below"
    how = {
        "drawn": " by lot",
        "spare_time": " in spare time: no play asks for them, and they bring more than they cost",
    }
    hours = f"{formats.hours(given)} this week{how.get(listed['line_reason'], '')}"
    lines = (
        ("Do this", play["next_action"]),
        ("Why", play["deciding_rule_sentence"]),
        ("Rule", _rule(play, currency)),
        ("For it", _joined(play["driver_up_1"], play["driver_up_2"])),
        ("Against it", _joined(play["driver_down_1"], play["driver_down_2"])),
        ("What flips it", play["flip_sentence"]),
        ("Since last week", _since(listed)),
        ("Hours", f"{hours}, number {listed['rank']} on the list, {place} the line"),
    )
    grid = Table(box=None, show_header=False, padding=(0, 1, 0, 0), pad_edge=False, width=width)
    grid.add_column(width=16, style="bold")
    grid.add_column(ratio=1, overflow="fold")
    for name, words in lines:
        grid.add_row(name, Text(str(words) if words else formats.NOTHING))
    console.print(grid)


def _rule(play: Row, currency: str | None) -> str:
    words = str(play["deciding_rule"])
    metric, value, threshold = play["deciding_metric"], play["deciding_value"], play["deciding_threshold"]
    if value is None or threshold is None:
        return words
    return f"{words}: {metric} {_metric(metric, value, currency)} against {_metric(metric, threshold, currency)}"


def _metric(metric: str, value: Any, currency: str | None) -> str:
    if value is None:
        return formats.UNKNOWN
    if metric in _SHARES:
        return formats.percent(value, 1)
    if metric in _MONEY:
        return formats.money(value, currency)
    return formats.ratio(value, 1)


def _joined(*words: str | None) -> str:
    return "; ".join(word for word in words if word)


def _since(listed: Row) -> str:
    change = {"new": "new on the list", "up": "moved up", "down": "moved down", "same": "the same"}
    words = change.get(str(listed.get("change_since_last_week")), formats.UNKNOWN)
    before, reason = listed.get("last_week_play"), listed.get("change_reason")
    return words + (f" (was {before})" if before else "") + (f": {reason}" if reason else "")


def _table(console: Console, width: int, title: str, *columns: tuple[str, int, bool]) -> Table:
    """A table whose first column takes what is left; each other one has name, width and whether it holds numbers."""
    console.print()
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold", pad_edge=False, width=width)
    table.add_column(title, ratio=1, overflow="fold")
    for name, size, is_number in columns:
        table.add_column(name, justify="right" if is_number else "left", width=size)
    return table


def _print_gates(gates: Sequence[Row], console: Console, width: int, currency: str | None) -> None:
    if not gates:
        return
    title = "Gates" if not any(gate["has_hard_event"] for gate in gates) else "Gates (this week counts alone)"
    table = _table(
        console, width, title, ("This week", 11, True), ("Smoothed", 11, True), ("Opens", 13, True),
        ("Closes", 13, True), ("State", 8, False),
    )  # fmt: skip
    for gate in gates:
        metric, sign = gate["metric"], "≤" if gate["is_upper_limit"] else "≥"
        shown = [_metric(metric, gate[name], currency) for name in ("raw_value", "smoothed_value")]
        limits = [_metric(metric, gate[name], currency) for name in ("open_value", "leave_value")]
        away = ">" if gate["is_upper_limit"] else "<"
        state = formats.UNKNOWN if gate["is_open"] is None else "open" if gate["is_open"] else "closed"
        name = gate["gate_label"] + (f", else {gate['play_when_closed']}" if gate["play_when_closed"] else "")
        table.add_row(name, *shown, f"{sign} {limits[0]}", f"{away} {limits[1]}", state)
    console.print(table)


def _print_scores(found: DealExplanation, console: Console, width: int) -> None:
    for dimension in ("motion", "risk", "profitability"):
        score, evidence = found.play[f"{dimension}_score"], found.play[f"{dimension}_evidence"]
        change = formats.change(found.play[f"{dimension}_change"])
        parts = [row for row in found.scores if row["dimension"] == dimension]
        title = f"{dimension.capitalize()} {formats.score(score)}"
        title += f" ({change} in a week)" if change else ""
        title += f", {formats.percent(evidence)} of the signals known" + (" (thin)" if is_thin(evidence) else "")
        table = _table(console, width, title, ("Value", 12, True), ("Of 100", 7, True), ("Weight", 7, True))
        for row in parts:
            name = str(row["phrase"] or row["component"].replace("_", " "))
            value = formats.UNKNOWN if row["raw_value"] is None else formats.ratio(row["raw_value"], 2)
            own = formats.NOTHING if row["component_score"] is None else formats.score(row["component_score"])
            table.add_row(Text(name, style="" if row["is_known"] else "dim"), value, own, f"{float(row['weight']):.0f}")
        console.print(table)


def _print_worth(found: DealExplanation, console: Console, width: int, currency: str | None) -> None:
    roi = found.roi
    if not roi or roi.get("roi_expected_mean") is None:
        console.print()
        console.print(Text("Worth: unknown, so no number is made up.", style="bold"), width=width)
        return

    def money(name: str) -> str:
        return formats.money(roi.get(name), currency)

    table = _table(console, width, "Worth", ("", 18, True))
    low, high = money("roi_expected_p05"), money("roi_expected_p95")
    lines: list[tuple[str, str]] = [
        ("Chance of winning", formats.probability(roi["win_probability"])),
        ("Worth over the customer's life, if won", money("lifecycle_value_mean")),
        ("Cost of the selling hours still ahead", money("cost_to_close")),
        ("Expected lifecycle ROI: chance times worth, less that cost", money("roi_expected_mean")),
        (f"  such deals on average, 90 % sure: {low} to {high}", ""),
        ("  chance that such deals lose money on average", formats.probability(roi["p_expected_roi_negative"])),
    ]
    if roi.get("roi_realised_p10") is not None:
        ends = f"{money('roi_realised_p10')} to {money('roi_realised_p90')}"
        lines += [
            (f"  this very deal, luck included, 8 in 10: {ends}", ""),
            ("  chance that this very deal ends below zero", formats.probability(roi["p_realised_loss"])),
        ]
    lines += [
        ("With acquisition cost already spent (reported, no part of the choice)", money("roi_reported_mean")),
        ("Worth of an hour spent on it", money("value_per_hour")),
        ("Month in which it has paid back", _whole(roi.get("payback_month"))),
        ("Card formula: (ARR × margin rate − support) × years × renewal − CAC", money("roi_card_formula")),
        (f"  {_card(roi, currency)}", ""),
    ]
    for name, value in lines:
        table.add_row(name, value)
    console.print(table)
    if found.drivers:
        table = _table(
            console, width, "From the segment's typical deal to this one", ("There", 14, True), ("Here", 14, True),
            ("Moves ROI by", 14, True),
        )  # fmt: skip
        for row in found.drivers:
            there, here = (_driver_value(row, name, currency) for name in ("segment_value", "deal_value"))
            table.add_row(
                _DRIVERS.get(row["driver"], str(row["driver"]).replace("_", " ")),
                there,
                here,
                formats.money(row["amount"], currency),
            )
        console.print(table)


def _whole(value: Any) -> str:
    return "not within five years" if value is None else f"{value}"


def _card(roi: Row, currency: str | None) -> str:
    names = ("arr_amount", "gross_margin_rate", "annual_support_cost", "life_years", "renewal_rate", "cac_amount")
    if any(roi.get(name) is None for name in names):
        return "some of its terms are unknown"
    arr, support, cac = (
        formats.money(roi[name], currency) for name in ("arr_amount", "annual_support_cost", "cac_amount")
    )
    return (
        f"({arr} × {formats.percent(roi['gross_margin_rate'], 1)} − {support}) × {float(roi['life_years']):.2f} "
        f"× {formats.percent(roi['renewal_rate'], 1)} − {cac}"
    )


def _driver_value(row: Row, name: str, currency: str | None) -> str:
    value = row.get(name)
    if value is None:
        return formats.NOTHING
    if row["unit"] == "probability":
        return formats.percent(value, 1)
    return formats.ratio(value) if row["unit"] == "per 1 of ARR" else formats.money(value, currency)


def _print_decisions(decisions: Sequence[Row], play: Row, console: Console, width: int, currency: str | None) -> None:
    for question, title in _QUESTIONS.items():
        rows = [row for row in decisions if row["question"] == question]
        if not rows:
            continue
        table = _table(console, width, title, ("Answer", 8, False), ("Brings", 12, True), ("P(> 0)", 7, True))
        for row in rows:
            words = Text(str(row["option_label"]))
            words.append(f"\n{row['answer_sentence']}", style="dim")
            if row["break_even_sentence"]:
                words.append(f"\n{row['break_even_sentence']}", style="dim")
            brings = formats.money(row["incremental_roi_mean"], currency, compact=True)
            answer = str(row["answer"]).replace("_", " ")
            table.add_row(words, answer, brings, formats.probability(row["p_incremental_positive"]))
        console.print(table)
        if question == "accelerate" and play["play"] == "Park" and any(row["answer"] == "yes" for row in rows):
            why = f"Parked all the same: {play['deciding_rule_sentence']}. Hours go to it first once that changes."
            console.print(Text(why), width=width)


def _print_evidence(evidence: Sequence[Row], console: Console, width: int, limit: int) -> None:
    if not evidence:
        console.print()
        console.print(Text("No record stands behind it.", style="bold"), width=width)
        return
    table = _table(console, width, "Records behind it", ("Day", 11, False), ("Record", 36, False))
    shown = evidence[:limit] if limit else evidence
    for row in shown:
        what = f"{row['evidence_kind'].replace('_', ' ')}: {row['detail']}"
        record = Text(formats.cut(str(row["record_id"]), 36))
        record.append(f"\n{row['source_table']}", style="dim")
        table.add_row(what, formats.day(row["happened_on"]), record)
    console.print(table)
    if len(shown) < len(evidence):
        rest = formats.count(len(evidence) - len(shown), "more record")
        console.print(Text(f"and {rest}: --limit 0 shows all, --csv writes them.", style="dim"), width=width)


def _print_checks(found: DealExplanation, console: Console, width: int) -> None:
    if not found.checks:
        return
    console.print()
    failed = [check for check in found.checks if not check.is_passed]
    if not failed:
        words = f"Every number above is made up of what stands under it: {len(found.checks)} sums, 0 off."
        console.print(Text(words, style="green"), width=width)
    for check in failed:
        console.print(Text(f"Off: {check.claim}: {check.above} above, {check.below} below", style="red"), width=width)
