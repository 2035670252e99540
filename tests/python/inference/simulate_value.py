"""Companies whose customers reach value by a known law, and won deals whose first year follows a known one."""

from dataclasses import dataclass
from math import erf

import numpy as np
import pandas as pd

SEGMENTS = ("S1", "S2", "S3", "S4", "S5", "S6")
SHARES = np.array([0.28, 0.22, 0.18, 0.14, 0.10, 0.08])
# Share of customers that never arrive; median days and spread (lognormal) of the others; weekly chance to leave.
NEVER = np.array([0.03, 0.10, 0.20, 0.30, 0.45, 0.15])
MEDIAN_DAYS = np.array([20.0, 35.0, 60.0, 90.0, 50.0, 120.0])
SPREAD = np.array([0.6, 0.5, 0.7, 0.6, 0.9, 0.4])
LEAVES = np.array([0.0005, 0.001, 0.002, 0.004, 0.006, 0.003])
WEEKS = 52


@dataclass(frozen=True)
class Arrivals:
    """suff_ttv_weekly of one company."""

    weekly: pd.DataFrame


def true_reached() -> np.ndarray:
    """Share that reached value by the end of week 0..52 with leaving as a competing end, shape (6, 53)."""
    out = np.zeros((len(SEGMENTS), WEEKS + 1))
    for s in range(len(SEGMENTS)):
        edges = np.maximum(np.arange(WEEKS + 1) * 7.0, 1e-9)
        z = (np.log(edges) - np.log(MEDIAN_DAYS[s])) / SPREAD[s]
        arrived = (1.0 - NEVER[s]) * np.array([0.5 * (1.0 + erf(v / np.sqrt(2.0))) for v in z])
        arrived[0] = 0.0
        # who arrives in a week must not have left in an earlier one
        stays = (1.0 - LEAVES[s]) ** np.arange(WEEKS)
        out[s, 1:] = np.cumsum(np.diff(arrived) * stays)
    return out


def arrivals(
    seed: int, n_customers: int = 2000, history_weeks: int = 150, *, entry_week: int = 0, is_entry_ignored: bool = False
) -> Arrivals:
    """Draw one company.

    Args:
        history_weeks: customers start evenly over this many weeks before the as-of day.
        entry_week: use is measured from this week of the history on; who was there before joins in the first week
            that begins measured, unless it is at value already.
        is_entry_ignored: count those that joined late from their first week on, as if they had been watched.
    """
    rng = np.random.default_rng(seed)
    segment = rng.choice(len(SEGMENTS), n_customers, p=SHARES)
    start = rng.uniform(0, history_weeks * 7, n_customers)
    watched = np.floor((history_weeks * 7 - start) / 7).astype(int)
    day = np.exp(np.log(MEDIAN_DAYS[segment]) + SPREAD[segment] * rng.standard_normal(n_customers))
    never = rng.random(n_customers) < NEVER[segment]
    reached = np.where(never, 10_000, np.floor(day / 7).astype(int) + 1)
    left = rng.geometric(LEAVES[segment])
    first = np.maximum(0, np.ceil(entry_week - start / 7).astype(int)) + 1
    end = np.minimum(np.minimum(reached, left), np.minimum(watched, WEEKS))
    if is_entry_ignored:
        first = np.where(first <= end, 1, first)
    parts = []
    for week in range(1, WEEKS + 1):
        at_risk = (first <= week) & (week <= end)
        parts.append(
            pd.DataFrame(
                {
                    "segment_id": np.array(SEGMENTS, dtype=object)[segment[at_risk]],
                    "week_since_close": week,
                    "bucket": np.arange(n_customers)[at_risk] % 32,
                    "n_at_risk": 1,
                    "n_reached": (reached[at_risk] == week).astype(int),
                    "n_left": ((left[at_risk] == week) & (reached[at_risk] > week)).astype(int),
                }
            )
        )
    rows = pd.concat(parts, ignore_index=True)
    return Arrivals(rows.groupby(["segment_id", "week_since_close", "bucket"], as_index=False).sum())


BASE = np.array([0.82, 0.72, 0.66, 0.60, 0.50, 0.35])
NOISE = np.array([0.05, 0.08, 0.15, 0.10, 0.30, 0.20])
CHURN = np.array([0.01, 0.05, 0.15, 0.08, 0.30, 0.20])
SIGNALS = {
    "discount_pct": -0.008,
    "customisation_requests": -0.03,
    "promised_onboarding_days": -0.001,
    "active_days_per_week": 0.04,
}


def deals(seed: int, n: int = 2000, *, drift: float = 0.0, years: float = 3.0) -> pd.DataFrame:
    """Draw sample_deal_value: contributions that spread with the size of the mean and the discount, have a long tail
    upwards and pile up near zero where the customer left; `drift` is added per year.
    """
    rng = np.random.default_rng(seed)
    segment = rng.choice(len(SEGMENTS), n, p=SHARES)
    frame = pd.DataFrame(
        {
            "opportunity_id": [f"{seed}-{i:06d}" for i in range(n)],
            "segment_id": np.array(SEGMENTS, dtype=object)[segment],
            "started_on": pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, int(365 * years), n), unit="D"),
            "discount_pct": rng.gamma(2.0, 6.0, n).clip(0, 60),
            "contract_term_months": rng.choice([1.0, 12.0, 36.0], n),
            "payment_terms_days": rng.choice([15.0, 30.0, 60.0], n),
            "customisation_requests": rng.poisson(1.0 + 0.4 * segment).astype(float),
            "implementation_promises": rng.poisson(1.0, n).astype(float),
            "services_share": np.where(rng.random(n) < 0.3, np.nan, rng.random(n) * 0.4),
            "promised_onboarding_days": rng.gamma(4.0, 12.0, n),
            "has_success_criteria": rng.integers(0, 2, n).astype(float),
            "stakeholder_count": rng.poisson(3.0, n).astype(float),
            "days_per_stage": rng.gamma(3.0, 6.0, n),
            "push_count": np.nan,
            "active_days_per_week": rng.gamma(2.0, 1.0, n),
        }
    )
    mean = BASE[segment].copy()
    for name, effect in SIGNALS.items():
        mean = mean + effect * (frame[name] - frame[name].mean()).to_numpy()
    spread = NOISE[segment] * (1.0 + 0.03 * frame["discount_pct"].to_numpy())
    value = mean + spread * (rng.gamma(2.0, 1.0, n) - 2.0) / np.sqrt(2.0)
    year = (frame["started_on"] - pd.Timestamp("2022-01-01")).dt.days.to_numpy() / 365.0
    gone = rng.random(n) < CHURN[segment] * (1.0 + 0.02 * frame["discount_pct"].to_numpy())
    value = np.where(gone, value * rng.beta(1.0, 3.0, n) - 0.05, value) + drift * year
    frame["contribution_per_arr_12m"] = value
    return frame
