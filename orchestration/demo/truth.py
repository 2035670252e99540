"""What really drove the company. Written apart from the raw tables and never read by the pipeline."""

import numpy as np
import pandas as pd
import pyarrow as pa

from orchestration.demo import columns as col
from orchestration.demo import segments as seg
from orchestration.demo.finance import MARGIN
from orchestration.demo.ids import salesforce_id
from orchestration.demo.settings import DAY
from orchestration.demo.world import World


def _term_type(term: pd.Series) -> pa.Array:
    months = term.to_numpy()
    return col.pick(("monthly", "annual", "multi"), np.where(months == 1, 0, np.where(months == 12, 1, 2)))


def _values(world: World) -> pd.DataFrame:
    customers = world.life.customers
    segment = customers["segment"].to_numpy()
    discount = customers["discount"].to_numpy() / 100
    year = float(seg.age_shape_support(np.arange(12)).mean())
    support = seg.SUPPORT_PER_ARR[segment] * customers["support_factor"].to_numpy() * year / (1 - discount)
    deal = customers["deal"].to_numpy()
    recurring = world.deals["amount_final"].to_numpy()[deal].astype(float)
    services = customers["services"].to_numpy()
    margin = recurring * MARGIN[customers["plan"].to_numpy()] + services * MARGIN[4]
    return pd.DataFrame(
        {
            "segment": segment,
            "survival_12": customers["survival_12"],
            "expand_12": customers["expand_12"],
            "support": support,
            "margin": margin / (recurring + services),
            "churned_12": ((customers["churn_age"] > 0) & (customers["churn_age"] <= 12)).astype(float),
            "win": np.nan,
        }
    )


def tables(world: World) -> dict[str, pa.Table]:
    """Truth tables by name: customer, opportunity, segment, effect."""
    customers, deals = world.life.customers, world.deals
    values = _values(world)
    segment = values["segment"].to_numpy()
    term = customers["term"].to_numpy()
    churn_age = customers["churn_age"].to_numpy()
    observed = customers["end_day"].to_numpy() * DAY + customers["start_second"].to_numpy() < world.settings.now
    customer = {
        "account_id": salesforce_id("001", customers["account"].to_numpy()),
        "opportunity_id": salesforce_id("006", customers["deal"].to_numpy()),
        "latent_segment": col.pick(seg.SEGMENTS, segment),
        "term_type": _term_type(customers["term"]),
        "term_months": col.whole(term),
        "start_date": col.day(customers["start_day"].to_numpy()),
        "start_month": col.day(
            customers["start_day"]
            .to_numpy()
            .astype("datetime64[D]")
            .astype("datetime64[M]")
            .astype("datetime64[D]")
            .astype(np.int64)
        ),
        "true_survival_12m": pa.array(values["survival_12"].to_numpy()),
        "true_log_odds_shift": pa.array(customers["shift"].to_numpy()),
        "true_frailty": pa.array(customers["frailty"].to_numpy()),
        "true_hazard_monthly_term": pa.array(seg.HAZARD_MONTHLY_TERM[segment]),
        "true_hazard_mid_term": pa.array(seg.HAZARD_MID_TERM[segment]),
        "true_hazard_renewal": pa.array(
            seg.HAZARD_RENEWAL[segment] * np.where(term > 12, seg.MULTI_RENEWAL_FACTOR, 1.0)
        ),
        "churn_age": col.whole(np.where((churn_age > 0) & observed, churn_age, np.nan)),
        "churn_age_eventually": col.whole(np.where(churn_age > 0, churn_age, np.nan)),
        "true_annual_support_per_arr": pa.array(values["support"].to_numpy()),
        "true_margin_rate": pa.array(values["margin"].to_numpy()),
        "true_expansion_prob_12m": pa.array(values["expand_12"].to_numpy()),
    }
    opportunity = {
        "opportunity_id": salesforce_id("006", np.arange(len(deals))),
        "latent_segment": col.pick(seg.SEGMENTS, deals["segment"].to_numpy()),
        "kind": col.pick(("new_business", "expansion", "renewal"), deals["kind"].to_numpy()),
        "true_win_probability": pa.array(deals["win_probability"].to_numpy()),
        "will_win": col.flag(deals["won"].to_numpy()),
        "will_close_on": col.day(deals["closed"].to_numpy() // DAY),
    }
    mean = values.groupby("segment").mean().reindex(range(len(seg.SEGMENTS)))
    count = values.groupby("segment").size().reindex(range(len(seg.SEGMENTS)), fill_value=0)
    summary = {
        "latent_segment": pa.array(seg.SEGMENTS),
        "n_customers": col.whole(count.to_numpy()),
        "survival_12m": pa.array(mean["survival_12"].to_numpy()),
        "realised_survival_12m": pa.array(1 - mean["churned_12"].to_numpy()),
        "expansion_prob_12m": pa.array(mean["expand_12"].to_numpy()),
        "annual_support_per_arr": pa.array(mean["support"].to_numpy()),
        "margin_rate": pa.array(mean["margin"].to_numpy()),
    }
    effect = {
        "effect": pa.array(["discount_10pp_on_churn_log_odds", "success_criteria_on_churn_log_odds", "frailty_sd"]),
        "value": pa.array([seg.BETA_DISCOUNT_10PP, seg.BETA_SUCCESS_CRITERIA, seg.FRAILTY_SD]),
    }
    return {
        "customer": pa.table(customer),
        "opportunity": pa.table(opportunity),
        "segment": pa.table(summary),
        "effect": pa.table(effect),
    }
