"""From sufficient statistics to the posterior tables: one call for the counts, one for the opportunity
weeks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from orchestration.errors import CheckFailed
from orchestration.inference.arr_weight import ArrWeight, fit_arr_weight
from orchestration.inference.book import book_draws
from orchestration.inference.constants import DISCOUNT_RATE, POOLED, model_version
from orchestration.inference.curves import expansion_curve, money_curve, money_draws
from orchestration.inference.dependence import bucket_correlations, couple
from orchestration.inference.expansion import TABLE as EXPANSION_TABLE
from orchestration.inference.expansion import ExpansionPosterior, fit_expansion
from orchestration.inference.frames import numbers, require_columns, segment_column
from orchestration.inference.hazard import TABLE as HAZARD_TABLE
from orchestration.inference.hazard import HazardPosterior, fit_hazard, hazard_table
from orchestration.inference.lifecycle import lifecycle_draws, segment_kpi
from orchestration.inference.luck import life_luck
from orchestration.inference.money import TABLE as MONEY_TABLE
from orchestration.inference.money import MoneyPosterior, fit_money
from orchestration.inference.optimism import Optimism
from orchestration.inference.win import TABLE as WIN_TABLE
from orchestration.inference.win import fit_win_model, win_shift_draws

# Unknown money is NaN in these columns; everywhere else NaN is a fault of the fit.
_MAY_BE_UNKNOWN = {
    "margin_per_arr",
    "support_cost_per_arr",
    "expansion_margin_per_arr",
    "expand_prob_12m",
    "expansion_value_per_arr",
    "alive_years_disc",
    "life_years",
    "renewal_prob_12m",
}


@dataclass(frozen=True)
class Life:
    """Posteriors of one company whose draws belong together: draw i of all four is one state of the world."""

    hazard: HazardPosterior
    money: MoneyPosterior
    expansion: ExpansionPosterior
    size: ArrWeight


def fit_life(
    *,
    hazard: pd.DataFrame,
    money: pd.DataFrame,
    expansion: pd.DataFrame,
    seed: int,
    segments: Iterable[str] = (),
    money_quarterly: pd.DataFrame | None = None,
    optimism: Optimism | None = None,
    integrate_pool: bool = True,
) -> Life:
    """Fit churn, money, expansion and the weight of ARR, and tie their draws together.

    Args:
        hazard, money, expansion: suff_hazard_monthly, suff_money_monthly, suff_expansion; each may be empty.
        segments: ids that must appear even without data.
        money_quarterly: suff_money_quarterly; without it calendar shocks of cost widen no interval.
        optimism: luck of the deals that the segments were found on (`optimism_of`); without it none is assumed.
        integrate_pool: as in `fit_hazard`.

    Raises:
        CheckFailed: an input breaks its contract (table, column and row named).
    """
    names = set(segments)
    for frame, table in ((hazard, HAZARD_TABLE), (money, MONEY_TABLE), (expansion, EXPANSION_TABLE)):
        require_columns(frame, table, ("segment_id",))
        names |= set(segment_column(frame, table))
    life = fit_hazard(hazard, seed=seed, segments=names, optimism=optimism, integrate_pool=integrate_pool)
    cash = fit_money(money, seed=seed, segments=names, quarterly=money_quarterly)
    growth = fit_expansion(expansion, seed=seed, segments=names, integrate_pool=integrate_pool)
    size = fit_arr_weight(hazard, seed=seed, segments=names)
    together = bucket_correlations(hazard, money, expansion, segments=names)
    return Life(life, *couple(life, cash, growth, size, together))


def fit_posteriors(
    *,
    hazard: pd.DataFrame,
    money: pd.DataFrame,
    expansion: pd.DataFrame,
    win_sample: pd.DataFrame,
    as_of: date,
    seed: int,
    discount_rate: float = DISCOUNT_RATE,
    segments: Iterable[str] = (),
    money_quarterly: pd.DataFrame | None = None,
    optimism: Optimism | None = None,
    book: pd.DataFrame | None = None,
    customer_years: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """Fit everything that describes a customer's life.

    Args:
        hazard, money, expansion, win_sample: suff_hazard_monthly, suff_money_monthly, suff_expansion and
            sample_opportunity_week; each may be empty.
        discount_rate: per year, 0.10 for 10 %.
        segments: ids that must appear even without data (they get the pooled prior), such as those of the
            rules.
        money_quarterly: suff_money_quarterly; without it calendar shocks of cost widen no interval.
        optimism: luck of the deals that the segments were found on (`optimism_of`); without it none is assumed.
        book: suff_arr_book, which may be empty; without it nothing is said of today's customers.
        customer_years: sample_customer_year, which may be empty; without it nothing is said of single customers.

    Returns:
        Tables `hazard`, `lifecycle_draw`, `segment_kpi`, `expansion_curve`, `money_curve`, `money_draw` and, with a
        book, `book_draw`, with customer_years `life_luck`, each with model_version and as_of_date.

    Raises:
        CheckFailed: an input breaks its contract (table, column and row named), or a fit gave NaN.
        WrongUse: the discount rate is no rate.
    """
    names = set(segments) - {POOLED}
    for frame, table in (
        (hazard, HAZARD_TABLE),
        (money, MONEY_TABLE),
        (expansion, EXPANSION_TABLE),
        (win_sample, WIN_TABLE),
    ):
        require_columns(frame, table, ("segment_id",))
        names |= set(segment_column(frame, table))
    life = fit_life(
        hazard=hazard,
        money=money,
        expansion=expansion,
        seed=seed,
        segments=names,
        money_quarterly=money_quarterly,
        optimism=optimism,
    )
    shift = win_shift_draws(win_sample, seed=seed, segments=names)
    parts = (life.hazard, life.money, life.expansion)
    tables = {
        "hazard": hazard_table(life.hazard),
        "lifecycle_draw": lifecycle_draws(*parts, shift, discount_rate=discount_rate, size=life.size),
        "segment_kpi": segment_kpi(*parts, size=life.size),
        "expansion_curve": expansion_curve(life.hazard, life.expansion, size=life.size),
        "money_curve": money_curve(life.money),
        "money_draw": money_draws(life.money),
    }
    if book is not None:
        tables["book_draw"] = book_draws(
            book,
            hazard_counts=hazard,
            expansion_counts=expansion,
            hazard=life.hazard,
            money=life.money,
            expansion=life.expansion,
            size=life.size,
            seed=seed,
        )
    if customer_years is not None:
        tables["life_luck"] = life_luck(
            *parts,
            life.size,
            customer_years=customer_years,
            expansion_counts=expansion,
            discount_rate=discount_rate,
            seed=seed,
        )
    for column in tables["lifecycle_draw"].columns.difference([*_MAY_BE_UNKNOWN, "segment_id", "term_type"]):
        numbers(tables["lifecycle_draw"], "lifecycle_draw", column)
    words = ["segment_id", "term_type", "is_extrapolated", "fallback_level", "survival_p_better"]
    for column in tables["hazard"].columns.difference(words):
        numbers(tables["hazard"], "hazard", column, minimum=0)
    for column in sorted(_MAY_BE_UNKNOWN):
        unknown = tables["lifecycle_draw"][column].isna()
        if unknown.any() and not unknown.all():
            row = tables["lifecycle_draw"].loc[unknown].iloc[0]
            raise CheckFailed(
                f"Table lifecycle_draw, column {column}: unknown for segment {row.segment_id}, term {row.term_type}, "
                "but known for others.",
                "Look at the sufficient statistics of that segment.",
            )
    if (tables["hazard"]["hazard_mean"] > 1).any():
        raise CheckFailed("Table hazard, column hazard_mean: is above 1.", "Look at the sufficient statistics.")
    version = model_version(seed, discount_rate)
    return {name: table.assign(model_version=version, as_of_date=as_of) for name, table in tables.items()}


def fit_win(
    win_sample: pd.DataFrame, *, as_of: date, seed: int, decided: tuple[int, int] = (0, 0)
) -> dict[str, pd.DataFrame]:
    """Fit the win model: tables `win_coefficient` and `win_calibration`, each with model_version and
    as_of_date.

    The fit uses no random number; `seed` only enters the version. `decided` as in `fit_win_model`.
    """
    coefficient, calibration = fit_win_model(win_sample, decided)
    tables = {"win_coefficient": coefficient, "win_calibration": calibration}
    version = model_version(seed)
    return {name: table.assign(model_version=version, as_of_date=as_of) for name, table in tables.items()}
