"""Run expectations in a process of their own.

Great Expectations takes seconds to import and keeps its DuckDB connection open; both end with the process.
Command: `python -m expectations.runner raw --database FILE --output result.json`. Exit code 0 when all checks
could run (what they found is in the file), 1 when a check is broken.
"""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from expectations.results import CheckRow, read_rows, write_rows
from orchestration.errors import CheckFailed, InputError
from orchestration.paths import PROJECT_DIR

_SILENT = {"GX_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1", "PYTHONWARNINGS": "ignore"}
_TIMEOUT_SECONDS = 1800


def run_raw_checks(database: Path) -> list[CheckRow]:
    """Run the raw suites on a landed work file, in a new process.

    Returns:
        One row per expectation; `is_blocking` says which of them stop a run.

    Raises:
        InputError: there is no such file.
        CheckFailed: the process gave no result.
    """
    if not database.is_file():
        raise InputError(f"The work file {database} does not exist.", "Land the raw data first.")
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "result.json"
        done = in_new_process(["raw", "--database", str(database.resolve()), "--output", str(output)])
        if not output.is_file():
            # DuckDB's binding prints about leaks when a process ends; the cause stands before that
            reason = next((line for line in reversed(done.stderr.splitlines()) if "Error" in line), "no message")
            raise CheckFailed(
                f"The checks on {database} could not run (exit code {done.returncode}): {reason[:300]}.",
                "Run `segments doctor`; the data itself was not judged.",
            )
        return read_rows(output)


def in_new_process(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run the command with these arguments; its output is captured."""
    return subprocess.run(
        [sys.executable, "-m", "expectations.runner", *arguments],
        cwd=PROJECT_DIR,
        env={**os.environ, **_SILENT},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="expectations.runner", description="Check a DuckDB file.")
    parser.add_argument("what", choices=["raw"])
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    # before the import below, which reads it
    os.environ.update(_SILENT)
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    from expectations.validate import validate_raw

    rows = validate_raw(options.database)
    write_rows(rows, options.output)
    return 1 if any(row.is_broken for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
