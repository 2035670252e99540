"""What must stop a run: failing checks, checks that did not run, and how their errors reach a person."""

import io
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest
from rich.console import Console

from expectations.results import CheckRow
from orchestration.assets.predictions.tables import materialise, write_parquet
from orchestration.assets.publication import require_checks
from orchestration.checks.raw import check_results
from orchestration.errors import CheckFailed, InputError
from orchestration.pipeline import explain, find_segments_error
from orchestration.progress import Progress, step_title
from orchestration.run_events import instance_of_one_run

_KEY = dg.AssetKey(["salesforce", "opportunity"])
_CHECK = dg.AssetCheckKey(_KEY, "vendor_shape")


def _row(*, success: bool, severity: str, is_broken: bool = False) -> CheckRow:
    return CheckRow(
        suite="salesforce.opportunity",
        column="id",
        expectation="expect_column_values_to_not_be_null",
        success=success,
        is_broken=is_broken,
        severity=severity,  # type: ignore[arg-type]
        unexpected_count=None if success else 4,
        examples=(),
        message="salesforce.opportunity.id must never be empty: 4 rows do not",
    )


def _evaluation(
    *, passed: bool, severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR
) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=_KEY, check_name=_CHECK.name, passed=passed, severity=severity, metadata={}
    )


@pytest.mark.parametrize(
    ("row", "passed", "severity"),
    [
        (_row(success=True, severity="critical"), True, dg.AssetCheckSeverity.ERROR),
        (_row(success=False, severity="critical"), False, dg.AssetCheckSeverity.ERROR),
        (_row(success=False, severity="warning"), False, dg.AssetCheckSeverity.WARN),
        (_row(success=False, severity="info", is_broken=True), False, dg.AssetCheckSeverity.ERROR),
    ],
)
def test_only_critical_and_broken_expectations_block(
    row: CheckRow, passed: bool, severity: dg.AssetCheckSeverity
) -> None:
    (result,) = check_results([_KEY], [row])
    assert (result.passed, result.severity) == (passed, severity)


def test_an_absent_table_passes_with_no_checks() -> None:
    (result,) = check_results([_KEY], [])
    assert result.passed
    assert result.metadata["n_checks"].value == 0


def test_publishing_needs_every_check_of_this_run() -> None:
    require_checks({_CHECK}, [_evaluation(passed=True)])
    with pytest.raises(CheckFailed, match="did not run in this run"):
        require_checks({_CHECK}, [])


def test_publishing_is_refused_after_a_failed_check() -> None:
    with pytest.raises(CheckFailed, match=r"salesforce\.opportunity: vendor_shape"):
        require_checks({_CHECK}, [_evaluation(passed=False)])


def test_a_warning_does_not_stop_publishing() -> None:
    require_checks({_CHECK}, [_evaluation(passed=False, severity=dg.AssetCheckSeverity.WARN)])


def test_an_error_from_inside_a_step_keeps_its_message_and_code() -> None:
    @dg.op
    def land_badly() -> None:
        raise InputError("Table salesforce.account is missing.", "Export it.")

    @dg.job
    def failing() -> None:
        land_badly()

    with pytest.raises(InputError) as caught:
        failing.execute_in_process()
    found = find_segments_error(caught.value)
    assert found is not None
    assert (found.exit_code, found.message) == (3, "Table salesforce.account is missing.")


def test_an_error_from_a_resource_is_found_in_the_chain() -> None:
    @dg.resource
    def locked(context: dg.InitResourceContext) -> None:
        raise InputError("Held.", "Wait.")

    @dg.op(required_resource_keys={"locked"})
    def needs_it() -> None: ...

    @dg.job(resource_defs={"locked": locked})
    def failing() -> None:
        needs_it()

    with pytest.raises(dg.DagsterError) as caught:
        failing.execute_in_process()
    found = find_segments_error(caught.value)
    assert found is not None
    assert found.exit_code == 3


def test_a_failed_blocking_check_is_told_by_its_rows(tmp_path: Path) -> None:
    @dg.asset
    def opportunity() -> None: ...

    @dg.asset_check(asset=opportunity, blocking=True)
    def shape() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, metadata={"failing_rows": 4, "message": "id must never be empty"})

    progress = Progress(Console(file=io.StringIO()))
    job = dg.Definitions(
        assets=[opportunity], asset_checks=[shape], jobs=[dg.define_asset_job("all_of_it", selection="*")]
    ).resolve_job_def("all_of_it")
    with instance_of_one_run() as instance:
        instance.add_event_listener("8c5a3b0e-6f0e-4bd3-9f1c-0a4c7e3b2d11", progress.on_event)
        with pytest.raises(dg.DagsterError) as caught:
            job.execute_in_process(instance=instance, run_id="8c5a3b0e-6f0e-4bd3-9f1c-0a4c7e3b2d11")
    error = explain(caught.value, progress, tmp_path / "build.log")
    assert error.exit_code == 1
    assert "opportunity: shape - 4 failing row(s) - id must never be empty" in error.message


def test_an_unexpected_error_names_the_log(tmp_path: Path) -> None:
    error = explain(ValueError("odd"), Progress(Console(file=io.StringIO())), tmp_path / "build.log")
    assert error.exit_code == 1
    assert "ValueError: odd" in error.message
    assert str(tmp_path / "build.log") in error.next_step


def test_step_titles_survive_the_numbers_dagster_adds() -> None:
    assert step_title("dbt_models_3") == step_title("dbt_models") == "Build and test models"
    assert step_title("published__marts") == "Audit and publish"
    assert step_title("something_else") == "something_else"


def test_parquet_appears_whole_and_equal_for_equal_tables(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1.0, None], "model_version": ["v1", "v1"]})
    first = write_parquet(frame, tmp_path / "a", "hazard").read_bytes()
    second = write_parquet(frame, tmp_path / "b", "hazard").read_bytes()
    assert first == second
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["hazard.parquet"]


def test_a_table_the_fit_did_not_return_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="hazard"):
        list(materialise({}, ["hazard"], tmp_path))


def test_two_model_versions_in_one_table_are_an_error(tmp_path: Path) -> None:
    frame = pd.DataFrame({"model_version": ["v1", "v2"]})
    with pytest.raises(CheckFailed, match="model_version"):
        list(materialise({"hazard": frame}, ["hazard"], tmp_path))
