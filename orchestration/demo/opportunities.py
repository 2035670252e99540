"""New-business deals: who came, how they bought, how it ended.

Each deal is played to its end, also beyond the extraction; what the tables may show is cut later. So an open
deal already moves towards its outcome, as in life.
"""

import numpy as np
import pandas as pd

from orchestration.demo import segments as seg
from orchestration.demo.settings import DAY, Arr, Settings, into_working_hours, working_time

PLANS = ("Starter", "Growth", "Enterprise")
CURRENCIES = ("USD", "EUR", "GBP")
# list price per seat and month in minor units, [plan or add-on][currency]; the yearly price is eleven months
SEAT_PRICE = np.array([[3_200, 2_900, 2_500], [5_900, 5_400, 4_700], [8_900, 8_200, 7_100], [900, 850, 700]])
OPEN_STAGES = (
    "Qualification",
    "Discovery",
    "Solution Validation",
    "Proposal",
    "Negotiation",
    "Verbal Commit",
)
N_STAGES = len(OPEN_STAGES)
WON, LOST = 6, 7
COMPETITORS = ("Corvid", "Planwell", "Ostara", "Brickline", "in-house build")
LOSS_REASONS = ("No decision", "Price", "Competitor", "Missing feature", "Lost budget", "Went silent")

NEW_BUSINESS, EXPANSION, RENEWAL = 0, 1, 2
DEAL_TYPES = ("New Business", "Expansion", "Renewal")


def choose(shares: Arr, rng: np.random.Generator) -> Arr:
    """One category per row of `shares`, shape (n, k)."""
    picked: Arr = (rng.random((len(shares), 1)) > np.cumsum(shares, axis=1)).sum(axis=1).clip(0, shares.shape[1] - 1)
    return picked


def annual_price(plan: Arr, currency: Arr, interval_months: Arr) -> Arr:
    """Minor units per seat and billing interval: the list price per month, or eleven of them for a year."""
    month = SEAT_PRICE[plan, currency]
    price: Arr = np.where(interval_months == 1, month, month * 11)
    return price


def yearly_amount(plan: Arr, currency: Arr, interval_months: Arr, seats: Arr, discount_pct: Arr) -> Arr:
    """Annual recurring amount in minor units after discount, rounded half up."""
    gross = annual_price(plan, currency, interval_months) * seats * (12 // interval_months)
    amount: Arr = (gross * (100 - discount_pct) + 50) // 100
    return amount


def _signals(n: int, segment: Arr, rng: np.random.Generator) -> dict[str, Arr]:
    """Final values of the deal signals by segment."""
    frank = np.exp(rng.normal(0, 0.25, n))  # some accounts ask for more of everything
    discount = np.rint(rng.normal(seg.DISCOUNT_PCT[segment], seg.DISCOUNT_SD[segment])).clip(0, 42)
    terms = np.array(seg.TERMS)[choose(seg.TERM_SHARE[segment], rng)]
    interval = np.where(terms == 1, 1, np.where((terms == 12) & (rng.random(n) < 0.28), 1, 12))
    return {
        "discount": discount.astype(np.int64),
        "term": terms,
        "interval": interval,
        "payment_terms": np.array(seg.PAYMENT_TERMS)[choose(seg.PAYMENT_SHARE[segment], rng)],
        "customisation": rng.poisson(seg.CUSTOMISATION[segment] * frank),
        "promises": rng.poisson(seg.PROMISES[segment] * frank),
        "services_share": np.where(
            rng.random(n) < 0.35 + 0.6 * (segment == 2),
            seg.SERVICES_SHARE[segment] * 1.5 * np.exp(rng.normal(0, 0.4, n)),
            0.0,
        ).clip(0, 0.9),
        "success": rng.random(n) < seg.SUCCESS_CRITERIA[segment],
        "onboarding": np.rint(seg.ONBOARDING_DAYS[segment] * np.exp(rng.normal(0, 0.28, n)) / 5).clip(1, 30) * 5,
        "integrations": rng.poisson(seg.INTEGRATIONS[segment] * frank),
        "procurement": rng.poisson(seg.PROCUREMENT[segment] * frank),
        "compliance": rng.random(n) < seg.COMPLIANCE[segment],
        "security": rng.random(n) < seg.SECURITY[segment],
        "competitor": np.where(rng.random(n) < seg.COMPETITOR[segment], rng.integers(0, len(COMPETITORS), n), -1),
        "stakeholders": (1 + rng.poisson((seg.STAKEHOLDERS[segment] - 1) * frank)).clip(1, 14),
        "seats": np.rint(seg.SEATS[segment] * np.exp(rng.normal(0, 0.6, n))).clip(2, 600).astype(np.int64),
        "plan": choose(seg.PLAN_SHARE[segment], rng),
        "currency": choose(np.tile(seg.CURRENCY_SHARE, (n, 1)), rng),
        "source": choose(seg.LEAD_SHARE[segment], rng),
    }


def _win_logit(segment: Arr, signals: dict[str, Arr], rng: np.random.Generator) -> Arr:
    """Log-odds of winning at creation: segment, fit of the buyer, source and what nobody records (sd 0.5)."""
    source_effect = np.array([0.25, 0.15, -0.30, 0.20, 0.05, -0.10, -0.30, 0.45])
    wide = (signals["stakeholders"] - seg.STAKEHOLDERS[segment]) / np.sqrt(seg.STAKEHOLDERS[segment])
    logit: Arr = (
        seg.BASE_WIN_LOGIT[segment]
        + 0.25 * wide.clip(-2, 2)
        + 0.35 * (signals["success"] - seg.SUCCESS_CRITERIA[segment])
        - 0.45 * ((signals["competitor"] >= 0) - seg.COMPETITOR[segment])
        + source_effect[signals["source"]]
        + rng.normal(0, 0.5, len(segment))
    )
    return logit


def stage_times(
    created: Arr, cycle: Arr, won: Arr, reach: Arr, first: Arr, progress: Arr, rng: np.random.Generator
) -> Arr:
    """Second at which each open stage was entered, shape (n, 6), NaN where never.

    Args:
        created, cycle: start and length in seconds, shape (n,).
        won: won deals pass all stages, with a tenth of the steps skipped.
        reach: last open stage of a lost deal.
        first: stage in which the deal was created.
        progress: share of the cycle after which a lost deal moves no more (1 for won deals).
    """
    n = len(created)
    weight = rng.gamma(np.array([1.0, 1.6, 2.2, 2.2, 2.0, 1.0]), 1.0, (n, N_STAGES)) + 0.05
    stage = np.arange(N_STAGES)
    last = np.where(won, N_STAGES - 1, reach)
    used = (stage >= first[:, None]) & (stage <= last[:, None])
    weight = np.where(used, weight, 0.0)
    # a won deal leaves its last stage at the close; a lost one enters its last stage at `progress`
    spent = np.cumsum(weight, axis=1)
    total = np.where(won, spent[:, -1], np.maximum(spent[:, -1] - weight[np.arange(n), last], 1e-9))
    share = (spent - weight) / total[:, None]
    when = created[:, None] + share * (cycle * np.where(won, 1.0, progress))[:, None]
    skipped = (rng.random((n, N_STAGES)) < 0.10) & (stage > first[:, None]) & (stage < last[:, None])
    # order and working hours are kept between the creation and the close
    floor = created[:, None] + 900.0 * stage
    when = np.maximum(into_working_hours(when), floor)
    when = np.where(
        stage == first[:, None],
        created[:, None],
        np.minimum(when, (created + cycle)[:, None] - 60.0 * (7 - stage)),
    )
    entered: Arr = np.where(used & ~skipped, when, np.nan)
    return entered


def pushes(
    created: Arr,
    closed: Arr,
    planned_days: Arr,
    step_days: Arr,
    persist: Arr,
    rng: np.random.Generator,
    most: int = 7,
) -> tuple[Arr, Arr, Arr]:
    """Close-date story: first expected close (day), push times (s), pushed dates (day).

    Shapes are (n,), (n, k), (n, k). A seller moves the date when it comes near and the deal is still open;
    with probability 1 - `persist` the date is left to lapse, as on neglected deals. Half of the dates are set
    to the end of a month. Times are NaN where there is no push.

    Args:
        created, closed: seconds, shape (n,).
        planned_days: how long the seller expects the deal to take, shape (n,).
        step_days: typical length of one push, shape (n,).
        persist: chance that a lapsing date is moved, shape (n,).
    """
    n = len(created)

    def dated(day: Arr) -> Arr:
        month = day.astype("datetime64[D]").astype("datetime64[M]")
        month_end = (month + 1).astype("datetime64[D]").astype(np.int64) - 1
        dates: Arr = np.where(rng.random(n) < 0.5, month_end, day)
        return dates

    first = dated((created // DAY + np.maximum(np.rint(planned_days), 7)).astype(np.int64))
    when = np.full((n, most), np.nan)
    dates = np.zeros((n, most), dtype=np.int64)
    current, alive = first.copy(), np.ones(n, dtype=bool)
    last = created.astype(np.float64)
    for turn in range(most):
        at = into_working_hours((current - rng.integers(-3, 7, n) + rng.random(n)) * DAY)
        at = np.maximum(at, last + 2 * DAY)
        alive &= (at < closed - 2 * DAY) & (rng.random(n) < persist)
        ahead = np.maximum(current, (at // DAY).astype(np.int64)) + 5
        later = dated(ahead + np.rint(step_days * np.exp(rng.normal(0, 0.35, n))).astype(np.int64))
        when[:, turn] = np.where(alive, at, np.nan)
        dates[:, turn] = np.where(alive, later, current)
        current = np.where(alive, later, current)
        last = np.where(alive, at, last)
    return first, when, dates


def new_business(settings: Settings) -> pd.DataFrame:
    """One row per new-business deal: exactly `n_customers` won before the extraction, with the lost and open
    ones.

    Won, lost and open deals are thinned from one pool, so that win rates and cycle times stay those of the
    mechanism.
    """
    wanted = settings.n_customers
    size = int(wanted * 2.9) + 40
    attempt = 0
    while True:
        pool = _pool(settings, size, settings.rng(f"pool-{attempt}"))
        pool = pool[pool["created"] < settings.now].reset_index(drop=True)
        closed = pool["closed"] < settings.now
        inside = closed & (pool["closed"] >= settings.first_day * DAY)
        won = np.flatnonzero(inside & pool["won"])
        if len(won) >= wanted:
            break
        size, attempt = int(size * 1.15), attempt + 1
    rng = settings.rng("thinning")
    share = wanted / len(won)
    lost = np.flatnonzero(inside & ~pool["won"])
    open_ = np.flatnonzero(~closed)
    keep = np.concatenate(
        [
            rng.permutation(won)[:wanted],
            rng.permutation(lost)[: round(len(lost) * share)],
            rng.permutation(open_)[: round(len(open_) * share)],
        ]
    )
    return pool.iloc[np.sort(keep)].reset_index(drop=True)


def _pool(settings: Settings, size: int, rng: np.random.Generator) -> pd.DataFrame:
    segment = choose(np.tile(seg.SHARE, (size, 1)), rng)
    signals = _signals(size, segment, rng)
    logit = _win_logit(segment, signals, rng)
    probability = 1 / (1 + np.exp(-logit))
    won = rng.random(size) < probability
    # creation thickens by about 1.2 % a month; it begins half a year before billing does
    start = settings.first_day - 180
    span = settings.as_of_day - start
    growth = 0.012 * span / 30.4
    u = rng.random(size)
    created_day = start + np.log1p(u * np.expm1(growth)) / growth * span
    created = working_time(created_day * DAY, rng)
    cycle_days = seg.CYCLE_DAYS[segment] * np.exp(rng.normal(0, 0.33, size))
    reach = choose(np.tile(np.array([0.14, 0.20, 0.24, 0.24, 0.13, 0.05]), (size, 1)), rng)
    progress = rng.beta(3.0, 2.0, size)
    silent = ~won & (rng.random(size) < 0.28)
    lost_days = cycle_days * rng.uniform(0.6, 1.5, size) + np.where(silent, rng.uniform(50, 190, size), 0.0)
    progress = np.where(silent, progress * cycle_days / lost_days, progress)
    cycle_days = np.where(won, cycle_days, lost_days).clip(5, 500)
    closed = working_time(created + cycle_days * DAY, rng)
    closed = np.maximum(closed, created + 3 * DAY)
    table = pd.DataFrame(signals)
    table["kind"] = NEW_BUSINESS
    table["segment"] = segment
    table["win_probability"] = probability
    table["won"] = won
    table["created"] = created
    table["closed"] = closed
    table["reach"] = reach
    table["first_stage"] = 0
    table["progress"] = np.where(won, 1.0, progress)
    table["planned_days"] = seg.CYCLE_DAYS[segment] * seg.OPTIMISM[segment] * np.exp(rng.normal(0, 0.22, size))
    table["push_days"] = seg.PUSH_DAYS[segment]
    table["persist"] = np.where(won, 0.92, np.where(silent, 0.45, 0.75))
    return table
