"""From a made-up company to its plays, through the project's compiled models, and what each policy then brings."""

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from tests.plays.company import AS_OF, RESPONSES, Arr, Company
from tests.warehouse.compiled import Warehouse, columns_given

# in the order in which they read one another
MODELS: Final = (
    "intermediate/lifecycle/int_lifecycle__value_draw",
    "intermediate/opportunity/int_opportunity__roi_draw",
    "core/facts/fct_opportunity_roi",
    "intermediate/opportunity/int_opportunity__roi_week",
    "intermediate/opportunity/int_opportunity__threshold_problem",
    "intermediate/opportunity/int_opportunity__rule_problem",
    "intermediate/opportunity/int_opportunity__play_threshold",
    "intermediate/opportunity/int_opportunity__metric_week",
    "intermediate/opportunity/int_opportunity__gate_week",
    "core/facts/fct_opportunity_play_week",
)
POLICIES: Final = ("plays", "no gates", "by_amount", "by_win")
# what a seller's hours would have to be multiplied by to close all that is open
SCARCITY: Final = 0.3


def decide(home: Path, types: dict[str, dict[str, str]], company: Company) -> pd.DataFrame:
    """Return the deals in their order with play, rule_id, value_per_hour and p_negative as the models decide them."""
    deals = company.deals
    week = deals.assign(week_index=0, snapshot_on=AS_OF, decision_week_on=AS_OF, deal_age_days=400)
    given = {
        "staging.stg_predictions__lifecycle_draw": company.draws,
        "intermediate.int_opportunity__roi_term": week.assign(start_age_months=0, parked_win_retention=0.5),
        "core.fct_opportunity": deals.assign(is_open=True),
        "intermediate.int_opportunity__decision_week": week.assign(segment_confidence=0.9, is_open_now=True),
        "intermediate.int_opportunity__score_week": week,
        "intermediate.int_revenue__fx_rate_as_of": pd.DataFrame({"currency": ["USD"], "rate_to_reporting": [1]}),
    }
    with Warehouse(home) as warehouse:
        for place, columns in types.items():
            schema, _, table = place.partition(".")
            if schema == "reference":
                warehouse.give_seeds(table)
                continue
            frame = given.get(place, pd.DataFrame(columns=list(columns)))
            picked = ", ".join(
                f"cast({name if name in frame else 'null'} as {data_type}) as {name}"
                for name, data_type in columns.items()
            )
            warehouse.give(place, frame, picked)
        warehouse.make(*MODELS)
        plays = warehouse.read("core.fct_opportunity_play_week")
        roi = warehouse.read("core.fct_opportunity_roi")
    found = deals[["opportunity_id"]].merge(plays, on="opportunity_id", how="left", validate="one_to_one")
    found["p_negative"] = found["opportunity_id"].map(roi.set_index("opportunity_id")["p_expected_roi_negative"])
    return found[["opportunity_id", "play", "rule_id", "value_per_hour", "p_negative"]].astype(
        {"value_per_hour": float}
    )


def order_of(policy: str, company: Company, decided: pd.DataFrame) -> Arr:
    """Return what a policy sorts by, the greater the sooner; NaN = not worked at all."""
    if policy == "by_amount":
        return company.deals["arr_amount"].to_numpy(dtype=np.float64)
    if policy == "by_win":
        return company.deals["win_probability"].to_numpy(dtype=np.float64)
    worth = decided["value_per_hour"].to_numpy(dtype=np.float64)
    if policy == "no gates":
        return np.where(worth > 0, worth, np.nan)
    return np.where(decided["play"] == "Park", np.nan, worth)


def work(order: Arr, company: Company) -> np.ndarray:
    """Which deals each seller works: down the order, passing over what no longer fits, until the hours are used."""
    hours = company.deals["hours_to_close"].to_numpy(dtype=np.float64)
    worked = np.zeros(len(hours), dtype=bool)
    for _, rows in company.deals.groupby("owner_user_id").indices.items():
        left = SCARCITY * hours[rows].sum()
        for row in sorted(rows, key=lambda at: (-np.nan_to_num(order[at], nan=-np.inf), at)):
            if not np.isnan(order[row]) and hours[row] <= left:
                worked[row] = True
                left -= hours[row]
    return worked


def outcome(worked: np.ndarray, company: Company, response: str) -> tuple[float, float]:
    """Return realised and expected contribution of all deals per hour that the sellers have, reporting currency.

    An hour that a policy leaves unused counts as spent, so holding back is never an advantage.
    """
    lost = RESPONSES[response](company.win, company.deals["motion"].to_numpy(dtype=np.float64))
    chance = company.win * np.where(worked, 1.0, 1.0 - lost)
    uniform, factor = company.luck
    hours = SCARCITY * company.deals["hours_to_close"].sum()
    realised = ((uniform < chance) * company.value * factor).sum()
    return float(realised / hours), float((chance * company.value).sum() / hours)


def best_order(company: Company, response: str) -> Arr:
    """Order by the true gain per hour: what somebody would do who knew everything but luck."""
    lost = RESPONSES[response](company.win, company.deals["motion"].to_numpy(dtype=np.float64))
    gain = company.win * lost * company.value / company.deals["hours_to_close"].to_numpy(dtype=np.float64)
    return np.where(gain > 0, gain, np.nan)


def compare(seeds: range, home: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Play companies of these seeds.

    Returns:
        One row per seed, response and policy with realised and expected contribution per hour; one row per deal with
        seed, play, rule_id, p_negative and whether its true expected ROI is below nil.
    """
    types = columns_given(home, MODELS)
    results, deals = [], []
    for seed in seeds:
        company = draw_company(seed)
        decided = decide(home, types, company)
        roi = company.win * company.value - company.deals["cost_to_close"].to_numpy(dtype=np.float64)
        deals.append(decided.assign(seed=seed, is_loss=roi < 0, segment_id=company.deals["segment_id"]))
        worked = {policy: work(order_of(policy, company, decided), company) for policy in POLICIES}
        for response in RESPONSES:
            every = {**worked, "all known": work(best_order(company, response), company)}
            for policy, chosen in every.items():
                realised, expected = outcome(chosen, company, response)
                row = {"seed": seed, "response": response, "policy": policy, "share_worked": float(chosen.mean())}
                results.append({**row, "realised": realised, "expected": expected})
    return pd.DataFrame(results), pd.concat(deals, ignore_index=True)


def draw_company(seed: int) -> Company:
    """Draw the company of a seed; apart so that a test may draw smaller ones."""
    from tests.plays.company import draw

    return draw(seed)
