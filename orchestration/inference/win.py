"""Win probability of an open opportunity: penalised logistic regression on weekly snapshots, recalibrated.

    logit p = b0 + sum_j b_j (t_j(x) - centre_j) / scale_j,   b_j ~ N(0, sd_g(j)^2)

t_j are the terms of `win_terms` (a feature, its logarithm, steps, hinges, products of two) and one intercept per
segment. Each group of terms has a variance of its own, found by expectation-maximisation on the Laplace
approximation, as in `hierarchy`: a group that says nothing shrinks to nothing.
Every open week counts once, as on a day's list of open deals; weeks of one opportunity are not independent, so weights
are scaled to sum to the number of opportunities: the penalty and every count below speak of opportunities. Slope and
log loss come from opportunities later than those fitted on. With fewer than 50 won or 50 lost opportunities only the
base rate is published, and with fewer than 20 decided ones, or none of a kind, nothing is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from orchestration.errors import CheckFailed
from orchestration.inference.constants import HYPER_DF, N_DRAWS, POOLED, WIN_MIN_CLASS, WIN_SEGMENT_SD
from orchestration.inference.evidence import COMPANY, PRIOR, fallback_level
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
from orchestration.inference.logistic import information, logistic_mode
from orchestration.inference.streams import stream
from orchestration.inference.win_terms import (
    FEATURES,
    OPTIONAL_FEATURES,
    REQUIRED_FEATURES,
    SEGMENT,
    TERMS,
    VALUE,
    Term,
    evaluate,
    segment_terms,
)

TABLE = "sample_opportunity_week"
COLUMNS = ("opportunity_id", "snapshot_on", "is_won", "sample_weight", "segment_id", *REQUIRED_FEATURES)
INTERCEPT = "intercept"
_CALIBRATION_SHARE = 0.2
# Below this a share of won deals is the luck of a handful.
_LEAST_DECIDED = 20
# Prior standard deviation of the calibration slope around 1 and of its intercept around 0.
_SLOPE_SD, _SHIFT_SD = 0.25, 0.15
# Values beyond these shares of the weeks learned from count as the value there: a line is no guide far out.
_LOWEST_SHARE, _HIGHEST_SHARE = 0.002, 0.998
# Prior standard deviation of the shift of all log odds from one calendar quarter to another.
_QUARTER_SD = 0.05
# Weeks that are enough to say how plain the ends of deals are.
_MOST_WEEKS = 12_500
_MAX_EM, _EM_TOLERANCE = 12, 0.05
# Prior scale of a standardised coefficient by group; the data move it (see _spreads).
_GROUP_SCALE = {"main": 0.3, "shape": 0.15, "cross": 0.15, "segment": 0.15}


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

    def each_once(self) -> "_Weeks":
        """The same weeks, each counting once.

        Deals decided within a window are all there, whatever their length; weights that make up for deals not yet
        decided belong to the whole sample only.
        """
        same = np.ones(self.weight.size)
        return replace(self, weight=same).part(np.ones(same.size, dtype=bool))

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
    wide = frame.assign(**{name: np.nan for name in OPTIONAL_FEATURES if name not in frame.columns})
    for feature in FEATURES:
        table[feature] = numbers(wide, TABLE, feature, nullable=True)
    table = table.sort_values(["opportunity_id", "seen", *FEATURES], kind="stable", ignore_index=True)
    repeated = table.duplicated(["opportunity_id", "seen"]).to_numpy(dtype=bool)
    refuse_rows(TABLE, "opportunity_id", repeated, "has two rows for one snapshot_on (row after sorting by key)")
    by = table.groupby("opportunity_id", sort=True)
    refuse_rows(TABLE, "is_won", (by["won"].nunique() > 1).to_numpy(dtype=bool), "differs within one opportunity_id")
    weeks = _Weeks(
        table[list(FEATURES)].to_numpy(dtype=np.float64),
        table["won"].to_numpy(dtype=np.float64),
        # A model that is to be right about the deals open on a day counts each open week once: with one over its
        # weeks a deal about to close would weigh more than one that lingers, which no one can know on that day.
        by["weight"].transform("sum").to_numpy(dtype=np.float64),
        by.ngroup().to_numpy(dtype=np.int64),
        by["seen"].transform("max").to_numpy(),
        table["segment"].tolist(),
    )
    return weeks.part(np.ones(len(table), dtype=bool))


def _logistic(
    x: Floats,
    weeks: "_Weeks",
    prior: Floats,
    precision: Floats,
    start: Floats | None = None,
    told: Floats | None = None,
) -> Floats:
    """Mode of the regression of the weeks' outcomes on `x`, shape (columns,); see `logistic_mode`."""
    beta, is_found = logistic_mode(x, weeks.won, weeks.weight, prior=prior, precision=precision, start=start, told=told)
    if not is_found:
        raise CheckFailed(f"The win model on {TABLE} did not converge.", "Look for absurd feature values.")
    return beta


@dataclass(frozen=True)
class _Model:
    """Coefficients on standardised terms; terms that say nothing have coefficient 0.

    `missing`, `lowest`, `highest` are per feature, shape (len(FEATURES),); the rest is per term. `spread` is the
    standard deviation of each group's coefficients.
    """

    terms: tuple[Term, ...]
    intercept: float
    coefficient: Floats
    centre: Floats
    scale: Floats
    missing: Floats
    lowest: Floats
    highest: Floats
    spread: dict[str, float]

    def filled(self, x: Floats) -> Floats:
        """Features without a gap and within the range learned from."""
        out: Floats = np.clip(np.where(np.isnan(x), self.missing, x), self.lowest, self.highest)
        return out

    def logit(self, x: Floats, segment: Sequence[str]) -> Floats:
        value = evaluate(self.terms, self.filled(x), segment)
        # Summed row by row in one order, so that one row scores the same as a batch.
        total: Floats = np.sum(self.coefficient * ((value - self.centre) / self.scale), axis=1)
        return self.intercept + total

    def logit_of(self, weeks: _Weeks) -> Floats:
        return self.logit(weeks.x, weeks.segment)

    def on(self, terms: Sequence[Term], centre: Floats, scale: Floats) -> Floats:
        """Intercept and coefficients of the same line on `terms` standardised otherwise; those it lacks are 0."""
        slope = self.coefficient / self.scale
        mine = {term.name: i for i, term in enumerate(self.terms)}
        shared = [(i, mine[term.name]) for i, term in enumerate(terms) if term.name in mine]
        out = np.zeros(len(terms) + 1)
        out[0] = self.intercept
        for i, j in shared:
            out[i + 1] = slope[j] * scale[i]
            out[0] += slope[j] * (centre[i] - self.centre[j])
        return out


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
    zero, one = np.zeros(len(TERMS)), np.ones(len(TERMS))
    blank = np.zeros(len(FEATURES))
    return _Model(TERMS, _logit(rate), zero, zero, one, blank, blank, blank, dict(_GROUP_SCALE))


def _fit(weeks: _Weeks, near: _Model | None = None) -> _Model:
    """Fit terms and, unless those of `near` (a fit to some of the same deals) serve, the group variances."""
    known = ~np.isnan(weeks.x)
    columns = [column[ok] for column, ok in zip(weeks.x.T, known.T, strict=True)]
    missing = np.array([np.median(v) if v.size else 0.0 for v in columns])
    lowest = np.array([np.quantile(v, _LOWEST_SHARE) if v.size else 0.0 for v in columns])
    highest = np.array([np.quantile(v, _HIGHEST_SHARE) if v.size else 0.0 for v in columns])
    filled = np.clip(np.where(known, weeks.x, missing), lowest, highest)
    names = sorted(set(weeks.segment))
    terms = TERMS + (segment_terms(names) if len(names) > 1 else ())
    design = np.ones((len(filled), len(terms) + 1))
    value = design[:, 1:]
    value[:] = evaluate(terms, filled, weeks.segment)
    share = weeks.weight / weeks.weight.sum()
    centre = share @ value
    value -= centre
    spread = np.sqrt(np.einsum("i,ij,ij->j", share, value, value))
    useful = spread > 1e-9 * (1.0 + np.abs(centre))
    # a segment's intercept stays on the logit scale: a rare segment is no smaller deviation than a common one
    own = np.array([term.group == SEGMENT for term in terms])
    scale = np.where(useful & ~own, spread, 1.0)
    value *= useful / scale
    groups = np.array([term.group for term in terms])
    prior = np.zeros(len(terms) + 1)
    prior[0] = _logit(_base_rate(weeks))

    def precision(sd: Mapping[str, float]) -> Floats:
        return np.array([1e-6, *(sd[group] ** -2 for group in groups)])

    if near is not None:
        sd = near.spread
        beta = _logistic(design, weeks, prior, precision(sd), near.on(terms, centre, scale))
    else:
        sd, beta, told = dict(_GROUP_SCALE), prior, None
        for _ in range(_MAX_EM):
            held = precision(sd)
            beta = _logistic(design, weeks, prior, held, beta, told)
            told = information(design, expit(design @ beta), weeks.weight)
            variance = np.diag(np.linalg.inv(told + np.diag(held)))[1:]
            before, sd = sd, _spreads(beta[1:], variance, groups, useful)
            if max(abs(sd[group] / before[group] - 1.0) for group in sd) < _EM_TOLERANCE:
                break
    return _Model(terms, float(beta[0]), beta[1:] * useful, centre, scale, missing, lowest, highest, sd)


def _spreads(coefficient: Floats, variance: Floats, groups: np.ndarray, useful: Bools) -> dict[str, float]:
    """One maximisation step: the standard deviation of each group's coefficients, drawn towards its first guess."""
    out = {}
    for group, first in _GROUP_SCALE.items():
        at = (groups == group) & useful
        square = float(np.sum(coefficient[at] ** 2 + variance[at])) + HYPER_DF * first**2
        out[group] = float(np.sqrt(square / (int(at.sum()) + HYPER_DF)))
    return out


def _recalibrate(logit: Floats, weeks: _Weeks, slope: float | None = None) -> tuple[float, float]:
    """Slope and intercept of the sigmoid map; with `slope` given only the intercept is fitted."""
    if slope is None:
        design = np.column_stack([logit, np.ones(logit.size)])
        prior, precision = np.array([1.0, 0.0]), np.array([_SLOPE_SD**-2, _SHIFT_SD**-2])
        beta = _logistic(design, weeks, prior, precision)
        return max(0.0, float(beta[0])), float(beta[1])
    # The fitted slope enters as a column whose coefficient is held at 1.
    design = np.column_stack([slope * logit, np.ones(logit.size)])
    beta = _logistic(design, weeks, np.array([1.0, 0.0]), np.array([1e12, _SHIFT_SD**-2]))
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
        loss of the base rate (NaN without rows). The base rate is that of all deals before or of the recent ones,
        whichever tells the last fifth better. `method` is sigmoid, base_rate (too few deals to fit, or a model
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
        before, recent, unseen = (
            weeks.part(early | middle),
            weeks.part(middle).each_once(),
            weeks.part(late).each_once(),
        )
        trial = _fit(weeks.part(early))
        a, c = _recalibrate(trial.logit_of(recent), recent)
        loss = _log_loss(expit(a * trial.logit_of(unseen) + c), unseen)
        # the share of all deals before or of the recent ones, whichever tells the unseen better: a model that only
        # follows a share that moves tells no deal from another
        base = min(_log_loss(np.full(unseen.won.size, _base_rate(part)), unseen) for part in (before, recent))
        if loss < base:
            method, model = "sigmoid", _fit(weeks, near=trial)
            a, _ = _recalibrate(_fit(before, near=trial).logit_of(unseen), unseen)
            slope, shift = _recalibrate(model.logit_of(unseen), unseen, slope=a)
        else:
            # a model that tells deals it has not seen apart no better than the share won claims nothing
            method, model = "base_rate", _constant(_base_rate(weeks))
    coefficients = _coefficient_table(model)
    levels = _segment_levels(weeks) if method == "sigmoid" else {}
    company = COMPANY if method in ("sigmoid", "base_rate") else PRIOR
    coefficients["fallback_level"] = [levels.get(str(name), company) for name in coefficients["feature"]]
    calibration = pd.DataFrame(
        {
            "method": [method],
            "slope": [slope],
            "intercept": [shift],
            "n_won": [n_won],
            "n_lost": [n_lost],
            "log_loss": [loss],
            "base_log_loss": [base],
            "fallback_level": [company],
        }
    )
    return coefficients, calibration


def _segment_levels(weeks: _Weeks) -> dict[str, str]:
    """How much the intercept of each segment rests on its own deals, by the name of its term.

    A deal counts in each segment by the share of its weeks there, as in the fit.
    """
    share = _week_shares(weeks)
    n = _by_segment(weeks, share)
    n_won = _by_segment(weeks, share * weeks.won)
    total = float(share.sum())
    return {f"{SEGMENT} {name}": fallback_level(n[name], min(n_won[name], n[name] - n_won[name]), total) for name in n}


def _week_shares(weeks: _Weeks) -> Floats:
    """Part of its opportunity that each week is, shape (weeks,); those of one opportunity sum to 1."""
    total = np.bincount(weeks.opportunity, weeks.weight)
    out: Floats = weeks.weight / total[weeks.opportunity]
    return out


def _by_segment(weeks: _Weeks, value: Floats) -> dict[str, float]:
    """Sum of `value`, shape (weeks,), over the weeks in each segment, in order of the name."""
    names, at = np.unique(np.array(weeks.segment, dtype=str), return_inverse=True)
    return dict(zip(names.tolist(), np.bincount(at, value, names.size).tolist(), strict=True))


def _coefficient_table(model: _Model) -> pd.DataFrame:
    """One row per term, the intercept first, in the order of the terms."""
    rows: list[dict[str, object]] = [
        {"feature": INTERCEPT, "coefficient": model.intercept, "centre": 0.0, "scale": 1.0}
    ]
    place = {feature: i for i, feature in enumerate(FEATURES)}
    for i, term in enumerate(model.terms):
        feature, transform, knot = term.times or (None, None, np.nan)
        row: dict[str, object] = {
            "feature": term.name,
            "input": term.input,
            "transform": term.transform,
            "knot": term.knot,
            "times_input": feature,
            "times_transform": transform,
            "times_knot": knot,
            "coefficient": model.coefficient[i],
            "centre": model.centre[i],
            "scale": model.scale[i],
        }
        if term.transform == VALUE and term.times is None:
            at = place[term.input]
            row |= {"missing_value": model.missing[at], "lowest": model.lowest[at], "highest": model.highest[at]}
        rows.append(row)
    table = pd.DataFrame(rows)
    for column in ("input", "transform", "times_input", "times_transform"):
        table[column] = table[column].astype("string")
    return table


def _model_of(coefficients: pd.DataFrame) -> _Model:
    """The model that a coefficient table describes."""
    by = coefficients.set_index("feature")
    inputs, rest = by.loc[list(FEATURES)], by.drop(index=INTERCEPT)
    known = {term.name: term for term in TERMS}
    names = [str(name) for name in rest.index]
    terms = tuple(known[n] if n in known else segment_terms([n.removeprefix(f"{SEGMENT} ")])[0] for n in names)
    coefficient, centre, scale = (rest[c].to_numpy(dtype=np.float64) for c in ("coefficient", "centre", "scale"))
    missing, lowest, highest = (inputs[c].to_numpy(dtype=np.float64) for c in ("missing_value", "lowest", "highest"))
    intercept = float(by["coefficient"].to_numpy(dtype=np.float64)[by.index == INTERCEPT][0])
    return _Model(terms, intercept, coefficient, centre, scale, missing, lowest, highest, {})


def score_win(coefficients: pd.DataFrame, calibration: pd.DataFrame, frame: pd.DataFrame) -> pd.Series:
    """Win probability of each row of `frame`, as SQL computes it; a missing column counts as missing
    values, a missing segment_id as a segment without an intercept of its own.

    Between 0.5 / (n + 1) and 1 less that, n being the decided opportunities: the share that Jeffreys' rule gives
    when not one of n was won. Beyond it a logistic line claims what so many deals cannot show.
    """
    model = _model_of(coefficients)
    wide = frame.reindex(columns=[*FEATURES, "segment_id"])
    x = np.column_stack([numbers(wide, TABLE, feature, nullable=True) for feature in FEATURES])
    slope, shift = float(calibration["slope"].iloc[0]), float(calibration["intercept"].iloc[0])
    logit = slope * model.logit(x, wide["segment_id"].astype(str).tolist()) + shift
    most = np.log(2.0 * float(calibration["n_won"].iloc[0] + calibration["n_lost"].iloc[0]) + 1.0)
    return pd.Series(expit(np.clip(logit, -most, most)), index=frame.index, name="win_probability")


def win_shift_draws(
    win_sample: pd.DataFrame,
    *,
    seed: int,
    segments: Iterable[str] = (),
    coefficients: pd.DataFrame | None = None,
) -> dict[str, Floats]:
    """Draws of the win logit's error: a part common to all segments and one of the segment, each shape
    (500,).

    Each opportunity counts once and tells p (1 - p) about a shift of its log odds, p being what the model gives it:
    deals whose end is plain tell little. A deal tells about each segment by the share of its weeks there, since hardly
    a signal is known in its first. Common variance: 1 / n_info + the variance of the shift from one quarter to
    another, since the next quarter is another one; segment: 1 / (1 / prior variance + n_info of the segment). The
    pool carries the common part only. Without any opportunity the common part has the prior variance.

    Args:
        coefficients: win_coefficient of the same sample; without it the model is fitted here, on every so many weeks.
    """
    weeks = _weeks(win_sample)
    names = in_order([*segments, *weeks.segment])
    _, first = np.unique(weeks.opportunity, return_index=True)
    outcome = weeks.won[first]
    chance, effects = _chances(weeks, coefficients)
    information = chance * (1.0 - chance)
    told_here = _by_segment(weeks, _week_shares(weeks) * information[weeks.opportunity])
    told = {name: told_here.get(name, 0.0) for name in names[:-1]}
    segment_sd = _segment_sd(effects, told)
    common_var = 1.0 / (WIN_SEGMENT_SD**-2 + information.sum())
    if outcome.size:
        common_var += _quarter_variance(weeks.last_seen[first], outcome - chance, information)
    common = common_var**0.5 * stream(seed, "win_shared", POOLED).standard_normal(N_DRAWS)
    out = {}
    for name in names[:-1]:
        sd = (segment_sd**-2 + told[name]) ** -0.5
        out[name] = common + sd * stream(seed, "win", name).standard_normal(N_DRAWS)
    out[POOLED] = common
    return out


def _chances(weeks: _Weeks, coefficients: pd.DataFrame | None) -> tuple[Floats, dict[str, float]]:
    """Mean win probability over the weeks of each opportunity, and the intercept of each segment in log odds.

    Of the model where there are enough deals to fit it, else of the share won, which knows no segment.
    """
    outcome = weeks.outcomes()
    n_won = int(outcome.sum())
    if min(n_won, outcome.size - n_won) < WIN_MIN_CLASS:
        return np.full(outcome.size, (n_won + 0.5) / (outcome.size + 1.0)), {}
    if coefficients is None:
        step = -(-weeks.won.size // _MOST_WEEKS)
        model = _fit(weeks.part(np.arange(weeks.won.size) % step == 0))
    else:
        model = _model_of(coefficients)
    p = expit(model.logit_of(weeks))
    total = np.bincount(weeks.opportunity, weeks.weight, outcome.size)
    mean: Floats = np.bincount(weeks.opportunity, weeks.weight * p, outcome.size) / total
    effects = {
        term.name.removeprefix(f"{SEGMENT} "): float(value)
        for term, value in zip(model.terms, model.coefficient, strict=True)
        if term.group == SEGMENT
    }
    return mean, effects


def _segment_sd(effects: Mapping[str, float], told: Mapping[str, float]) -> float:
    """Standard deviation of the segments' intercepts, by expectation-maximisation as in the fit; the prior's without
    any.

    Args:
        effects: fitted intercepts, log odds. told: information of each segment's deals about its own.
    """
    if len(effects) < 2:
        return WIN_SEGMENT_SD
    first = _GROUP_SCALE["segment"]
    square = float(np.sum(np.square(list(effects.values()))))
    sd = first
    for _ in range(50):
        spread = sum(1.0 / (sd**-2 + told.get(name, 0.0)) for name in effects)
        sd = float(np.sqrt((square + spread + HYPER_DF * first**2) / (len(effects) + HYPER_DF)))
    return sd


def _quarter_variance(last_seen: np.ndarray, residual: Floats, information: Floats) -> float:
    """Variance of the log-odds shift between calendar quarters (DerSimonian-Laird), drawn towards a prior guess."""
    quarter = pd.DatetimeIndex(last_seen).to_period("Q").asi8
    _, at = np.unique(quarter, return_inverse=True)
    told = np.bincount(at, information)
    shift = np.bincount(at, residual) / told
    mean = float(np.sum(told * shift) / told.sum())
    excess = float(np.sum(told * (shift - mean) ** 2)) - (told.size - 1)
    spare = float(told.sum() - np.sum(told**2) / told.sum())
    estimate = max(0.0, excess / spare) if spare > 0 else 0.0
    return (told.size * estimate + HYPER_DF * _QUARTER_SD**2) / (told.size + HYPER_DF)
