"""What past forecasts were worth, for `segments backtest`: ours beside simpler ones, pooled over the origins.

Belongs here: reading the published scores, choosing and laying them out. How they are pooled is decided in
`orchestration/inference/backtest_limits`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestration.errors import InputError, WrongUse
from orchestration.inference.backtest_limits import AMOUNTS, APART, DEAL_COVER, MIN_INTERVALS, OURS, pooled_scores
from orchestration.inference.backtest_metrics import MIN_JUDGED
from orchestration.inference.constants import POOLED
from orchestration.publishing.candidate import open_read_only

MART = "mart_model_backtest"
CHECKS = "mart_data_quality"
WIDTH = 80
TITLES = {
    "churn": "Customers that leave",
    "churn_monthly": "Customers that leave, month by month",
    "churn_new": "New customers that leave",
    "contribution": "Contribution per ARR",
    "contribution_deal": "Single deals' first year per ARR, 80 % intervals",
    "contribution_new": "First year's contribution of new deals per ARR",
    "expansion": "Customers that expand",
    "expansion_new": "New customers that expand",
    "margin": "Gross margin per revenue",
    "support": "Support cost per ARR",
    "win": "Open deals that are won",
}
_MODELS = ("ours", "base_rate", "pooled_by_age", "last_year_size_industry", "card_formula", "gradient_boosting")
_LEGEND = (
    "qtrs: quarter starts a forecast could be made at. ratio: came over expected. loss: log loss, or mean absolute "
    "error of amounts. saved: share of that forecast's loss that ours saves, on the quarter starts both have; below "
    "zero, that is better. slope: 1 is right, below 1 too extreme. ECE: distance of forecast and share over ten "
    "bins, beside that of a perfect forecast. held: 90 % intervals, by segment and quarter, that held what came."
)
_KEY = "origin_on, horizon_months, quantity, segment_id, model, metric"
_COLUMNS = f"{_KEY}, value, noise_floor, n_observed, n_events, as_of_date"


@dataclass(frozen=True)
class Scorecard:
    """Pooled scores of what was asked for.

    Attributes:
        as_of: day of the published version; None when nothing was scored.
        segment_id: the segment shown, 'all' for everybody.
        origins: quarter starts that were scored, oldest first.
        rows: one row per quantity, horizon and model, as `pooled_scores` gives them.
        verdicts: check_name, status and detail of every limit; empty where only a part was asked for, since limits
            hold for all customers and quarter starts together.
    """

    as_of: date | None
    segment_id: str
    origins: tuple[date, ...]
    rows: pd.DataFrame
    verdicts: tuple[dict[str, str], ...] = ()


def read_scorecard(
    current: Path, *, quantity: str | None = None, segment: str | None = None, origin: str | None = None
) -> Scorecard:
    """Read and pool the published scores.

    Args:
        current: the published file.
        quantity: only this quantity; None takes all.
        segment: a segment id; None takes all customers together.
        origin: a quarter start as YYYY-MM or YYYY-MM-DD; None pools all of them.

    Raises:
        InputError: nothing is published, or the published version has no backtest.
        WrongUse: no such quantity, segment or origin; the message names those there are.
    """
    if not current.exists():
        raise InputError("Nothing is published yet.", "Run `segments build` first.")
    with open_read_only(current.resolve(), "published") as connection:
        tables = {str(row[0]) for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
        if MART not in tables:
            raise InputError(f"The published version has no {MART}.", "Run `segments build` again.")
        scores = connection.execute(f"select {_COLUMNS} from published.marts.{MART} order by all").df()
        verdicts: tuple[dict[str, str], ...] = ()
        if CHECKS in tables and quantity is segment is origin is None:
            found = connection.execute(
                f"select check_name, status, detail from published.marts.{CHECKS} "
                "where starts_with(check_name, 'backtest_') order by check_name"
            ).fetchall()
            verdicts = tuple(dict(zip(("check_name", "status", "detail"), row, strict=True)) for row in found)
    as_of = None if scores.empty else pd.Timestamp(scores["as_of_date"].iloc[0]).date()
    scores["origin_on"] = pd.to_datetime(scores["origin_on"])
    for column, wanted in (("quantity", quantity), ("segment_id", segment or POOLED)):
        if wanted is not None and not scores.empty:
            scores = _chosen(scores, column, wanted)
    if origin is not None and not scores.empty:
        text = scores["origin_on"].dt.strftime("%Y-%m-%d")
        there = sorted(set(text))
        if not text.str.startswith(origin).any() or len(origin) < len("2026-01"):
            raise WrongUse(
                f"--origin {origin!r} is no quarter start that was scored.", f"Use one of {', '.join(there)}."
            )
        scores = scores[text.str.startswith(origin)]
    origins = tuple(day.date() for day in sorted(scores["origin_on"].unique()))
    return Scorecard(as_of, segment or POOLED, origins, pooled_scores(scores), verdicts)


def _chosen(scores: pd.DataFrame, column: str, wanted: str) -> pd.DataFrame:
    there = sorted(set(scores[column]))
    if wanted not in there:
        option = column.removesuffix("_id")
        raise WrongUse(f"--{option} {wanted!r} was not scored.", f"Use one of {', '.join(there)}.")
    return scores[scores[column] == wanted]


def as_record(card: Scorecard) -> dict[str, Any]:
    """Return the scorecard as plain values for JSON; what does not apply is None."""
    rows = [
        {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()}
        for row in card.rows.to_dict("records")
    ]
    return {
        "as_of": None if card.as_of is None else card.as_of.isoformat(),
        "segment_id": card.segment_id,
        "origins": [day.isoformat() for day in card.origins],
        "verdicts": list(card.verdicts),
        "scores": rows,
    }


def render_scorecard(card: Scorecard, console: Console) -> None:
    """Print the scorecard in at most 80 columns: verdict, legend, then a block per quantity and horizon, ours first."""
    width = min(console.width, WIDTH)
    if card.rows.empty:
        console.print("Nothing was scored: no three months after any quarter start are complete.", width=width)
        return
    first, last = card.origins[0], card.origins[-1]
    span = f"{len(card.origins)} past quarter starts, {first} to {last}" if first != last else f"quarter start {first}"
    whose = "all customers" if card.segment_id == POOLED else f"segment {card.segment_id}"
    console.print(Text(f"Forecasts made again at {span}", style="bold"), width=width)
    console.print(f"{whose}, as of {card.as_of}; every model saw only what was known at its quarter start", width=width)
    if card.verdicts:
        console.print()
        _print_verdict(card.verdicts, console, width)
    console.print()
    console.print(_LEGEND, style="dim", width=width)
    for name in sorted(set(card.rows["quantity"])):
        of_quantity = card.rows[card.rows["quantity"] == name]
        for horizon in sorted(set(of_quantity["horizon_months"])):
            console.print()
            by_model = {row["model"]: row for row in of_quantity.to_dict("records") if row["horizon_months"] == horizon}
            _print_block(str(name), int(horizon), by_model, console, width)


def _print_verdict(verdicts: tuple[dict[str, str], ...], console: Console, width: int) -> None:
    """Print three lines: what holds, what does not, and what cannot be judged and why."""
    named = {
        status: [row for row in verdicts if row["status"] == status] for status in ("pass", "warn", "fail", "info")
    }
    console.print(f"Holds: {_names(named['pass'])}.", style="green", width=width)
    wrong = [*named["fail"], *named["warn"]]
    text = "; ".join(row["detail"] for row in wrong) or "nothing"
    console.print(f"Warns: {text}.", style="yellow" if wrong else "green", width=width)
    if thin := named["info"]:
        apart = [row for row in thin if APART in row["detail"]]
        hint = f" Outside their limits so far: {_names(apart)}." if apart else ""
        console.print(
            f"Cannot be judged yet: {_names(thin)}: fewer than {MIN_JUDGED} events, or customers without one, that do "
            f"not count twice, or fewer than {MIN_INTERVALS} intervals.{hint}",
            width=width,
        )


def _names(rows: list[dict[str, str]]) -> str:
    return ", ".join(row["check_name"].removeprefix("backtest_").replace("_", " ") for row in rows) or "nothing"


def _print_block(quantity: str, horizon: int, rows: dict[str, dict[str, Any]], console: Console, width: int) -> None:
    ours = rows[OURS]
    is_amount = quantity in AMOUNTS
    observed = f"{ours['n_observed']:,}"
    counted = f"{observed} observed" if is_amount else f"{ours['n_events']:,} of {observed}"
    console.print(Text(f"{TITLES.get(quantity, quantity)}, {horizon} months: {counted}", style="bold"), width=width)
    if not ours["is_judged"]:
        few = f"{ours['n_distinct']:,.0f} customers" if is_amount else f"{ours['n_distinct_events']:,.0f} events"
        console.print(f"  too few to judge: about {few} without overlap, 200 are needed", style="yellow", width=width)
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("  forecast", no_wrap=True, min_width=25)
    for name in ("qtrs", "ratio", "loss", "saved", "slope", "ECE (noise)", "held"):
        table.add_column(name, justify="right", no_wrap=True)
    for model in (*_MODELS, *sorted(set(rows) - set(_MODELS))):
        if model not in rows:
            continue
        row = rows[model]
        saved = row["saved_by_ours"]
        ece = _number(row["ece"], 3)
        held = f"{row['interval_cover']:.0%} of {row['n_intervals']:.0f}" if _is_known(row["interval_cover"]) else ""
        if _is_known(row[DEAL_COVER]):
            held = f"{row[DEAL_COVER]:.0%} of {row['n_observed']}"
        table.add_row(
            f"  {model.replace('_', ' ')}",
            str(row["n_origins"]),
            _number(row["o_e"], 2),
            _number(row["mean_absolute_error"] if is_amount else row["log_loss"], 3),
            f"{saved:+.0%}" if model != OURS and _is_known(saved) else "",
            _number(row["calibration_slope"], 2),
            f"{ece} ({_number(row['ece_noise_floor'], 3)})" if ece else "",
            held,
            style=None if model == OURS else "dim",
        )
    console.print(table, width=width)


def _is_known(value: float) -> bool:
    return not math.isnan(value)


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if _is_known(value) else ""
