"""Accounts that were entered twice and merged later: losers point to their winner, a few through a chain of
three.

Old references in billing, support and usage keep the loser's id.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from orchestration.demo.ids import salesforce_id
from orchestration.demo.settings import Arr
from orchestration.demo.world import World


@dataclass(frozen=True)
class Merges:
    """Losing accounts.

    Attributes:
        loser: account numbers beyond the living ones, shape (m,).
        master: account number each loser points to; the first fifth points to another loser.
        winner: living account at the end of the chain.
    """

    loser: Arr
    master: Arr
    winner: Arr


def plan(world: World) -> Merges:
    """Choose about 3 % of the customers, at least three, as winners; a fifth of them has a chain of three."""
    rng = world.settings.rng("merges")
    n = len(world.people.accounts)
    customers = len(world.life.customers)
    winner = rng.permutation(customers)[: max(3, round(0.03 * customers))]
    first = n + np.arange(len(winner))
    chained = max(1, len(winner) // 5)
    second = n + len(winner) + np.arange(chained)
    return Merges(
        np.concatenate([first, second]),
        np.concatenate([winner, first[:chained]]),
        np.concatenate([winner, winner[:chained]]),
    )


def referenced(world: World, merges: Merges, account: Arr, topic: str, share_short: float) -> pa.Array:
    """Account ids as another system stores them: some of a merged loser, some in the 15-character form."""
    rng = world.settings.rng(f"reference-{topic}")
    old = np.full(int(max(account.max(initial=0), merges.winner.max())) + 1, -1)
    old[merges.winner] = merges.loser
    use_old = (old[account] >= 0) & (rng.random(len(old)) < 0.6)[account]
    short = (rng.random(len(old)) < share_short)[account]
    return salesforce_id("001", np.where(use_old, old[account], account), short=short)
