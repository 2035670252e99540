"""`python -m orchestration.demo --out DIR [--customers N] [--months N] [--seed S] [--as-of DATE] [--format F]
[--shape LOADER]`."""

import argparse
import sys
from datetime import date
from pathlib import Path

from orchestration.demo.write import write_demo
from orchestration.errors import SegmentsError


def main(arguments: list[str] | None = None) -> int:
    """Write a demo company and tell how many rows each table has; returns the exit code."""
    parser = argparse.ArgumentParser(prog="orchestration.demo", description="Write a demo company.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 11, 2))
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    parser.add_argument(
        "--shape", choices=("fivetran", "airbyte"), default="fivetran", help="loader of the CRM, billing"
    )
    given = parser.parse_args(arguments)
    try:
        summary = write_demo(
            given.out,
            n_customers=given.customers,
            n_months=given.months,
            seed=given.seed,
            as_of=given.as_of,
            file_format=given.format,
            shape=given.shape,
        )
    except SegmentsError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    lines = [f"{name:45s} {count:>12,}" for name, count in {**summary.counts, **summary.rows}.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
