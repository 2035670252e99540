"""The six latent segments: how each kind of customer buys, stays, grows and costs.

Belongs here: parameters of the mechanism and nothing drawn at random. Every list is in the order of
    `SEGMENTS`.
"""

import numpy as np

from orchestration.demo.settings import Arr

SEGMENTS = (
    "fast_fragile",
    "slow_durable",
    "heavy_custom",
    "discount_hunters",
    "land_and_expand",
    "steady_core",
)
SHARE = np.array([0.20, 0.16, 0.13, 0.15, 0.17, 0.19])

# --- how they buy (means of overlapping distributions) ---
CYCLE_DAYS = np.array([27.0, 135.0, 105.0, 78.0, 42.0, 68.0])
BASE_WIN_LOGIT = np.array([0.15, 0.20, -0.15, -0.35, 0.35, 0.05])
DISCOUNT_PCT = np.array([9.0, 8.0, 12.0, 27.0, 3.5, 10.5])
DISCOUNT_SD = np.array([5.0, 4.0, 5.0, 4.5, 3.5, 5.0])
CUSTOMISATION = np.array([0.6, 1.4, 7.0, 1.5, 0.5, 1.6])
PROMISES = np.array([0.6, 0.7, 3.4, 1.2, 0.3, 0.8])
SERVICES_SHARE = np.array([0.03, 0.09, 0.42, 0.05, 0.02, 0.11])
SUCCESS_CRITERIA = np.array([0.18, 0.86, 0.42, 0.28, 0.62, 0.55])
ONBOARDING_DAYS = np.array([13.0, 62.0, 88.0, 32.0, 22.0, 42.0])
STAKEHOLDERS = np.array([2.0, 6.4, 4.6, 3.0, 3.0, 3.8])
PROCUREMENT = np.array([0.3, 2.4, 1.8, 2.2, 0.4, 1.2])
INTEGRATIONS = np.array([0.7, 2.0, 4.6, 1.1, 1.7, 1.6])
OPTIMISM = np.array([0.95, 0.85, 0.75, 0.45, 0.95, 0.85])  # planned over usual cycle
PUSH_DAYS = np.array([14.0, 35.0, 32.0, 16.0, 14.0, 24.0])
COMPLIANCE = np.array([0.06, 0.38, 0.42, 0.15, 0.07, 0.18])
SECURITY = np.array([0.10, 0.62, 0.58, 0.25, 0.18, 0.33])
COMPETITOR = np.array([0.25, 0.40, 0.30, 0.70, 0.20, 0.38])
SEATS = np.array([14.0, 52.0, 46.0, 32.0, 10.0, 27.0])
# shares of payment terms 30, 45, 60, 90 days
PAYMENT_TERMS = (30, 45, 60, 90)
PAYMENT_SHARE = np.array(
    [
        [0.85, 0.10, 0.05, 0.00],
        [0.35, 0.40, 0.20, 0.05],
        [0.35, 0.35, 0.22, 0.08],
        [0.08, 0.17, 0.40, 0.35],
        [0.90, 0.08, 0.02, 0.00],
        [0.60, 0.25, 0.12, 0.03],
    ]
)
# shares of contract terms 1, 12, 24, 36 months
TERMS = (1, 12, 24, 36)
TERM_SHARE = np.array(
    [
        [0.62, 0.38, 0.00, 0.00],
        [0.00, 0.45, 0.28, 0.27],
        [0.04, 0.74, 0.14, 0.08],
        [0.02, 0.88, 0.08, 0.02],
        [0.30, 0.68, 0.02, 0.00],
        [0.14, 0.74, 0.08, 0.04],
    ]
)
# shares of Starter, Growth, Enterprise
PLAN_SHARE = np.array(
    [
        [0.75, 0.24, 0.01],
        [0.03, 0.45, 0.52],
        [0.02, 0.28, 0.70],
        [0.20, 0.60, 0.20],
        [0.60, 0.38, 0.02],
        [0.20, 0.62, 0.18],
    ]
)
LEAD_SOURCES = (
    "Inbound",
    "Self-serve trial",
    "Outbound",
    "Partner",
    "Event",
    "Paid search",
    "Paid social",
    "Referral",
)
LEAD_SHARE = np.array(
    [
        [0.18, 0.24, 0.10, 0.04, 0.06, 0.22, 0.12, 0.04],
        [0.14, 0.01, 0.30, 0.22, 0.15, 0.05, 0.02, 0.11],
        [0.10, 0.01, 0.34, 0.28, 0.14, 0.05, 0.02, 0.06],
        [0.12, 0.04, 0.26, 0.08, 0.10, 0.20, 0.18, 0.02],
        [0.30, 0.34, 0.05, 0.04, 0.04, 0.10, 0.03, 0.10],
        [0.22, 0.08, 0.22, 0.12, 0.10, 0.12, 0.06, 0.08],
    ]
)
CURRENCY_SHARE = np.array([0.62, 0.24, 0.14])  # USD, EUR, GBP

# --- how they stay: probability per month ---
HAZARD_MONTHLY_TERM = np.array([0.057, 0.010, 0.024, 0.050, 0.0125, 0.017])  # age 1; falls to 45 % of it
HAZARD_MID_TERM = np.array([0.0045, 0.0010, 0.0035, 0.0030, 0.0012, 0.0016])
HAZARD_RENEWAL = np.array([0.285, 0.050, 0.140, 0.275, 0.065, 0.080])
MULTI_RENEWAL_FACTOR = 0.8
FRAILTY_SD = 0.30
# true effects on the log-odds of churn, both centred on the segment's mean
BETA_DISCOUNT_10PP = 0.25
BETA_SUCCESS_CRITERIA = -0.30

# --- how they grow ---
EXPAND_PROB_12M = np.array([0.09, 0.46, 0.20, 0.08, 0.62, 0.28])
EXPAND_SHARE = np.array([0.18, 0.26, 0.20, 0.15, 0.45, 0.22])  # median growth of seats per expansion
CONTRACT_AT_RENEWAL = np.array([0.10, 0.02, 0.06, 0.14, 0.02, 0.05])

# --- what they cost: support cost per year and ARR at list price ---
SUPPORT_PER_ARR = np.array([0.075, 0.036, 0.205, 0.080, 0.048, 0.030])
HANDLE_HOURS = np.array([1.6, 2.4, 4.6, 2.2, 1.4, 1.5])
ADOPTION = np.array([0.45, 0.72, 0.55, 0.48, 0.85, 0.66])


def age_shape_support(age: Arr) -> Arr:
    """Relative support load by age in months: 2.2 at the start, falling to 0.75."""
    shape: Arr = 0.75 + 1.45 * np.exp(-np.asarray(age) / 3.0)
    return shape


def age_shape_expansion(age: Arr) -> Arr:
    """Relative chance of expansion by completed months: low in the first quarter, highest around month
    nine."""
    age = np.asarray(age)
    shape: Arr = np.where(age < 1, 0.0, np.where(age < 3, 0.45, np.where(age < 15, 1.25, 0.9)))
    return shape


def churn_hazard(segment: Arr, term_months: Arr, age: int, shift: Arr) -> Arr:
    """Probability of ending at `age` months for customers alive just before, shape (n,).

    Args:
        segment: segment numbers, shape (n,).
        term_months: 1 for monthly terms, else 12, 24 or 36, shape (n,).
        age: calendar months since the start month, 1 or more.
        shift: frailty and covariates on the log-odds scale, shape (n,).
    """
    falling = 0.45 + 0.55 * np.exp(-(age - 1) / 6.0)
    renewal = HAZARD_RENEWAL[segment] * np.where(term_months > 12, MULTI_RENEWAL_FACTOR, 1.0)
    base = np.where(
        term_months == 1,
        HAZARD_MONTHLY_TERM[segment] * falling,
        np.where(age % term_months == 0, renewal, HAZARD_MID_TERM[segment]),
    )
    odds = base / (1 - base) * np.exp(shift)
    hazard: Arr = odds / (1 + odds)
    return hazard


def expansion_hazard(segment: Arr, age: int) -> Arr:
    """Probability of an expansion in the month after `age` completed months, shape (n,).

    Scaled so that over completed months 0 to 11 the chance of at least one is `EXPAND_PROB_12M`.
    """
    weight = float(age_shape_expansion(np.arange(12)).sum())
    log_stay = np.log1p(-EXPAND_PROB_12M[segment]) * age_shape_expansion(np.array([age]))[0] / weight
    hazard: Arr = -np.expm1(log_stay)
    return hazard
