"""From sufficient statistics to the posterior tables: one call for the counts, one for the opportunity
weeks.
"""

from collections.abc import Iterable
from datetime import date

import pandas as pd

from orchestration.errors import CheckFailed
from orchestration.inference.constants import DISCOUNT_RATE, POOLED, model_version
from orchestration.inference.expansion import TABLE as EXPANSION_TABLE
from orchestration.inference.expansion import fit_expansion
from orchestration.inference.frames import numbers, require_columns, segment_column
from orchestration.inference.hazard import TABLE as HAZARD_TABLE
from orchestration.inference.hazard import fit_hazard, hazard_table
from orchestration.inference.lifecycle import lifecycle_draws, segment_kpi
from orchestration.inference.money import TABLE as MONEY_TABLE
from orchestration.inference.money import fit_money
from orchestration.inference.win import TABLE as WIN_TABLE
from orchestration.inference.win import fit_win_model, win_shift_draws

# Unknown money is NaN in these columns; everywhere else NaN is a fault of the fit.
_MAY_BE_UNKNOWN = {
    "gross_margin_rate",
    "support_cost_per_arr",
    "expansion_margin_per_arr",
    "expand_prob_12m",
    "expansion_value_per_arr",
    "alive_years_disc",
    "life_years",
    "renewal_prob_12m",
}


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
) -> dict[str, pd.DataFrame]:
    """Fit everything that describes a customer's life.

    Args:
        hazard, money, expansion, win_sample: suff_hazard_monthly, suff_money_monthly, suff_expansion and
            sample_opportunity_week; each may be empty.
        discount_rate: per year, 0.10 for 10 %.
        segments: ids that must appear even without data (they get the pooled prior), such as those of the
            rules.

    Returns:
        Tables `hazard`, `lifecycle_draw` and `segment_kpi`, each with model_version and as_of_date.

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
    life = fit_hazard(hazard, seed=seed, segments=names)
    cash = fit_money(money, seed=seed, segments=names)
    growth = fit_expansion(expansion, seed=seed, segments=names)
    shift = win_shift_draws(win_sample, seed=seed, segments=names)
    tables = {
        "hazard": hazard_table(life),
        "lifecycle_draw": lifecycle_draws(life, cash, growth, shift, discount_rate=discount_rate),
        "segment_kpi": segment_kpi(life, cash, growth),
    }
    for column in tables["lifecycle_draw"].columns.difference([*_MAY_BE_UNKNOWN, "segment_id", "term_type"]):
        numbers(tables["lifecycle_draw"], "lifecycle_draw", column)
    for column in tables["hazard"].columns.difference(["segment_id", "term_type", "is_extrapolated", "fallback_level"]):
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
