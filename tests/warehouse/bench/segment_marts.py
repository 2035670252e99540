"""What the segment marts cost at 100,000 customers, as multiples of what they cost at 10,000 in the same run.

    python -m tests.warehouse.bench.segment_marts [SMALL] [FACTOR] [HOME]

HOME is a data folder that `segments demo` or `segments build` has filled; without one a company of 500 is made and
built first. What the marts read is copied until it holds SMALL customers, and FACTOR times as many: each copy has ids
of its own, so counts and sums grow while codes, segments, months and campaigns stay. Then dbt runs every model of
`models/marts/segments` and every core model that only they read. Policies, names and posteriors are not copied.

Prints rows, seconds and CPU of the models, the peak memory, and whether the budget holds: FACTOR times the customers
may cost at most 1.2 x FACTOR times the time and FACTOR times the memory. The seconds are those of this machine on this
day; the ratios travel.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner
from rich.console import Console
from rich.table import Table

from orchestration.company import load_company
from orchestration.paths import PROJECT_DIR
from tests.warehouse.company import AS_OF, build, make_company

SOURCE_CUSTOMERS = 500
TIME_BUDGET = 1.2
# what does not grow with the customers; every other column of text that ends in _id names a thing of its own
SHARED_IDS = {"segment_id", "campaign_id", "owner_id", "user_id", "seller_id", "product_id", "price_id"}


@dataclass(frozen=True)
class Cost:
    """Seconds and CPU seconds spent in models, peak memory (MB) of the run, and rows written by all of them."""

    seconds: float
    cpu: float
    peak_mb: float
    rows: int
    slowest: str


def selected_models(manifest: dict[str, Any]) -> set[str]:
    """Return the unique ids of the segment marts and of the core models that nothing but these marts reads."""
    models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    readers: dict[str, set[str]] = defaultdict(set)
    for key, node in models.items():
        for parent in node["depends_on"]["nodes"]:
            readers[parent].add(key)
    chosen = {key for key, node in models.items() if node["fqn"][1:3] == ["marts", "segments"]}
    while True:
        more = {
            key
            for key, node in models.items()
            if key not in chosen and node["fqn"][1] == "core" and readers[key] and readers[key] <= chosen
        }
        if not more:
            return chosen
        chosen |= more


def inputs_of(manifest: dict[str, Any], chosen: set[str]) -> set[tuple[str, str]]:
    """Return (schema, table) of all that the chosen models read and do not make, tables named in tests aside."""
    parents = {parent for key in chosen for parent in manifest["nodes"][key]["depends_on"]["nodes"]} - chosen
    nodes = [manifest["nodes"][parent] for parent in parents if parent in manifest["nodes"]]
    return {(node["schema"], node["alias"]) for node in nodes}


def copy_inputs(source: Path, target: Path, inputs: set[tuple[str, str]], copies: int) -> None:
    """Write each input to a new file, rows about customers `copies` times with ids of their own."""
    con = duckdb.connect()
    # views name their database, which is called after its file
    con.execute(f"attach '{source}' as {source.stem} (read_only)")
    con.execute(f"attach '{target}' as grown")
    for schema, table in sorted(inputs):
        columns = con.execute(
            "select column_name, data_type from information_schema.columns"
            " where table_catalog = ? and table_schema = ? and table_name = ? order by ordinal_position",
            [source.stem, schema, table],
        ).fetchall()
        if not columns:
            raise SystemExit(f"{schema}.{table} is not in {source}: build that folder with the present models first.")
        own = {name for name, kind in columns if name.endswith("_id") and kind == "VARCHAR" and name not in SHARED_IDS}
        is_grown = bool(own & {"customer_id", "opportunity_id"})
        listed = ", ".join(
            f"{name} || case copies.copy when 0 then '' else '-' || copies.copy end as {name}"
            if is_grown and name in own
            else name
            for name, _ in columns
        )
        grown = f"cross join range({copies}) as copies (copy)" if is_grown else ""
        con.execute(f"create schema if not exists grown.{schema}")
        con.execute(
            f"create table grown.{schema}.{table} as select {listed} from {source.stem}.{schema}.{table} {grown}"
        )
    con.close()


def measure(source: Path, work: Path, inputs: set[tuple[str, str]], names: set[str], arguments: list[str]) -> Cost:
    """Run the models over the grown inputs in a process of its own, so that its peak memory is its own."""
    command = [str(Path(sys.executable).parent / "dbt"), "--quiet", "run", *arguments, "--select", *sorted(names)]
    child = subprocess.Popen(command, cwd=PROJECT_DIR, env={**os.environ, "SEGMENTS_WORK_FILE": str(work)})
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"The segment marts could not be built over copies of {source}; dbt says why above.")
    target = Path(arguments[arguments.index("--target-path") + 1])
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    times = {result["unique_id"]: float(result["execution_time"]) for result in results}
    with duckdb.connect(str(work), read_only=True) as con:
        rows = sum(
            int(row[0])
            for schema, table in con.execute(
                "select table_schema, table_name from information_schema.tables"
            ).fetchall()
            if (schema, table) not in inputs
            for row in con.execute(f"select count(*) from {schema}.{table}").fetchall()
        )
    slowest = max(times, key=lambda name: times[name])
    return Cost(
        sum(times.values()),
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,
        rows,
        f"{slowest.split('.')[2]} {times[slowest]:.1f} s",
    )


def main(small: int = 10_000, factor: int = 10, home: Path | None = None) -> None:
    """Measure both sizes and print the table."""
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        if home is None:
            home = Path(folder) / "home"
            company = make_company(Path(folder) / "company", customers=SOURCE_CUSTOMERS)
            done = build(home, company)
            if done.returncode != 0:
                raise SystemExit(f"The company of {SOURCE_CUSTOMERS} could not be built: {done.stderr}")
            config = company / "company.yml"
        else:
            config = home / "company.yml"
        source = home / "work.duckdb"
        settings, _ = load_company(config)
        company_vars = settings.dbt_vars(AS_OF, home / "predictions")
        arguments = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
        arguments += ["--target-path", str(Path(folder) / "target"), "--vars", json.dumps(company_vars)]
        parsed = dbtRunner().invoke(["--quiet", "parse", *arguments])
        if not parsed.success:
            raise SystemExit(f"The project could not be parsed: {parsed.exception}")
        manifest = json.loads((Path(folder) / "target" / "manifest.json").read_text(encoding="utf-8"))
        chosen = selected_models(manifest)
        inputs = inputs_of(manifest, chosen)
        with duckdb.connect(str(source), read_only=True) as con:
            row = con.execute("select count(distinct customer_id) from core.fct_customer_month").fetchone()
        of_source = int(row[0]) if row else 0
        if not of_source:
            raise SystemExit(f"{source} holds no customer; give a folder of a company with billing.")
        costs: dict[int, Cost] = {}
        for customers in (small, small * factor):
            work = Path(folder) / str(customers) / source.name
            work.parent.mkdir()
            copies = max(1, round(customers / of_source))
            started = time.perf_counter()
            copy_inputs(source, work, inputs, copies)
            console.print(f"{copies * of_source:,} customers copied in {time.perf_counter() - started:.0f} s")
            names = {manifest["nodes"][key]["name"] for key in chosen}
            costs[customers] = measure(source, work, inputs, names, arguments)
    table = Table(
        "customers", "s in models", "CPU s", "peak MB", "rows", "slowest", title=f"{len(chosen)} segment models"
    )
    for customers, cost in costs.items():
        table.add_row(
            f"{customers:,}",
            f"{cost.seconds:.1f}",
            f"{cost.cpu:.1f}",
            f"{cost.peak_mb:.0f}",
            f"{cost.rows:,}",
            cost.slowest,
        )
    console.print(table)
    one, many = costs[small], costs[small * factor]
    longer, larger = many.seconds / one.seconds, many.peak_mb / one.peak_mb
    is_within = longer <= TIME_BUDGET * factor and larger <= factor
    console.print(
        f"{factor} times the customers cost {longer:.2f} times the seconds in models "
        f"(budget {TIME_BUDGET * factor:.0f}) and {larger:.2f} times the memory (budget {factor}): "
        f"{'within' if is_within else 'OVER'} the budget."
    )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]), *(Path(argument).resolve() for argument in sys.argv[3:4]))
