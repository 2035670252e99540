"""A demo company as the rows that the segment marts count from, beside the true chance of every customer.

The mechanism is that of the demo (orchestration/demo): its sales, its terms, its customers' lives. What is left out is
the way through exports, staging and identity, which the end-to-end companies test; so twenty companies take a minute.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from orchestration.demo import accounts, lifecycle, opportunities
from orchestration.demo import segments as seg
from orchestration.demo.settings import DAY, Arr, Settings

AS_OF = date(2026, 11, 2)
_YEAR = 12


@dataclass(frozen=True)
class Deals:
    """Decided new-business deals of one company.

    Attributes:
        seen: what a warehouse would know, one row per deal: opportunity_id, segment_id (the latent one), is_won,
            is_mature_12m, outcomes of twelve months, cycle_days and the signals of the deal.
        chance: true chances of won deals, in the order of `seen`: churn and expansion within twelve months, NaN for
            lost ones.
    """

    seen: pd.DataFrame
    chance: pd.DataFrame


def expansion_chance(customers: pd.DataFrame) -> Arr:
    """Chance of at least one expansion in completed months 0 to 11, leaving being a competing end; shape (n,)."""
    segment, term = customers["segment"].to_numpy(), customers["term"].to_numpy()
    alive = np.ones(len(customers))
    none_yet = np.ones(len(customers))
    chance = np.zeros(len(customers))
    for age in range(_YEAR):
        if age > 0:
            alive = alive * (1 - seg.churn_hazard(segment, term, age, customers["shift"].to_numpy()))
        grows = seg.expansion_hazard(segment, age)
        chance += alive * none_yet * grows
        none_yet = none_yet * (1 - grows)
    return chance


def draw(seed: int, n_customers: int = 2000) -> Deals:
    """Play one company of `n_customers` over 36 months."""
    settings = Settings(n_customers=n_customers, n_months=36, seed=seed, as_of=AS_OF)
    sales = opportunities.new_business(settings)
    sales["account"] = accounts.place_deals(sales, settings)
    sales["services"] = 0
    decided = sales[sales["closed"] < settings.now].reset_index(drop=True)
    life = lifecycle.live(decided[decided["won"]], settings)
    customers = life.customers
    start = customers["start_day"].to_numpy().astype("datetime64[D]").astype("datetime64[M]")
    # twelve months after the first one are over
    is_mature = start + _YEAR < np.datetime64(AS_OF, "M")
    churned = (customers["churn_age"].to_numpy() > 0) & (customers["churn_age"].to_numpy() <= _YEAR)
    growth = life.changes[(life.changes["after"] > life.changes["before"]) & ~life.changes["is_renewal"]]
    expanded = np.zeros(len(customers), dtype=bool)
    expanded[growth.loc[growth["age"] < _YEAR, "customer"].to_numpy()] = True
    row = customers["deal"].to_numpy()
    seen = pd.DataFrame(
        {
            "opportunity_id": [f"d{number:06d}" for number in range(len(decided))],
            "segment_id": np.array(seg.SEGMENTS)[decided["segment"]],
            "is_won": decided["won"].to_numpy(),
            "cycle_days": (decided["closed"].to_numpy() - decided["created"].to_numpy()) // DAY,
            "discount_pct": decided["discount"].to_numpy().astype(float),
            "contract_term_months": decided["term"].to_numpy().astype(float),
            "payment_terms_days": decided["payment_terms"].to_numpy().astype(float),
            "customisation_requests": decided["customisation"].to_numpy().astype(float),
            "implementation_promises": decided["promises"].to_numpy().astype(float),
            "promised_onboarding_days": decided["onboarding"].to_numpy().astype(float),
            "has_success_criteria": decided["success"].to_numpy().astype(float),
        }
    )
    mature = np.zeros(len(decided), dtype=bool)
    mature[row] = is_mature
    seen["is_mature_12m"] = mature
    for name, value in {"has_churned_12m": churned, "has_expanded_12m": expanded}.items():
        flag = np.full(len(decided), None, dtype=object)
        flag[row[is_mature]] = value[is_mature]
        seen[name] = pd.array(flag, dtype="boolean")
    chance = pd.DataFrame(np.nan, index=seen.index, columns=["churn", "expansion"])
    chance.loc[row, "churn"] = 1 - customers["survival_12"].to_numpy()
    chance.loc[row, "expansion"] = expansion_chance(customers)
    return Deals(seen, chance)


def shuffle_outcomes(deals: Deals, seed: int) -> Deals:
    """Return the company with the outcomes of its mature customers dealt anew: nothing known before goes with them."""
    rng = np.random.default_rng([seed, 1])
    seen, chance = deals.seen.copy(), deals.chance.copy()
    mature = np.flatnonzero(seen["is_mature_12m"])
    other = rng.permutation(mature)
    for name in ("has_churned_12m", "has_expanded_12m"):
        seen.loc[mature, name] = deals.seen[name].to_numpy()[other]
    chance.loc[mature] = deals.chance.loc[mature].mean().to_numpy()
    return Deals(seen, chance)
