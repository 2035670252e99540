"""When an association may be called an effect: one rule, its limits from a seed, the first one that fails named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from orchestration.errors import CheckFailed
from orchestration.inference.frames import numbers, require_columns

RANDOMISED: Final = "randomised"
ADJUSTED: Final = "adjusted"
NOT_IDENTIFIED: Final = "not_identified"

TABLE = "effect_limit"
LIMITS = (
    "treated_events_min",
    "comparison_events_min",
    "treatment_known_min",
    "confounder_known_min",
    "confounder_named_min",
    "overlap_min",
    "effective_deals_min",
    "placebo_z_max",
    "placebo_share_max",
    "confounder_multiple",
    "trial_arm_min",
    "trial_imbalance_p_min",
    "trial_win_gap_max",
)
_Z90 = 1.6448536269514722


@dataclass(frozen=True)
class Evidence:
    """What the label of one number rests on.

    Attributes:
        n_observed, n_events: deals with a known dose, and events among them; n_treated, n_treated_events: of the
            treated bands. treatment_known_share, confounder_known_share: of the deals of the outcome, 0 to 1.
            confounder_named_share: of the deals whose competitor field is known, those that name one.
        overlap_share: deals that could have been treated or not (propensity 0.05 to 0.95), 0 to 1.
        effective_deals: deals worth of independent variation in the dose.
        association, sd: adjusted, per dose. benchmark_bias: by how much a confounder like the strongest recorded one
            would move it. placebo_z: standard errors of the placebo from nil; placebo_share: its partial R2.
    """

    n_observed: int
    n_events: int
    n_treated: int
    n_treated_events: int
    treatment_known_share: float
    confounder_known_share: float
    confounder_named_share: float
    overlap_share: float = float("nan")
    effective_deals: float = float("nan")
    association: float = float("nan")
    sd: float = float("nan")
    benchmark_bias: float = float("nan")
    placebo_z: float = float("nan")
    placebo_share: float = float("nan")


def limits_of(table: pd.DataFrame) -> dict[str, float]:
    """Return the limits by key. Raises `CheckFailed` when one is absent or no number."""
    require_columns(table, TABLE, ("limit_key", "value"))
    values = numbers(table, TABLE, "value", minimum=0)
    out = dict(zip(table["limit_key"].astype(str), values.tolist(), strict=True))
    for key in LIMITS:
        if key not in out:
            raise CheckFailed(f"Seed {TABLE} has no row {key}.", f"Add it to seeds/policy/{TABLE}.csv.")
    return out


def identify(facts: Evidence, limits: Mapping[str, float], *, is_pool: bool) -> tuple[str, str]:
    """Return label and reason. A number that is NaN fails its check."""
    compared = facts.n_events - facts.n_treated_events
    undone = (
        # an interval around nil claims nothing that a confounder could undo
        abs(facts.association) > _Z90 * facts.sd
        and abs(facts.association) <= limits["confounder_multiple"] * facts.benchmark_bias
    )
    is_moved = abs(facts.placebo_z) > limits["placebo_z_max"] and facts.placebo_share > limits["placebo_share_max"]
    checks = (
        (np.isfinite(facts.association) and facts.sd > 0.0, "too few deals or no variation"),
        (facts.treatment_known_share >= limits["treatment_known_min"], "dose not recorded"),
        (facts.confounder_known_share >= limits["confounder_known_min"], "competitor not recorded"),
        (facts.confounder_named_share >= limits["confounder_named_min"], "competitor hardly ever named"),
        (
            facts.n_treated_events >= limits["treated_events_min"] and compared >= limits["comparison_events_min"],
            "too few events",
        ),
        (facts.overlap_share >= limits["overlap_min"], "no overlap"),
        (facts.effective_deals >= limits["effective_deals_min"], "no overlap"),
        (np.isfinite(facts.placebo_z) and not is_moved, "placebo moved"),
        (not undone, "a confounder like the strongest recorded one would explain it"),
    )
    for is_met, reason in checks:
        if not is_met:
            return NOT_IDENTIFIED, reason
    return (
        ADJUSTED,
        "recorded confounders adjusted for" if is_pool else "recorded confounders adjusted for, partly pooled",
    )
