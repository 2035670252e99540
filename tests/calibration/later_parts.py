"""Numbers of parts that a version of the project may not have: tail, intervals of single deals, effects of concessions.

Each function returns nothing where the module is absent, and the table then has no such line.
"""

from collections.abc import Iterable
from importlib.util import find_spec

import numpy as np
import pandas as pd

from tests.calibration.cohort import SERIES, at_risk_and_lost
from tests.calibration.company import first_day, make_company, mature_deals
from tests.calibration.concessions import count_deals, make_concessions, seed_table
from tests.calibration.fitted import assign, learn_rules

LEVEL = 0.80
_LATER_MONTHS = 15


def _has(module: str) -> bool:
    return find_spec(f"orchestration.inference.{module}") is not None


def tail_forecasts(seed: int = 7) -> dict[str, np.ndarray]:
    """Mean forecast of the share retained after years 1..12 of both public series, fitted on years 1..7."""
    if not _has("tail"):
        return {}
    from orchestration.inference.tail import Years, retention_draws

    out = {}
    for series in SERIES:
        at_risk, lost = at_risk_and_lost(series)
        draws = retention_draws(Years(at_risk, lost), 12, np.random.default_rng(seed))
        out[series] = draws.mean(axis=0)
    return out


def deal_intervals(customers: int, seeds: Iterable[int], worlds: Iterable[str]) -> pd.DataFrame:
    """Cover of the 80 % interval of single deals' first year, on deals that mature within 15 months of the origin.

    Returns:
        world, seed, cover, lowest and highest cover of a segment with at least 200 later deals, width; `table` and
        `table_width` are those of plain quantiles by segment.
    """
    if not _has("deal_interval"):
        return pd.DataFrame()
    from orchestration.inference.deal_interval import fit_deal_interval, score_deal_value

    rows = []
    for world in worlds:
        for seed in seeds:
            company = make_company(world, 300 + seed, customers, origin=36 + _LATER_MONTHS, later=0)
            rules = learn_rules(company, seed, 36)
            past, every = mature_deals(company, (), 36), mature_deals(company, ())
            later = every[~every["opportunity_id"].isin(past["opportunity_id"])].reset_index(drop=True)
            past, later = (
                deals.assign(segment_id=assign(rules, deals), started_on=deals["closed_on"]) for deals in (past, later)
            )
            tables = fit_deal_interval(past, as_of=first_day(36), seed=seed)
            scored = score_deal_value(tables["deal_interval"], tables["deal_value_coefficient"], later)
            y, home = later["contribution_per_arr_12m"], later["segment_id"]
            inside = (scored["lower_per_arr"] <= y) & (y <= scored["upper_per_arr"])
            by = past.groupby("segment_id")["contribution_per_arr_12m"].quantile([0.1, 0.9]).unstack().reindex(home)
            plain = (by[0.1].to_numpy() <= y) & (y <= by[0.9].to_numpy())
            of_segment = inside.groupby(home).agg(["mean", "size"])
            judged = of_segment.loc[of_segment["size"] >= 200, "mean"]
            rows.append(
                {
                    "world": world,
                    "seed": seed,
                    "cover": inside.mean(),
                    "lowest": judged.min(),
                    "highest": judged.max(),
                    "width": (scored["upper_per_arr"] - scored["lower_per_arr"]).mean(),
                    "table": plain.mean(),
                    "table_width": (by[0.9] - by[0.1]).mean(),
                }
            )
    return pd.DataFrame(rows)


def discount_effects(seeds: Iterable[int], deals: int = 5_000) -> pd.DataFrame:
    """What is said of a discount's effect on leaving, without and with an effect, competitor recorded or not.

    Returns:
        recorded, effect, seed, adjusted (1 when called an effect), inside (truth in the 90 % interval of the
        association), naive (plain logistic slope per 10 points).
    """
    if not _has("effects"):
        return pd.DataFrame()
    from orchestration.inference.effects import fit_concession_effects

    rows = []
    for recorded, effect in ((True, 0.0), (False, 0.0), (True, 0.4)):
        for seed in seeds:
            sample = make_concessions(seed, deals, competitor_recorded=recorded, effect=effect)
            out = fit_concession_effects(
                sample,
                count_deals(sample),
                dimensions=seed_table("structure_dimension"),
                limits=seed_table("effect_limit"),
                placebos=seed_table("effect_placebo"),
                as_of=first_day(36),
                seed=seed,
            ).set_index(["concession_type", "segment_id", "outcome"])
            row = out.loc[("discount", "all", "churned_12m")]
            rows.append(
                {
                    "recorded": recorded,
                    "effect": effect,
                    "seed": seed,
                    "adjusted": float(row["identification"] == "adjusted"),
                    "inside": float(row["association_p05"] <= effect <= row["association_p95"]),
                    "mean": row["association_mean"],
                    "naive": _plain_slope(sample),
                }
            )
    return pd.DataFrame(rows)


def _plain_slope(sample: pd.DataFrame) -> float:
    """Log odds of leaving per 10 points of discount, nothing else held fixed."""
    from sklearn.linear_model import LogisticRegression

    known = sample["churned_12m"].notna() & sample["discount"].notna()
    x = sample.loc[known, ["discount"]] / 10
    return float(LogisticRegression(C=1e6).fit(x, sample.loc[known, "churned_12m"]).coef_[0, 0])
