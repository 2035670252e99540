"""A company with known truth, drawn as the tables that the inference library reads.

Six segments with their own churn level, age slope and renewal spike, customer frailty, late entry (customers
who started up to two years before the first observed month and left before it are never seen), expansions,
    margin, support.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

SEGMENTS = ("S1", "S2", "S3", "S4", "S5", "S6")
SHARES = np.array([0.28, 0.22, 0.18, 0.14, 0.10, 0.08])
LEVEL = np.array([-3.2, -4.4, -3.7, -3.0, -4.0, -3.4])
SLOPE = np.array([-0.45, -0.15, -0.30, -0.60, -0.20, -0.40])
RENEWAL = np.array([1.2, 0.7, 1.5, 1.0, 0.9, 1.4])
FRAILTY_SD = 0.5
MONTHLY_SHARE = np.array([0.6, 0.2, 0.4, 0.7, 0.3, 0.5])
ANNUAL_EFFECT = -0.5
EXPANSION = np.array([0.010, 0.030, 0.015, 0.005, 0.020, 0.012])
EXPANSION_LOG_MEAN = np.log(np.array([0.15, 0.30, 0.20, 0.10, 0.25, 0.20]))
EXPANSION_LOG_SD = 0.5
MARGIN = np.array([0.70, 0.80, 0.60, 0.65, 0.75, 0.55])
SUPPORT = np.array([0.020, 0.006, 0.015, 0.030, 0.010, 0.025])


@dataclass(frozen=True)
class Company:
    """Tables of one simulated company and the truth behind them."""

    hazard: pd.DataFrame
    money: pd.DataFrame
    expansion: pd.DataFrame
    survival_12m: np.ndarray


def _logit(segment: np.ndarray, annual: np.ndarray, age: np.ndarray) -> np.ndarray:
    eta = LEVEL[segment] + SLOPE[segment] * (np.log1p(age) - np.log1p(6.0)) + ANNUAL_EFFECT * annual
    return eta + RENEWAL[segment] * (annual & (age % 12 == 0))


def true_survival_12m() -> np.ndarray:
    """12-month survival of a new customer of each segment, over frailty (Gauss-Hermite) and term."""
    node, weight = np.polynomial.hermite_e.hermegauss(41)
    weight = weight / weight.sum()
    out = np.zeros(len(SEGMENTS))
    for s in range(len(SEGMENTS)):
        for annual, share in ((False, MONTHLY_SHARE[s]), (True, 1.0 - MONTHLY_SHARE[s])):
            age = np.arange(1, 13)
            eta = _logit(np.full(12, s), np.full(12, annual), age)[:, None] + FRAILTY_SD * node
            out[s] += share * float(weight @ np.prod(1.0 - 1.0 / (1.0 + np.exp(-eta)), axis=0))
    return out


def simulate(
    seed: int,
    n_customers: int = 2000,
    months: int = 36,
    *,
    ignore_entry_age: bool = False,
    drift: float = 0.0,
) -> Company:
    """Draw a company of about `n_customers` observed customers.

    Args:
        ignore_entry_age: count age from the first observed month instead of the customer's start (a planted
            error).
    """
    rng = np.random.default_rng(seed)
    n = round(n_customers * 1.12)
    segment = rng.choice(len(SEGMENTS), n, p=SHARES)
    annual = rng.random(n) > MONTHLY_SHARE[segment]
    start = rng.integers(-24, months, n)
    frailty = rng.normal(0.0, FRAILTY_SD, n)
    bucket = rng.integers(0, 32, n)
    arr = np.round(np.exp(rng.normal(10.0, 0.8, n)) * 100).astype(np.int64)
    margin = np.clip(MARGIN[segment] + rng.normal(0.0, 0.06, n), 0.0, 0.99)
    care = SUPPORT[segment] * np.exp(rng.normal(-0.125, 0.5, n))
    taste = np.exp(rng.normal(-0.08, 0.4, n))
    alive = np.ones(n, dtype=bool)
    churn_rows, money_rows, expansion_rows = [], [], []
    for month in range(-24, months):
        here = np.flatnonzero(alive & (start <= month))
        age = month - start[here]
        if month >= 0:
            first = np.where(ignore_entry_age, np.maximum(start[here], 0), start[here])
            shown = month - first
            support = arr[here] * care[here] * np.where(age <= 3, 2.0, 0.8)
            money_rows.append(
                pd.DataFrame(
                    {
                        "s": segment[here],
                        "age_month": shown,
                        "bucket": bucket[here],
                        "arr": arr[here],
                        "revenue": arr[here] // 12,
                        "gross": np.round(arr[here] / 12 * margin[here]).astype(np.int64),
                        "support": np.round(support).astype(np.int64),
                    }
                )
            )
        risk = here[age >= 1]
        age = month - start[risk]
        eta = _logit(segment[risk], annual[risk], age) + frailty[risk] + drift * month
        p = 1.0 / (1.0 + np.exp(-eta))
        leaves = rng.random(risk.size) < p
        expands = (rng.random(risk.size) < EXPANSION[segment[risk]] * taste[risk]) & ~leaves
        ratio = np.exp(rng.normal(EXPANSION_LOG_MEAN[segment[risk]], EXPANSION_LOG_SD))
        alive[risk[leaves]] = False
        if month < 0:
            continue
        shown = age if not ignore_entry_age else month - np.maximum(start[risk], -1)
        churn_rows.append(
            pd.DataFrame(
                {
                    "s": segment[risk],
                    "annual": annual[risk],
                    "age_month": shown,
                    "bucket": bucket[risk],
                    "is_renewal_month": annual[risk] & (shown % 12 == 0),
                    "calendar_quarter": f"{2023 + month // 12}Q{month % 12 // 3 + 1}",
                    "churn": leaves.astype(np.int64),
                    "arr": arr[risk],
                    "arr_churned": arr[risk] * leaves,
                }
            )
        )
        stays = ~leaves
        expansion_rows.append(
            pd.DataFrame(
                {
                    "s": segment[risk][stays],
                    "age": shown[stays],
                    "bucket": bucket[risk][stays],
                    "event": expands[stays].astype(np.int64),
                    "ratio": ratio[stays],
                    "arr": arr[risk][stays],
                }
            )
        )
    return Company(
        _hazard_table(pd.concat(churn_rows)),
        _money_table(pd.concat(money_rows)),
        _expansion_table(pd.concat(expansion_rows)),
        true_survival_12m(),
    )


def _hazard_table(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.assign(
        segment_id=np.array(SEGMENTS)[rows["s"]], term_type=np.where(rows["annual"], "annual", "monthly")
    )
    key = ["segment_id", "term_type", "age_month", "is_renewal_month", "calendar_quarter", "bucket"]
    return rows.groupby(key, as_index=False).agg(
        n_at_risk=("churn", "size"),
        n_churn=("churn", "sum"),
        arr_at_risk_cents=("arr", "sum"),
        arr_churned_cents=("arr_churned", "sum"),
    )


def _money_table(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.assign(segment_id=np.array(SEGMENTS)[rows["s"]])
    out = rows.groupby(["segment_id", "age_month", "bucket"], as_index=False).agg(
        n_customer_months=("arr", "size"),
        sum_arr_cents=("arr", "sum"),
        sum_revenue_cents=("revenue", "sum"),
        sum_gross_margin_cents=("gross", "sum"),
        sum_support_cents=("support", "sum"),
    )
    return out.assign(
        n_margin_known=out["n_customer_months"],
        sum_margin_revenue_cents=out["sum_revenue_cents"],
        sum_margin_arr_cents=out["sum_arr_cents"],
        n_support_known=out["n_customer_months"],
        sum_support_arr_cents=out["sum_arr_cents"],
    )


def _expansion_table(rows: pd.DataFrame) -> pd.DataFrame:
    band = np.array(["01-06", "07-12", "13-24", "25+"])[np.searchsorted([1, 7, 13, 25], rows["age"], side="right") - 1]
    micro = np.round(np.log(rows["ratio"]) * 1e6).astype(np.int64)
    rows = rows.assign(
        segment_id=np.array(SEGMENTS)[rows["s"]],
        age_band=band,
        base=rows["arr"] * rows["event"],
        amount=np.round(rows["arr"] * rows["ratio"] * rows["event"]).astype(np.int64),
        log=micro * rows["event"],
        square=np.round(np.log(rows["ratio"]) ** 2 * 1e6).astype(np.int64) * rows["event"],
    )
    return rows.groupby(["segment_id", "age_band", "bucket"], as_index=False).agg(
        n_exposed_months=("event", "size"),
        n_events=("event", "sum"),
        sum_amount_cents=("amount", "sum"),
        sum_base_arr_cents=("base", "sum"),
        sum_log_ratio_micro=("log", "sum"),
        sumsq_log_ratio_micro=("square", "sum"),
    )


def raw_survival_12m(hazard: pd.DataFrame) -> np.ndarray:
    """Product-limit survival at 12 months per segment: the raw cells, without any pooling."""
    by_age = hazard[hazard["age_month"] <= 12].groupby(["segment_id", "age_month"])[["n_churn", "n_at_risk"]].sum()
    stay = 1.0 - by_age["n_churn"] / by_age["n_at_risk"]
    return stay.groupby("segment_id").prod().reindex(list(SEGMENTS)).to_numpy()


def simulate_deals(seed: int, n: int = 1500, *, support_known: bool = True) -> pd.DataFrame:
    """sample_mature_deal: outcome ruled by discount, services share and push count; a tenth of the
    features missing.
    """
    rng = np.random.default_rng(seed)
    features = {
        "discount_pct": np.round(rng.gamma(2.0, 6.0, n), 1),
        "contract_term_months": rng.choice([1.0, 12.0, 24.0, 36.0], n),
        "payment_terms_days": rng.choice([15.0, 30.0, 60.0], n),
        "customisation_requests": rng.poisson(1.5, n).astype(float),
        "implementation_promises": rng.poisson(1.0, n).astype(float),
        "services_share": np.round(rng.beta(1.2, 6.0, n), 3),
        "promised_onboarding_days": rng.choice([14.0, 30.0, 45.0], n),
        "has_success_criteria": (rng.random(n) < 0.5).astype(float),
        "stakeholder_count": rng.poisson(4.0, n).astype(float),
        "days_per_stage": np.round(rng.gamma(3.0, 5.0, n), 1),
        "push_count": rng.poisson(0.8, n).astype(float),
        "active_days_per_week": np.round(rng.gamma(2.0, 0.7, n), 2),
    }
    deep, heavy = features["discount_pct"] > 15.0, features["services_share"] > 0.25
    churned = rng.random(n) < 0.12 + 0.3 * deep
    support = 0.15 + 0.35 * heavy + rng.normal(0.0, 0.05, n)
    out = pd.DataFrame({"opportunity_id": [f"D{i:06d}" for i in range(n)], "sample_weight": 1.0, **features})
    for name in features:
        out.loc[rng.random(n) < 0.1, name] = np.nan
    margin = 0.75 * np.where(churned, 0.5, 1.0)
    return out.assign(
        contribution_per_arr_12m=margin - support if support_known else np.nan,
        churned_12m=churned.astype(float),
        expanded_12m=((rng.random(n) < 0.2) & ~churned).astype(float),
        support_per_arr_12m=support if support_known else np.nan,
    )


def simulate_weeks(seed: int, n: int = 1200) -> pd.DataFrame:
    """sample_opportunity_week: one to eight weekly snapshots of closed opportunities, outcome logistic in
    two signals.
    """
    rng = np.random.default_rng(seed)
    position, contacts = rng.random(n), rng.poisson(3.0, n).astype(float)
    logit = -2.0 + 2.5 * position + 0.3 * contacts
    won = rng.random(n) < 1.0 / (1.0 + np.exp(-logit))
    start = pd.Timestamp("2023-01-02") + pd.to_timedelta(7 * rng.integers(0, 130, n), unit="D")
    weeks = rng.integers(1, 9, n)
    at = np.repeat(np.arange(n), weeks)
    age = np.concatenate([np.arange(w) for w in weeks]).astype(float)
    size = at.size
    return pd.DataFrame(
        {
            "opportunity_id": [f"O{i:05d}" for i in at],
            "snapshot_on": start[at] + pd.to_timedelta(7 * age, unit="D"),
            "is_won": won[at].astype(int),
            "sample_weight": 1.0,
            "segment_id": np.array(SEGMENTS)[at % 6],
            "stage_position": np.clip(position[at] + rng.normal(0.0, 0.05, size), 0.0, 1.0),
            "stage_age_weeks": age,
            "deal_age_weeks": age + 2.0,
            "active_days_28d": rng.poisson(5.0, size).astype(float),
            "active_days_prior_56d": rng.poisson(8.0, size).astype(float),
            "contacts_28d": contacts[at],
            "stakeholder_count": rng.poisson(4.0, size).astype(float),
            "push_count": rng.poisson(0.5, size).astype(float),
            "days_past_close_date": np.zeros(size),
            "stage_moves_28d": rng.poisson(0.7, size).astype(float),
        }
    )
