"""The gate on what past forecasts were worth, carried as one blocking check per family of limits.

Belongs here: turning verdicts into check results. What a verdict is, is decided in `inference/backtest_limits`, and the
limits are rows of `seeds/policy/backtest_limit.csv`.
"""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from orchestration.assets.run_settings import RunSettings

VERDICT_KEY = dg.AssetKey(["predictions", "backtest_verdict"])
CALIBRATION, COVERAGE = "calibration", "coverage"
_COVER = "interval_cover"
_NEXT_STEP = (
    "Look at predictions/backtest_score.parquet by origin and segment. If the business changed for a reason you know, "
    "widen the block limit in seeds/policy/backtest_limit.csv and say why; else look at the data of that quantity."
)


def check_results(verdicts: pd.DataFrame) -> Iterator[dg.AssetCheckResult]:
    """Yield the two checks: a proven failure blocks, a warning warns, too few to judge passes."""
    for name in (CALIBRATION, COVERAGE):
        rows = verdicts[(verdicts["metric"] == _COVER) == (name == COVERAGE)]
        failed, warned = rows[rows["status"] == "fail"], rows[rows["status"] == "warn"]
        shown = failed if len(failed) else warned
        message = "; ".join(shown["detail"])
        yield dg.AssetCheckResult(
            asset_key=VERDICT_KEY,
            check_name=name,
            passed=shown.empty,
            severity=dg.AssetCheckSeverity.WARN if failed.empty and len(warned) else dg.AssetCheckSeverity.ERROR,
            metadata={
                "n_limits": len(rows),
                "n_judged": int((rows["status"] != "info").sum()),
                "message": f"{message}. {_NEXT_STEP}" if len(failed) else message,
                "verdicts": dg.MetadataValue.md(_table(rows)),
            },
        )


def _table(rows: pd.DataFrame) -> str:
    lines = ["| limit | status | value | in words |", "| --- | --- | --- | --- |"]
    for row in rows.to_dict("records"):
        value = "" if pd.isna(row["value"]) else f"{row['value']:.3f}"
        lines.append(f"| {row['check_name']} | {row['status']} | {value} | {row['detail']} |")
    return "\n".join(lines)


def build_backtest_checks() -> dg.AssetChecksDefinition:
    """Return the step that gates on the verdicts; a proven failure stops the publication."""
    specs = [dg.AssetCheckSpec(name, asset=VERDICT_KEY, blocking=True) for name in (CALIBRATION, COVERAGE)]

    @dg.multi_asset_check(name="backtest_checks", specs=specs)
    def backtest_checks(run_settings: RunSettings) -> Iterator[dg.AssetCheckResult]:
        yield from check_results(pd.read_parquet(run_settings.home.predictions / "backtest_verdict.parquet"))

    return backtest_checks
