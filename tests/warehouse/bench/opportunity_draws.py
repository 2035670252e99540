"""What the ROI of open deals costs at 50,000 of them, as multiples of what it costs at 5,000 in the same run.

    python -m tests.warehouse.bench.opportunity_draws [SMALL] [FACTOR] [HOME]

HOME is a data folder that `segments demo` or `segments build` has filled with the present models; without one a company
of 500 is made and built first. Its open deals are copied under names of their own until there are SMALL of them, and
FACTOR times as many; draws and played lives stay. Then the compiled models run on two threads, each size in a process
of its own: expected, reported and realised ROI of every deal, what moved it, its cash, and the portfolio.

Goal: 50,000 deals x 500 draws within 10 seconds and 4 GB on two cores. The seconds are those of this machine on this
day, beside whatever else it does; CPU seconds over two is what two free cores need, and the ratios travel.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from tests.warehouse.company import build, make_company
from tests.warehouse.compiled import Warehouse

SOURCE_CUSTOMERS = 500
THREADS = 2
GOAL_SECONDS, GOAL_MB = 10.0, 4096.0
MODELS = (
    "core/facts/fct_opportunity_roi",
    "core/facts/fct_opportunity_cash",
    "core/facts/fct_opportunity_roi_driver",
    "core/facts/fct_portfolio_roi",
)
DRAWS = "intermediate/opportunity/int_opportunity__roi_draw"
# what holds a row per deal; a copy has a name of its own
PER_DEAL = {
    "fct_opportunity": "core",
    "fct_opportunity_card": "core",
    "int_opportunity__card_term": "intermediate",
    "int_opportunity__deal_value": "intermediate",
    "int_opportunity__roi_term": "intermediate",
}


def _place(model: str) -> str:
    layer, _, name = model.split("/")
    return f"{layer}.{name}"


def grow(warehouse: Warehouse, source: Path, deals: int) -> int:
    """Copy what the models read, with about `deals` open deals; return how many there are."""
    con = warehouse.connection
    con.execute(f"attach '{source}' as source (read_only)")
    row = con.execute("select count(*) from source.core.fct_opportunity where is_open").fetchone()
    if not row or not row[0]:
        raise SystemExit(f"{source} holds no open deal.")
    copies = max(1, round(deals / int(row[0])))
    for place in sorted(warehouse.tables_read([*MODELS, DRAWS])):
        schema, name = place.split(".")
        if name in PER_DEAL:
            con.execute(
                f"create table work.{place} as select kept.* replace (kept.opportunity_id || '-' || copies.range as"
                f" opportunity_id) from source.{place} as kept cross join range({copies}) as copies"
                " semi join (from source.core.fct_opportunity where is_open) as open"
                " on kept.opportunity_id = open.opportunity_id"
                + (" where kept.week_index = 0" if name == "int_opportunity__roi_term" else "")
            )
        else:
            con.execute(f"create table work.{place} as from source.{schema}.{name}")
    con.execute("detach source")
    return copies * int(row[0])


def measure(home: Path, deals: int) -> tuple[int, dict[str, float], float, float]:
    """Deals, seconds by model, CPU seconds and peak MB of building the models, in a process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with Warehouse(home, settings=f"set threads = {THREADS};") as warehouse:
            grown = grow(warehouse, home / "work.duckdb", deals)
            warehouse.connection.execute(f"create view work.{_place(DRAWS)} as {warehouse.sql(DRAWS)}")
            seconds, cpu = [], time.process_time()
            for model in MODELS:
                started = time.perf_counter()
                warehouse.make(model)
                seconds.append(time.perf_counter() - started)
            cpu = time.process_time() - cpu
        os.write(writer, " ".join(str(value) for value in (grown, cpu, *seconds)).encode())
        os._exit(0)
    os.close(writer)
    said = os.read(reader, 1000).decode().split()
    os.close(reader)
    _, status, usage = os.wait4(child, 0)
    if status or len(said) != 2 + len(MODELS):
        raise SystemExit(f"The ROI of {deals:,} deals could not be built; the reason is above.")
    times = dict(zip(MODELS, (float(text) for text in said[2:]), strict=True))
    return int(said[0]), times, float(said[1]), usage.ru_maxrss / 1024


def main(small: int = 5_000, factor: int = 10, home: Path | None = None) -> None:
    """Measure both sizes and print the table."""
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        if home is None:
            home = Path(folder) / "home"
            done = build(home, make_company(Path(folder) / "company", customers=SOURCE_CUSTOMERS))
            if done.returncode != 0:
                raise SystemExit(f"The company of {SOURCE_CUSTOMERS} could not be built: {done.stderr}")
        with duckdb.connect(str(home / "work.duckdb"), read_only=True) as con:
            row = con.execute("select count(distinct draw_id) from intermediate.int_lifecycle__value_draw").fetchone()
        table = Table("open deals", *(name.rsplit("/", 1)[1] for name in MODELS), "all, s", "CPU s", "peak MB")
        costs = [measure(home, size) for size in (small, small * factor)]
    for grown, times, cpu, peak in costs:
        total = sum(times.values())
        table.add_row(f"{grown:,}", *(f"{s:.1f}" for s in times.values()), f"{total:.1f}", f"{cpu:.1f}", f"{peak:.0f}")
    console.print(table)
    (_, few, _, low), (grown, many, cpu, high) = costs
    seconds, needed = sum(many.values()), cpu / THREADS
    verdict = "within" if needed <= GOAL_SECONDS and high <= GOAL_MB else "OVER"
    n_draws = int(row[0]) if row else 0
    console.print(
        f"{factor} times the deals cost {seconds / sum(few.values()):.1f} times the seconds and {high / low:.1f} times"
        f" the memory. {grown:,} deals x {n_draws} draws: {seconds:.1f} s here, {needed:.1f} s of CPU on each of"
        f" {THREADS} cores and {high:.0f} MB, {verdict} the goal of {GOAL_SECONDS:.0f} s and {GOAL_MB:.0f} MB."
    )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]), *(Path(argument).resolve() for argument in sys.argv[3:4]))
