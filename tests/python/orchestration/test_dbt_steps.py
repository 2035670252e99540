"""Which dbt nodes a step builds, and what dbt's results mean to Dagster."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from orchestration.assets.dbt_models import failure_of, ready_tests, to_events
from orchestration.assets.dbt_session import build_args, tagged
from orchestration.assets.translator import owner_of_test


def _model(name: str, layer: str, parents: list[str], materialized: str = "table") -> dict[str, Any]:
    return {
        "unique_id": f"model.p.{name}",
        "name": name,
        "alias": name,
        "schema": layer,
        "resource_type": "model",
        "fqn": ["p", layer, name],
        "config": {"materialized": materialized},
        "depends_on": {"nodes": parents},
    }


def _test(name: str, parents: list[str], attached: str | None = None) -> dict[str, Any]:
    return {
        "unique_id": f"test.p.{name}",
        "name": name,
        "resource_type": "test",
        "fqn": ["p", name],
        "config": {"severity": "error"},
        "attached_node": attached,
        "depends_on": {"nodes": parents},
    }


@pytest.fixture
def manifest() -> dict[str, Any]:
    nodes = [
        _model("stg_a", "staging", ["source.p.raw.a"], "view"),
        _model("int_e", "intermediate", ["model.p.stg_a"], "ephemeral"),
        _model("mart_b", "marts", ["model.p.int_e"]),
        _test("stg_a__key", ["model.p.stg_a"], "model.p.stg_a"),
        _test("mart_b__relates", ["model.p.mart_b", "model.p.stg_a"], "model.p.stg_a"),
        _test("assert_through_ephemeral", ["model.p.int_e"]),
        _test("raw_a__key", ["source.p.raw.a"]),
    ]
    return {
        "nodes": {node["unique_id"]: node for node in nodes},
        "sources": {"source.p.raw.a": {"name": "a", "source_name": "raw", "resource_type": "source"}},
        "child_map": {"source.p.raw.a": ["model.p.stg_a", "test.p.raw_a__key"]},
    }


def test_a_test_between_two_steps_waits_for_the_later_one(manifest: dict[str, Any]) -> None:
    first = ready_tests(manifest, {"model.p.stg_a"}, set())
    second = ready_tests(manifest, {"model.p.mart_b"}, {"model.p.stg_a"})
    assert first == {"test.p.stg_a__key", "test.p.raw_a__key", "test.p.assert_through_ephemeral"}
    assert second == {"test.p.mart_b__relates"}


def test_every_test_runs_once_over_any_split(manifest: dict[str, Any]) -> None:
    together = ready_tests(manifest, {"model.p.stg_a", "model.p.mart_b"}, set())
    assert together == {uid for uid in manifest["nodes"] if uid.startswith("test.")}


def test_a_tag_lasts_as_long_as_its_block_and_leaves_others_alone() -> None:
    one, other = (SimpleNamespace(tags=tags) for tags in (["built_now"], ["nightly"]))
    with pytest.raises(KeyError), tagged([one, other], "built_now"):
        assert (one.tags, other.tags) == (["built_now", "built_now"], ["nightly", "built_now"])
        raise KeyError
    assert (one.tags, other.tags) == (["built_now"], ["nightly"])


def test_build_args_select_exactly_and_leave_out_unit_tests() -> None:
    args = build_args(["fqn:b", "fqn:a"], {"as_of_date": "2026-11-02"}, Path("/p"), Path("/t"))
    assert args[0] == "build"
    assert args[args.index("--exclude-resource-type") + 1] == "unit_test"
    assert args[args.index("--indirect-selection") + 1] == "empty"
    assert args[args.index("--log-level-file") + 1] == "none"
    assert "--no-write-json" in args
    assert json.loads(args[args.index("--vars") + 1]) == {"as_of_date": "2026-11-02"}
    assert args[args.index("--select") + 1 :] == ["fqn:a", "fqn:b"]


def test_singular_tests_belong_to_the_furthest_layer(manifest: dict[str, Any]) -> None:
    manifest["nodes"]["test.p.s"] = _test("s", ["model.p.stg_a", "model.p.mart_b"])
    assert owner_of_test(manifest, "test.p.s") == "model.p.mart_b"
    assert owner_of_test(manifest, "test.p.mart_b__relates") == "model.p.stg_a"
    assert owner_of_test(manifest, "test.p.raw_a__key") is None


def _result(node: dict[str, Any], status: str, failures: int | None = None, message: str = "") -> Any:
    named = SimpleNamespace(**node, original_file_path=f"models/{node['name']}.sql")
    return SimpleNamespace(node=named, status=status, execution_time=0.5, failures=failures, message=message)


def test_results_become_outputs_and_checks(manifest: dict[str, Any]) -> None:
    nodes = manifest["nodes"]
    key = dg.AssetCheckKey(dg.AssetKey(["staging", "stg_a"]), "stg_a__key")
    output, expected, elsewhere = to_events(
        [
            _result(nodes["model.p.mart_b"], "success"),
            _result(nodes["test.p.stg_a__key"], "pass", 0),
            _result(nodes["test.p.mart_b__relates"], "fail", 3, "Got 3 results"),
        ],
        manifest,
        {key},
        {("marts", "mart_b"): 12},
    )
    assert isinstance(output, dg.Output)
    assert output.output_name == "marts__mart_b"
    assert output.metadata["dagster/row_count"].value == 12
    assert isinstance(expected, dg.AssetCheckResult)
    assert expected.passed
    assert isinstance(elsewhere, dg.AssetCheckEvaluation)
    assert not elsewhere.passed
    assert elsewhere.metadata["failing_rows"].value == 3


def test_warnings_do_not_count_as_errors(manifest: dict[str, Any]) -> None:
    node = manifest["nodes"]["test.p.stg_a__key"]
    (event,) = to_events([_result(node, "warn", 2)], manifest, (), {})
    assert isinstance(event, dg.AssetCheckEvaluation)
    assert event.severity == dg.AssetCheckSeverity.WARN
    assert failure_of([_result(node, "warn", 2)]) is None


def test_failures_name_model_test_rows_and_file(manifest: dict[str, Any]) -> None:
    nodes = manifest["nodes"]
    error = failure_of(
        [
            _result(nodes["model.p.mart_b"], "error", message="Binder Error:\n  no column x"),
            _result(nodes["test.p.stg_a__key"], "fail", 1234),
            _result(nodes["model.p.stg_a"], "skipped"),
        ]
    )
    assert error is not None
    assert error.exit_code == 1
    assert "model mart_b: Binder Error: no column x (models/mart_b.sql)" in error.message
    assert "test stg_a__key: 1,234 failing row(s)" in error.message
    assert "stg_a: " not in error.message
    assert error.next_step


def test_the_next_step_of_a_refused_policy_reaches_the_reader(manifest: dict[str, Any]) -> None:
    row = "seeds/policy/play_threshold.csv, row motion_high_min of 2026-06-01: it leaves no room to Protect beside "
    message = (
        "Runtime Error in model int_opportunity__play_threshold "
        "(models/intermediate/opportunity/int_opportunity__play_threshold.sql)\n  Invalid Input Error: "
        f"{row}motion_active_min of 2000-01-01. Next step: correct that row (and 12 more)."
    )
    error = failure_of([_result(manifest["nodes"]["model.p.mart_b"], "error", message=message)])
    assert error is not None
    assert row in error.message
    assert "Next step: correct that row (and 12 more)." in error.message
