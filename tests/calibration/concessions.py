"""Decided deals where discounts go to buyers who leave anyway: the discount itself does nothing, or what is planted.

The pressure behind a discount is a competitor and the buyer's kind, which the segment tells.
"""

from pathlib import Path

import numpy as np
import pandas as pd

_POLICY = Path(__file__).parents[2] / "seeds" / "policy"


def seed_table(name: str) -> pd.DataFrame:
    """A policy seed of the effects, as the build reads it."""
    return pd.read_csv(_POLICY / f"{name}.csv")


def make_concessions(seed: int, deals: int, *, competitor_recorded: bool, effect: float = 0.0) -> pd.DataFrame:
    """sample_concession of one company. `effect`: on the log odds of leaving, per 10 points of discount."""
    rng = np.random.default_rng([seed, deals, int(competitor_recorded)])
    kind = rng.choice(5, deals, p=[0.3, 0.25, 0.2, 0.15, 0.1])
    strain = np.array([-0.9, -0.3, 0.1, 0.7, 1.2])[kind]
    rival = rng.random(deals) < 1 / (1 + np.exp(0.6 - 0.8 * strain))
    pushes = rng.poisson(0.6 + 0.3 * (strain > 0)).astype(float)
    discount = np.clip(np.round(8 + 3.5 * strain + 7.0 * rival + rng.normal(0, 5.5, deals), 1), 0, 60)
    terms = np.where(rng.random(deals) < 0.15 + 0.01 * discount, 60.0, 30.0)
    promises = rng.poisson(0.7 + 0.3 * rival + 0.2 * (strain > 0)).astype(float)
    custom = rng.poisson(1.2, deals).astype(float)
    won = rng.random(deals) < 1 / (1 + np.exp(0.3 - 0.2 * strain + 0.5 * rival))
    leave = -1.5 + 0.55 * strain + 0.9 * rival + 0.15 * pushes + rng.normal(0, 0.4, deals)
    leave += effect * (discount - 12) / 10
    churned = np.where(won, (rng.random(deals) < 1 / (1 + np.exp(-leave))).astype(float), np.nan)
    grown = np.where(won, (rng.random(deals) < 0.2) * (1 - np.nan_to_num(churned)), np.nan)
    frame = pd.DataFrame(
        {
            "opportunity_id": [f"006C{i:014d}" for i in range(deals)],
            "account_id": [f"001C{i:014d}" for i in rng.integers(0, deals, deals)],
            "segment_id": np.array([f"S{k + 1}" for k in range(5)])[kind],
            "is_randomised": 0.0,
            "requested_discount_pct": np.nan,
            "discount": discount,
            "contract_term": rng.choice([1.0, 12.0, 24.0], deals, p=[0.3, 0.5, 0.2]),
            "payment_terms": terms,
            "services_share": np.round(rng.beta(1.5, 9.0, deals), 3),
            "implementation_promises": promises,
            "customisation": custom,
            "concession_set": (discount >= 10).astype(float) + (terms >= 46) + (promises >= 2) + (custom >= 3),
            "deal_desk_request": np.nan,
            "competitor_present": rival.astype(float) if competitor_recorded else np.nan,
            "stakeholder_count": 1.0 + rng.poisson(3.0, deals),
            "days_per_stage": np.round(rng.gamma(3.0, 4.0, deals), 1),
            "push_count": pushes,
            "active_days_per_week": np.round(rng.gamma(3.0, 0.5, deals), 2),
            "has_success_criteria": (rng.random(deals) < 0.5).astype(float),
            "promised_onboarding_days": rng.choice([14.0, 30.0, 60.0], deals),
            "procurement_steps": rng.poisson(1.5, deals).astype(float),
            "integration_count": rng.poisson(1.0, deals).astype(float),
            "compliance_review": (rng.random(deals) < 0.3).astype(float),
            "security_review": (rng.random(deals) < 0.4).astype(float),
            "log_annual_amount": rng.normal(9.8, 0.9, deals),
            "closed_quarter_index": 8088.0 + rng.integers(0, 8, deals),
            "is_won": won.astype(float),
            "churned_12m": churned,
            "expanded_12m": grown,
            "contribution_per_arr_12m": np.where(won, 0.6 - 0.3 * np.nan_to_num(churned), np.nan)
            + rng.normal(0, 0.15, deals),
        }
    )
    for name in ("discount", "payment_terms", "procurement_steps"):
        frame.loc[rng.random(deals) < 0.06, name] = np.nan
    return frame


def count_deals(sample: pd.DataFrame) -> pd.DataFrame:
    """suff_concession of a sample, one row per deal and treatment; bands are reduced to treated or not."""
    parts = []
    rival = sample["competitor_present"].map({1.0: "yes", 0.0: "no"}).astype(object)
    for row in seed_table("structure_dimension").itertuples(index=False):
        if row.effect_family not in ("component", "set", "request"):
            continue
        value = sample[row.dimension]
        known = value.between(row.plausible_min, row.plausible_max)
        treated = known & (value >= row.treated_from)
        absent = "not_asked" if row.effect_family == "request" else "unknown"
        parts.append(
            pd.DataFrame(
                {
                    "segment_id": sample["segment_id"],
                    "concession_type": row.dimension,
                    "concession_band": np.where(known, np.where(treated, "high", "low"), absent),
                    "is_treated": treated,
                    "competitor_present": rival.where(rival.notna(), "unknown"),
                    "n_deals": 1,
                    "n_won": sample["is_won"].astype(int),
                    "n_matured_12m": sample["churned_12m"].notna().astype(int),
                    "n_churn_12m": sample["churned_12m"].fillna(0).astype(int),
                    "n_expanded_12m": sample["expanded_12m"].fillna(0).astype(int),
                    "n_margin_12m": sample["contribution_per_arr_12m"].notna().astype(int),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
