"""What today's customers will still pay three, six and twelve months from now, by draw: known rates, and luck.

ARR at a horizon is what stays plus what expansions add, give or take what nobody can know before it happens. Each
source of doubt has a column of its own, in whole minor units, so that sums over segments and customers are exact:

    retained        draws of how fast ARR leaves (parameter uncertainty)
    churn_shift     quarters in which more or fewer leave than the rates say, common to all segments
    churn_luck      which customers leave, the rates being known
    expansion       draws of how often and by how much customers grow
    expansion_luck  which customers grow, and by how much, the rates being known

The 100 largest customers of a segment leave one by one; the others are so many and small that the sum of their luck is
normal. What independent customers add by growing is a gamma variable, which is never below nothing. Luck is centred, so
that adding it moves no mean.

Contribution is gross margin less support cost of the months until the horizon, rates only: its draws are beside those
of its parts with everything else at its mean.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import gammaincinv

from orchestration.inference.arr_weight import ArrWeight
from orchestration.inference.constants import HORIZON_MONTHS, HYPER_DF, N_DRAWS, POOLED, TERM_TYPES
from orchestration.inference.expansion import ExpansionPosterior
from orchestration.inference.frames import Floats, numbers, refuse_rows, require_columns, segment_column, texts
from orchestration.inference.hazard import HazardPosterior
from orchestration.inference.hazard_design import hazard_cells
from orchestration.inference.money import MoneyPosterior
from orchestration.inference.streams import stream
from orchestration.inference.survival import age_on_curve, monthly_hazard

TABLE = "suff_arr_book"
COLUMNS = ("segment_id", "term_type", "age_month", "customer_rank", "n_customers", "arr_cents", "arr_cents_squared")
HORIZONS = (3, 6, 12)
MEASURES = (
    "retained",
    "churn_shift",
    "churn_luck",
    "expansion",
    "expansion_luck",
    "contribution",
    "contribution_margin",
    "contribution_support",
)
_YEAR = 12
_QUARTERS = 4
# Prior guess of the standard deviation of log churn from one quarter to another.
_SHIFT_SD = 0.05
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Book:
    """Checked rows of one segment: term type, age, whether a single customer, ARR and its square; (rows,) each."""

    term: npt.NDArray[np.object_]
    age: Ints
    is_single: npt.NDArray[np.bool_]
    arr: Floats
    square: Floats


@dataclass(frozen=True)
class _Paths:
    """Draws by age of a segment and term, shape (500, ages, 12): ARR in force after each month ahead per 1 of ARR now.

    Attributes:
        steady: stays, without what quarters do. stays: with it. added: what expansions add per 1 that stays.
        month: age month of each step on the money curves, shape (ages, 12).
    """

    steady: Floats
    stays: Floats
    added: Floats
    month: Ints


def _books(frame: pd.DataFrame) -> dict[str, _Book]:
    require_columns(frame, TABLE, COLUMNS)
    segment = segment_column(frame, TABLE).to_numpy(dtype=object)
    term = texts(frame, TABLE, "term_type", TERM_TYPES).to_numpy(dtype=object)
    age = numbers(frame, TABLE, "age_month", minimum=0).astype(np.int64)
    rank = numbers(frame, TABLE, "customer_rank", minimum=0)
    number = numbers(frame, TABLE, "n_customers", minimum=1)
    arr, square = (numbers(frame, TABLE, c, minimum=0) for c in ("arr_cents", "arr_cents_squared"))
    refuse_rows(TABLE, "customer_rank", (rank > 0) & (number > 1), "names one customer, but the row counts several")
    out = {}
    for name in sorted(set(segment)):
        at = segment == name
        out[name] = _Book(term[at], age[at], rank[at] > 0, arr[at], square[at])
    return out


def shift_sd(frame: pd.DataFrame, hazard: HazardPosterior) -> float:
    """Standard deviation of log churn from quarter to quarter beyond chance and beyond a straight trend.

    DerSimonian-Laird over quarters of suff_hazard_monthly, drawn towards a prior guess; the guess itself with fewer
    than four quarters.
    """
    cells = hazard_cells(frame)
    expected = np.zeros(len(cells))
    age = age_on_curve(cells["age_month"].to_numpy(dtype=np.int64)) - 1
    segments, terms = (cells[c].to_numpy(dtype=object) for c in ("segment_id", "term_type"))
    n_at_risk = cells["n_at_risk"].to_numpy(dtype=float)
    for segment, term in sorted(set(zip(segments, terms, strict=True))):
        at = np.flatnonzero((segments == segment) & (terms == term))
        monthly = monthly_hazard(hazard.survival_draws(segment, term)).mean(axis=0)
        expected[at] = monthly[age[at]] * n_at_risk[at]
    by_quarter = cells.assign(expected=expected).groupby("quarter", sort=True)[["n_churn", "expected"]].sum()
    by_quarter = by_quarter[by_quarter["expected"] > 0]
    number = len(by_quarter)
    if number < _QUARTERS:
        return _SHIFT_SD
    told = by_quarter["expected"].to_numpy(dtype=float)
    gap = by_quarter["n_churn"].to_numpy(dtype=float) / told - 1.0
    time = by_quarter.index.to_numpy(dtype=float)
    design = np.column_stack([np.ones(number), time - np.average(time, weights=told)])
    information = design.T @ (design * told[:, None])
    rest = gap - design @ np.linalg.solve(information, design.T @ (told * gap))
    level = float(np.sum(told * gap) / told.sum()) + 1.0
    # counts scatter by the churns there were, not by those of another level
    excess = float(np.sum(told * rest**2)) - (number - 2) * level
    spare = float(told.sum() - np.trace(np.linalg.solve(information, design.T @ (design * (told**2)[:, None]))))
    estimate = max(0.0, excess / spare) / level**2 if spare > 0 else 0.0
    return float(((number * estimate + HYPER_DF * _SHIFT_SD**2) / (number + HYPER_DF)) ** 0.5)


def squared_growth(expansion: pd.DataFrame) -> float:
    """Mean square of the size of an expansion over its squared mean, for a lognormal; 1 where none was seen."""
    number = float(numbers(expansion, "suff_expansion", "n_events", minimum=0).sum())
    if number < 2:
        return 1.0
    mean = float(numbers(expansion, "suff_expansion", "sum_log_ratio_micro").sum()) / number / 1e6
    square = float(numbers(expansion, "suff_expansion", "sumsq_log_ratio_micro", minimum=0).sum()) / number / 1e6
    return float(np.exp(np.clip(square - mean**2, 0.0, 2.0)))


def _paths(
    hazard: HazardPosterior,
    expansion: ExpansionPosterior,
    size: ArrWeight,
    shift: Floats,
    segment: str,
    term: str,
    age: Ints,
) -> _Paths:
    """Paths of the ages (unique) of one segment and term; a segment that no fit knows goes with all customers."""
    known = segment if segment in hazard.segments else POOLED
    ahead = age_on_curve(age[:, None] + np.arange(1, _YEAR + 1)) - 1
    seen = np.nan if hazard.is_prior_only else 1.0
    leaving = monthly_hazard(hazard.survival_draws(known, term))[:, ahead]
    power = size.within_term[size.segments.index(known)][:, ahead]
    log_stay = np.log1p(-np.minimum(leaving, 1.0 - 1e-12)) * power
    e = expansion.segments.index(known)
    added = np.cumsum(expansion.hazard[e][:, ahead], axis=2) * expansion.value[e][:, None, None]
    return _Paths(
        seen * np.exp(np.cumsum(log_stay, axis=2)),
        # a shift of the quarter multiplies the rate at which ARR leaves
        seen * np.exp(np.cumsum(log_stay * shift[:, None, :], axis=2)),
        added,
        np.minimum(age[:, None] + np.arange(1, _YEAR + 1), HORIZON_MONTHS - 1),
    )


def _luck(book: _Book, at: Ints, place: Ints, stays: Floats, uniform: Floats, normal: Floats) -> Floats:
    """ARR that stays beyond its mean given the rates of the draw, by draw; `stays` (500, ages) at the horizon."""
    one = book.is_single[at]
    chance = stays[:, place]
    single = ((uniform[:, at[one]] < chance[:, one]) - chance[:, one]) @ book.arr[at[one]]
    spread = (chance[:, ~one] * (1.0 - chance[:, ~one])) @ book.square[at[~one]]
    out: Floats = single + np.sqrt(np.maximum(spread, 0.0)) * normal
    return out


def _gamma(mean: Floats, variance: Floats, uniform: Floats) -> Floats:
    """Quantile `uniform` of a gamma variable of that mean and variance; the mean itself where it has no spread."""
    spread = (mean > 0) & (variance > 0)
    out: Floats = mean.copy()
    shape = mean[spread] ** 2 / variance[spread]
    out[spread] = gammaincinv(shape, uniform[spread]) * variance[spread] / mean[spread]
    return out


def _segment_draws(
    segment: str,
    book: _Book,
    parts: tuple[HazardPosterior, MoneyPosterior, ExpansionPosterior, ArrWeight],
    shift: Floats,
    squared: float,
    seed: int,
) -> dict[int, dict[str, Floats]]:
    """By horizon and measure, draws of the segment's sum in minor units, shape (500,)."""
    hazard, money, expansion, size = parts
    m = money.segments.index(segment if segment in money.segments else POOLED)
    value = expansion.value[expansion.segments.index(segment if segment in expansion.segments else POOLED)]
    uniform = stream(seed, "book_churn", segment).random((N_DRAWS, book.arr.size))
    normal = stream(seed, "book_churn_rest", segment).standard_normal((len(TERM_TYPES), N_DRAWS))
    growth = stream(seed, "book_expansion", segment).random(N_DRAWS)
    out = {h: {name: np.zeros(N_DRAWS) for name in MEASURES} for h in HORIZONS}
    for t, term in enumerate(TERM_TYPES):
        at = np.flatnonzero(book.term == term)
        if not at.size:
            continue
        age, place = np.unique(book.age[at], return_inverse=True)
        arr = np.bincount(place, book.arr[at], age.size)
        square = np.bincount(place, book.square[at], age.size)
        paths = _paths(hazard, expansion, size, shift, segment, term, age)
        in_force = paths.stays * (1.0 + paths.added)
        usual = in_force.mean(axis=0)
        margin, support = money.arr_margin[m][:, paths.month] / _YEAR, money.support[m][:, paths.month]
        for h in HORIZONS:
            sums, last = out[h], h - 1
            steady, stays, added = (part[:, :, last] for part in (paths.steady, paths.stays, paths.added))
            sums["retained"] += steady @ arr
            sums["churn_shift"] += (stays - steady) @ arr
            sums["churn_luck"] += _luck(book, at, place, stays, uniform, normal[t])
            sums["expansion"] += (steady * added) @ arr
            sums["expansion_luck"] += (steady * added * value[:, None]) @ square * squared
            until = slice(0, h)
            sums["contribution"] += np.einsum(
                "daj,daj,a->d", in_force[:, :, until], (margin - support)[:, :, until], arr
            )
            sums["contribution_margin"] += np.einsum("aj,daj,a->d", usual[:, until], margin[:, :, until], arr)
            sums["contribution_support"] -= np.einsum("aj,daj,a->d", usual[:, until], support[:, :, until], arr)
    for sums in out.values():
        # variances were added up until here
        sums["expansion_luck"] = _gamma(sums["expansion"], sums["expansion_luck"], growth) - sums["expansion"]
        for name in ("churn_luck", "expansion_luck"):
            sums[name] = sums[name] - sums[name].mean()
    return out


def book_draws(
    book: pd.DataFrame,
    *,
    hazard_counts: pd.DataFrame,
    expansion_counts: pd.DataFrame,
    hazard: HazardPosterior,
    money: MoneyPosterior,
    expansion: ExpansionPosterior,
    size: ArrWeight,
    seed: int,
) -> pd.DataFrame:
    """One row per draw, segment of the book and horizon: `<measure>_cents` of every measure, whole minor units.

    Args:
        book: suff_arr_book, ARR of today's customers by segment, term type and age; may be empty.
        hazard_counts, expansion_counts: suff_hazard_monthly and suff_expansion.

    Returns:
        Null where nothing was ever observed: everything without a customer-month at risk, growth without exposure,
        contribution without known margin and support.

    Raises:
        CheckFailed: an input breaks its contract (table, column and row named).
    """
    spread = shift_sd(hazard_counts, hazard)
    quarters = spread * stream(seed, "book_shift", POOLED).standard_normal((N_DRAWS, _QUARTERS))
    # factors on the rate, one on average, so that a shift adds spread and no churn
    factors = np.exp(quarters)
    shift = np.repeat(factors / factors.mean(axis=0), _YEAR // _QUARTERS, axis=1)
    squared = squared_growth(expansion_counts)
    columns = [f"{name}_cents" for name in MEASURES]
    parts = []
    for segment, rows in _books(book).items():
        by_horizon = _segment_draws(segment, rows, (hazard, money, expansion, size), shift, squared, seed)
        for horizon, sums in by_horizon.items():
            frame = pd.DataFrame({f"{name}_cents": _whole(values) for name, values in sums.items()})
            frame.insert(0, "draw_id", np.arange(N_DRAWS))
            frame.insert(1, "segment_id", segment)
            frame.insert(2, "horizon_months", horizon)
            parts.append(frame)
    if not parts:
        return pd.DataFrame(columns=["draw_id", "segment_id", "horizon_months", *columns])
    return pd.concat(parts, ignore_index=True)


def _whole(values: Floats) -> pd.Series:
    """Whole minor units, null where unknown."""
    return pd.Series(np.round(values), dtype="Float64").mask(np.isnan(values)).astype("Int64")
