"""The whole company in numbers, before it is written as tables of the source systems."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.demo import accounts, followups, lifecycle, opportunities
from orchestration.demo.settings import Arr, Settings


@dataclass(frozen=True)
class World:
    """Everything that happened, also after the extraction.

    Attributes:
        settings: size, dates, seed.
        deals: one row per opportunity; new business first, in the order of its accounts' deals.
        life: customers and their seat changes; `customers.deal` is a row of `deals`.
        people: accounts, contacts, sellers.
        stage_at: second at which each open stage was entered, shape (deals, 6), NaN where never.
        expected_close: first expected close of each deal (day).
        push_at, push_to: push times (s) and pushed dates (day), shape (deals, k).
        owner_first, owner_now, owner_moved: seller numbers and the time of the change (NaN when none).
    """

    settings: Settings
    deals: pd.DataFrame
    life: lifecycle.Lifecycle
    people: accounts.Directory
    stage_at: Arr
    expected_close: Arr
    push_at: Arr
    push_to: Arr
    owner_first: Arr
    owner_now: Arr
    owner_moved: Arr


def build(settings: Settings) -> World:
    """Play the company once."""
    first_sales = opportunities.new_business(settings)
    first_sales["account"] = accounts.place_deals(first_sales, settings)
    _price(first_sales, settings)
    customers_of = first_sales["won"] & (first_sales["closed"] < settings.now)
    life = lifecycle.live(first_sales[customers_of], settings)
    renewals = followups.renewals(life, settings)
    expansions = followups.expansions(life, settings)
    more = followups.complete(pd.concat([renewals, expansions], ignore_index=True), settings)
    first_sales["customer"] = -1
    deals = pd.concat([_trim_lost(first_sales, len(more), settings), more], ignore_index=True)
    # trimming moved rows: find each customer's deal again
    position = np.flatnonzero(
        (deals["kind"] == opportunities.NEW_BUSINESS) & deals["won"] & (deals["closed"] < settings.now)
    )
    life.customers["deal"] = position
    _amounts(deals, settings)
    people = accounts.directory(deals, settings)
    rng = settings.rng("paths")
    created = deals["created"].to_numpy().astype(np.float64)
    cycle = (deals["closed"] - deals["created"]).to_numpy().astype(np.float64)
    stage_at = opportunities.stage_times(
        created,
        cycle,
        deals["won"].to_numpy(),
        deals["reach"].to_numpy(),
        deals["first_stage"].to_numpy(),
        deals["progress"].to_numpy(),
        rng,
    )
    expected, push_at, push_to = opportunities.pushes(
        created,
        deals["closed"].to_numpy(),
        deals["planned_days"].to_numpy(),
        deals["push_days"].to_numpy(),
        deals["persist"].to_numpy(),
        rng,
    )
    owner_first, owner_now, owner_moved = accounts.owners(deals, people, settings)
    return World(
        settings,
        deals,
        life,
        people,
        stage_at,
        expected,
        push_at,
        push_to,
        owner_first,
        owner_now,
        owner_moved,
    )


def _price(deals: pd.DataFrame, settings: Settings) -> None:
    """List amount per year and services amount (whole hundreds), both in minor units of the deal's
    currency."""
    deals["list_amount"] = opportunities.yearly_amount(
        deals["plan"].to_numpy(),
        deals["currency"].to_numpy(),
        deals["interval"].to_numpy(),
        deals["seats"].to_numpy(),
        np.zeros(len(deals), dtype=np.int64),
    )
    deals["services"] = np.rint(deals["services_share"] * deals["list_amount"] / 50_000).astype(np.int64) * 50_000


def _trim_lost(deals: pd.DataFrame, n_more: int, settings: Settings) -> pd.DataFrame:
    """Drop lost deals at random so that all opportunities together number three per customer, where that is
    possible.

    Lost deals that are the only one of their account go, and account numbers close up again.
    """
    surplus = len(deals) + n_more - 3 * settings.n_customers
    lost = np.flatnonzero(~deals["won"] & (deals["closed"] < settings.now))
    if surplus > 0:
        drop = settings.rng("trim").permutation(lost)[: min(surplus, len(lost) // 2)]
        deals = deals[~deals.index.isin(drop)].reset_index(drop=True)
    deals["account"] = np.unique(deals["account"].to_numpy(), return_inverse=True)[1]
    return deals


def _amounts(deals: pd.DataFrame, settings: Settings) -> None:
    """Amount early, quoted and at the close (minor units a year; a follow-up deal's seats are those added or
    renewed)."""
    rng = settings.rng("amounts")
    n = len(deals)
    listed = deals["list_amount"].to_numpy()
    discount = deals["discount"].to_numpy()
    final = (listed * (100 - discount) + 50) // 100
    early = np.rint(listed * np.exp(rng.normal(0.03, 0.22, n)) / 10_000) * 10_000
    early = np.where((deals["kind"] == opportunities.NEW_BUSINESS) & (rng.random(n) < 0.3), np.nan, early)
    quoted = np.rint(listed * (100 - np.maximum(discount - rng.integers(0, 9, n), 0)) / 100)
    deals["amount_early"] = early
    deals["amount_quoted"] = quoted
    deals["amount_final"] = final
