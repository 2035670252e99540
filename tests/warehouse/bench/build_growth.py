"""How time and memory of a build grow with the company: the same build at two sizes in one run, as ratios.

    python -m tests.warehouse.bench.build_growth [SMALL] [FACTOR]

Prints seconds, CPU seconds and peak memory of a first and a second build at each size, and what a company
FACTOR times as large costs in multiples of the small one. Absolute figures are those of this machine on this day; the
ratios travel.
"""

import os
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.warehouse.company import build, make_company


@dataclass(frozen=True)
class Cost:
    """Wall seconds, CPU seconds and peak memory (MB) of one build."""

    wall: float
    cpu: float
    peak_mb: float


def measure(home: Path, company: Path) -> Cost:
    """Build once in a fork of its own, so that its peak memory is its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        started = time.perf_counter()
        done = build(home, company)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        wall = time.perf_counter() - started
        os.write(
            writer,
            f"{done.returncode} {wall} {used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024}".encode(),
        )
        os._exit(0)
    os.waitpid(child, 0)
    code, wall_s, cpu_s, peak_mb = os.read(reader, 200).decode().split()
    if code != "0":
        raise SystemExit(f"The build of {company} ended with exit code {code}.")
    return Cost(float(wall_s), float(cpu_s), float(peak_mb))


def main(small: int = 500, factor: int = 10) -> None:
    """Measure both sizes and print the table."""
    costs: dict[tuple[int, str], Cost] = {}
    with tempfile.TemporaryDirectory() as folder:
        for customers in (small, small * factor):
            company = make_company(Path(folder) / f"company_{customers}", customers=customers)
            for which in ("first", "second"):
                costs[customers, which] = measure(Path(folder) / f"home_{customers}", company)
    table = Table("customers", "build", "wall s", "CPU s", "peak MB", title="Builds of the demo company")
    for (customers, which), cost in costs.items():
        table.add_row(f"{customers:,}", which, f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.peak_mb:.0f}")
    one, many = costs[small, "second"], costs[small * factor, "second"]
    console = Console()
    console.print(table)
    console.print(
        f"{factor} times the customers cost {many.wall / one.wall:.2f} times the wall time, "
        f"{many.cpu / one.cpu:.2f} times the CPU and {many.peak_mb / one.peak_mb:.2f} times the memory."
    )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
