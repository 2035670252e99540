"""What sellers answered to the plays of past weeks, written back to the CRM.

Each seller has a habit: how often he or she answers, and how often by following. Deals that gather pace are followed
more often, silent ones are put off. A few answers are as careless as people are: sent twice, with a Wednesday for a
week, in a word of their own, about a deal that is gone, or before the list was out.
"""

import numpy as np
import pandas as pd
import pyarrow as pa

from orchestration.demo import columns as col
from orchestration.demo.ids import salesforce_id
from orchestration.demo.opportunities import RENEWAL
from orchestration.demo.settings import DAY
from orchestration.demo.world import World

WEEKS = 16
WORDS = ("accepted", "done", "overridden", "Declined", "snoozed", "will see")
FOLLOWED, OVERRIDDEN, OTHER = (0, 1), (2, 3), (4,)
REASONS = ("timing", "champion_left", "knows_better", "waiting_for_legal", "no_budget")
_UNKNOWN_WORD = 5


def plan(world: World) -> tuple[col.Columns, pa.Table]:
    """Return crm.play_response and its truth: per reply what the seller meant and which oddity was planted, if any."""
    settings, deals = world.settings, world.deals
    rng = settings.rng("replies")
    n_sellers = settings.n_sellers
    answers = rng.beta(2.2, 2.8, n_sellers)
    follows = rng.beta(5.0, 2.5, n_sellers)
    monday = settings.as_of_day - (settings.as_of_day + 3) % 7
    created = deals["created"].to_numpy()
    closed = deals["closed"].to_numpy()
    is_new = deals["kind"].to_numpy() != RENEWAL
    parts = []
    for back in range(WEEKS, 0, -1):
        week = monday - 7 * back
        row = np.flatnonzero(is_new & (created < week * DAY) & (closed >= (week + 1) * DAY))
        moved = world.owner_moved[row]
        owner = np.where(~np.isnan(moved) & (week * DAY >= moved), world.owner_now[row], world.owner_first[row])
        parts.append(pd.DataFrame({"deal": row, "week": week, "seller": owner.astype(np.int64)}))
    asked = pd.concat(parts, ignore_index=True)
    asked = asked[rng.random(len(asked)) < answers[asked["seller"].to_numpy()]].reset_index(drop=True)
    n = len(asked)
    lively = deals["won"].to_numpy()[asked["deal"].to_numpy()]
    does = rng.random(n) < follows[asked["seller"].to_numpy()] + np.where(lively, 0.1, -0.1)
    later = ~does & (rng.random(n) < 0.25)
    meaning = np.where(does, 0, np.where(later, 2, 1))
    word = np.where(does, rng.integers(0, 2, n), np.where(later, OTHER[0], OVERRIDDEN[0] + rng.integers(0, 2, n)))
    week = asked["week"].to_numpy()
    at = week * DAY + rng.integers(8 * 3600, 5 * DAY - 6 * 3600, n)
    reason = np.where(meaning == 1, rng.integers(0, len(REASONS), n), -1)
    reason = np.where(rng.random(n) < 0.2, -1, reason)
    deal = asked["deal"].to_numpy()
    oddity = np.zeros(n, dtype=np.int64)
    planted = rng.permutation(n)[: max(4, n // 50)]
    for kind, place in enumerate(np.array_split(planted, 4), start=1):
        oddity[place] = kind
    stated = np.where(oddity == 1, week + 2, week)
    word = np.where(oddity == 2, _UNKNOWN_WORD, word)
    at = np.where(oddity == 3, week * DAY - 3 * DAY, at)
    target = np.where(oddity == 4, len(deals) + np.arange(n), deal)
    # a second thought: the later answer is the one that counts
    again = np.flatnonzero((oddity == 0) & (meaning == 1) & (rng.random(n) < 0.04))
    first = np.concatenate([np.arange(n), again])
    is_again = np.arange(len(first)) >= n
    order = np.lexsort((is_again, target[first], at[first] + is_again * 3600, stated[first]))
    first, is_again = first[order], is_again[order]
    opportunity = salesforce_id("006", target[first])
    when = at[first] + is_again * 3600
    table: col.Columns = {
        "opportunity_id": opportunity,
        "decision_week": col.day(stated[first]),
        "replied_at": col.ts(when),
        "response": col.pick(WORDS, np.where(is_again, FOLLOWED[1], word[first])),
        "reason_code": col.pick(REASONS, np.where(is_again, -1, reason[first])),
    }
    truth = pa.table(
        {
            "opportunity_id": opportunity,
            "decision_week": table["decision_week"],
            "replied_at": table["replied_at"],
            "monday": col.day(week[first]),
            "meaning": col.pick(("followed", "overridden", "other"), np.where(is_again, 0, meaning[first])),
            "oddity": col.pick(
                ("none", "not_a_monday", "unknown_word", "before_the_week", "unknown_deal"), oddity[first]
            ),
            "is_second_thought": col.flag(is_again),
        }
    )
    return table, truth
