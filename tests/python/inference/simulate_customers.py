"""Customers that differ strongly, with known truth: the counts and sums that the money and expansion fits read.

Sizes are lognormal with a heavy tail, larger customers have a lower margin, support per ARR is lognormal between
customers, dear customers leave sooner and eager ones expand again and again. Starts reach 24 months before the
first observed month. Costs may jump in one calendar quarter.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

SEGMENTS = ("S1", "S2", "S3", "S4", "S5", "S6")
SHARES = np.array([0.28, 0.22, 0.18, 0.14, 0.10, 0.08])
LEVEL = np.array([-3.3, -4.4, -3.7, -3.0, -4.0, -3.5])
MARGIN = np.array([0.70, 0.80, 0.60, 0.65, 0.75, 0.55])
# per 1 of ARR and year, at age 4 and later; the first four months cost 2.5 times as much
SUPPORT = np.array([0.16, 0.06, 0.14, 0.24, 0.10, 0.20])
EXPANSION = np.array([0.012, 0.030, 0.018, 0.008, 0.022, 0.014])
EXPANSION_LOG_MEAN = np.log(np.array([0.15, 0.30, 0.20, 0.10, 0.25, 0.20]))
EXPANSION_LOG_SD = 0.5
BANDS = ("01-06", "07-12", "13-24", "25+")
MONEY_BANDS = ("00-02", "03-05", "06-11", "12-23", "24+")


@dataclass(frozen=True)
class Mechanism:
    """How much customers differ.

    Attributes:
        size_sd: of log ARR. size_frailty: its correlation with the tendency to leave. size_margin: margin per unit of
            log ARR. margin_sd: of a customer's margin.
        care_sd: of log support per ARR. frailty_sd: of the churn logit. care_frailty, taste_frailty: correlations of
            support and of appetite for expansion with it. taste_sd: of log appetite.
        shock: factor on support cost in quarter 6 of 12. margin_shock: added to the margin in that quarter.
    """

    size_sd: float = 1.0
    size_frailty: float = 0.0
    size_margin: float = -0.03
    margin_sd: float = 0.08
    care_sd: float = 0.9
    frailty_sd: float = 0.6
    care_frailty: float = 0.5
    taste_frailty: float = -0.3
    taste_sd: float = 0.6
    shock: float = 1.0
    margin_shock: float = 0.0


@dataclass(frozen=True)
class Customers:
    """Suff tables of one company."""

    hazard: pd.DataFrame
    money: pd.DataFrame
    money_quarterly: pd.DataFrame
    expansion: pd.DataFrame


def _people(rng: np.random.Generator, segment: np.ndarray, how: Mechanism) -> dict[str, np.ndarray]:
    n = segment.size
    frailty = rng.normal(size=n)

    def with_frailty(rho: float) -> np.ndarray:
        return rho * frailty + np.sqrt(1.0 - rho**2) * rng.normal(size=n)

    size = with_frailty(how.size_frailty)
    care = with_frailty(how.care_frailty)
    taste = with_frailty(how.taste_frailty)
    margin = MARGIN[segment] + how.size_margin * how.size_sd * size + how.margin_sd * rng.normal(size=n)
    return {
        "arr": np.round(np.exp(10.0 + how.size_sd * size) * 100.0),
        "margin": np.clip(margin, -0.5, 0.99),
        "care": SUPPORT[segment] / 12.0 * np.exp(how.care_sd * care - 0.5 * how.care_sd**2),
        "taste": EXPANSION[segment] * np.exp(how.taste_sd * taste - 0.5 * how.taste_sd**2),
        "frailty": how.frailty_sd * frailty,
    }


def _churn(segment: np.ndarray, frailty: np.ndarray, annual: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Monthly churn probability; arrays broadcast."""
    eta = LEVEL[segment] - 0.3 * (np.log1p(age) - np.log1p(6.0)) + frailty - 0.5 * annual
    return 1.0 / (1.0 + np.exp(-(eta + 1.2 * (annual & (age % 12 == 0)))))


def onboarding(age: np.ndarray) -> np.ndarray:
    """Factor on support by age month."""
    return np.where(age <= 3, 2.5, 1.0)


def truth(how: Mechanism, n: int = 200_000, seed: int = 99) -> pd.DataFrame:
    """Expected value of each metric for a new customer, per segment, money weighted by ARR, without any shock."""
    rng = np.random.default_rng(seed)
    age = np.arange(1, 25)
    rows = []
    for s, name in enumerate(SEGMENTS):
        segment = np.full(n, s)
        p = _people(rng, segment, how)
        annual = rng.random(n) < 0.6
        stay = 1.0 - _churn(segment[:, None], p["frailty"][:, None], annual[:, None], age[None, :])
        alive_after = np.cumprod(stay, axis=1)
        alive = np.column_stack([np.ones(n), alive_after[:, :-1]])
        weight = p["arr"][:, None] * alive
        support = p["care"][:, None] * onboarding(np.arange(24))[None, :]
        cash = weight * (p["margin"][:, None] / 12.0 - support)
        taste = np.minimum(p["taste"], 0.9)
        # at least one expansion while active: an expansion in month a needs a customer still active at its end
        none_yet = (1.0 - taste[:, None]) ** np.arange(12)[None, :]
        rows.append(
            {
                "segment_id": name,
                "survival_12m": float(alive_after[:, 11].mean()),
                "gross_margin_rate": float((weight[:, :12] * p["margin"][:, None]).sum() / weight[:, :12].sum()),
                "support_cost_per_arr_year": 12.0 * float((weight * support)[:, :12].sum() / weight[:, :12].sum()),
                "contribution_per_arr_12m": float(cash[:, :12].sum() / p["arr"].sum()),
                "contribution_per_arr_24m": float(cash.sum() / p["arr"].sum()),
                "expand_prob_12m": float((alive_after[:, :12] * none_yet * taste[:, None]).sum(axis=1).mean()),
                "expansion_value_per_arr": float(np.exp(EXPANSION_LOG_MEAN[s] + 0.5 * EXPANSION_LOG_SD**2)),
            }
        )
    return pd.DataFrame(rows).set_index("segment_id")


def _table(keys: dict[str, tuple[np.ndarray, np.ndarray]], sums: dict[str, np.ndarray]) -> pd.DataFrame:
    """Sum by key; each key is its codes and the labels of the codes."""
    code = np.zeros(next(iter(keys.values()))[0].size, dtype=np.int64)
    for codes, labels in keys.values():
        code = code * len(labels) + codes
    used, at = np.unique(code, return_inverse=True)
    out: dict[str, np.ndarray] = {}
    rest = used.copy()
    for name, (_, labels) in reversed(keys.items()):
        out[name] = labels[rest % len(labels)]
        rest //= len(labels)
    frame = pd.DataFrame({name: out[name] for name in keys})
    for name, values in sums.items():
        frame[name] = np.round(np.bincount(at, weights=values, minlength=used.size)).astype(np.int64)
    return frame


def simulate(seed: int, n_customers: int, how: Mechanism | None = None, months: int = 36) -> Customers:
    """Draw a company of about `n_customers` observed customers."""
    how = how or Mechanism()
    rng = np.random.default_rng(seed)
    n = round(n_customers * 1.15)
    segment = rng.choice(len(SEGMENTS), n, p=SHARES)
    people = _people(rng, segment, how)
    annual = rng.random(n) < 0.6
    start = rng.integers(-24, months, n)
    bucket = rng.integers(0, 32, n)
    age = np.arange(-24, months)[None, :] - start[:, None]
    churn = _churn(segment[:, None], people["frailty"][:, None], annual[:, None], np.maximum(age, 1))
    leaves = (rng.random(age.shape) < churn) & (age >= 1)
    gone_before = np.cumsum(leaves, axis=1) - leaves
    here = (age >= 0) & (gone_before == 0)
    expands = (rng.random(age.shape) < people["taste"][:, None]) & here & ~leaves & (age >= 1)
    fresh = (np.cumsum(expands, axis=1) - expands) == 0

    who, column = np.nonzero(here[:, 24:] & ~leaves[:, 24:])
    a, quarter = age[who, column + 24], column // 3
    shocked = quarter == 6
    support = people["arr"][who] * people["care"][who] * onboarding(a) * np.where(shocked, how.shock, 1.0)
    margin = people["margin"][who] + np.where(shocked, how.margin_shock, 0.0)
    revenue = people["arr"][who] / 12.0
    ones = np.ones(who.size)
    sums = {
        "n_customer_months": ones,
        "sum_arr_cents": people["arr"][who],
        "sum_revenue_cents": revenue,
        "n_margin_known": ones,
        "sum_margin_revenue_cents": revenue,
        "sum_margin_arr_cents": people["arr"][who],
        "sum_gross_margin_cents": revenue * margin,
        "n_support_known": ones,
        "sum_support_arr_cents": people["arr"][who],
        "sum_support_cents": support,
    }
    names, buckets = np.array(SEGMENTS), np.arange(32)
    quarters = np.array([f"{2023 + q // 4}Q{q % 4 + 1}" for q in range(months // 3)])
    of = {"segment_id": (segment[who], names), "bucket": (bucket[who], buckets)}
    money = _table({**of, "age_month": (a, np.arange(months + 24))}, sums)
    band = np.searchsorted([0, 3, 6, 12, 24], a, side="right") - 1
    money_quarterly = _table(
        {**of, "age_band": (band, np.array(MONEY_BANDS)), "calendar_quarter": (quarter, quarters)}, sums
    )

    who, column = np.nonzero((here & (age >= 1))[:, 24:])
    a = age[who, column + 24]
    due = annual[who] & (a % 12 == 0)
    gone = leaves[who, column + 24]
    hazard = _table(
        {
            "segment_id": (segment[who], names),
            "term_type": (annual[who].astype(int), np.array(["monthly", "annual"])),
            "age_month": (a, np.arange(months + 24)),
            "is_renewal_month": (due.astype(int), np.array([False, True])),
            "calendar_quarter": (column // 3, quarters),
            "bucket": (bucket[who], buckets),
        },
        {
            "n_at_risk": np.ones(who.size),
            "n_churn": gone,
            "arr_at_risk_cents": people["arr"][who],
            "arr_churned_cents": people["arr"][who] * gone,
        },
    )
    who, column, a = who[~gone], column[~gone], a[~gone]
    event = expands[who, column + 24]
    first = fresh[who, column + 24] & (start[who] >= -1)
    log = np.where(event, rng.normal(EXPANSION_LOG_MEAN[segment[who]], EXPANSION_LOG_SD), 0.0)
    band = np.searchsorted([1, 7, 13, 25], a, side="right") - 1
    base = people["arr"][who] * event
    expansion = _table(
        {
            "segment_id": (segment[who], names),
            "age_band": (band, np.array(BANDS)),
            "bucket": (bucket[who], buckets),
        },
        {
            "n_exposed_months": np.ones(who.size),
            "n_events": event,
            "sum_amount_cents": base * np.exp(log),
            "sum_base_arr_cents": base,
            "sum_log_ratio_micro": log * 1e6,
            "sumsq_log_ratio_micro": log**2 * 1e6,
            "n_unexpanded_months": first,
            "n_first_events": first & event,
        },
    )
    return Customers(hazard, money, money_quarterly, expansion)
