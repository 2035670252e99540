"""From scores of single origins to one verdict per limit: pass, warn, fail, or too few to say.

Origins three months apart and horizons of twelve overlap: the same churn is then an event of four origins. Counts that
decide whether there is enough to judge are divided by that overlap; the pooled figures themselves are not.
"""

from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from orchestration.errors import CheckFailed
from orchestration.inference.backtest_baselines import BASE_RATE
from orchestration.inference.backtest_metrics import MIN_JUDGED
from orchestration.inference.constants import POOLED, model_version
from orchestration.inference.frames import require_columns

TABLE: Final = "backtest_score"
LIMITS: Final = "backtest_limit"
OURS: Final = "ours"
COVER: Final = "interval_cover"
DEAL_COVER: Final = "deal_interval_cover"
AMOUNTS: Final = ("margin", "support", "contribution", "contribution_new", "contribution_deal")
KEY: Final = ["quantity", "horizon_months", "segment_id", "model"]
_ORIGIN_STEP_MONTHS = 3
# Intervals of fewer segments and quarters than this say nothing about how often they hold.
MIN_INTERVALS: Final = 20
# Words of a verdict that is too thin to judge and yet beyond its limits.
APART: Final = " but too few to judge"
_COLUMNS = ("origin_on", *KEY, "metric", "value", "noise_floor", "n_observed", "n_events")


def _weighted(frame: pd.DataFrame, value: str, weight: str) -> pd.Series:
    """Mean of a column by key, weighted; rows without a value are left out."""
    rows = frame[frame[value].notna() & (frame[weight] > 0)]
    rows = rows.assign(product=rows[value] * rows[weight])
    sums = rows.groupby(KEY)[["product", weight]].sum()
    return sums["product"] / sums[weight]


def pooled_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """One row per quantity, horizon, segment and model over all origins in `scores`.

    Returns:
        n_origins, n_observed, n_events (sums), n_distinct and n_distinct_events (divided by the overlap of horizons),
        o_e (sum over sum), log_loss, ece, ece_noise_floor, mean_absolute_error (means weighted by what was observed),
        calibration_slope (weighted by what each origin's forecasts can tell of it), log_loss_skill and
        mean_absolute_error_skill (against base_rate) and saved_by_ours (share of this model's loss that ours saves),
        each over the origins that both have; interval_cover with n_intervals, deal_interval_cover, is_judged. NaN where
        a metric does not apply.

    Raises:
        CheckFailed: a column is absent.
    """
    require_columns(scores, TABLE, _COLUMNS)
    by = {str(name): rows for name, rows in scores.groupby("metric")}
    empty = scores.iloc[:0]
    ratio = by.get("observed", empty)
    out = ratio.groupby(KEY).agg(
        n_origins=("origin_on", "nunique"), n_observed=("n_observed", "sum"), n_events=("n_events", "sum")
    )
    horizon = out.index.get_level_values("horizon_months").to_numpy(dtype=np.float64)
    overlap = np.minimum(out["n_origins"], np.maximum(1.0, horizon / _ORIGIN_STEP_MONTHS))
    out["n_distinct"], out["n_distinct_events"] = out["n_observed"] / overlap, out["n_events"] / overlap
    is_amount = out.index.get_level_values("quantity").isin(AMOUNTS)
    n_other = out["n_distinct"].where(is_amount, out["n_distinct"] - out["n_distinct_events"])
    out["is_judged"] = (out["n_distinct_events"] >= MIN_JUDGED) & (n_other >= MIN_JUDGED)
    # counts add up as they are; amounts per 1 of a base are weighted by how many customers they speak of
    weight = np.where(ratio["quantity"].isin(AMOUNTS), ratio["n_observed"], 1.0)
    expected = by.get("expected", empty)
    weight_expected = np.where(expected["quantity"].isin(AMOUNTS), expected["n_observed"], 1.0)
    came = ratio.assign(total=ratio["value"] * weight).groupby(KEY)["total"].sum()
    due = expected.assign(total=expected["value"] * weight_expected).groupby(KEY)["total"].sum()
    out["o_e"] = came / due.where(due > 1e-9)
    for metric in ("log_loss", "mean_absolute_error", "ece", DEAL_COVER):
        out[metric] = _weighted(by.get(metric, empty), "value", "n_observed")
    # as one regression over all origins, each with a level of its own: by inverse variance, so that a slope which two
    # events drove to -97 counts what two events tell
    slope = by.get("calibration_slope", empty)
    error = slope["noise_floor"].astype(np.float64)
    out["calibration_slope"] = _weighted(slope.assign(weight=error.where(error > 0) ** -2.0), "value", "weight")
    out["ece_noise_floor"] = _weighted(by.get("ece", empty), "noise_floor", "n_observed")
    for metric in ("log_loss", "mean_absolute_error"):
        out[f"{metric}_skill"] = _saved(by.get(metric, empty), BASE_RATE)
    losses = [by.get(metric, empty) for metric in ("log_loss", "mean_absolute_error")]
    # what others would save of ours, the other way round
    ratio_to_ours = 1.0 - _saved(pd.concat(losses), OURS)
    out["saved_by_ours"] = 1.0 - 1.0 / ratio_to_ours.where(ratio_to_ours > 0)
    cover = by.get(COVER, empty)
    out["n_intervals"] = cover.groupby(KEY)["n_observed"].sum()
    one = cover["segment_id"] != POOLED
    out.loc[out.index.get_level_values("segment_id") != POOLED, "n_intervals"] = cover[one].groupby(KEY).size()
    weights = cover.assign(weight=np.where(one, 1.0, cover["n_observed"]))
    out[COVER] = _weighted(weights, "value", "weight")
    return out.reset_index()


def _saved(rows: pd.DataFrame, reference: str) -> pd.Series:
    """Share of a reference model's loss that a model saves, over the origins where both are known."""
    key = ["origin_on", *KEY[:3]]
    usual = rows[rows["model"] == reference][[*key, "value"]].rename(columns={"value": "usual"})
    both = rows.merge(usual, on=key, how="inner")
    both = both.assign(loss=both["value"] * both["n_observed"], usual=both["usual"] * both["n_observed"])
    sums = both.groupby(KEY)[["loss", "usual"]].sum()
    return 1.0 - sums["loss"] / sums["usual"].where(sums["usual"] > 0)


def _is_outside(value: float, low: float, high: float) -> bool:
    """Comparisons with an empty limit (NaN) are false."""
    return bool(value < low or value > high)


def _range(low: float, high: float) -> str:
    if np.isnan(high):
        return f"at least {low:g}"
    return f"at most {high:g}" if np.isnan(low) else f"{low:g} to {high:g}"


def verdicts(scores: pd.DataFrame, limits: pd.DataFrame, *, as_of: date, seed: int) -> pd.DataFrame:
    """Judge every limit on the forecasts of this company's past.

    A limit fails, and stops the publication, only where the forecast is proven wrong: outside the block limits pooled
    and at the newest origin, on enough events, and (ratios) no better than the base rate. It warns outside the warn
    limits. With too few events the status is `info` and the value is given, or NaN where there is none.

    Returns:
        The table backtest_verdict, one row per row of `limits`, sorted by check_name.

    Raises:
        CheckFailed: a column absent, or a limit on a metric nobody measures.
    """
    names = ("check_name", "quantity", "horizon_months", "metric", "meaning")
    bounds = ("warn_below", "warn_above", "block_below", "block_above")
    require_columns(limits, LIMITS, (*names, *bounds))
    pooled = pooled_scores(scores)
    known = set(pooled.columns)
    ours = pooled[(pooled["model"] == OURS) & (pooled["segment_id"] == POOLED)]
    rows = []
    for limit in limits.sort_values("check_name").to_dict("records"):
        quantity, horizon, metric = str(limit["quantity"]), int(limit["horizon_months"]), str(limit["metric"])
        if metric not in known:
            raise CheckFailed(
                f"Seed {LIMITS}, column metric, row {limit['check_name']}: {metric} is not measured.",
                f"Use one of {', '.join(sorted(known - set(KEY)))}.",
            )
        warn_low, warn_high, low, high = (
            float(limit[name]) if pd.notna(limit[name]) else float("nan") for name in bounds
        )
        found = ours[(ours["quantity"] == quantity) & (ours["horizon_months"] == horizon)]
        value = float(found[metric].iloc[0]) if len(found) else float("nan")
        row = found.iloc[0] if len(found) else None
        status, detail = "info", f"{limit['meaning']}: the past is too short to tell"
        if row is not None and not np.isnan(value):
            enough = row["n_intervals"] >= MIN_INTERVALS if metric == COVER else bool(row["is_judged"])
            words = (
                f"{limit['meaning']}: {value:.2f} over {int(row['n_origins'])} origins, {int(row['n_distinct']):,} "
                f"observed once, {int(row['n_distinct_events']):,} of them events"
            )
            newest = _newest(scores, quantity, horizon, metric)
            is_worse = bool(
                metric in (COVER, DEAL_COVER)
                or (row["mean_absolute_error_skill"] if quantity in AMOUNTS else row["log_loss_skill"]) <= 0.0
            )
            if not enough:
                is_apart = _is_outside(value, warn_low, warn_high)
                detail = words + (
                    f"; outside {_range(warn_low, warn_high)}{APART}" if is_apart else "; too few to judge"
                )
            elif _is_outside(value, low, high) and _is_outside(newest, low, high) and is_worse:
                status = "fail"
                detail = f"{words}; proven wrong outside {_range(low, high)}, newest origin {newest:.2f}"
            elif _is_outside(value, warn_low, warn_high):
                status, detail = "warn", f"{words}; expected {_range(warn_low, warn_high)}"
            else:
                status, detail = "pass", f"{words}; within {_range(warn_low, warn_high)}"
        rows.append(
            {
                "check_name": str(limit["check_name"]),
                "quantity": quantity,
                "horizon_months": horizon,
                "metric": metric,
                "status": status,
                "value": value,
                "n_observed": 0 if row is None else int(row["n_observed"]),
                "n_events": 0 if row is None else int(row["n_events"]),
                "detail": detail,
            }
        )
    frame = pd.DataFrame(
        rows,
        columns=[*names[:4], "status", "value", "n_observed", "n_events", "detail"],
    )
    return frame.assign(model_version=model_version(seed), as_of_date=as_of)


def _newest(scores: pd.DataFrame, quantity: str, horizon: int, metric: str) -> float:
    """Value at the newest origin, NaN where it was not measured there."""
    rows = scores[
        (scores["quantity"] == quantity)
        & (scores["horizon_months"] == horizon)
        & (scores["metric"] == metric)
        & (scores["model"] == OURS)
        & (scores["segment_id"] == POOLED)
    ]
    return float(rows.loc[rows["origin_on"] == rows["origin_on"].max(), "value"].iloc[0]) if len(rows) else float("nan")
