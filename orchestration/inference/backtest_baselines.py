"""Forecasts that anyone could make without the model; the model has to beat them.

Belongs here: base rates, rates by age, last year's rates by size and industry, the card formula, and a boosted tree on
rows. Each sees only rows whose outcome was complete at the origin, and says nothing (None) where there are too few.
"""

import numpy as np
import pandas as pd

from orchestration.inference.constants import HAZARD_BAND_STARTS, TERM_TYPES
from orchestration.inference.frames import Floats
from orchestration.inference.streams import stream

BASE_RATE = "base_rate"
BY_AGE = "pooled_by_age"
BY_SIZE = "last_year_size_industry"
CARD = "card_formula"
BOOSTED = "gradient_boosting"
SIZE_BANDS = 4
# A cell of the table by size and industry is pulled to the whole by this many customers.
_PSEUDO = 20.0
_MIN_ROWS = 200
_MIN_EVENTS = 20
_MOST_ROWS = 6000
# Distinct values a tree gets to see of one signal; cutting them here is cheaper than letting the library do it.
_LEVELS = 48


def age_band(age_month: Floats) -> np.ndarray:
    """Number of the age band of an age month of at least 1."""
    return np.searchsorted(HAZARD_BAND_STARTS, age_month, side="right") - 1


def monthly_rates(cells: pd.DataFrame) -> tuple[float, Floats]:
    """Monthly churn of the last four quarters, and by age band over all quarters (pulled to it), from training cells.

    Args:
        cells: training rows of suff_backtest_hazard with `quarter` = 4 * year + quarter.
    """
    recent = cells[cells["quarter"] > cells["quarter"].max() - 4]
    base = float((recent["n_churn"].sum() + 0.5) / (recent["n_at_risk"].sum() + 50.0))
    at = age_band(cells["age_month"].to_numpy(dtype=np.float64))
    n = np.bincount(at, weights=cells["n_at_risk"].to_numpy(dtype=np.float64), minlength=len(HAZARD_BAND_STARTS))
    k = np.bincount(at, weights=cells["n_churn"].to_numpy(dtype=np.float64), minlength=len(HAZARD_BAND_STARTS))
    return base, (k + 100.0 * base) / (n + 100.0)


def left_within(by_band: Floats, age_month: Floats, months: int) -> Floats:
    """Chance to leave within `months` from an age, from monthly rates by age band."""
    ahead = age_month[:, None] + np.arange(1, months + 1)
    out: Floats = 1.0 - np.prod(1.0 - by_band[age_band(ahead)], axis=1)
    return out


def by_group(top: Floats, bottom: Floats, groups: pd.Series, wanted: pd.Series) -> Floats:
    """Ratio of sums by group, pulled to the overall ratio, read at the groups in `wanted` (unseen: overall)."""
    overall = float(top.sum() / bottom.sum())
    weight = _PSEUDO * float(bottom.mean())
    table = pd.DataFrame({"group": groups.to_numpy(), "top": top, "bottom": bottom}).groupby("group").sum()
    ratio = (table["top"] + weight * overall) / (table["bottom"] + weight)
    return wanted.map(ratio).fillna(overall).to_numpy(dtype=np.float64)


def size_industry(rows: pd.DataFrame, edges: Floats) -> pd.Series:
    """Band of ARR and industry as one text."""
    band = np.searchsorted(edges, rows["size"].to_numpy(dtype=np.float64), side="right")
    return pd.Series([f"{b}|{i}" for b, i in zip(band, rows["industry"], strict=True)], index=rows.index)


def size_edges(rows: pd.DataFrame) -> Floats:
    """Quartiles of ARR among the training rows."""
    steps = np.arange(1, SIZE_BANDS) / SIZE_BANDS
    return np.asarray(np.quantile(rows["size"].to_numpy(dtype=np.float64), steps), dtype=np.float64)


def _matrix(rows: pd.DataFrame, industries: list[str], columns: tuple[str, ...]) -> Floats:
    industry = {name: float(i) for i, name in enumerate(industries)}
    parts = [
        np.log1p(rows["size"].to_numpy(dtype=np.float64)),
        rows["industry"].map(industry).to_numpy(dtype=np.float64),
        *(pd.to_numeric(rows[name], errors="coerce").to_numpy(dtype=np.float64) for name in columns),
    ]
    if "term_type" in rows.columns:
        parts.append(rows["term_type"].map({t: float(i) for i, t in enumerate(TERM_TYPES)}).to_numpy(dtype=np.float64))
    return np.column_stack(parts)


def _levels(taught: Floats, x: Floats) -> Floats:
    """Replace each value by the number of its quantile among the taught ones; unknown stays unknown."""
    out = np.full(x.shape, np.nan)
    for j in range(x.shape[1]):
        known = taught[:, j][~np.isnan(taught[:, j])]
        if known.size:
            edges = np.unique(np.quantile(known, np.arange(1, _LEVELS) / _LEVELS))
            out[:, j] = np.where(np.isnan(x[:, j]), np.nan, np.searchsorted(edges, x[:, j], side="right"))
    return out


def boosted(
    train: pd.DataFrame,
    target: Floats,
    weight: Floats,
    wanted: pd.DataFrame,
    columns: tuple[str, ...],
    *,
    is_share: bool,
    seed: int,
) -> Floats | None:
    """Forecast of a gradient-boosted tree on at most 6,000 rows; None with fewer than 200 rows or 20 events.

    Args:
        train, wanted: `size` (minor units), `industry`, the named columns and, where there, `term_type`.
        is_share: the target is 0 or 1; else an amount per 1 of ARR.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    step = max(1, -(-len(train) // _MOST_ROWS))
    train, target, weight = train.iloc[::step], target[::step], weight[::step]
    if len(train) < _MIN_ROWS or (is_share and min(target.sum(), (1.0 - target).sum()) < _MIN_EVENTS):
        return None
    industries = sorted(set(train["industry"]))
    x, x_wanted = _matrix(train, industries, columns), _matrix(wanted, industries, columns)
    settings = {
        "max_iter": 30,
        "max_leaf_nodes": 8,
        "learning_rate": 0.1,
        "min_samples_leaf": 20,
        "early_stopping": False,
        "random_state": int(stream(seed, "backtest_boosted", "all").integers(2**31)),
    }
    x, x_wanted = _levels(x, x), _levels(x, x_wanted)
    telling = np.array([np.unique(column[~np.isnan(column)]).size > 1 for column in x.T])
    if not telling.any():
        return None
    x, x_wanted = x[:, telling], x_wanted[:, telling]
    weight = weight / weight.mean()
    with threadpool_limits(1):
        if is_share:
            model = HistGradientBoostingClassifier(**settings).fit(x, target, sample_weight=weight)
            out: Floats = model.predict_proba(x_wanted)[:, 1]
            return out
        low, high = np.quantile(target, [0.01, 0.99])
        fitted = HistGradientBoostingRegressor(**settings).fit(x, np.clip(target, low, high), sample_weight=weight)
        return np.asarray(fitted.predict(x_wanted), dtype=np.float64)
