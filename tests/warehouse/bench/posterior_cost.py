"""What the posterior step costs and how that grows with ten times the customers, without a build around it.

    python -m tests.warehouse.bench.posterior_cost [CUSTOMERS] [FACTOR]

Each part is fitted in a fork of its own on the counts and samples of a simulated company, and prints CPU seconds and
the peak memory above that of the imports. Goal: at most 10 CPU seconds and 500 MB in all, within a tenth for FACTOR
times the customers, because counts do not grow. Samples of deals and weeks grow up to their 50,000 rows and no more.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.inference.expansion import fit_expansion
from orchestration.inference.hazard import fit_hazard, hazard_table
from orchestration.inference.lifecycle import lifecycle_draws, segment_kpi
from orchestration.inference.money import fit_money
from orchestration.inference.win import fit_win_model, win_shift_draws
from tests.calibration.company import Company, make_company, statistics
from tests.calibration.fitted import assign, learn_rules
from tests.calibration.pipeline import make_pipeline

REPEATS = 3


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def in_a_fork(work: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds (the least of three runs) and peak memory above the start, MB."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        before, peak, stop = _resident_mb(), [0.0], threading.Event()

        def watch() -> None:
            while not stop.wait(0.005):
                peak[0] = max(peak[0], _resident_mb())

        threading.Thread(target=watch, daemon=True).start()
        costs = []
        for _ in range(REPEATS):
            started = time.process_time()
            work()
            costs.append(time.process_time() - started)
        stop.set()
        os.write(writer, f"{min(costs)} {max(peak[0] - before, 0.0)}".encode())
        os._exit(0)
    os.close(writer)
    said = os.read(reader, 200).decode().split()
    _, status = os.waitpid(child, 0)
    os.close(reader)
    if status != 0 or len(said) != 2:
        raise SystemExit("A part of the posterior step failed; see the error above.")
    return float(said[0]), float(said[1])


def parts(company: Company, deals: int) -> dict[str, Callable[[], object]]:
    """The posterior step of a company in parts, on tables made beforehand."""
    segment = assign(learn_rules(company, 0), company.signals())
    counts = statistics(company, segment)
    names = sorted({*segment, *counts.hazard["segment_id"]})
    weeks = make_pipeline("plain", 0, deals).weeks
    weeks = weeks.iloc[:: -(-len(weeks) // 50_000)]

    def customers() -> None:
        life = fit_hazard(counts.hazard, seed=0, segments=names)
        cash = fit_money(counts.money, seed=0, segments=names)
        growth = fit_expansion(counts.expansion, seed=0, segments=names)
        shift = win_shift_draws(weeks, seed=0, segments=names)
        hazard_table(life)
        lifecycle_draws(life, cash, growth, shift, discount_rate=0.10)
        segment_kpi(life, cash, growth)

    return {
        "segments": lambda: learn_rules(company, 0),
        "customers": customers,
        "win": lambda: fit_win_model(weeks),
    }


def main(customers: int = 5_000, factor: int = 10) -> None:
    """Measure both sizes and print the table."""
    table = Table("customers", "part", "CPU s", "peak MB above the start", title="Posterior step")
    total: dict[int, float] = {}
    for size in (customers, customers * factor):
        company = make_company("logit", 0, size, later=0)
        for name, work in parts(company, min(size, 10_000)).items():
            cpu, peak = in_a_fork(work)
            total[size] = total.get(size, 0.0) + cpu
            table.add_row(f"{size:,}", name, f"{cpu:.2f}", f"{peak:.0f}")
    console = Console()
    console.print(table)
    few, many = total[customers], total[customers * factor]
    console.print(f"{factor} times the customers: {few:.2f} and {many:.2f} CPU s, {many / few:.2f} times.")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
