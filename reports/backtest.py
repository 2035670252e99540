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
from orchestration.inference.backtest_limits import AMOUNTS, OURS, pooled_scores
from orchestration.inference.constants import POOLED
from orchestration.publishing.candidate import open_read_only

MART = "mart_model_backtest"
WIDTH = 80
TITLES = {
    "churn": "Customers that leave",
    "churn_monthly": "Customers that leave, month by month",
    "churn_new": "New customers that leave",
    "contribution": "Contribution per ARR",
    "contribution_new": "First year's contribution of new deals per ARR",
    "expansion": "Customers that expand",
    "expansion_new": "New customers that expand",
    "margin": "Gross margin per revenue",
    "support": "Support cost per ARR",
    "win": "Open deals that are won",
}
_MODELS = ("ours", "base_rate", "pooled_by_age", "last_year_size_industry", "card_formula", "gradient_boosting")
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
    """

    as_of: date | None
    segment_id: str
    origins: tuple[date, ...]
    rows: pd.DataFrame


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
    return Scorecard(as_of, segment or POOLED, origins, pooled_scores(scores))


def _chosen(scores: pd.DataFrame, column: str, wanted: str) -> pd.DataFrame:
    there = sorted(set(scores[column]))
    if wanted not in there:
        option = column.removesuffix("_id")
        raise WrongUse(f"--{option} {wanted!r} was not scored.", f"Use one of {', '.join(there)}.")
    return scores[scores[column] == wanted]


def render_scorecard(card: Scorecard, console: Console) -> None:
    """Print the scorecard in at most 80 columns: a block per quantity and horizon, ours first."""
    width = min(console.width, WIDTH)
    if card.rows.empty:
        console.print("Nothing was scored: no three months after any quarter start are complete.", width=width)
        return
    first, last = card.origins[0], card.origins[-1]
    span = f"{len(card.origins)} past quarter starts, {first} to {last}" if first != last else f"quarter start {first}"
    whose = "all customers" if card.segment_id == POOLED else f"segment {card.segment_id}"
    console.print(Text(f"Forecasts made again at {span}", style="bold"), width=width)
    console.print(f"{whose}, as of {card.as_of}; every model saw only what was known at its quarter start", width=width)
    for name in sorted(set(card.rows["quantity"])):
        of_quantity = card.rows[card.rows["quantity"] == name]
        for horizon in sorted(set(of_quantity["horizon_months"])):
            console.print()
            by_model = {row["model"]: row for row in of_quantity.to_dict("records") if row["horizon_months"] == horizon}
            _print_block(str(name), int(horizon), by_model, console, width)
    console.print()
    console.print(
        "ratio: came over expected. loss: log loss, or mean absolute error of amounts. gain: share of the base rate's "
        "loss saved. ECE: distance of forecast and share over ten bins, beside that of a perfect forecast. held: 90 % "
        "intervals, by segment and quarter, that held what came.",
        style="dim",
        width=width,
    )


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
    for name in ("ratio", "loss", "gain", "slope", "ECE (noise)", "held"):
        table.add_column(name, justify="right", no_wrap=True)
    for model in (*_MODELS, *sorted(set(rows) - set(_MODELS))):
        if model not in rows:
            continue
        row = rows[model]
        skill = row["mean_absolute_error_skill"] if is_amount else row["log_loss_skill"]
        ece = _number(row["ece"], 3)
        held = f"{row['interval_cover']:.0%} of {row['n_intervals']:.0f}" if _is_known(row["interval_cover"]) else ""
        table.add_row(
            f"  {model.replace('_', ' ')}",
            _number(row["o_e"], 2),
            _number(row["mean_absolute_error"] if is_amount else row["log_loss"], 3),
            f"{skill:+.0%}" if _is_known(skill) else "",
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
