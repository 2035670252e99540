"""Decided deals with known effects of concessions, as `sample_concession` and `suff_concession` hold them.

Discount, payment terms and promises follow the kind of buyer, the competitor and one another; leaving follows the
kind of buyer and the competitor, and the concessions only by the effects planted.
"""

from pathlib import Path

import numpy as np
import pandas as pd

SEEDS = Path(__file__).parents[3] / "seeds" / "policy"
KINDS = 5


def dimensions() -> pd.DataFrame:
    return pd.read_csv(SEEDS / "structure_dimension.csv")


def limits() -> pd.DataFrame:
    return pd.read_csv(SEEDS / "effect_limit.csv")


def placebos() -> pd.DataFrame:
    return pd.read_csv(SEEDS / "effect_placebo.csv")


def simulate_concessions(
    seed: int,
    n: int = 6000,
    *,
    discount_effect: float = 0.0,
    terms_effect: float = 0.0,
    competitor_known: float = 1.0,
    base_logit: float = -1.6,
    randomised: int = 0,
    randomised_effect: float = 0.0,
) -> pd.DataFrame:
    """Draw decided deals.

    Args:
        discount_effect, terms_effect: on the log odds of leaving, per 10 points and per 30 days.
        competitor_known: share of deals on which the competitor field is recorded.
        randomised: deals whose request was decided by lot, with `randomised_effect` on the log odds of winning.
    """
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, KINDS, n)
    level = np.array([-1.0, -0.4, 0.1, 0.6, 1.1])[kind]
    competitor = rng.random(n) < 1 / (1 + np.exp(0.9 - 1.2 * level))
    discount = np.clip(np.round(9 + 3.0 * level + 5.0 * competitor + rng.normal(0, 5, n), 1), 0, 60)
    terms = rng.choice([30.0, 45.0, 60.0, 90.0], n)
    terms = np.where(rng.random(n) < 0.3 + 0.01 * discount, terms, 30.0)
    promises = rng.poisson(0.8 + 0.4 * (level > 0.5) + 0.02 * discount).astype(float)
    custom = rng.poisson(1.5, n).astype(float)
    request = np.where(rng.random(n) < 0.3, (rng.random(n) < 0.7).astype(float), np.nan)
    asked = np.where(np.isnan(request), np.nan, discount + 3)
    drawn = np.zeros(n)
    if randomised:
        drawn[:randomised] = 1.0
        request[:randomised] = (rng.random(randomised) < 0.5).astype(float)
        asked[:randomised] = 15.0
    win = -0.2 + 0.3 * level - 0.4 * competitor + randomised_effect * drawn * np.nan_to_num(request)
    won = rng.random(n) < 1 / (1 + np.exp(-win))
    churn = base_logit + 0.5 * level + 0.7 * competitor + rng.normal(0, 0.3, n)
    churn += discount_effect * (discount - 12) / 10 + terms_effect * (terms - 45) / 30
    churned = np.where(won, (rng.random(n) < 1 / (1 + np.exp(-churn))).astype(float), np.nan)
    expanded = np.where(won, (rng.random(n) < 0.25 - 0.05 * level).astype(float) * (1 - np.nan_to_num(churned)), np.nan)
    concessions = (discount >= 10).astype(float) + (terms >= 46) + (promises >= 2) + (custom >= 3)
    frame = pd.DataFrame(
        {
            "opportunity_id": [f"D{i:06d}" for i in range(n)],
            "account_id": [f"A{i // 2:06d}" for i in range(n)],
            "segment_id": np.array([f"S{k + 1}" for k in range(KINDS)])[kind],
            "is_randomised": drawn,
            "requested_discount_pct": asked,
            "discount": discount,
            "contract_term": rng.choice([1.0, 12.0, 24.0, 36.0], n, p=[0.2, 0.5, 0.2, 0.1]),
            "payment_terms": terms,
            "services_share": np.round(rng.beta(1.2, 6.0, n), 3),
            "implementation_promises": promises,
            "customisation": custom,
            "concession_set": concessions,
            "deal_desk_request": request,
            "competitor_present": np.where(rng.random(n) < competitor_known, competitor.astype(float), np.nan),
            "stakeholder_count": rng.poisson(4.0 - level).astype(float),
            "days_per_stage": np.round(rng.gamma(3.0, 5.0, n), 1),
            "push_count": rng.poisson(0.8, n).astype(float),
            "active_days_per_week": np.round(rng.gamma(2.0, 0.7, n), 2),
            "has_success_criteria": (rng.random(n) < 0.5 - 0.1 * level).astype(float),
            "promised_onboarding_days": rng.choice([14.0, 30.0, 45.0], n),
            "procurement_steps": rng.poisson(1.5, n).astype(float),
            "integration_count": rng.poisson(1.0, n).astype(float),
            "compliance_review": (rng.random(n) < 0.3).astype(float),
            "security_review": (rng.random(n) < 0.3).astype(float),
            "log_annual_amount": rng.normal(9.5, 0.8, n),
            "closed_quarter_index": rng.integers(0, 12, n).astype(float),
            "is_won": won.astype(float),
            "churned_12m": churned,
            "expanded_12m": expanded,
            "contribution_per_arr_12m": np.where(
                won, 0.7 - 0.35 * np.nan_to_num(churned) + rng.normal(0, 0.1, n), np.nan
            ),
        }
    )
    for name in ("discount", "payment_terms", "stakeholder_count", "procurement_steps"):
        frame.loc[rng.random(n) < 0.05, name] = np.nan
    return frame


def count_concessions(sample: pd.DataFrame) -> pd.DataFrame:
    """suff_concession of a sample: treated or not is all that the fit needs of the band."""
    parts = []
    for row in dimensions().itertuples(index=False):
        if row.effect_family not in ("component", "set", "request"):
            continue
        value = sample[row.dimension]
        known = value.between(row.plausible_min, row.plausible_max)
        absent = "not_asked" if row.effect_family == "request" else "unknown"
        competitor = sample["competitor_present"].map({1.0: "yes", 0.0: "no"}).fillna("unknown")
        parts.append(
            pd.DataFrame(
                {
                    "segment_id": sample["segment_id"],
                    "concession_type": row.dimension,
                    "concession_band": np.where(known, np.where(value >= row.treated_from, "high", "low"), absent),
                    "is_treated": known & (value >= row.treated_from),
                    "competitor_present": competitor,
                    "n_deals": 1,
                    "n_won": sample["is_won"].astype(int),
                    "n_matured_12m": sample["churned_12m"].notna().astype(int),
                    "n_churn_12m": sample["churned_12m"].fillna(0).astype(int),
                    "n_expanded_12m": sample["expanded_12m"].fillna(0).astype(int),
                    "n_margin_12m": sample["contribution_per_arr_12m"].notna().astype(int),
                }
            )
        )
    rows = pd.concat(parts)
    key = ["segment_id", "concession_type", "concession_band", "is_treated", "competitor_present"]
    return rows.groupby(key, as_index=False).sum()
