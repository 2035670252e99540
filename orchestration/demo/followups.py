"""Deals with existing customers: renewals and expansions, drawn from what the customers do."""

import numpy as np
import pandas as pd

from orchestration.demo import segments as seg
from orchestration.demo.lifecycle import Lifecycle, seats_on
from orchestration.demo.opportunities import EXPANSION, RENEWAL, yearly_amount
from orchestration.demo.settings import DAY, Arr, Settings, add_months, working_time

RENEWAL_SHARE = 0.36  # small and quiet renewals run on without a deal in the CRM
EXPANSION_SHARE = 0.55


def renewals(life: Lifecycle, settings: Settings) -> pd.DataFrame:
    """Renewal deals of yearly and longer terms, opened 50 to 95 days ahead."""
    rng = settings.rng("renewals")
    customers = life.customers
    frames = []
    tracked = rng.random(len(customers)) < RENEWAL_SHARE
    term = customers["term"].to_numpy()
    start = customers["start_day"].to_numpy()
    churn_age = customers["churn_age"].to_numpy()
    for age in (12, 24, 36):
        day = add_months(start, age)
        reached = (churn_age == 0) | (churn_age >= age)
        due = tracked & reached & (term > 1) & (age % term == 0) & (day < settings.as_of_day + 95)
        row = np.flatnonzero(due)
        n = len(row)
        lead = rng.integers(50, 95, n)
        created = working_time((day[row] - lead) * DAY, rng)
        won = churn_age[row] != age
        closed = working_time((day[row] - np.where(won, rng.integers(0, 18, n), -rng.integers(0, 6, n))) * DAY, rng)
        hazard = seg.churn_hazard(
            customers["segment"].to_numpy()[row], term[row], age, customers["shift"].to_numpy()[row]
        )
        frames.append(
            _deals(customers, row, RENEWAL, created, closed, won, 1 - hazard, seats_on(life, row, day[row] - 1))
        )
    table = pd.concat(frames, ignore_index=True)
    table["first_stage"] = 2
    return table[table["created"].to_numpy() < settings.now].reset_index(drop=True)


def expansions(life: Lifecycle, settings: Settings) -> pd.DataFrame:
    """Expansion deals: most seat increases have one, and for each won one about 0.55 come to nothing."""
    rng = settings.rng("expansion-deals")
    customers, changes = life.customers, life.changes
    grown = np.flatnonzero(~changes["is_renewal"].to_numpy() & (rng.random(len(changes)) < EXPANSION_SHARE))
    row = changes["customer"].to_numpy()[grown]
    day = changes["day"].to_numpy()[grown]
    length = np.rint(30 * np.exp(rng.normal(0, 0.5, len(row)))).clip(7, 120)
    created = working_time((day - length - 2) * DAY, rng)
    closed = working_time((day - 1) * DAY, rng)
    added = changes["after"].to_numpy()[grown] - changes["before"].to_numpy()[grown]
    one = np.ones(len(row), dtype=bool)
    won = _deals(customers, row, EXPANSION, created, closed, one, np.full(len(row), 0.62), added)
    # hopes that did not come true
    n = round(0.55 * len(row))
    hope = rng.choice(len(row), n, replace=False) if n else np.zeros(0, dtype=np.int64)
    who = row[hope]
    start = customers["start_day"].to_numpy()[who]
    end = np.minimum(customers["end_day"].to_numpy()[who], settings.as_of_day + 40)
    opened = start + 45 + rng.random(n) * np.maximum(end - start - 60, 5)
    created = working_time(opened * DAY, rng)
    closed = working_time(created + np.exp(rng.normal(0, 0.5, n)) * 38 * DAY, rng)
    lost = _deals(customers, who, EXPANSION, created, closed, np.zeros(n, dtype=bool), np.full(n, 0.62), added[hope])
    table = pd.concat([won, lost], ignore_index=True)
    table["first_stage"] = 1
    begun = table["created"].to_numpy() >= customers["start_day"].to_numpy()[table["customer"]] * DAY
    return table[begun & (table["created"].to_numpy() < settings.now)].reset_index(drop=True)


def _deals(
    customers: pd.DataFrame,
    row: Arr,
    kind: int,
    created: Arr,
    closed: Arr,
    won: Arr,
    probability: Arr,
    seats: Arr,
) -> pd.DataFrame:
    table = customers.iloc[row][["account", "segment", "term", "interval", "plan", "currency", "discount"]]
    table = table.reset_index(drop=True)
    table["customer"] = row
    table["kind"] = kind
    table["created"] = created
    table["closed"] = np.maximum(closed, created + 3 * DAY)
    table["won"] = won
    table["win_probability"] = probability
    table["seats"] = seats
    return table


def complete(table: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Fill the signals of follow-up deals: they are lighter than those of a first sale."""
    rng = settings.rng("followup-signals")
    n = len(table)
    segment = table["segment"].to_numpy()
    table["payment_terms"] = 30
    table["customisation"] = rng.poisson(0.25 * seg.CUSTOMISATION[segment])
    table["promises"] = rng.poisson(0.2 * seg.PROMISES[segment])
    table["services_share"] = 0.0
    table["services"] = 0
    table["success"] = rng.random(n) < seg.SUCCESS_CRITERIA[segment]
    table["onboarding"] = 5.0
    table["integrations"] = rng.poisson(0.3 * seg.INTEGRATIONS[segment])
    table["procurement"] = rng.poisson(0.4 * seg.PROCUREMENT[segment])
    table["compliance"] = False
    table["security"] = False
    table["competitor"] = -1
    table["stakeholders"] = (1 + rng.poisson(0.35 * seg.STAKEHOLDERS[segment])).clip(1, 8)
    table["source"] = -1
    table["reach"] = np.maximum(table["first_stage"], rng.integers(1, 5, n))
    table["progress"] = np.where(table["won"], 1.0, rng.beta(3, 2, n))
    is_renewal = (table["kind"] == RENEWAL).to_numpy()
    span = ((table["closed"] - table["created"]) / DAY).to_numpy()
    table["planned_days"] = np.where(is_renewal, span + 2, 32 * np.exp(rng.normal(0, 0.35, n)))
    table["push_days"] = 20.0
    table["persist"] = np.where(table["won"], 0.9, 0.7)
    table["list_amount"] = yearly_amount(
        table["plan"].to_numpy(),
        table["currency"].to_numpy(),
        table["interval"].to_numpy(),
        table["seats"].to_numpy(),
        np.zeros(n, dtype=np.int64),
    )
    return table
