"""A company month by month, drawn as the tables that the backtest reads; its future can be changed alone.

Months count from January 2023 (0). Each month has a random stream of its own, so whatever is changed from some month
on leaves the months before it as they were, to the bit.
"""

import numpy as np
import pandas as pd

from orchestration.inference.backtest_rows import BacktestTables
from orchestration.inference.segment_data import FEATURES
from orchestration.inference.win import FEATURES as WIN_FEATURES

MONTHS = 36
SEGMENTS = np.array(["S1", "S2", "S3"], dtype=object)
LEVEL = np.array([-4.6, -3.6, -2.9])
EXPANSION = np.array([0.040, 0.015, 0.008])
MARGIN = np.array([0.80, 0.70, 0.55])
SUPPORT = np.array([0.005, 0.010, 0.025])


def day(month: int) -> pd.Timestamp:
    """First day of a month counted from January 2023."""
    return pd.Timestamp(year=2023 + month // 12, month=month % 12 + 1, day=1)


def _panel(seed: int, n: int, changed_from: int, drift: float) -> pd.DataFrame:
    """One row per customer and month from its start to the month it left in."""
    rng = np.random.default_rng([seed, 0])
    segment = rng.choice(3, n, p=[0.4, 0.35, 0.25])
    start = rng.integers(-12, MONTHS, n)
    annual = rng.random(n) < 0.5
    arr = np.round(np.exp(rng.normal(10.0, 0.6, n))) * 100
    care = SUPPORT[segment] * np.exp(rng.normal(-0.08, 0.4, n))
    margin = np.clip(MARGIN[segment] + rng.normal(0.0, 0.05, n), 0.0, 1.0)
    alive = np.ones(n, dtype=bool)
    now = arr.copy()
    rows = []
    # customers of before the first month have lived through the months that nobody recorded
    for month in range(-12, MONTHS):
        rng = np.random.default_rng([seed, month + 100])
        u, v, w = rng.random(n), rng.random(n), rng.normal(0.0, 0.2, n)
        here = alive & (start <= month)
        age = np.maximum(month - start, 0)
        logit = LEVEL[segment] - 0.15 * np.log1p(age) + 1.0 * (annual & (age % 12 == 0)) - 0.7 * annual + drift * month
        chance = np.where(month >= changed_from, 0.6, 1.0 / (1.0 + np.exp(-logit)))
        left = here & (age >= 1) & (u < chance)
        grown = here & ~left & (age >= 1) & (v < np.where(month >= changed_from, 0.9, EXPANSION[segment]))
        before = now.copy()
        now = np.where(grown, now * 1.2, now)
        scale = 1e6 if month >= changed_from else 1.0
        if month >= 0:
            at = np.flatnonzero(here)
            rows.append(
                pd.DataFrame(
                    {
                        "customer": at,
                        "month": month,
                        "age": age[at],
                        "segment": segment[at],
                        "annual": annual[at],
                        "start": start[at],
                        "first_arr": arr[at],
                        "before": before[at],
                        "added": np.where(grown, now - before, 0.0)[at],
                        "left": left[at],
                        "grown": grown[at],
                        "arr": np.where(left, 0.0, now)[at],
                        "margin_rate": margin[at],
                        "support": (care * before * np.exp(w) * scale)[at],
                    }
                )
            )
        alive &= ~left
    panel = pd.concat(rows, ignore_index=True)
    panel["revenue"] = panel["arr"] / 12.0
    panel["gross_margin"] = panel["revenue"] * panel["margin_rate"]
    panel.loc[panel["left"], "support"] = 0.0
    return panel


def _origins(n_scored: int) -> pd.DataFrame:
    months = list(range(3, MONTHS - 2, 3))
    return pd.DataFrame(
        {
            "origin_on": [day(m) for m in months],
            "is_scored": [i >= len(months) - n_scored for i in range(len(months))],
            "months_known": [MONTHS - m for m in months],
            "month": months,
        }
    )


def _sums(panel: pd.DataFrame, label: np.ndarray, origins: pd.DataFrame) -> tuple[pd.DataFrame, ...]:
    hazards, growths, moneys = [], [], []
    at_risk = panel[panel["age"] >= 1]
    for origin in origins.loc[origins["is_scored"], "month"]:
        rows = at_risk[at_risk["month"] < origin + 12]
        keys = pd.DataFrame(
            {
                "origin_on": day(origin),
                "segment_id": label[rows["customer"]],
                "term_type": np.where(rows["annual"], "annual", "monthly"),
                "age_month": rows["age"],
                "is_renewal_month": rows["annual"] & (rows["age"] % 12 == 0),
                "calendar_quarter": [f"{day(m).year}Q{day(m).quarter}" for m in rows["month"]],
                "bucket": rows["customer"] % 32,
            }
        )
        cells = keys.assign(
            n_at_risk=1,
            n_churn=rows["left"].astype(int),
            arr_at_risk_cents=rows["before"],
            arr_churned_cents=np.where(rows["left"], rows["before"], 0.0),
        )
        hazards.append(cells.groupby(list(keys), as_index=False).sum())
        past = rows[(rows["month"] < origin) & ~rows["left"]]
        ratio = np.where(past["grown"], np.log(np.maximum(past["added"], 1.0) / past["before"]), 0.0)
        band = pd.cut(past["age"], [0, 6, 12, 24, 999], labels=["01-06", "07-12", "13-24", "25+"]).astype(str)
        keys = pd.DataFrame(
            {
                "origin_on": day(origin),
                "segment_id": label[past["customer"]],
                "age_band": band,
                "bucket": past["customer"] % 32,
            }
        )
        growth = keys.assign(
            n_exposed_months=1,
            n_events=past["grown"].astype(int),
            sum_amount_cents=past["added"],
            sum_base_arr_cents=np.where(past["grown"], past["before"], 0.0),
            sum_log_ratio_micro=np.round(ratio * 1e6),
            sumsq_log_ratio_micro=np.round(ratio**2 * 1e6),
        )
        growths.append(growth.groupby(list(keys), as_index=False).sum())
        paid = panel[(panel["month"] < origin) & ~panel["left"]]
        keys = pd.DataFrame(
            {
                "origin_on": day(origin),
                "segment_id": label[paid["customer"]],
                "age_month": np.minimum(paid["age"], 36),
                "bucket": paid["customer"] % 32,
            }
        )
        money = keys.assign(
            n_customer_months=1,
            sum_arr_cents=paid["arr"],
            sum_revenue_cents=paid["revenue"],
            n_margin_known=1,
            sum_margin_arr_cents=paid["arr"],
            sum_margin_revenue_cents=paid["revenue"],
            sum_gross_margin_cents=paid["gross_margin"],
            n_support_known=1,
            sum_support_arr_cents=paid["arr"],
            sum_support_cents=paid["support"],
        )
        moneys.append(money.groupby(list(keys), as_index=False).sum())
    return tuple(pd.concat(parts, ignore_index=True) for parts in (hazards, growths, moneys))


def _customers(panel: pd.DataFrame, label: np.ndarray, origins: pd.DataFrame, signal: np.ndarray) -> pd.DataFrame:
    out = []
    for origin, is_scored in zip(origins["month"], origins["is_scored"], strict=True):
        now = panel[panel["month"] == origin]
        for cohort in ("existing", "new"):
            if cohort == "existing":
                members = now[now["age"] >= 1].assign(age_then=lambda f: f["age"] - 1, size=lambda f: f["before"])
                first = pd.Series(origin, index=members["customer"])
                known = MONTHS - origin
            else:
                young = panel[(panel["age"] == 0) & (panel["month"] >= origin) & (panel["month"] < origin + 3)]
                members = young.assign(age_then=0, size=young["first_arr"])
                first = members.set_index("customer")["month"] + 1
                known = MONTHS - origin - 3
            watched = panel[panel["customer"].isin(members["customer"])]
            offset = watched["month"] - watched["customer"].map(first) + 1
            inside = watched[(offset >= 1) & (offset <= 12)].assign(offset=offset)
            left = inside[inside["left"]].groupby("customer")["offset"].min()
            grown = inside[inside["grown"]].groupby("customer")["offset"].min()
            shift = 0 if cohort == "existing" else 1
            paid = watched[(offset + shift >= 1) & (offset + shift <= 12)].groupby("customer")
            sums = paid[["revenue", "gross_margin", "support"]].sum()
            who = members["customer"]
            rows = pd.DataFrame(
                {
                    "origin_on": day(origin),
                    "customer_id": [f"c{i:05d}" for i in who],
                    "cohort": cohort,
                    "segment_id": label[who] if is_scored else None,
                    "segment_id_when_known": label[who],
                    "term_type": np.where(members["annual"], "annual", "monthly"),
                    "age_month": members["age_then"].to_numpy(),
                    "arr_cents": members["size"].to_numpy(),
                    "industry": np.where(who % 2 == 0, "software", "trade"),
                    "months_known": max(known, 0),
                    "churned_after_months": who.map(left).to_numpy(),
                    "expanded_after_months": who.map(grown).to_numpy(),
                    **dict.fromkeys(FEATURES, np.nan),
                }
            )
            rows["discount_pct"] = signal[who]
            for column, part in (
                ("revenue_cents", "revenue"),
                ("gross_margin_cents", "gross_margin"),
                ("support_cost_cents", "support"),
            ):
                rows[column] = who.map(sums[part]).fillna(0.0).to_numpy() if known >= 12 else np.nan
            out.append(rows)
    return pd.concat(out, ignore_index=True)


def _deals(seed: int, n: int, changed_from: int, origins: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng([seed, 7])
    created = day(0) + pd.to_timedelta(rng.integers(0, 30 * (MONTHS - 14), n), unit="D")
    closed = created + pd.to_timedelta(rng.integers(40, 240, n), unit="D")
    pull = rng.normal(0.0, 1.0, n)
    won = rng.random(n) < 1.0 / (1.0 + np.exp(-1.5 * pull))
    # a future that is turned around
    won = np.where(closed >= day(changed_from), ~won, won) if changed_from < MONTHS else won
    noise = rng.normal(0.0, 1.0, (n, len(WIN_FEATURES)))
    starts = [day(m) for m in origins.loc[origins["is_scored"], "month"]]
    rows = []
    for step in range(0, 240, 7):
        seen = created + pd.Timedelta(days=step)
        at = np.flatnonzero(seen < closed)
        week = pd.DataFrame(noise[at] + 0.1 * step / 7, columns=list(WIN_FEATURES))
        week[WIN_FEATURES[0]] = pull[at] + 0.3 * noise[at, 0]
        week.insert(0, "opportunity_id", [f"d{i:05d}" for i in at])
        week["snapshot_on"] = seen[at]
        week["created_on"], week["closed_on"] = created[at], closed[at]
        week["is_won"] = won[at].astype(int)
        week["stated_amount"] = 1000.0
        week["deal_age_weeks"] = step / 7
        week["sample_weight"] = 1.0
        week["step"] = step
        rows.append(week)
    weeks = pd.concat(rows, ignore_index=True)
    weeks["snapshot_of_origin_on"] = pd.NaT
    for start in starts:
        inside = (weeks["snapshot_on"] < start) & (weeks["snapshot_on"] >= start - pd.Timedelta(days=7))
        weeks.loc[inside, "snapshot_of_origin_on"] = start
    weeks = weeks[(weeks["step"] % 28 == 0) | weeks["snapshot_of_origin_on"].notna()].drop(columns="step")
    deals = pd.DataFrame(
        [(f"d{i:05d}", "trade") for i in range(n)],
        columns=["opportunity_id", "industry"],
    )
    return weeks.reset_index(drop=True), deals


def simulate_backtest(
    seed: int,
    *,
    n_customers: int = 1000,
    n_deals: int = 400,
    n_scored: int = 6,
    changed_from: int = MONTHS,
    drift: float = 0.0,
    is_shuffled: bool = False,
) -> BacktestTables:
    """Draw the tables.

    Args:
        changed_from: from this month on most customers leave or grow each month, support costs a million times as
            much, and deals end the other way round.
        drift: rise of the churn logit a month.
        is_shuffled: the segment label is drawn anew, so that it says nothing.
    """
    panel = _panel(seed, n_customers, changed_from, drift)
    rng = np.random.default_rng([seed, 5])
    kind = np.zeros(n_customers, dtype=int)
    kind[panel["customer"]] = panel["segment"]
    label = SEGMENTS[rng.permutation(kind) if is_shuffled else kind]
    origins = _origins(n_scored)
    hazard, expansion, money = _sums(panel, label, origins)
    weeks, deals = _deals(seed, n_deals, changed_from, origins)
    customers = _customers(panel, label, origins, rng.normal(0.0, 1.0, n_customers))
    return BacktestTables(origins.drop(columns="month"), hazard, expansion, money, customers, weeks, deals)
