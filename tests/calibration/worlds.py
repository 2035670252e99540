"""Mechanisms that make deals and decide what becomes of their customers, with the truth of every deal.

Written without a look at the models. `logit`: six hidden kinds of deal whose monthly churn adds up on the logit scale,
their signals overlapping much (`sharp`: little).
`weibull`: no kinds but two continuous traits that interact, waiting times of Weibull shape, contracts that put churn
off until renewal, an introductory price that ends after a year, heavy-tailed sizes tied to margin, support and churn.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

FIRST_MONTH = pd.Period("2022-01", "M")
N_KINDS = 6
MAX_AGE = 110
# support of a month of age as a multiple of the usual, months 0, 1, 2, then the rest
_ONBOARDING = (2.2, 1.9, 1.5)
_SETTLED = 0.85


@dataclass(frozen=True)
class Drift:
    """What changes with calendar time: churn (logit per month after the first observed one) and the mix of deals
    (share of the better half of the traits lost over five years)."""

    churn: float = 0.0
    mix: float = 0.0


@dataclass(frozen=True)
class Deals:
    """Won deals and the truth about each.

    Attributes:
        signals: what is known before the close, as in sample_mature_deal, null where the CRM lacks it.
        kind: hidden kind 0..5. term: real contract term in months. arr: cents per year at the start.
        hazard: probability to leave in age month 1.., given still there, shape (deals, ages), float32.
        margin: gross margin per revenue. care: support per month and 1 of ARR of a settled customer.
        grows: probability of an expansion per month. ratio: mean ARR added per ARR before.
        reaches_value: probability to reach value within 180 days.
        industry: 0..7, hardly tied to the rest, as firmographics are.
    """

    signals: pd.DataFrame
    kind: np.ndarray
    term: np.ndarray
    arr: np.ndarray
    hazard: np.ndarray
    margin: np.ndarray
    care: np.ndarray
    grows: np.ndarray
    ratio: np.ndarray
    reaches_value: np.ndarray
    industry: np.ndarray

    @property
    def term_type(self) -> np.ndarray:
        known = self.signals["contract_term_months"].to_numpy(float)
        return np.select([known <= 1, known <= 12, known > 12], ["monthly", "annual", "multi"], "unknown")


def onboarding_factor(age: np.ndarray) -> np.ndarray:
    """Support of a month of age as a multiple of `care`."""
    table = np.full(MAX_AGE + 1, _SETTLED)
    table[: len(_ONBOARDING)] = _ONBOARDING
    return table[age]


def draw_deals(
    world: str, n: int, rng: np.random.Generator, start: np.ndarray, drift: Drift, ages: int = MAX_AGE
) -> Deals:
    """Draw `n` deals of a world that start in the given months (0 is the first observed one)."""
    if world == "weibull":
        return _weibull_world(n, rng, start, drift, ages)
    return _logit_world(n, rng, start, drift, ages, sharpness={"logit": 1.0, "sharp": 4.0}[world])


def _poisson(rng: np.random.Generator, mean: np.ndarray, sharpness: float = 1.0) -> np.ndarray:
    return np.round(rng.poisson(mean * sharpness) / sharpness)


def _gamma(rng: np.random.Generator, shape: float, mean: np.ndarray) -> np.ndarray:
    return rng.gamma(shape, mean / shape)


def _choice(rng: np.random.Generator, weight: np.ndarray, values: tuple[float, ...]) -> np.ndarray:
    """One of `values` per row with the row's weights, shape (rows, values)."""
    edge = np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)
    place = (rng.random(len(weight))[:, None] > edge[:, :-1]).sum(axis=1)
    return np.array(values)[place]


def _hide(rng: np.random.Generator, signals: pd.DataFrame, untidy: np.ndarray) -> pd.DataFrame:
    """Leave signals out, not at random: untidy deals and deep discounts go unrecorded more often."""
    out = signals.copy()
    counted = ("stakeholder_count", "push_count", "active_days_per_week")
    for name in out.columns.difference(counted):
        gone = 0.03 + 0.12 * untidy
        if name == "discount_pct":
            gone = gone + 0.15 * (signals["discount_pct"].to_numpy() > 20)
        out.loc[rng.random(len(out)) < gone, name] = np.nan
    return out


def _renews(term: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Whether a contract ends in the age month, shape (deals, ages)."""
    return (term[:, None] > 1) & (age[None, :] % np.maximum(term, 1).astype(int)[:, None] == 0)


def _logit_world(
    n: int, rng: np.random.Generator, start: np.ndarray, drift: Drift, ages: int, sharpness: float
) -> Deals:
    shares = np.array([0.28, 0.22, 0.18, 0.14, 0.10, 0.08])
    lean = np.array([1.0, 0.6, 0.0, -0.6, -1.0, 0.0])
    weight = shares * np.clip(1.0 - drift.mix * lean * np.asarray(start)[:, None] / 60.0, 0.05, None)
    k = _choice(rng, weight, tuple(range(N_KINDS))).astype(int)

    def by(*values: float) -> np.ndarray:
        return np.array(values)[k]

    terms = np.array(
        [[2, 6, 1, 1], [5, 4, 1, 0.5], [1, 5, 3, 1], [6, 3, 0.5, 0.5], [1, 4, 2, 3], [5, 5, 1, 0.2]], dtype=float
    )
    term = _choice(rng, terms[k], (1.0, 12.0, 24.0, 36.0))
    signals = pd.DataFrame(
        {
            "discount_pct": np.round(np.minimum(_gamma(rng, 2.5 * sharpness, by(4, 8, 11, 18, 24, 9)), 70), 1),
            "contract_term_months": term,
            "payment_terms_days": _choice(
                rng, np.array([[4, 4, 1], [2, 5, 2], [2, 4, 3], [4, 3, 1], [1, 3, 5], [3, 4, 1]])[k], (15, 30, 60)
            ),
            "customisation_requests": _poisson(rng, by(0.3, 1, 0.6, 1.5, 3, 1), sharpness),
            "implementation_promises": _poisson(rng, by(0.4, 0.7, 2.2, 1, 2, 0.5), sharpness),
            "services_share": np.round(
                rng.beta(1.5 * sharpness, sharpness * (1.5 / by(0.05, 0.09, 0.2, 0.1, 0.28, 0.06) - 1.5)), 3
            ),
            "promised_onboarding_days": _choice(
                rng, np.array([[3, 4, 1], [2, 4, 2], [2, 3, 4], [4, 2, 1], [1, 3, 5], [4, 3, 1]])[k], (14, 30, 60)
            ),
            "has_success_criteria": (rng.random(n) < by(0.75, 0.6, 0.5, 0.3, 0.35, 0.5)).astype(float),
            "stakeholder_count": 1 + _poisson(rng, by(5, 4, 3, 1.5, 4, 1.5), sharpness),
            "days_per_stage": np.round(_gamma(rng, 4.0 * sharpness, by(8, 12, 15, 9, 22, 8)), 1),
            "push_count": _poisson(rng, by(0.4, 0.8, 1.1, 0.8, 2, 1), sharpness),
            "active_days_per_week": np.round(_gamma(rng, 4.0 * sharpness, by(2, 1.6, 1.2, 1.5, 1, 0.8)), 2),
            "integration_count": _poisson(rng, by(1, 1, 2, 0.5, 4, 0.5), sharpness),
            "procurement_steps": _poisson(rng, by(1, 2, 3, 1, 4, 0.5), sharpness),
            "has_competitor": (rng.random(n) < by(0.3, 0.4, 0.4, 0.7, 0.5, 0.4)).astype(float),
        }
    )
    size = rng.normal(0.0, 0.8, n)
    arr = np.round(np.exp(by(10.2, 10.0, 10.8, 9.6, 11.2, 9.3) + size) * 100).astype(np.int64)
    age = np.arange(1, ages + 1)
    eta = by(-4.3, -4.0, -3.8, -2.7, -3.5, -3.3)[:, None] + by(-0.15, -0.3, -0.2, -0.5, -0.3, -0.45)[:, None] * (
        np.log1p(age) - np.log(7.0)
    )
    own = (
        0.15 * (signals["discount_pct"].to_numpy() - 10) / 10
        - 0.10 * (signals["stakeholder_count"].to_numpy() - 4) / 2
        + rng.normal(0.0, 0.6, n)
    )
    renews = _renews(term, age)
    eta += own[:, None] - 0.6 * (term > 1)[:, None] - 0.3 * (term > 12)[:, None]
    eta += renews * (by(0.9, 0.7, 1.3, 1.0, 0.8, 1.2) + 0.6 * (term > 12))[:, None]
    eta += drift.churn * np.clip(np.asarray(start)[:, None] + age, 0, None)
    taste = rng.normal(0.0, 0.4, n)
    return Deals(
        signals=_hide(rng, signals, by(0, 0, 0.5, 1, 1, 0.5)),
        kind=k,
        term=term,
        arr=arr,
        hazard=(1.0 / (1.0 + np.exp(-eta))).astype(np.float32),
        margin=np.clip(by(0.78, 0.74, 0.66, 0.68, 0.55, 0.72) + rng.normal(0, 0.06, n), 0.05, 0.98),
        care=by(0.006, 0.010, 0.016, 0.014, 0.024, 0.012) * np.exp(rng.normal(-0.18, 0.6, n)),
        grows=np.clip(by(0.030, 0.022, 0.016, 0.006, 0.012, 0.010) * np.exp(taste - 0.08), 0, 0.5),
        ratio=by(0.30, 0.25, 0.22, 0.12, 0.18, 0.15),
        reaches_value=by(0.9, 0.8, 0.6, 0.6, 0.4, 0.7),
        industry=np.where(rng.random(n) < 0.15, k, rng.integers(0, 8, n)),
    )


def _weibull_world(n: int, rng: np.random.Generator, start: np.ndarray, drift: Drift, ages: int) -> Deals:
    tilt = -drift.mix * np.asarray(start) / 60.0
    fit, load = rng.normal(tilt, 1.0, n), rng.normal(-0.5 * tilt, 1.0, n)

    def seen(on_fit: float, on_load: float) -> np.ndarray:
        noise = np.sqrt(max(0.0, 1.0 - on_fit**2 - on_load**2))
        return on_fit * fit + on_load * load + noise * rng.normal(size=n)

    discount = np.round(np.clip(10 + 9 * seen(-0.75, 0.1), 0, 60), 1)
    stakeholders = 1 + np.floor(np.exp(1.0 + 0.6 * seen(0.7, 0.25)))
    services = np.round(1 / (1 + np.exp(2.1 - 1.1 * seen(0.0, 0.85))), 3)
    criteria = (seen(0.65, -0.1) > 0.1).astype(float)
    leaning = seen(0.2, 0.4)
    term = np.select([leaning < -0.3, leaning < 0.8, leaning < 1.4], [1.0, 12.0, 24.0], 36.0)
    signals = pd.DataFrame(
        {
            "discount_pct": discount,
            "contract_term_months": term,
            "payment_terms_days": np.select([(late := seen(-0.4, 0.3)) < -0.5, late < 0.9], [15.0, 30.0], 60.0),
            "customisation_requests": np.floor(np.exp(0.2 + 0.8 * seen(-0.2, 0.75))),
            "implementation_promises": np.floor(np.exp(0.1 + 0.8 * seen(-0.3, 0.7))),
            "services_share": services,
            "promised_onboarding_days": np.round(np.clip(30 + 12 * seen(-0.1, 0.5), 7, 120)),
            "has_success_criteria": criteria,
            "stakeholder_count": stakeholders,
            "days_per_stage": np.round(np.exp(2.4 + 0.5 * seen(-0.45, 0.5)), 1),
            "push_count": np.floor(np.exp(-0.1 + 0.8 * seen(-0.6, 0.2))),
            "active_days_per_week": np.round(np.exp(0.2 + 0.5 * seen(0.6, 0.0)), 2),
            "integration_count": np.floor(np.exp(0.2 + 0.8 * seen(0.0, 0.7))),
            "procurement_steps": np.floor(np.exp(0.3 + 0.6 * seen(0.1, 0.5))),
            "has_competitor": (seen(-0.5, 0.0) > 0.2).astype(float),
        }
    )
    size = rng.normal(0.0, 1.0, n)
    tail = np.where(rng.random(n) < 0.03, np.minimum(rng.pareto(2.0, n) + 1.0, 40.0), 1.0)
    arr = np.round(np.exp(9.8 + 0.9 * size + 0.15 * load) * tail * 100).astype(np.int64)
    care_noise = rng.normal(0.0, 0.7, n)
    giant = rng.random(n) < 0.015
    # a deep discount is forgiven where many stakeholders stand behind the deal; services need success criteria
    lonely_bargain = (discount > 15) & (stakeholders <= 3)
    adrift = (services > 0.2) & (criteria == 0)
    log_rate = -3.8 - 0.45 * fit + 0.8 * lonely_bargain + 0.7 * adrift - 0.12 * size + 0.2 * care_noise
    shape = np.clip(0.85 + 0.18 * load - 0.25 * lonely_bargain, 0.5, 1.5)
    frailty = rng.gamma(2.0, 0.5, n)
    age = np.arange(0, ages + 1)
    cumulative = (12.0 * frailty * np.exp(log_rate))[:, None] * (age[None, :] / 12.0) ** shape[:, None]
    step = np.diff(cumulative, axis=1)
    age = age[1:]
    # a contract puts two thirds of the wish to leave off until it ends
    renews = _renews(term, age)
    held = np.where(term > 1, 0.66, 0.0)[:, None] * step
    total = np.cumsum(held, axis=1)
    at_last = np.maximum.accumulate(np.where(renews, total, 0.0), axis=1)
    before = np.column_stack([np.zeros(n), at_last[:, :-1]])
    step = step - held + np.where(renews, 0.8 * (total - before), 0.0)
    # the introductory price ends with the first year
    shock = (age >= 12) & (age <= 14)
    step = step * (1.0 + shock[None, :] * (discount / 12.0)[:, None])
    step = step * np.exp(drift.churn * np.clip(np.asarray(start)[:, None] + age, 0, None))
    care = 0.012 * np.exp(0.45 * load - 0.2 * fit - 0.3 * size + care_noise - 0.245 + 0.35 * adrift)
    kind = 3 * (load > 0).astype(int) + np.digitize(fit, (-0.5, 0.5))
    return Deals(
        signals=_hide(rng, signals, np.clip(0.5 - 0.4 * fit, 0, 1)),
        kind=kind,
        term=term,
        arr=arr,
        hazard=(-np.expm1(-step)).astype(np.float32),
        margin=np.clip(0.68 - 0.004 * discount - 0.03 * size - 0.03 * load + rng.normal(0, 0.05, n), 0.02, 0.97),
        care=np.minimum(care * np.where(giant, 6.0, 1.0), 0.5),
        grows=np.clip(0.014 * np.exp(0.4 * fit + rng.normal(-0.08, 0.4, n)), 0, 0.3),
        ratio=0.2 * np.exp(0.2 * fit),
        reaches_value=1 / (1 + np.exp(-1.0 - 0.8 * fit + 0.8 * adrift)),
        industry=np.digitize(0.25 * fit + rng.normal(0.0, 1.0, n), (-1.2, -0.7, -0.3, 0.0, 0.3, 0.7, 1.2)),
    )
