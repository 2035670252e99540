"""One company: deals and customers of a world, seen through the export as the inference tables hold them.

Exports begin at month 0. Customers who started earlier and left before it are never seen, those who stayed are seen
from month 0 on with their true age. A few customers have no won deal.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from tests.calibration.worlds import FIRST_MONTH, MAX_AGE, Deals, Drift, draw_deals, onboarding_factor


def first_day(month: int) -> date:
    """First day of a month counted from the first observed one."""
    return (FIRST_MONTH + int(month)).start_time.date()


UNASSIGNED = "unassigned"
NO_DEAL_SHARE = 0.03
_MONEY_BAND_STARTS = (3, 6, 12, 24)
_MONEY_BANDS = np.array(["00-02", "03-05", "06-11", "12-23", "24+"])
HAZARD_KEY = ("segment_id", "term_type", "age_month", "is_renewal_month", "calendar_quarter", "bucket")


@dataclass(frozen=True)
class Company:
    """Customers, what is seen of them at the origin, and what comes later.

    Attributes:
        origin: first month that is not known (months count from the first observed one).
        start: month of the first MRR, may be negative. leaves: age at which the customer goes.
        rows: one row per active customer and observed month (columns who, age, arr, gross, support).
        grown: rows (who, age, ratio, arr before) of expansions.
    """

    world: str
    drift: Drift
    origin: int
    deals: Deals
    start: np.ndarray
    leaves: np.ndarray
    bucket: np.ndarray
    has_deal: np.ndarray
    rows: pd.DataFrame
    grown: pd.DataFrame

    @property
    def as_of(self) -> date:
        return first_day(self.origin)

    @property
    def ids(self) -> np.ndarray:
        return np.array([f"006{i:015d}" for i in range(len(self.start))])

    def signals(self) -> pd.DataFrame:
        return self.deals.signals.assign(opportunity_id=self.ids)


def make_company(
    world: str,
    seed: int,
    customers: int,
    *,
    drift: Drift | None = None,
    first_start: int = -36,
    origin: int = 36,
    later: int = 12,
) -> Company:
    """Draw a company of about `customers` observed before `origin`, and deals of `later` months after it."""
    drift = drift or Drift()
    rng = np.random.default_rng([seed, customers, abs(first_start), origin])
    # about four in ten of those who started before month 0 are gone by then
    seen_months = origin + 0.6 * -first_start
    n = round(customers * (origin + later - first_start) / seen_months)
    start = np.sort(rng.integers(first_start, origin + later, n))
    deals = draw_deals(world, n, rng, start, drift, ages=min(MAX_AGE, origin + later + 24 - first_start))
    log_stay = np.cumsum(np.log1p(-np.minimum(deals.hazard, 0.999999)), axis=1)
    leaves = 1 + (log_stay > np.log(rng.random(n))[:, None]).sum(axis=1)
    low = np.maximum(0, -start)
    high = np.minimum(leaves - 1, origin - 1 - start)
    count = np.clip(high - low + 1, 0, None)
    who = np.repeat(np.arange(n), count)
    age = np.arange(who.size) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    # expansions before month 0 are already in the ARR of the first observed month
    grows = (rng.random(who.size) < deals.grows[who]) & (age >= 1)
    step = np.where(grows, deals.ratio[who] * np.exp(rng.normal(-0.125, 0.5, who.size)), 0.0)
    run = np.cumsum(np.log1p(step))
    first = np.cumsum(count) - count
    base = np.where(first > 0, run[np.maximum(first, 1) - 1], 0.0) if run.size else np.zeros(n)
    grown_by = np.exp(run - np.repeat(base[: count.size], count))
    arr = np.round(deals.arr[who] * grown_by).astype(np.int64)
    before = np.round(arr / (1.0 + step)).astype(np.int64)
    margin = np.clip(deals.margin[who] + rng.normal(0.0, 0.03, who.size), -1, 1)
    noise = rng.gamma(0.7, 1 / 0.7, who.size)
    rows = pd.DataFrame(
        {
            "who": who,
            "age": age,
            "arr": arr,
            "revenue": arr // 12,
            "gross": np.round(arr / 12 * margin).astype(np.int64),
            "support": np.round(arr * deals.care[who] * onboarding_factor(age) * noise).astype(np.int64),
        }
    )
    grown = pd.DataFrame({"who": who, "age": age, "arr": before, "ratio": step})[grows]
    return Company(
        world=world,
        drift=drift,
        origin=origin,
        deals=deals,
        start=start,
        leaves=leaves,
        bucket=rng.integers(0, 32, n),
        has_deal=rng.random(n) >= NO_DEAL_SHARE,
        rows=rows,
        grown=grown,
    )


def hidden_segments(company: Company) -> np.ndarray:
    """Segment id of every customer: the hidden kind, which no company knows."""
    return np.array([f"S{i + 1}" for i in range(6)])[company.deals.kind]


def mature_deals(company: Company, columns: tuple[str, ...], at: int | None = None) -> pd.DataFrame:
    """sample_mature_deal as of the first day of month `at` (the origin, unless an earlier one is given).

    `columns` that the sample has but the world does not know are null.
    """
    last = (company.origin if at is None else at) - 1
    is_mature = (company.start >= 0) & (company.start + 12 <= last) & company.has_deal
    here = np.flatnonzero(is_mature)
    year = company.rows[company.rows["age"] < 12]
    sums = year.groupby("who")[["gross", "support"]].sum().reindex(here, fill_value=0)
    arr = company.deals.arr[here].astype(float)
    twelve = company.grown[company.grown["age"] <= 12]
    reached = np.random.default_rng([11, len(company.start)]).random(len(company.start)) < company.deals.reaches_value
    out = (
        company.signals()
        .iloc[here]
        .assign(
            sample_weight=1.0,
            contribution_per_arr_12m=np.round((sums["gross"] - sums["support"]).to_numpy() / arr, 6),
            churned_12m=(company.leaves[here] <= 12).astype(float),
            expanded_12m=np.isin(here, twelve["who"].unique()).astype(float),
            support_per_arr_12m=np.round(sums["support"].to_numpy() / arr, 6),
            reached_value_180d=reached[here].astype(float),
            mature_on=[first_day(m + 13) for m in company.start[here]],
            starting_arr_cents=company.deals.arr[here],
            closed_on=[first_day(m) for m in company.start[here]],
        )
    )
    for name in columns:
        if name not in out.columns:
            out[name] = np.nan
    return out.reset_index(drop=True)


@dataclass(frozen=True)
class Statistics:
    """suff_hazard_monthly, suff_money_monthly, suff_money_quarterly, suff_expansion."""

    hazard: pd.DataFrame
    money: pd.DataFrame
    money_quarterly: pd.DataFrame
    expansion: pd.DataFrame


def _summed(keys: dict[str, np.ndarray], sums: dict[str, np.ndarray]) -> pd.DataFrame:
    """Group by integer keys and sum integers exactly (bincount of doubles holds them below 2 to the 53)."""
    code = np.zeros(len(next(iter(keys.values()))), dtype=np.int64)
    for values in keys.values():
        code = code * (int(values.max(initial=0)) + 1) + values
    _, first, group = np.unique(code, return_index=True, return_inverse=True)
    out = {name: values[first] for name, values in keys.items()}
    for name, values in sums.items():
        out[name] = np.round(np.bincount(group, weights=values.astype(float), minlength=first.size)).astype(np.int64)
    return pd.DataFrame(out)


def statistics(company: Company, segment: np.ndarray) -> Statistics:
    """The three tables of counts for customers in the given segments."""
    names, home = np.unique(np.where(company.has_deal, segment, UNASSIGNED), return_inverse=True)
    types, kind_of_term = np.unique(company.deals.term_type, return_inverse=True)
    quarters = np.array([str((FIRST_MONTH + m).asfreq("Q")) for m in range(company.origin)])
    labels, of_quarter = np.unique(quarters, return_inverse=True)
    who, age = company.rows["who"].to_numpy(), company.rows["age"].to_numpy()
    # at risk in the month: active at the end of the one before, so every active month leads to one of risk
    risk_age = age + 1
    month = company.start[who] + risk_age
    shown = month < company.origin
    at, risk_age, month = who[shown], risk_age[shown], month[shown]
    arr = company.rows["arr"].to_numpy()[shown]
    gone = company.leaves[at] == risk_age
    term = np.where(company.deals.term_type == "unknown", 0, company.deals.term)
    renews = (term[at] > 1) & (risk_age % np.maximum(term[at], 1).astype(int) == 0)
    hazard = _summed(
        {
            "s": home[at],
            "t": kind_of_term[at],
            "age_month": risk_age,
            "is_renewal_month": renews.astype(np.int64),
            "q": of_quarter[month],
            "bucket": company.bucket[at],
        },
        {
            "n_at_risk": np.ones(at.size),
            "n_churn": gone,
            "arr_at_risk_cents": arr,
            "arr_churned_cents": arr * gone,
        },
    )
    hazard = hazard.assign(
        segment_id=names[hazard.pop("s")],
        term_type=types[hazard.pop("t")],
        calendar_quarter=labels[hazard.pop("q")],
        is_renewal_month=hazard["is_renewal_month"].astype(bool),
    )
    columns = [*HAZARD_KEY, "n_at_risk", "n_churn", "arr_at_risk_cents", "arr_churned_cents"]
    rows = company.rows
    money = _summed(
        {"s": home[who], "age_month": age, "bucket": company.bucket[who]},
        {
            "n_customer_months": np.ones(who.size),
            "sum_arr_cents": rows["arr"].to_numpy(),
            "sum_revenue_cents": rows["revenue"].to_numpy(),
            "sum_gross_margin_cents": rows["gross"].to_numpy(),
            "sum_support_cents": rows["support"].to_numpy(),
        },
    )
    money = money.assign(
        segment_id=names[money.pop("s")],
        n_margin_known=money["n_customer_months"],
        sum_margin_revenue_cents=money["sum_revenue_cents"],
        sum_margin_arr_cents=money["sum_arr_cents"],
        n_support_known=money["n_customer_months"],
        sum_support_arr_cents=money["sum_arr_cents"],
    )
    of_month = of_quarter[company.start[who] + age]
    quarterly = _summed(
        {
            "s": home[who],
            "b": np.searchsorted(_MONEY_BAND_STARTS, age, side="right"),
            "q": of_month,
            "bucket": company.bucket[who],
        },
        {
            "n_margin_known": np.ones(who.size),
            "sum_margin_revenue_cents": rows["revenue"].to_numpy(),
            "sum_margin_arr_cents": rows["arr"].to_numpy(),
            "sum_gross_margin_cents": rows["gross"].to_numpy(),
            "n_support_known": np.ones(who.size),
            "sum_support_arr_cents": rows["arr"].to_numpy(),
            "sum_support_cents": rows["support"].to_numpy(),
        },
    )
    quarterly = quarterly.assign(
        segment_id=names[quarterly.pop("s")],
        age_band=_MONEY_BANDS[quarterly.pop("b")],
        calendar_quarter=labels[quarterly.pop("q")],
    )
    return Statistics(hazard[columns], money, quarterly, _expansions(company, names, home, at, risk_age, gone))


def _expansions(
    company: Company, names: np.ndarray, home: np.ndarray, at: np.ndarray, age: np.ndarray, gone: np.ndarray
) -> pd.DataFrame:
    bands = np.array(["01-06", "07-12", "13-24", "25+"])
    exposed_at, exposed_age = at[~gone], age[~gone]
    grown = company.grown[company.start[company.grown["who"]] + company.grown["age"] >= 1]
    who = np.concatenate([exposed_at, grown["who"].to_numpy()])
    when = np.concatenate([exposed_age, grown["age"].to_numpy()])
    zeros, arr, ratio = np.zeros(exposed_at.size), grown["arr"].to_numpy(), grown["ratio"].to_numpy()
    log = np.log(ratio)
    # months up to a customer's first expansion, of customers seen from their first month on
    first = np.full(len(company.start), np.iinfo(np.int64).max)
    np.minimum.at(first, grown["who"].to_numpy(), grown["age"].to_numpy())
    first = np.where(company.start >= 0, first, -1)
    out = _summed(
        {"s": home[who], "b": np.searchsorted((7, 13, 25), when, side="right"), "bucket": company.bucket[who]},
        {
            "n_exposed_months": np.concatenate([np.ones(exposed_at.size), np.zeros(len(grown))]),
            "n_events": np.concatenate([zeros, np.ones(len(grown))]),
            "n_unexpanded_months": np.concatenate([exposed_age <= first[exposed_at], np.zeros(len(grown))]),
            "n_first_events": np.concatenate([zeros, grown["age"].to_numpy() == first[grown["who"].to_numpy()]]),
            "sum_amount_cents": np.concatenate([zeros, np.round(arr * ratio)]),
            "sum_base_arr_cents": np.concatenate([zeros, arr]),
            "sum_log_ratio_micro": np.concatenate([zeros, np.round(log * 1e6)]),
            "sumsq_log_ratio_micro": np.concatenate([zeros, np.round(log**2 * 1e6)]),
        },
    )
    return out.assign(segment_id=names[out.pop("s")], age_band=bands[out.pop("b")])
