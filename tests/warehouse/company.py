"""Companies for end-to-end scenarios, and the command line that builds them.

Belongs here: making, copying and changing raw exports, running `segments` in a process of its own, reading what it
published. What a scenario claims stands in its test.
"""

import csv
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb

from orchestration.demo import write_demo
from orchestration.paths import PROJECT_DIR, Home

AS_OF = date(2026, 11, 2)

# read by Great Expectations as it is imported, by the process below too
os.environ["GX_ANALYTICS_ENABLED"] = "false"

# a process that has imported what a build needs and starts each build as a copy of itself; importing takes seconds
_STARTER = multiprocessing.get_context("forkserver")
_STARTER.set_forkserver_preload(
    [
        *("dagster_dbt", "dbt.adapters.duckdb", "dbt.cli.main", "dbt.parser.manifest", "dbt.task.build"),
        *("pandas", "scipy.optimize", "sklearn.tree"),
        *("expectations.runner", "expectations.validate"),
        *("orchestration.build", "orchestration.cli", "orchestration.pipeline", "reports.site", "reports.terminal"),
    ]
)


def make_company(folder: Path, *, customers: int, **options: Any) -> Path:
    """Write a demo company to `folder` and return it."""
    write_demo(folder, n_customers=customers, as_of=AS_OF, **options)
    return folder


def copy_company(source: Path, target: Path) -> Path:
    """Copy raw tables and company file, so that a scenario can change them."""
    shutil.copytree(source / "raw", target / "raw")
    shutil.copy(source / "company.yml", target / "company.yml")
    return target


def build(home: Path, company: Path, as_of: date = AS_OF, *, anew: bool = False) -> subprocess.CompletedProcess[str]:
    """Run `segments build` on a company, with its data folder at `home`, in a process of its own.

    Args:
        home: the data folder.
        company: folder of raw tables and company file.
        as_of: nothing known later is used.
        anew: imports again, with another seed of Python's hashes; for a claim that two builds say the same.
    """
    arguments = [
        "build", "--raw", str(company / "raw"), "--as-of", as_of.isoformat(), "--config", str(company / "company.yml"),
    ]  # fmt: skip
    if anew:
        return segments(home, *arguments)
    with tempfile.TemporaryDirectory() as folder:
        printed = [Path(folder) / name for name in ("stdout", "stderr")]
        process = _STARTER.Process(target=_build_here, args=(arguments, _environment(home), printed))
        process.start()
        process.join()
        assert process.exitcode is not None
        stdout, stderr = (path.read_text(encoding="utf-8") for path in printed)
        return subprocess.CompletedProcess(arguments, process.exitcode, stdout, stderr)


def _build_here(arguments: list[str], environment: dict[str, str], printed: list[Path]) -> None:
    """Become the command line: its environment, its folder, its output."""
    from expectations import runner
    from orchestration.cli import main

    os.environ.clear()
    os.environ.update(environment)
    os.chdir(PROJECT_DIR)
    for number, path in enumerate(printed, start=1):
        with path.open("wb") as file:
            os.dup2(file.fileno(), number)
    # now, while this process has one thread: what it starts later must not be a copy of it
    runner.in_new_process = _start_checker()
    main(arguments)


def _start_checker() -> Callable[[Sequence[str]], subprocess.CompletedProcess[str]]:
    """Start the process in which Great Expectations will run, and return what gives it its arguments."""
    here, there = multiprocessing.Pipe()
    multiprocessing.get_context("fork").Process(target=_check_here, args=(there,), daemon=True).start()

    def check(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        there.close()  # so that the end of the other process is heard
        here.send(list(arguments))
        try:
            return subprocess.CompletedProcess(list(arguments), here.recv(), "", "")
        except EOFError:
            return subprocess.CompletedProcess(list(arguments), 1, "", "Error: its trace stands in the output")

    return check


def _check_here(orders: Connection) -> None:
    from expectations.runner import main

    orders.send(main(orders.recv()))


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "SEGMENTS_HOME": str(home), "COLUMNS": "200"}


def segments(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, in a process that imports all by itself."""
    return subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        cwd=PROJECT_DIR,
        env=_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )


def content_hash(done: subprocess.CompletedProcess[str]) -> str:
    """Return the content hash that a build printed."""
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("Content hash")]
    return line.split()[-1]


def query(home: Path, sql: str, **attached: Path) -> list[tuple[Any, ...]]:
    """Run SQL on what is published; `attached` names become macros of Parquet files, as `from name`."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{Home(home).current.resolve()}' as published (read_only)")
        connection.execute("use published.marts")
        for name, path in attached.items():
            connection.execute(f"create temp view {name} as from read_parquet('{path}')")
        return connection.execute(sql).fetchall()


def differing_marts(one: Path, other: Path) -> list[str]:
    """Return the public marts that differ in any row.

    The data checks are left out, and of the control totals what comes before the facts: both speak of the export
    itself, of rows repeated and of documents that are too late to count.
    """
    with duckdb.connect() as connection:
        for name, home in (("one", one), ("other", other)):
            connection.execute(f"attach '{Home(home).current.resolve()}' as {name} (read_only)")
        marts = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'one' and schema_name = 'marts' order by 1"
        ).fetchall()
        assert ("mart_opportunity_roi",) in marts

        def rows(name: str, mart: str) -> str:
            if mart == "mart_control_total":
                return f"from {name}.marts.{mart} where step_kind = 'level' and step not in ('raw', 'staging')"
            return f"from {name}.marts.{mart}"

        return [
            mart
            for (mart,) in marts
            if mart != "mart_data_quality"
            and connection.execute(
                f"select count(*) from (({rows('one', mart)} except all {rows('other', mart)}) union all "
                f"({rows('other', mart)} except all {rows('one', mart)}))"
            ).fetchone()
            != (0,)
        ]


def rewrite(company: Path, table: str, select: str) -> None:
    """Replace a raw Parquet table by `select ... from source`."""
    path = company / "raw" / f"{table}.parquet"
    beside = path.with_suffix(".new")
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (with source as (from read_parquet('{path}')) {select}) to '{beside}' (format parquet)"
        )
    beside.replace(path)


def remove(company: Path, folders: Iterable[str]) -> None:
    """Remove whole source folders."""
    for folder in folders:
        shutil.rmtree(company / "raw" / folder)


def tables(company: Path) -> list[str]:
    """Return the raw tables of a company as `source/table`."""
    return [f"{path.parent.name}/{path.stem}" for path in sorted((company / "raw").rglob("*.parquet"))]


def keep(company: Path, kept: Collection[str]) -> None:
    """Remove every raw table but `kept`, each a `source/table` or a whole `source`."""
    for table in tables(company):
        if table not in kept and table.split("/")[0] not in kept:
            (company / "raw" / f"{table}.parquet").unlink()
    for folder in (company / "raw").iterdir():
        if not any(folder.iterdir()):
            folder.rmdir()


def drop_columns(company: Path, is_dropped: Callable[[str, str], bool]) -> None:
    """Remove columns that may be missing (levels N and O of the contract) where `is_dropped(table, column)`."""
    with (PROJECT_DIR / "seeds" / "reference" / "raw_contract.csv").open(encoding="utf-8") as file:
        optional = {
            (f"{row['schema']}/{row['table']}", row["column"]) for row in csv.DictReader(file) if row["level"] != "K"
        }
    for table in tables(company):
        # quoted, as some are words of SQL (start, end)
        kept = [f'"{c}"' for c in columns(company, table) if (table, c) not in optional or not is_dropped(table, c)]
        rewrite(company, table, f"select {', '.join(kept)} from source")


def columns(company: Path, table: str) -> dict[str, str]:
    """Return the columns of a raw table with their types."""
    path = company / "raw" / f"{table}.parquet"
    with duckdb.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(f"describe from read_parquet('{path}')").fetchall()}
