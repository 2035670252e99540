"""What the simulated companies say, as numbers beside the goals."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from orchestration.inference.policy_value import ALL_DECISIONS, AS_DONE, NOT_IDENTIFIED, SLOTS, value_policies
from orchestration.paths import PROJECT_DIR
from tests.plays.company import N_DRAWS
from tests.plays.decisions import World, draw

GOAL_BETTER: Final = 0.9
GOAL_SLOPE: Final = (0.9, 1.1)
_COMPARISONS: Final = ("by_amount", "by_win")
_AS_OF: Final = date(2026, 11, 2)


def better(results: pd.DataFrame) -> pd.DataFrame:
    """One row per response and simpler policy: companies, in how many the plays brought more, and by how much.

    `share_of_best`: expected contribution of the plays as a share of what somebody who knew every chance would reach;
    `share_without_gates`: the same where deals are worked by value per hour alone.
    """
    rows = []
    for response, part in results.groupby("response", sort=False):
        realised = part.pivot_table(index="seed", columns="policy", values="realised")
        expected = part.pivot_table(index="seed", columns="policy", values="expected")
        for other in _COMPARISONS:
            rows.append(
                {
                    "response": response,
                    "other": other,
                    "companies": len(realised),
                    "better": int((realised["plays"] > realised[other]).sum()),
                    "gain": float((realised["plays"] / realised[other] - 1.0).mean()),
                    "share_of_best": float((expected["plays"] / expected["all known"]).mean()),
                    "share_without_gates": float((expected["no gates"] / expected["all known"]).mean()),
                }
            )
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Calibration:
    """Chances of a loss against losses: deals, losses, losses per expected one, logistic slope and its error."""

    n: int
    n_events: int
    observed_per_expected: float
    slope: float
    slope_error: float


def calibrate(deals: pd.DataFrame) -> Calibration:
    """Judge p_negative against the true sign of expected ROI; errors by segment of a company.

    A chance of none in 500 draws is taken as half a draw in 501.
    """
    known = deals[deals["p_negative"].notna()]
    p = (known["p_negative"].to_numpy(dtype=np.float64) * N_DRAWS + 0.5) / (N_DRAWS + 1.0)
    y = known["is_loss"].to_numpy(dtype=np.float64)
    x = np.column_stack([np.ones(len(p)), np.log(p / (1.0 - p))])
    beta = np.zeros(2)
    for _ in range(50):
        fitted = 1.0 / (1.0 + np.exp(-(x @ beta)))
        information = x.T @ (x * (fitted * (1.0 - fitted))[:, None])
        beta = beta + np.linalg.solve(information, x.T @ (y - fitted))
    cluster = (known["seed"].astype(str) + known["segment_id"]).to_numpy()
    sums = pd.DataFrame(x * (y - fitted)[:, None]).groupby(cluster).sum().to_numpy()
    bread = np.linalg.inv(information)
    error = float(np.sqrt((bread @ (sums.T @ sums) @ bread)[1, 1]))
    return Calibration(len(y), int(y.sum()), float(y.mean() / p.mean()), float(beta[1]), error)


def judge_policy_value(seeds: range) -> pd.DataFrame:
    """One row per world: how often the interval of plays less as_done holds the truth, how often it is claimed.

    Worlds: `measured`, `hidden` and `outcome` from past decisions, and `hidden by lot` from hours placed at random.
    """
    limits = pd.read_csv(PROJECT_DIR / "seeds" / "policy" / "policy_value_limit.csv")
    worlds: tuple[tuple[str, World, float], ...] = (
        ("measured", "measured", 0.0),
        ("hidden", "hidden", 0.0),
        ("outcome", "outcome", 0.0),
        ("hidden by lot", "hidden", 0.3),
    )
    rows = []
    for name, world, share in worlds:
        held, claimed = [], []
        for seed in seeds:
            company = draw(world, seed, slot_share=share)
            found = value_policies(company.sample, limits, as_of=_AS_OF, seed=1)
            found = found[found["population"] == (SLOTS if share else ALL_DECISIONS)]
            row = found[(found["policy"] == "plays") & (found["comparison"] == AS_DONE)].iloc[0]
            truth = company.truth["plays"] - company.truth[AS_DONE]
            held.append(row["association_p05"] <= truth <= row["association_p95"])
            claimed.append(row["identification"] != NOT_IDENTIFIED)
        rows.append({"world": name, "companies": len(held), "cover": np.mean(held), "claimed": np.mean(claimed)})
    return pd.DataFrame(rows)
