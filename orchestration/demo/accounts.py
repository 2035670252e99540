"""Accounts, contacts and the selling team, and which deal belongs to which."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from orchestration.demo import names
from orchestration.demo.settings import DAY, Arr, Settings


@dataclass(frozen=True)
class Directory:
    """Who there is.

    Attributes:
        accounts: one row per account: created (s), owner, currency, industry, employees, has_gap flags.
        name, domain: text of each account.
        contact_start: number of the first contact of each account; the k-th is `contact_start + k`.
        contact_count: contacts per account.
        sellers: one row per seller: first, last, manager, capacity, active.
    """

    accounts: pd.DataFrame
    name: pa.Array
    domain: pa.Array
    contact_start: Arr
    contact_count: Arr
    sellers: pd.DataFrame


def place_deals(deals: pd.DataFrame, settings: Settings) -> Arr:
    """Account number of each new-business deal.

    Won deals come first, one account each, in deal order. Some lost deals were earlier attempts at accounts
    that were won later, some are second attempts at an account lost before.
    """
    rng = settings.rng("accounts")
    won = (deals["won"] & (deals["closed"] < settings.now)).to_numpy()
    account = np.full(len(deals), -1, dtype=np.int64)
    account[won] = np.arange(won.sum())
    others = np.flatnonzero(~won)
    won_created = deals["created"].to_numpy()[won]
    guess = rng.integers(0, max(won.sum(), 1), len(others))
    earlier = (deals["closed"].to_numpy()[others] < won_created[guess] - 30 * DAY) & (rng.random(len(others)) < 0.14)
    account[others[earlier]] = guess[earlier]
    rest = others[~earlier]
    again = rng.random(len(rest)) < 0.10
    own = np.cumsum(~again) - 1
    fresh = int(won.sum()) + own
    previous = int(won.sum()) + (rng.random(len(rest)) * np.maximum(own, 1)).astype(np.int64)
    account[rest] = np.where(again & (own > 0), previous, np.maximum(fresh, int(won.sum())))
    return account


def directory(deals: pd.DataFrame, settings: Settings) -> Directory:
    """Accounts, contacts and sellers for all deals (columns account, created, stakeholders, currency)."""
    rng = settings.rng("directory")
    grouped = deals.groupby("account")
    n = int(deals["account"].max()) + 1
    first = grouped["created"].min().reindex(range(n)).to_numpy()
    most = grouped["stakeholders"].max().reindex(range(n)).to_numpy().astype(np.int64)
    currency = grouped["currency"].first().reindex(range(n)).to_numpy().astype(np.int64)
    seats = grouped["seats"].max().reindex(range(n)).to_numpy()
    name, domain, industry = names.company_names(names.company_parts(n, rng))
    accounts = pd.DataFrame(
        {
            "created": first - rng.integers(1, 120, n) * DAY,
            "industry": industry,
            "currency": currency,
            "employees": np.rint(seats * np.exp(rng.normal(1.3, 0.7, n))).clip(3, 60_000),
            "country": np.where(
                currency == 2,
                2,
                np.where(currency == 1, rng.choice(np.array([3, 4, 5, 6, 7]), n), rng.choice(2, n, p=[0.9, 0.1])),
            ),
            "type_customer": np.zeros(n, dtype=bool),
        }
    )
    count = most + 1
    start = np.concatenate([[0], np.cumsum(count)[:-1]])
    return Directory(accounts, name, domain, start, count, _sellers(settings))


def _sellers(settings: Settings) -> pd.DataFrame:
    rng = settings.rng("sellers")
    n = settings.n_sellers
    n_managers = max(1, -(-n // 8))
    first, last = names.distinct_people(n + n_managers, rng)
    return pd.DataFrame(
        {
            "first": first,
            "last": last,
            "is_manager": np.arange(n + n_managers) >= n,
            "manager": np.where(np.arange(n + n_managers) >= n, -1, n + np.arange(n + n_managers) % n_managers),
            "capacity": np.where(np.arange(n + n_managers) >= n, np.nan, rng.integers(20, 36, n + n_managers)),
            "active": (np.arange(n + n_managers) % 12 != 11) | (np.arange(n + n_managers) >= n),
            "weight": rng.uniform(0.6, 1.4, n + n_managers),
        }
    )


def owners(deals: pd.DataFrame, people: Directory, settings: Settings) -> tuple[Arr, Arr, Arr]:
    """First owner, present owner and time of change (NaN when none) of each deal.

    A deal changes hands in about 9 % of cases; every open deal of a seller who left changes hands too.
    """
    rng = settings.rng("owners")
    sellers = people.sellers[~people.sellers["is_manager"]]
    weight = (sellers["weight"] / sellers["weight"].sum()).to_numpy()
    active = sellers["active"].to_numpy()
    home = rng.choice(len(sellers), len(people.accounts), p=weight)
    first = home[deals["account"].to_numpy()]
    elsewhere = rng.random(len(deals)) < 0.15
    first = np.where(elsewhere, rng.choice(len(sellers), len(deals), p=weight), first)
    stayed = np.flatnonzero(active)
    other = stayed[rng.integers(0, len(stayed), len(deals))]
    is_open = (deals["closed"] >= settings.now).to_numpy()
    moved = (rng.random(len(deals)) < 0.09) | (is_open & ~active[first])
    moved &= other != first
    span = (np.minimum(deals["closed"], settings.now) - deals["created"]).to_numpy()
    when = np.where(moved, np.floor(deals["created"] + span * rng.uniform(0.15, 0.9, len(deals))), np.nan)
    return first, np.where(moved, other, first), when
