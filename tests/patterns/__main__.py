"""Print what the segment marts say of companies of known truth, as a table beside the goals.

    python -m tests.patterns [COMPANIES]

Builds one small demo company for the compiled models, then draws COMPANIES of 2,000 customers (20 by default, two
seconds each). Exit code 1 when a goal is missed.
"""

import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.patterns.measure import calls_of_nothing, is_missed, many_companies, signs_on_the_right_side, summarise
from tests.warehouse.company import build, make_company


def main(companies: int = 20) -> int:
    """Measure; return the exit code."""
    console = Console(width=110, highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        build(home, make_company(Path(folder) / "company", customers=60))
        found = many_companies(range(1, companies + 1), home)
        nothing = calls_of_nothing(range(1, companies + 1), home)
    summary = summarise(found)
    table = Table("mart", "number", "cells", "90 % interval holds the truth", "called", "wrong", "goals", box=None)
    missed = 0
    for row in summary.itertuples():
        missed += is_missed(row)
        table.add_row(
            str(row.kind),
            str(row.quantity),
            str(row.cells),
            f"{row.cover:.3f} +- {row.cover_error:.3f}",
            str(row.called),
            str(row.wrong),
            "MISSED" if is_missed(row) else "met",
        )
    console.print(table)
    console.print("Goals: cover within two errors of 0.88 to 0.92; of the calls at most one in ten is wrong.")
    for indicator, right, drawn in signs_on_the_right_side(found):
        console.print(f"{indicator} makes customers leave: right side of 1 in {right} of {drawn} companies")
    console.print(
        "Companies in which nothing goes with anything, and the share in which something is called (goal 0.10):"
    )
    for row in nothing.itertuples():
        missed += row.any_call > 0.10 + 2 * row.error
        console.print(f"{row.kind}, {row.quantity}: {row.any_call:.2f} of {row.companies}, luck +- {row.error:.2f}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:2])))
