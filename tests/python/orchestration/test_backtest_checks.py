"""The gate on past forecasts: a proven failure stops the build and says what to do, anything less does not."""

import dagster as dg
import pandas as pd
import pytest

from orchestration.assets.backtest_checks import build_backtest_checks, check_results


def _verdicts(**status: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "check_name": f"backtest_{metric}",
                "metric": metric,
                "status": state,
                "value": 2.0 if state != "info" else float("nan"),
                "detail": f"{metric} of churn 2.00 over 5 origins",
            }
            for metric, state in status.items()
        ]
    )


@pytest.mark.parametrize(
    ("status", "passed", "severity"),
    [
        ("pass", True, dg.AssetCheckSeverity.ERROR),
        ("info", True, dg.AssetCheckSeverity.ERROR),
        ("warn", False, dg.AssetCheckSeverity.WARN),
        ("fail", False, dg.AssetCheckSeverity.ERROR),
    ],
)
def test_only_a_proven_failure_blocks(status: str, passed: bool, severity: dg.AssetCheckSeverity) -> None:
    calibration, coverage = check_results(_verdicts(o_e=status, interval_cover="pass"))
    assert (calibration.check_name, calibration.passed, calibration.severity) == ("calibration", passed, severity)
    assert coverage.passed


def test_the_message_of_a_failure_names_the_number_and_the_next_step() -> None:
    _, coverage = check_results(_verdicts(o_e="warn", interval_cover="fail"))
    assert not coverage.passed
    message = str(coverage.metadata["message"].value)
    assert "interval_cover of churn 2.00" in message
    assert "seeds/policy/backtest_limit.csv" in message


def test_a_warning_beside_a_failure_does_not_hide_it() -> None:
    verdicts = pd.concat([_verdicts(o_e="warn"), _verdicts(o_e="fail")])
    calibration, _ = check_results(verdicts)
    assert calibration.severity == dg.AssetCheckSeverity.ERROR


def test_both_checks_gate_the_publication() -> None:
    specs = list(build_backtest_checks().check_specs)
    assert {spec.name for spec in specs} == {"calibration", "coverage"}
    assert all(spec.blocking for spec in specs)
