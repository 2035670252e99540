"""The graph: it loads offline, nothing in it is a stub, and names agree on both sides of the Python steps."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster import DefaultScheduleStatus
from pydantic import ValidationError

from orchestration.assets.issuance import ISSUED_KEY, WEEK_KEY
from orchestration.assets.landing import require_date
from orchestration.assets.partitions import AS_OF
from orchestration.assets.publication import grains_of, public_models
from orchestration.assets.run_settings import RunSettings
from orchestration.build import JOB, build_defs, load_manifest
from orchestration.errors import CheckFailed, InputError, WrongUse
from orchestration.paths import PROJECT_DIR
from orchestration.schedules import run_config

_OFFLINE = """
import socket, sys
from pathlib import Path

def refuse(*args, **kwargs):
    raise AssertionError("importing the definitions must not reach out")

socket.socket.connect = refuse
socket.getaddrinfo = refuse
import duckdb
duckdb.connect = refuse

import orchestration.build
orchestration.build.MANIFEST_PATH = Path(sys.argv[1])
from orchestration.definitions import defs
assert defs.resolve_job_def("weekly_plays").name == "weekly_plays"
"""


@pytest.fixture(scope="module")
def defs(manifest: dict[str, Any]) -> dg.Definitions:
    return build_defs(manifest)


def test_definitions_load_without_network_or_database(manifest_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _OFFLINE, str(manifest_path)],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_missing_manifest_names_the_command_that_writes_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="segments prepare"):
        load_manifest(tmp_path / "manifest.json")


def test_no_asset_is_a_stub(defs: dg.Definitions) -> None:
    graph = defs.get_repository_def().asset_graph
    defined = {key for assets in defs.assets or () for key in assets.keys}  # type: ignore[union-attr]
    assert set(graph.get_all_asset_keys()) == defined
    # the weeks on record are reported by the step that issues, under partitions of their own
    assert set(graph.external_asset_keys) == {WEEK_KEY}
    assert graph.get(WEEK_KEY).parent_keys == {ISSUED_KEY}


def test_every_dbt_source_is_made_by_a_step(defs: dg.Definitions, manifest: dict[str, Any]) -> None:
    graph = defs.get_repository_def().asset_graph
    sources = {(source["source_name"], source["name"]) for source in manifest["sources"].values()}
    made = {tuple(key.path) for key in graph.materializable_asset_keys}
    assert sources <= made


def test_prediction_keys_equal_the_dbt_source_keys(defs: dg.Definitions, manifest: dict[str, Any]) -> None:
    in_dbt = {s["name"] for s in manifest["sources"].values() if s["source_name"] == "predictions"}
    keys = defs.get_repository_def().asset_graph.get_all_asset_keys()
    assert {key.path[1] for key in keys if key.path[0] == "predictions"} == in_dbt
    assert in_dbt


def test_models_are_cut_around_the_python_steps(defs: dg.Definitions) -> None:
    steps = [node.name for node in defs.resolve_job_def(JOB).nodes]
    assert sum(name.startswith("dbt_models") for name in steps) >= 3


def test_everything_that_reads_nothing_waits_for_landing(defs: dg.Definitions) -> None:
    graph = defs.get_repository_def().asset_graph
    landed = {
        key
        for assets in defs.assets or ()
        if assets.is_executable and assets.node_def.name == "landing"
        for key in assets.keys
    }  # type: ignore[union-attr]
    roots = {key for key in graph.get_all_asset_keys() if not graph.get(key).parent_keys}
    assert roots == landed


def test_raw_checks_block(defs: dg.Definitions) -> None:
    graph = defs.get_repository_def().asset_graph
    key = dg.AssetCheckKey(dg.AssetKey(["salesforce", "opportunity"]), "vendor_shape")
    assert graph.get(key).blocking


def test_schedule_is_weekly_and_stopped(defs: dg.Definitions) -> None:
    (schedule,) = defs.get_repository_def().schedule_defs
    assert schedule.cron_schedule == "0 6 * * 1"
    assert schedule.default_status == DefaultScheduleStatus.STOPPED
    assert schedule.job_name == JOB


def test_every_published_model_has_a_grain(manifest: dict[str, Any]) -> None:
    assert set(grains_of(manifest)) == set(public_models(manifest))


def test_a_published_model_without_grain_test_is_refused(manifest: dict[str, Any]) -> None:
    nodes = {uid: node for uid, node in manifest["nodes"].items() if "mart_opportunity_play__" not in node["name"]}
    with pytest.raises(CheckFailed, match="mart_opportunity_play"):
        grains_of({**manifest, "nodes": nodes})


def test_every_asset_is_kept_apart_by_as_of_date(defs: dg.Definitions) -> None:
    graph = defs.get_repository_def().asset_graph
    assert {graph.get(key).partitions_def for key in graph.materializable_asset_keys} == {AS_OF}


def test_the_weekly_run_is_that_of_its_monday(defs: dg.Definitions, tmp_path: Path) -> None:
    schedule = defs.resolve_schedule_def("weekly_plays_monday")
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        monday = datetime(2026, 3, 2, 6, tzinfo=UTC)
        context = dg.build_schedule_context(
            instance=instance, scheduled_execution_time=monday, repository_def=defs.get_repository_def()
        )
        (request,) = schedule.evaluate_tick(context).run_requests
        assert request.partition_key == "2026-03-02"
        assert instance.has_dynamic_partition("as_of", "2026-03-02")
    assert request.run_config == run_config("2026-03-02", is_issued=True) != run_config("2026-03-02")


def test_a_run_for_one_date_is_not_recorded_under_another() -> None:
    require_date("2026-03-02", "2026-03-02")
    with pytest.raises(WrongUse, match=r"2026-03-02.*2026-03-09"):
        require_date("2026-03-02", "2026-03-09")


@pytest.mark.parametrize("as_of", ["2026-02-30", "yesterday", ""])
def test_run_config_refuses_what_is_no_date(as_of: str) -> None:
    with pytest.raises(ValidationError):
        RunSettings(as_of=as_of)
