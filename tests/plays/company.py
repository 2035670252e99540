"""Open deals of a made-up company as the play models read them, beside the truth that no company sees.

What a segment's deals are worth per ARR and how far its win chances lie off are drawn first; then what the company
measured of them, and its posterior draws given that. Truth and draws are therefore exchangeable: whatever is chosen by
the draws, their chances are right on average (no optimiser's curse beyond what they say). How much of its win
probability a deal keeps when nobody works it is `parked_win_retention` in the models; the worlds of `RESPONSES` are
what it may be in truth.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

Arr = npt.NDArray[np.float64]

AS_OF: Final = date(2026, 11, 2)
N_DRAWS: Final = 500
HOUR_COST: Final = 75.0
_WORTH_SD, _SHIFT_SD = 0.9, 0.3
_RETENTION = 0.5


def _logistic(eta: Arr) -> Arr:
    return np.asarray(1.0 / (1.0 + np.exp(-eta)))


# Share of its win chance that each deal loses when nobody works it, by win chance and motion.
RESPONSES: Final[dict[str, Callable[[Arr, Arr], Arr]]] = {
    "as assumed": lambda p, motion: np.full(len(p), 1.0 - _RETENTION),
    "hours do little": lambda p, motion: np.full(len(p), 0.2),
    "hours do much": lambda p, motion: np.full(len(p), 0.8),
    # a deal in motion answers to hours, a silent one hardly
    "lively deals answer": lambda p, motion: np.clip(motion / 100.0, 0.05, 0.95),
    # the same push in log odds for all: sure deals lose little when left alone
    "even push": lambda p, motion: 1.0 - _logistic(np.log(p / (1.0 - p)) - 1.2) / p,
}


@dataclass(frozen=True)
class Company:
    """One company.

    Attributes:
        deals: one row per open deal: opportunity_id, owner_user_id, segment_id, arr_amount, win_logit, win_probability,
            hours_to_close, cost_to_close, onboarding_cost, motion, risk, profitability.
        draws: posterior draws by segment, columns of stg_predictions__lifecycle_draw.
        win: true chance to win each worked deal; value: its true contribution if won, expectation.
        luck: one uniform number and one factor of mean 1 per deal, common to all policies.
    """

    deals: pd.DataFrame
    draws: pd.DataFrame
    win: Arr
    value: Arr
    luck: tuple[Arr, Arr]


def _measured(truth: Arr, spread: float, error: Arr, rng: np.random.Generator) -> Arr:
    """Posterior draws of normal quantities around nil that were measured with these errors, shape (draws, n)."""
    seen = truth + rng.normal(0.0, error)
    keep = spread**2 / (spread**2 + error**2)
    return np.asarray(keep * seen + rng.normal(0.0, 1.0, (N_DRAWS, len(truth))) * np.sqrt(keep) * error)


def draw(seed: int, *, n_deals: int = 900, n_segments: int = 150, n_owners: int = 10) -> Company:
    """Draw one company."""
    rng = np.random.default_rng([seed, 7])
    names = np.array([f"S{number + 1:03d}" for number in range(n_segments)])
    worth, shift = rng.normal(0.0, _WORTH_SD, n_segments), rng.normal(0.0, _SHIFT_SD, n_segments)
    worth_draws = 1.0 + _measured(worth, _WORTH_SD, rng.uniform(0.15, 0.8, n_segments), rng)
    shift_draws = _measured(shift, _SHIFT_SD, rng.uniform(0.1, 0.4, n_segments), rng)
    draws = pd.DataFrame(
        {
            "draw_id": np.repeat(np.arange(N_DRAWS), n_segments),
            "segment_id": np.tile(names, N_DRAWS),
            "term_type": "annual",
            "start_age_months": 0,
            "alive_years_disc": 1.0,
            "margin_per_arr": worth_draws.ravel(),
            "support_cost_per_arr": 0.0,
            "expansion_margin_per_arr": 0.0,
            "win_logit_shift": shift_draws.ravel(),
        }
    )
    segment = rng.integers(0, n_segments, n_deals)
    stages_left = rng.integers(1, 7, n_deals)
    win_logit = 1.2 - 0.6 * stages_left + rng.normal(0.0, 0.8, n_deals)
    hours = 4.0 * stages_left
    known_worth = worth_draws.mean(axis=0)[segment]
    deals = pd.DataFrame(
        {
            "opportunity_id": [f"006{number:05d}" for number in range(n_deals)],
            "owner_user_id": [f"005{number:02d}" for number in rng.integers(0, n_owners, n_deals)],
            "segment_id": names[segment],
            "deal_type": "new_business",
            "term_type": "annual",
            "arr_amount": np.round(np.exp(rng.normal(9.6, 0.9, n_deals)), 2),
            "win_logit": win_logit,
            "win_probability": _logistic(win_logit),
            "hours_to_close": hours,
            "cost_to_close": HOUR_COST * hours,
            "onboarding_cost": 640.0 + 400.0 * rng.poisson(1.0, n_deals),
            # livelier and less risky deals are won more often, which the win probability knows already
            "motion": np.clip(50 + 8 * (win_logit + 1.0) + rng.normal(0, 18, n_deals), 0, 100),
            "risk": np.clip(42 - 6 * (win_logit + 1.0) + rng.normal(0, 15, n_deals), 0, 100),
            "profitability": np.clip(35 + 20 * known_worth + rng.normal(0, 12, n_deals), 0, 100),
        }
    )
    win = _logistic(win_logit + shift[segment])
    value = deals["arr_amount"].to_numpy() * (1.0 + worth[segment]) - deals["onboarding_cost"].to_numpy()
    return Company(deals, draws, win, value, (rng.random(n_deals), rng.gamma(2.0, 0.5, n_deals)))
