"""Print what plays bring in companies of known truth, as a table beside the goals.

    python -m tests.plays [SEEDS]

Builds one small demo company for the compiled models, then draws SEEDS companies (20 by default, some four seconds
each). Exit code 1 when a goal is missed.
"""

import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.plays.measure import GOAL_BETTER, GOAL_SLOPE, better, calibrate, judge_policy_value
from tests.plays.policies import compare
from tests.warehouse.company import build, make_company


def main(seeds: int = 20) -> int:
    """Measure; return the exit code."""
    console = Console(width=110, highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        build(home, make_company(Path(folder) / "company", customers=60))
        results, deals = compare(range(1, seeds + 1), home)
    missed = 0
    table = Table("when hours do", "against", "better in", "gain", "of the best", "without gates", "goal", box=None)
    for row in better(results).itertuples():
        # the goal speaks of the world that the policy assumes; the others say what that assumption costs
        is_judged = row.response == "as assumed"
        is_met = row.better >= GOAL_BETTER * row.companies
        missed += is_judged and not is_met
        table.add_row(
            str(row.response),
            str(row.other),
            f"{row.better} of {row.companies}",
            f"{row.gain:+.1%}",
            f"{row.share_of_best:.1%}",
            f"{row.share_without_gates:.1%}",
            ("met" if is_met else "MISSED") if is_judged else "",
        )
    console.print(table)
    for name, part in (("Accelerate", deals[deals["play"] == "Accelerate"]), ("all", deals)):
        found = calibrate(part)
        is_met = GOAL_SLOPE[0] <= found.slope <= GOAL_SLOPE[1]
        missed += name == "Accelerate" and not is_met and abs(found.slope - 1.0) > 0.1 + 2.0 * found.slope_error
        console.print(
            f"P(ROI < 0), {name}: slope {found.slope:.2f} +- {found.slope_error:.2f}, losses per expected "
            f"{found.observed_per_expected:.2f}, {found.n_events} losses among {found.n} deals "
            "(goal 0.9 to 1.1, less two errors)"
        )
    for row in judge_policy_value(range(1, seeds + 1)).itertuples():
        console.print(
            f"Value of the plays, {row.world}: 90 % interval holds the truth in {row.cover:.0%} and a number is "
            f"claimed in {row.claimed:.0%} of {row.companies}"
        )
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:2])))
