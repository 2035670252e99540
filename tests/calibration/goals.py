"""Each goal: what is demanded, what was measured and how sure of it, and the verdict."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ACCEPTED = Path(__file__).with_name("accepted.csv")
MET, MISSED, UNCLEAR, ACCEPTED_MISS, TOLD = "met", "MISSED", "unclear", "accepted", "-"


@dataclass(frozen=True)
class Goal:
    """One line of the table.

    Attributes:
        key: stable name, also that of an accepted miss. text: what is measured.
        low, high: the demand; NaN on both sides when the number is only told.
        value, error: the mean over companies and its Monte Carlo error. baseline: what stands beside it, as text.
    """

    key: str
    text: str
    low: float
    high: float
    value: float
    error: float
    baseline: str = ""
    digits: int = 3

    @property
    def is_told_only(self) -> bool:
        return np.isnan(self.low) and np.isnan(self.high)

    @property
    def demand(self) -> str:
        if self.is_told_only:
            return ""
        if np.isinf(self.low) or np.isnan(self.low):
            return f"<= {self.high:.{self.digits}f}"
        if np.isinf(self.high) or np.isnan(self.high):
            return f">= {self.low:.{self.digits}f}"
        return f"{self.low:.{self.digits}f} to {self.high:.{self.digits}f}"

    @property
    def measured(self) -> str:
        return f"{self.value:.{self.digits}f} +- {self.error:.{self.digits}f}"

    def verdict(self, accepted: set[str]) -> str:
        """Met inside the demand; unclear within two Monte Carlo errors of it; else missed, or an accepted miss."""
        if self.is_told_only:
            return TOLD
        if not np.isfinite(self.value):
            return MISSED
        beyond = max(self.low - self.value, self.value - self.high)
        if beyond <= 0:
            return MET
        if self.key in accepted:
            return ACCEPTED_MISS
        return UNCLEAR if beyond <= 2.0 * self.error else MISSED


def mean_and_error(values: pd.Series | np.ndarray) -> tuple[float, float]:
    """Mean over companies and its standard error; the error of a single company is unknown (NaN)."""
    array = np.asarray(values, dtype=float)
    return float(array.mean()), float(array.std(ddof=1) / np.sqrt(array.size)) if array.size > 1 else float("nan")


def accepted_misses() -> dict[str, str]:
    """Reasons of the accepted misses by key."""
    table = pd.read_csv(ACCEPTED)
    return dict(zip(table["key"], table["reason"], strict=True))


def render(goals: list[Goal], accepted: dict[str, str]) -> str:
    """The table, 110 columns wide, and the reasons of accepted misses below it."""
    head = f"{'goal':<46} {'demanded':<14} {'measured':<17} {'baseline':<20} verdict"
    lines = [head, "-" * 110]
    section = ""
    for goal in goals:
        name = goal.key.split("/")[0]
        if name != section:
            section = name
            lines.append(f"[{section}]")
        verdict = goal.verdict(set(accepted))
        lines.append(f"{goal.text[:46]:<46} {goal.demand:<14} {goal.measured:<17} {goal.baseline[:20]:<20} {verdict}")
    used = [goal.key for goal in goals if goal.verdict(set(accepted)) == ACCEPTED_MISS]
    lines += ["", *(f"accepted: {key}: {accepted[key]}" for key in used)]
    return "\n".join(lines)


def is_failed(goals: list[Goal], accepted: dict[str, str]) -> bool:
    """True when a goal is missed that nobody accepted as missed."""
    return any(goal.verdict(set(accepted)) == MISSED for goal in goals)
