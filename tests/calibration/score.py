"""Scores of published numbers against the truth, and the baselines that stand beside them."""

import numpy as np
import pandas as pd

from tests.calibration.company import Company, Statistics
from tests.calibration.fitted import NOT_JUDGED, Fitted
from tests.calibration.truth import TERMS, Population, Truth

# a term type that makes up less of a segment is judged with the mix of terms only
LEAST_TERM_SHARE = 0.05
HAZARD_AGES = 36
BIG = 1e-9


def cover_quantities(fitted: Fitted, truth: Truth) -> pd.DataFrame:
    """One row per segment and quantity: is the truth inside the 90 % interval, error, width."""
    known = truth.values.stack().rename("truth").rename_axis(["segment_id", "quantity"]).reset_index()
    out = fitted.quantity[~fitted.quantity["segment_id"].isin(NOT_JUDGED)].merge(known, on=["segment_id", "quantity"])
    return out.assign(
        inside=((out["p05"] <= out["truth"]) & (out["truth"] <= out["p95"])).astype(float),
        error=out["mean"] - out["truth"],
        width=out["p95"] - out["p05"],
    )


def cover_hazard(fitted: Fitted, truth: Truth) -> pd.DataFrame:
    """One row per segment, term type and age 1..36: is the true monthly hazard inside its 90 % interval."""
    table = fitted.hazard[(fitted.hazard["age_month"] <= HAZARD_AGES) & ~fitted.hazard["segment_id"].isin(NOT_JUDGED)]
    keys = list(zip(table["segment_id"], table["term_type"], strict=True))
    judged = np.array([truth.term_share.get(key, 0.0) >= LEAST_TERM_SHARE for key in keys])
    table = table[judged]
    age = table["age_month"].to_numpy()
    real = np.array(
        [truth.hazard[s, t][a - 1] for s, t, a in zip(table["segment_id"], table["term_type"], age, strict=True)]
    )
    inside = (table["hazard_p05"].to_numpy() <= real) & (real <= table["hazard_p95"].to_numpy())
    return table[["segment_id", "term_type", "age_month"]].assign(
        truth=real, error=table["hazard_mean"].to_numpy() - real, inside=inside.astype(float)
    )


# months of age that a band holds, as people read a retention curve
BANDS = ((1, 3), (4, 6), (7, 12), (13, 24), (25, 36))


def cover_hazard_bands(fitted: Fitted, truth: Truth) -> pd.DataFrame:
    """One row per segment, term type and band of ages: is the band's mean monthly hazard inside its 90 % interval.

    Months of a band are weighted by the true share of customers still there, for the draws and for the truth.
    """
    rows = []
    for (segment, term), real in truth.hazard.items():
        if segment in NOT_JUDGED or truth.term_share[segment, term] < LEAST_TERM_SHARE:
            continue
        draws = fitted.life.hazard[fitted.life.segments.index(segment), TERMS.index(term)]
        stays = np.concatenate([[1.0], np.cumprod(1.0 - real)])[:-1]
        for low, high in BANDS:
            at = slice(low - 1, high)
            weight = stays[at] / stays[at].sum()
            mean = draws[:, at] @ weight
            p05, p95 = np.quantile(mean, [0.05, 0.95])
            target = float(real[at] @ weight)
            rows.append((segment, term, low, target, mean.mean() - target, float(p05 <= target <= p95), p95 - p05))
    return pd.DataFrame(rows, columns=["segment_id", "term_type", "from_age", "truth", "error", "inside", "width"])


def predicted_12m(fitted: Fitted, segment: np.ndarray, term_type: np.ndarray) -> np.ndarray:
    """Probability that a new deal's customer leaves within twelve months."""
    at = fitted.hazard[fitted.hazard["age_month"] == 12].set_index(["segment_id", "term_type"])["survival_mean"]
    pair, back = _pairs(segment, term_type)
    return 1.0 - at.reindex(pair).to_numpy()[back]


def _pairs(segment: np.ndarray, term_type: np.ndarray) -> tuple[pd.MultiIndex, np.ndarray]:
    names, s = np.unique(segment, return_inverse=True)
    terms, t = np.unique(term_type, return_inverse=True)
    code, back = np.unique(s * len(terms) + t, return_inverse=True)
    return pd.MultiIndex.from_arrays([names[code // len(terms)], terms[code % len(terms)]]), back


def slope_of(p: np.ndarray, truth: np.ndarray) -> float:
    """Calibration slope: logistic regression of true probabilities on the predicted log odds."""
    x = np.column_stack([np.ones(p.size), _logit(p)])
    beta = np.array([0.0, 1.0])
    for _ in range(50):
        fit = 1.0 / (1.0 + np.exp(-x @ beta))
        step = np.linalg.solve(x.T @ (x * (fit * (1 - fit))[:, None]), x.T @ (truth - fit))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    return float(beta[1])


def _logit(p: np.ndarray) -> np.ndarray:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def excess_ece(
    p: np.ndarray, truth: np.ndarray, rng: np.random.Generator, deals: int = 4_000, times: int = 40
) -> float:
    """ECE of outcomes over ten bins of equal mass, less that of outcomes drawn from the predictions themselves."""
    gap = []
    for _ in range(times):
        at = rng.integers(0, p.size, deals)
        luck = rng.random(deals)
        gap.append(_ece(p[at], luck < truth[at]) - _ece(p[at], rng.random(deals) < p[at]))
    return float(np.mean(gap))


def _ece(p: np.ndarray, outcome: np.ndarray) -> float:
    order = np.argsort(p, kind="stable")
    return float(sum(abs(p[rows].sum() - outcome[rows].sum()) for rows in np.array_split(order, 10)) / p.size)


def new_deals(fitted: Fitted, people: Population, segment: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
    """Calibration of twelve-month churn over new deals."""
    p = predicted_12m(fitted, segment, people.deals.term_type)
    true = 1.0 - people.alive[:, 12].astype(float)
    base = np.full(p.size, p.mean())
    return {
        "new_oe": float(true.sum() / p.sum()),
        "new_slope": slope_of(p, true),
        "new_ece": excess_ece(p, true, rng),
        "base_ece": excess_ece(base, true, rng),
        "brier_share": float(np.cov(p, true)[0, 1] / max(true.var(), BIG)),
    }


def holdout_oe(company: Company, fitted: Fitted, segment: np.ndarray, months: int = 12) -> dict[str, float]:
    """True expected over predicted churns of every customer at risk in the months after the origin.

    The customers at risk are those that are really there; each counts with its own true hazard of the month.
    """
    segment = np.where(company.has_deal, segment, "unassigned")
    mean = fitted.hazard.set_index(["segment_id", "term_type", "age_month"])["hazard_mean"]
    seen = expected = recent_seen = recent_expected = 0.0
    for month in range(company.origin, company.origin + months):
        age = month - company.start
        here = np.flatnonzero(
            (age >= 1) & (age <= np.minimum(company.leaves, 60)) & (company.leaves + company.start >= 0)
        )
        index = pd.MultiIndex.from_arrays([segment[here], company.deals.term_type[here], age[here]])
        p = mean.reindex(index).to_numpy()
        true = company.deals.hazard[here, age[here] - 1].astype(float)
        seen, expected = seen + true.sum(), expected + p.sum()
        young = company.start[here] >= company.origin
        recent_seen, recent_expected = recent_seen + true[young].sum(), recent_expected + p[young].sum()
    return {"oe": seen / expected, "oe_new": recent_seen / recent_expected}


def raw_survival(counts: Statistics) -> pd.DataFrame:
    """Baseline: product-limit survival at 12 and 24 months by segment, Greenwood's 90 % interval on the log scale."""
    by = counts.hazard.groupby(["segment_id", "age_month"])[["n_churn", "n_at_risk"]].sum().reset_index()
    rows = []
    for name, part in by.groupby("segment_id"):
        part = part.sort_values("age_month")
        d, n = part["n_churn"].to_numpy(float), part["n_at_risk"].to_numpy(float)
        log = np.cumsum(np.log(np.maximum(1 - d / n, 1e-9)))
        variance = np.cumsum(d / np.maximum(n * (n - d), 1))
        for months in (12, 24):
            last = int((part["age_month"] <= months).sum()) - 1
            half = 1.645 * np.sqrt(variance[last])
            rows.append(
                (
                    name,
                    f"survival_{months}m",
                    np.exp(log[last]),
                    np.exp(log[last] - half),
                    min(1, np.exp(log[last] + half)),
                )
            )
    return pd.DataFrame(rows, columns=["segment_id", "quantity", "mean", "p05", "p95"])


def naive_money(counts: Statistics, first_months: int = 12) -> pd.DataFrame:
    """Baseline: ratios of the first year whose error takes every cell of age and bucket as independent."""
    year = counts.money[counts.money["age_month"] < first_months]
    rows = []
    for name, part in year.groupby("segment_id"):
        for quantity, top, bottom, scale in (
            ("gross_margin_rate", "sum_gross_margin_cents", "sum_margin_revenue_cents", 1.0),
            ("support_cost_per_arr_year", "sum_support_cents", "sum_support_arr_cents", 12.0),
        ):
            t, b = part[top].to_numpy(float), part[bottom].to_numpy(float)
            ratio = t.sum() / b.sum()
            half = 1.645 * np.sqrt(np.sum((t - ratio * b) ** 2)) / b.sum()
            rows.append((name, quantity, scale * ratio, scale * (ratio - half), scale * (ratio + half)))
    return pd.DataFrame(rows, columns=["segment_id", "quantity", "mean", "p05", "p95"])
