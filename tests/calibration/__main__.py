"""Print and write the table of all goals.

    python -m tests.calibration [SETS]

SETS companies of 2,000 customers give the coverage (100 by default, about half an hour on one core); the other
parts use fewer. The table also goes to target/calibration.md. Exit code 1 when a goal is missed that accepted.csv
does not name.
"""

import sys
from pathlib import Path

from rich.console import Console

from tests.calibration.goals import MISSED, Goal, accepted_misses, is_failed, render
from tests.calibration.later_parts import deal_intervals, discount_effects, tail_forecasts
from tests.calibration.measure import WORLDS, companies, drifting, pipelines, segmentations, young_companies
from tests.calibration.report import (
    calibration_goals,
    coverage_goals,
    drift_goals,
    effect_goals,
    interval_goals,
    segment_goals,
    tail_goals,
    win_goals,
    young_goals,
)

TARGET = Path("target") / "calibration.md"
SMALL, LARGE = 2_000, 20_000


def main(sets: int = 100) -> int:
    """Measure everything; return the exit code."""
    console = Console(width=110, highlight=False)
    big, some = max(5, sets // 5), max(5, sets // 10)
    goals: list[Goal] = []

    def add(new: list[Goal]) -> None:
        goals.extend(new)
        console.log(f"{len(goals)} numbers, {sum(goal.verdict(set()) == MISSED for goal in goals)} missed")

    large = companies(LARGE, range(big))
    add(calibration_goals(large, LARGE))
    add(coverage_goals(large, LARGE))
    small = companies(SMALL, range(1000, 1000 + sets))
    add(calibration_goals(small, SMALL))
    add(coverage_goals(small, SMALL))
    add(young_goals(young_companies(SMALL, range(2000, 2000 + max(5, sets // 2)))))
    add(drift_goals(drifting(LARGE, range(some), (-0.01, 0.0, 0.01, 0.02))))
    add(segment_goals(segmentations(LARGE, range(some), ("sharp", *WORLDS))))
    add(win_goals(pipelines(range(some))))
    add(tail_goals(tail_forecasts()))
    intervals = deal_intervals(LARGE, range(some), WORLDS)
    if len(intervals):
        add(interval_goals(intervals))
    effects = discount_effects(range(max(10, sets // 2)))
    if len(effects):
        add(effect_goals(effects))
    accepted = accepted_misses()
    text = render(goals, accepted)
    console.print(text, markup=False, soft_wrap=True)
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(f"# Calibration, {sets} sets\n\n```text\n{text}\n```\n", encoding="utf-8")
    return int(is_failed(goals, accepted))


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:2])))
