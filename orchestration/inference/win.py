"""Win probability of an open opportunity: L2 logistic regression on weekly snapshots, sigmoid recalibration.

Weeks of one opportunity are not independent, so weights are scaled to sum to the number of opportunities:
the penalty and every count below speak of opportunities. Slope and log loss come from opportunities later
than those fitted on. With fewer than 50 won or 50 lost opportunities only the base rate is published, and with
fewer than 20 decided ones, or none of a kind, nothing is.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.errors import CheckFailed
from orchestration.inference.constants import N_DRAWS, POOLED, WIN_MIN_CLASS, WIN_SEGMENT_SD
from orchestration.inference.frames import (
    Bools,
    Floats,
    in_order,
    numbers,
    refuse_rows,
    require_columns,
    segment_column,
    texts,
)
from orchestration.inference.hierarchy import expit
from orchestration.inference.streams import stream

TABLE = "sample_opportunity_week"
FEATURES = (
    "stage_position",
    "stage_age_weeks",
    "deal_age_weeks",
    "active_days_28d",
    "active_days_prior_56d",
    "contacts_28d",
    "stakeholder_count",
    "push_count",
    "days_past_close_date",
    "stage_moves_28d",
)
COLUMNS = ("opportunity_id", "snapshot_on", "is_won", "sample_weight", "segment_id", *FEATURES)
INTERCEPT = "intercept"
_PENALTY = 2.0
_CALIBRATION_SHARE = 0.2
# Below this a share of won deals is the luck of a handful.
_LEAST_DECIDED = 20
# Prior standard deviation of the calibration slope around 1 and of its intercept around 0.
_SLOPE_SD, _SHIFT_SD = 0.25, 0.15


@dataclass(frozen=True)
class _Weeks:
    """Checked snapshots, sorted by opportunity and date."""

    x: Floats
    won: Floats
    weight: Floats
    opportunity: np.ndarray
    last_seen: np.ndarray
    segment: list[str]

    def part(self, rows: Bools) -> "_Weeks":
        segment = [s for s, keep in zip(self.segment, rows, strict=True) if keep]
        weight = self.weight[rows]
        count = np.unique(self.opportunity[rows]).size
        weight = weight * (count / weight.sum()) if weight.size else weight
        return _Weeks(self.x[rows], self.won[rows], weight, self.opportunity[rows], self.last_seen[rows], segment)

    def outcomes(self) -> Floats:
        """Outcome of each opportunity once, in order of the opportunity number."""
        _, first = np.unique(self.opportunity, return_index=True)
        return self.won[first]


def _weeks(frame: pd.DataFrame) -> _Weeks:
    require_columns(frame, TABLE, COLUMNS)
    won = numbers(frame, TABLE, "is_won", minimum=0)
    refuse_rows(TABLE, "is_won", ~np.isin(won, (0.0, 1.0)), "is neither 0 nor 1")
    weight = numbers(frame, TABLE, "sample_weight", minimum=0)
    refuse_rows(TABLE, "sample_weight", weight <= 0, "is not above 0")
    seen = pd.to_datetime(frame["snapshot_on"]).reset_index(drop=True)
    refuse_rows(TABLE, "snapshot_on", seen.isna().to_numpy(dtype=bool), "is null")
    table = pd.DataFrame({"opportunity_id": texts(frame, TABLE, "opportunity_id"), "seen": seen, "won": won})
    table["weight"], table["segment"] = weight, segment_column(frame, TABLE)
    for feature in FEATURES:
        table[feature] = numbers(frame, TABLE, feature, nullable=True)
    table = table.sort_values(["opportunity_id", "seen", *FEATURES], kind="stable", ignore_index=True)
    repeated = table.duplicated(["opportunity_id", "seen"]).to_numpy(dtype=bool)
    refuse_rows(TABLE, "opportunity_id", repeated, "has two rows for one snapshot_on (row after sorting by key)")
    by = table.groupby("opportunity_id", sort=True)
    refuse_rows(TABLE, "is_won", (by["won"].nunique() > 1).to_numpy(dtype=bool), "differs within one opportunity_id")
    weeks = _Weeks(
        table[list(FEATURES)].to_numpy(dtype=np.float64),
        table["won"].to_numpy(dtype=np.float64),
        table["weight"].to_numpy(dtype=np.float64),
        by.ngroup().to_numpy(dtype=np.int64),
        by["seen"].transform("max").to_numpy(),
        table["segment"].tolist(),
    )
    return weeks.part(np.ones(len(table), dtype=bool))


def _logistic(x: Floats, y: Floats, weight: Floats, prior: Floats, precision: Floats) -> Floats:
    """Mode of a weighted logistic regression with a normal prior, by Newton steps; shape (columns,)."""
    beta = prior.copy()

    def loss(b: Floats) -> float:
        eta = x @ b
        return float(np.sum(weight * (np.logaddexp(0.0, eta) - y * eta)) + 0.5 * np.sum(precision * (b - prior) ** 2))

    value = loss(beta)
    for _ in range(100):
        p = expit(x @ beta)
        gradient = x.T @ (weight * (y - p)) - precision * (beta - prior)
        hessian = (x * (weight * p * (1.0 - p))[:, None]).T @ x + np.diag(precision)
        step = np.linalg.solve(hessian, gradient)
        length = 1.0
        while loss(beta + length * step) > value + 1e-12 and length > 1e-6:
            length *= 0.5
        beta = beta + length * step
        value = loss(beta)
        if np.abs(length * step).max() < 1e-10:
            return beta
    raise CheckFailed(f"The win model on {TABLE} did not converge.", "Look for absurd feature values.")


@dataclass(frozen=True)
class _Model:
    """Coefficients on standardised features; features that say nothing have coefficient 0."""

    intercept: float
    coefficient: Floats
    centre: Floats
    scale: Floats
    missing: Floats

    def logit(self, x: Floats) -> Floats:
        filled = np.where(np.isnan(x), self.missing, x)
        # Summed row by row in one order, so that one row scores the same as a batch.
        total: Floats = np.sum(self.coefficient * ((filled - self.centre) / self.scale), axis=1)
        return self.intercept + total


def _base_rate(weeks: _Weeks) -> float:
    """Weighted share of weeks of won opportunities, half an opportunity added on each side (Jeffreys)."""
    return float((np.sum(weeks.weight * weeks.won) + 0.5) / (np.sum(weeks.weight) + 1.0))


def _is_rate_known(n_won: int, n_lost: int) -> bool:
    """A company whose every decided deal was won (or lost) does not record the others; a rate of 1 would be taken
    at its word.
    """
    return min(n_won, n_lost) > 0 and n_won + n_lost >= _LEAST_DECIDED


def _logit(p: float) -> float:
    return float(np.log(p / (1.0 - p)))


def _constant(rate: float) -> _Model:
    zero, one = np.zeros(len(FEATURES)), np.ones(len(FEATURES))
    return _Model(_logit(rate), zero, zero, one, zero)


def _fit(weeks: _Weeks) -> _Model:
    known = ~np.isnan(weeks.x)
    missing = np.array(
        [np.median(column[ok]) if ok.any() else 0.0 for column, ok in zip(weeks.x.T, known.T, strict=True)]
    )
    filled = np.where(known, weeks.x, missing)
    total = weeks.weight.sum()
    centre = weeks.weight @ filled / total
    spread = np.sqrt(weeks.weight @ (filled - centre) ** 2 / total)
    useful = spread > 1e-9 * (1.0 + np.abs(centre))
    scale = np.where(useful, spread, 1.0)
    design = np.column_stack([np.ones(len(filled)), (filled - centre) / scale * useful])
    precision = np.array([1e-6, *[_PENALTY] * len(FEATURES)])
    prior = np.zeros(len(FEATURES) + 1)
    prior[0] = _logit(_base_rate(weeks))
    beta = _logistic(design, weeks.won, weeks.weight, prior, precision)
    return _Model(float(beta[0]), beta[1:] * useful, centre, scale, missing)


def _recalibrate(logit: Floats, weeks: _Weeks, slope: float | None = None) -> tuple[float, float]:
    """Slope and intercept of the sigmoid map; with `slope` given only the intercept is fitted."""
    if slope is None:
        design = np.column_stack([logit, np.ones(logit.size)])
        prior, precision = np.array([1.0, 0.0]), np.array([_SLOPE_SD**-2, _SHIFT_SD**-2])
        beta = _logistic(design, weeks.won, weeks.weight, prior, precision)
        return max(0.0, float(beta[0])), float(beta[1])
    # The fitted slope enters as a column whose coefficient is held at 1.
    design = np.column_stack([slope * logit, np.ones(logit.size)])
    beta = _logistic(design, weeks.won, weeks.weight, np.array([1.0, 0.0]), np.array([1e12, _SHIFT_SD**-2]))
    return slope, float(beta[1])


def _log_loss(p: Floats, weeks: _Weeks) -> float:
    p = np.clip(p, 1e-12, 1.0 - 1e-12)
    return float(-np.sum(weeks.weight * (weeks.won * np.log(p) + (1 - weeks.won) * np.log1p(-p))) / weeks.weight.sum())


def _time_parts(weeks: _Weeks) -> tuple[Bools, Bools, Bools]:
    """Rows of the earliest 60 %, the next 20 % and the last 20 % of opportunities by last snapshot."""
    _, first = np.unique(weeks.opportunity, return_index=True)
    order = np.argsort(weeks.last_seen[first], kind="stable")
    rank = np.empty(order.size)
    rank[order] = (np.arange(order.size) + 0.5) / order.size
    place = rank[weeks.opportunity]
    early, late = place < 1.0 - 2.0 * _CALIBRATION_SHARE, place >= 1.0 - _CALIBRATION_SHARE
    return early, ~early & ~late, late


def fit_win_model(win_sample: pd.DataFrame, decided: tuple[int, int] = (0, 0)) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit the model.

    Args:
        win_sample: sample_opportunity_week.
        decided: won and lost opportunities with or without recorded weeks; they give the base rate of a company
            whose exports hold no history, so no week.

    Returns:
        win_coefficient (intercept first, then the features in fixed order) and win_calibration (one row),
        both without version and date. `log_loss` and `base_log_loss` are measured on the last fifth of
        opportunities by a model and a map fitted before it; with too few deals to fit both are the in-sample
        loss of the base rate (NaN without rows). `method` is sigmoid, base_rate (too few deals to fit, or a model
        that is no better than the base rate on that last fifth) or unknown; unknown, for fewer than
        20 decided deals or when all were won or all lost, has a NaN intercept, so that no deal gets a probability.

    Raises:
        CheckFailed: a column absent, a value infinite, an outcome neither 0 nor 1.
    """
    weeks = _weeks(win_sample)
    outcome = weeks.outcomes()
    n_won, n_lost = int(outcome.sum()), int((1 - outcome).sum())
    early, middle, late = _time_parts(weeks)
    slope, shift = 1.0, 0.0
    if min(n_won, n_lost) < WIN_MIN_CLASS:
        rate = _base_rate(weeks)
        if not weeks.won.size:
            n_won, n_lost = decided
            rate = (n_won + 0.5) / (n_won + n_lost + 1.0)
        is_known = _is_rate_known(n_won, n_lost)
        method, model = ("base_rate" if is_known else "unknown"), _constant(rate)
        shift = 0.0 if is_known else float("nan")
        loss = base = _log_loss(np.full(weeks.won.size, rate), weeks) if weeks.won.size else float("nan")
    else:
        before, recent, unseen = weeks.part(early | middle), weeks.part(middle), weeks.part(late)
        trial = _fit(weeks.part(early))
        a, c = _recalibrate(trial.logit(recent.x), recent)
        loss = _log_loss(expit(a * trial.logit(unseen.x) + c), unseen)
        base = _log_loss(np.full(unseen.won.size, _base_rate(before)), unseen)
        if loss < base:
            method, model = "sigmoid", _fit(weeks)
            a, _ = _recalibrate(_fit(before).logit(unseen.x), unseen)
            slope, shift = _recalibrate(model.logit(unseen.x), unseen, slope=a)
        else:
            # a model that tells deals it has not seen apart no better than the share won claims nothing
            method, model = "base_rate", _constant(_base_rate(weeks))
    coefficients = pd.DataFrame(
        {
            "feature": [INTERCEPT, *FEATURES],
            "coefficient": [model.intercept, *model.coefficient],
            "centre": [0.0, *model.centre],
            "scale": [1.0, *model.scale],
            "missing_value": [0.0, *model.missing],
        }
    )
    calibration = pd.DataFrame(
        {
            "method": [method],
            "slope": [slope],
            "intercept": [shift],
            "n_won": [n_won],
            "n_lost": [n_lost],
            "log_loss": [loss],
            "base_log_loss": [base],
        }
    )
    return coefficients, calibration


def score_win(coefficients: pd.DataFrame, calibration: pd.DataFrame, frame: pd.DataFrame) -> pd.Series:
    """Win probability of each row of `frame`, as SQL computes it; a missing column counts as missing
    values.
    """
    by = coefficients.set_index("feature").loc[[INTERCEPT, *FEATURES]]
    rest = by.iloc[1:]
    model = _Model(
        float(by["coefficient"].iloc[0]),
        *(rest[c].to_numpy(dtype=np.float64) for c in ("coefficient", "centre", "scale", "missing_value")),
    )
    wide = frame.reindex(columns=list(FEATURES))
    x = np.column_stack([numbers(wide, TABLE, feature, nullable=True) for feature in FEATURES])
    slope, shift = float(calibration["slope"].iloc[0]), float(calibration["intercept"].iloc[0])
    return pd.Series(expit(slope * model.logit(x) + shift), index=frame.index, name="win_probability")


def win_shift_draws(win_sample: pd.DataFrame, *, seed: int, segments: Iterable[str] = ()) -> dict[str, Floats]:
    """Draws of the win logit's error: a part common to all segments and one of the segment, each shape
    (500,).

    Each opportunity counts once. Common variance: 1 / (n p (1 - p)); segment: 1 / (1 / prior variance + n_s
    p (1 - p)). The pool carries the common part only. Without any opportunity the common part has the prior
    variance.
    """
    weeks = _weeks(win_sample)
    names = in_order([*segments, *weeks.segment])
    _, first = np.unique(weeks.opportunity, return_index=True)
    outcome = weeks.won[first]
    home = np.array(weeks.segment, dtype=object)[first]
    rate = (outcome.sum() + 0.5) / (outcome.size + 1.0)
    information = rate * (1.0 - rate)
    common_sd = (WIN_SEGMENT_SD**-2 + outcome.size * information) ** -0.5
    common = common_sd * stream(seed, "win_shared", POOLED).standard_normal(N_DRAWS)
    out = {}
    for name in names[:-1]:
        sd = (WIN_SEGMENT_SD**-2 + float((home == name).sum()) * information) ** -0.5
        out[name] = common + sd * stream(seed, "win", name).standard_normal(N_DRAWS)
    out[POOLED] = common
    return out
