"""Great Expectations on raw, carried as one blocking check per raw table.

Belongs here: turning expectation results into check results. Which expectations there are, and how grave each
is, is decided in `expectations/`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import dagster as dg

from expectations.results import CheckRow
from expectations.runner import run_raw_checks
from orchestration.assets.run_settings import RunSettings

CHECK_NAME = "vendor_shape"
_SHOWN = 5


def build_raw_checks(keys: Sequence[dg.AssetKey]) -> dg.AssetChecksDefinition:
    """Return the step that checks all raw tables at once; a failing error stops everything downstream."""
    specs = [dg.AssetCheckSpec(CHECK_NAME, asset=key, blocking=True) for key in keys]

    @dg.multi_asset_check(name="raw_checks", specs=specs)
    def raw_checks(context: dg.AssetCheckExecutionContext, run_settings: RunSettings) -> Iterator[dg.AssetCheckResult]:
        yield from check_results(keys, run_raw_checks(run_settings.home.work_file))

    return raw_checks


def check_results(keys: Iterable[dg.AssetKey], rows: Iterable[CheckRow]) -> Iterator[dg.AssetCheckResult]:
    """Yield one result per raw table: blocking when one of its expectations is, a warning when one failed.

    A table without expectations, or not there at all, passes with 0 checks.
    """
    by_table: dict[str, list[CheckRow]] = defaultdict(list)
    for row in rows:
        by_table[row.suite].append(row)
    for key in keys:
        of_table = by_table[".".join(key.path)]
        blocking = [row for row in of_table if row.is_blocking]
        shown = blocking or [row for row in of_table if not row.success]
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=CHECK_NAME,
            passed=not shown,
            severity=dg.AssetCheckSeverity.WARN if shown and not blocking else dg.AssetCheckSeverity.ERROR,
            metadata={
                "n_checks": len(of_table),
                "failing_rows": sum(row.unexpected_count or 0 for row in shown),
                "message": "; ".join(_described(row) for row in shown[:_SHOWN]),
            },
        )


def _described(row: CheckRow) -> str:
    return f"{row.message} ({'; '.join(row.examples)})" if row.examples else row.message
