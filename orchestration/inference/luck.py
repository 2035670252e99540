"""What becomes of one customer, as against the average one: lives played out per segment, term and start age.

A draw of `lifecycle` is a state of the world, in which a deal is worth what such deals are worth on average. The luck
of a single deal is on top of that and has three sources, each per 1 of starting ARR and discounted alike:

    leaving    months lived, at the quantiles of the survival curve of ARR
    level      how far one customer's contribution lies from its segment's, and how much of that it keeps from one
               year to the next, as `sample_customer_year` shows; wild customers are cut at the outer half per cent
    growth     expansions of this customer, each of a size from the company's lognormal

503 lives at the mean of the draws; their sum is exactly 0 in whole millionths, so that adding luck moves no mean. Lives
are in random order: a deal takes life (a + b x draw) mod 503 with a and b from the hash of its name, which is another
life in each draw and another one than that of any other deal.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.inference.arr_weight import ArrWeight
from orchestration.inference.book import squared_growth
from orchestration.inference.constants import HORIZON_MONTHS, N_LIVES, START_AGES, TERM_TYPES
from orchestration.inference.expansion import ExpansionPosterior
from orchestration.inference.frames import Floats, numbers, refuse_rows, require_columns, segment_column
from orchestration.inference.hazard import HazardPosterior
from orchestration.inference.lifecycle import Ahead, discount_factors
from orchestration.inference.money import MoneyPosterior
from orchestration.inference.streams import stream
from orchestration.inference.survival import alive_months, survival_from

TABLE = "sample_customer_year"
COLUMNS = ("customer_id", "segment_id", "year_of_life", "contribution_per_arr")
_YEAR = 12
_YEARS = HORIZON_MONTHS // _YEAR
_CUT = (0.005, 0.995)
# Customer-years behind the spread of a segment of its own, and pairs of years behind what customers keep.
_OWN = 50
_PAIRS = 30
_E6 = 1e6


@dataclass(frozen=True)
class Levels:
    """How far customers lie from the mean of their segment and year of life.

    Attributes:
        first, later: standardised deviations of the first year and of later ones, all segments together.
        spread: standard deviation by segment, of the first year and of later ones.
        common: the same of all segments, for one that has too few customers.
        kept: correlation of a customer's deviation in one year with that in the next, 0 to 1.
    """

    first: Floats
    later: Floats
    spread: dict[str, tuple[float, float]]
    common: tuple[float, float]
    kept: float


def fit_levels(frame: pd.DataFrame) -> Levels:
    """Read spread and persistence of customers' levels off `sample_customer_year`, which may be empty.

    Raises:
        CheckFailed: a column absent, a number null or infinite, a year of life below 1.
    """
    require_columns(frame, TABLE, COLUMNS)
    year = numbers(frame, TABLE, "year_of_life", minimum=1).astype(np.int64)
    repeated = frame.duplicated(["customer_id", "year_of_life"]).to_numpy(dtype=bool)
    refuse_rows(TABLE, "year_of_life", repeated, "repeats a year of the same customer")
    rows = pd.DataFrame(
        {
            "customer": frame["customer_id"].to_numpy(dtype=object),
            "segment": segment_column(frame, TABLE).to_numpy(dtype=object),
            "year": year,
            "is_first": year == 1,
            "value": numbers(frame, TABLE, "contribution_per_arr"),
        }
    ).sort_values(["customer", "year"], ignore_index=True)
    if len(rows):
        low, high = np.quantile(rows["value"], _CUT)
        rows["value"] = rows["value"].clip(low, high)
    cell = rows.groupby(["segment", "year"])["value"]
    number = cell.transform("size").to_numpy(dtype=float)
    rows["gap"] = rows["value"] - cell.transform("mean")
    # a mean that is fitted takes one deviation with it; a customer alone in its cell tells nothing
    rows["gap"] *= np.sqrt(number / np.maximum(number - 1.0, 1.0))
    rows = rows[number > 1]
    everyone = float(np.sqrt(np.mean(rows["gap"] ** 2))) if len(rows) else 0.0
    common = _spread(rows["gap"], rows["is_first"], (everyone, everyone))
    spread = {
        str(name): _spread(part["gap"], part["is_first"], common) for name, part in rows.groupby("segment", sort=True)
    }
    sd = np.array(
        [spread[s][0 if first else 1] for s, first in zip(rows["segment"], rows["is_first"], strict=True)], dtype=float
    )
    rows = rows.assign(standard=np.divide(rows["gap"], sd, out=np.zeros(len(rows)), where=sd > 0))
    first = _standardised(rows.loc[rows["is_first"], "standard"])
    later = _standardised(rows.loc[~rows["is_first"], "standard"])
    return Levels(first, later if later.size >= _OWN else first, spread, common, _kept(rows))


def _spread(gap: pd.Series, is_first: pd.Series, common: tuple[float, float]) -> tuple[float, float]:
    """Standard deviations of first and later years; `common` stands in where there are fewer than 50."""
    first, later = gap[is_first], gap[~is_first]
    return (
        float(np.sqrt(np.mean(first**2))) if len(first) >= _OWN else common[0],
        float(np.sqrt(np.mean(later**2))) if len(later) >= _OWN else common[1],
    )


def _standardised(values: pd.Series) -> Floats:
    out = np.sort(values.to_numpy(dtype=float))
    scale = float(np.sqrt(np.mean(out**2))) if out.size else 0.0
    return out / scale if scale > 0 else np.zeros(1)


def _kept(rows: pd.DataFrame) -> float:
    """Correlation from year to year; 1, the widest answer, where fewer than 30 customers show two years."""
    following = rows["customer"].shift(-1).eq(rows["customer"]) & rows["year"].shift(-1).eq(rows["year"] + 1)
    if int(following.sum()) < _PAIRS:
        return 1.0
    now, then = rows.loc[following, "standard"], rows["standard"].shift(-1)[following]
    scale = float(np.sqrt(np.sum(now**2) * np.sum(then**2)))
    return float(np.clip(np.sum(now * then) / scale, 0.0, 1.0)) if scale > 0 else 1.0


def _levels_by_month(levels: Levels, segment: str, start_age: int, random: np.random.Generator) -> Floats:
    """Deviation of the yearly contribution per 1 of ARR of each life in months 0..59, shape (503, 60)."""
    of_first, of_later = levels.spread.get(segment, levels.common)
    fresh = np.empty((N_LIVES, _YEARS))
    for y in range(_YEARS):
        pool = levels.first if y == 0 and start_age == 0 else levels.later
        fresh[:, y] = pool[random.integers(0, pool.size, N_LIVES)]
    level = np.empty_like(fresh)
    level[:, 0] = fresh[:, 0]
    for y in range(1, _YEARS):
        level[:, y] = levels.kept * level[:, y - 1] + np.sqrt(1.0 - levels.kept**2) * fresh[:, y]
    scale = np.full(_YEARS, of_later)
    if start_age == 0:
        scale[0] = of_first
    return np.repeat(level * scale, _YEAR, axis=1)


def _months_lived(alive: Floats, random: np.random.Generator) -> npt.NDArray[np.int64]:
    """Months that each life lasts, 1 to 60: quantiles of the curve in random order, shape (503,)."""
    at = (np.arange(N_LIVES) + 0.5) / N_LIVES
    lived = (alive[None, :] > at[:, None]).sum(axis=1)
    order = random.permutation(N_LIVES)
    return np.asarray(np.maximum(lived, 1)[order], dtype=np.int64)


def centred(values: Floats) -> npt.NDArray[np.int64]:
    """Whole millionths whose sum is exactly 0; what rounding leaves goes to the first lives, one each."""
    whole: npt.NDArray[np.int64] = np.round((values - values.mean()) * _E6).astype(np.int64)
    rest = int(whole.sum())
    whole -= rest // whole.size
    whole[: rest % whole.size] -= 1
    return whole


def life_luck(
    hazard: HazardPosterior,
    money: MoneyPosterior,
    expansion: ExpansionPosterior,
    size: ArrWeight,
    *,
    customer_years: pd.DataFrame,
    expansion_counts: pd.DataFrame,
    discount_rate: float,
    seed: int,
) -> pd.DataFrame:
    """One row per segment, term type, start age and life 0..502: luck in whole millionths per 1 of starting ARR.

    Args:
        customer_years: sample_customer_year, which may be empty; then customers differ in life and growth only.
        expansion_counts: suff_expansion, from which the spread of an expansion's size comes.

    Returns:
        `luck_e6` without growth and `growth_luck_e6` of expansions; null where margin or life was never seen, growth
        also where nobody was ever exposed.
    """
    factors = discount_factors(discount_rate)
    levels = fit_levels(customer_years)
    sd = float(np.sqrt(np.log(squared_growth(expansion_counts))))
    parts = []
    for s, segment in enumerate(hazard.segments):
        aheads = {start: Ahead.of(money, expansion, s, start) for start in START_AGES}
        for term in TERM_TYPES:
            curve = size.survival(segment, hazard.survival_draws(segment, term), across_terms=False)
            for start in START_AGES:
                alive = alive_months(survival_from(curve, start)).mean(axis=0)
                random = stream(seed, f"life_luck_{term}_{start}", segment)
                ahead = aheads[start]
                luck, growth = _play(alive, ahead, levels, factors, sd, segment, start, random)
                if hazard.is_prior_only:
                    luck, growth = np.full(N_LIVES, np.nan), np.full(N_LIVES, np.nan)
                parts.append(
                    pd.DataFrame(
                        {
                            "segment_id": segment,
                            "term_type": term,
                            "start_age_months": start,
                            "life_id": np.arange(N_LIVES),
                            "luck_e6": _whole(luck),
                            "growth_luck_e6": _whole(growth),
                        }
                    )
                )
    return pd.concat(parts, ignore_index=True)


def _play(
    alive: Floats,
    ahead: Ahead,
    levels: Levels,
    factors: Floats,
    sd: float,
    segment: str,
    start: int,
    random: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Value of each life without growth, and of its growth, per 1 of starting ARR; (503,) each."""
    lived = _months_lived(alive, random)
    is_alive = np.arange(HORIZON_MONTHS)[None, :] < lived[:, None]
    support = ahead.support.mean(axis=0)
    left = ahead.margin.mean(axis=0) / _YEAR - (0.0 if np.isnan(support).all() else support)
    level = _levels_by_month(levels, segment, start, random) / _YEAR
    base = (is_alive * (left[None, :] + level) * factors).sum(axis=1)
    happens = random.random((N_LIVES, HORIZON_MONTHS)) < ahead.expansion_hazard.mean(axis=0)
    relative = np.exp(sd * random.standard_normal((N_LIVES, HORIZON_MONTHS)) - 0.5 * sd**2)
    # an expansion in a month is in force from the next one on
    added = np.cumsum(happens * relative, axis=1) * ahead.expansion_value
    in_force = np.column_stack([np.zeros(N_LIVES), added[:, :-1]])
    growth = (is_alive * in_force * ahead.of_added.mean(axis=0) * factors).sum(axis=1)
    return base, growth


def _whole(values: Floats) -> pd.Series:
    """Centred whole millionths, null where unknown."""
    if np.isnan(values).any():
        return pd.Series(pd.array([pd.NA] * values.size, dtype="Int64"))
    return pd.Series(pd.array(centred(values), dtype="Int64"))
