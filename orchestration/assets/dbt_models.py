"""The dbt project as Dagster assets and checks.

Belongs here: which dbt nodes one step builds, and what dbt's results mean to Dagster. Dagster cuts the one
asset group into as many steps as the Python assets between the models need.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import dbt_assets
from dagster_dbt.asset_utils import DAGSTER_DBT_UNIQUE_ID_METADATA_KEY

from orchestration.assets.dbt_session import DbtSession
from orchestration.assets.partitions import AS_OF
from orchestration.assets.run_lock import RunLock
from orchestration.assets.run_settings import RunSettings
from orchestration.assets.translator import Manifest, SegmentsTranslator, asset_key_of, owner_of_test
from orchestration.errors import CheckFailed

DbtEvent = dg.Output[None] | dg.AssetCheckResult | dg.AssetCheckEvaluation

_BUILT = {"success", "partial success"}
_BROKEN = {"error", "fail", "runtime error", "partial success"}
_SHOWN_FAILURES = 8


def ready_tests(manifest: Manifest, selected: Collection[str], built: Collection[str]) -> set[str]:
    """Return the data tests to run with `selected`: all they read exists by then, some of it is new.

    Args:
        manifest: the dbt manifest.
        selected: unique ids built now.
        built: unique ids built earlier in this run.

    A test between models of two steps therefore runs once, in the step that builds the later one. A test that
    reads sources only runs with the first model that reads them.
    """
    available = {*selected, *built}
    ready = set()
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] != "test":
            continue
        parents = _materialised_parents(manifest, unique_id)
        if parents:
            is_ready = parents <= available and not parents.isdisjoint(selected)
        else:
            readers = {child for source in node["depends_on"]["nodes"] for child in manifest["child_map"][source]}
            is_ready = not readers.isdisjoint(selected) and readers.isdisjoint(built)
        if is_ready:
            ready.add(unique_id)
    return ready


def _materialised_parents(manifest: Manifest, unique_id: str) -> set[str]:
    """Return the models, seeds and snapshots a node reads, seen through ephemeral models."""
    parents = set()
    for parent in manifest["nodes"][unique_id]["depends_on"]["nodes"]:
        node = manifest["nodes"].get(parent)
        if node is None:
            continue
        is_ephemeral = node.get("config", {}).get("materialized") == "ephemeral"
        parents |= _materialised_parents(manifest, parent) if is_ephemeral else {parent}
    return parents


def row_counts(work_file: str) -> dict[tuple[str, str], int]:
    """Return rows by (schema, table) of the work file; views have none."""
    with duckdb.connect(work_file, read_only=True) as connection:
        rows = connection.execute("select schema_name, table_name, estimated_size from duckdb_tables()").fetchall()
    return {(schema, table): int(size) for schema, table, size in rows}


def to_events(
    results: Sequence[Any],
    manifest: Manifest,
    expected_checks: Collection[dg.AssetCheckKey],
    rows: Mapping[tuple[str, str], int],
) -> Iterator[DbtEvent]:
    """Turn dbt's results into Dagster events, in dbt's order.

    Args:
        results: `RunResult`s of one invocation.
        manifest: the dbt manifest.
        expected_checks: checks of this step; a test that waited for this step but belongs to an asset of an
        earlier
            one is recorded as an evaluation in its own right.
        rows: rows by (schema, table).
    """
    for result in results:
        node = manifest["nodes"][result.node.unique_id]
        status = str(result.status)
        metadata: dict[str, Any] = {
            "seconds": round(result.execution_time, 3),
            "unique_id": result.node.unique_id,
        }
        if node["resource_type"] != "test":
            if status in _BUILT:
                count = rows.get((node["schema"], node.get("alias") or node["name"]))
                yield dg.Output(
                    None,
                    output_name=asset_key_of(node).to_python_identifier(),
                    metadata=metadata if count is None else {**metadata, "dagster/row_count": count},
                )
            continue
        owner = owner_of_test(manifest, result.node.unique_id)
        if status == "skipped" or owner is None:
            continue
        key = dg.AssetCheckKey(asset_key_of(manifest["nodes"][owner]), node["name"])
        outcome: dict[str, Any] = {
            "asset_key": key.asset_key,
            "check_name": key.name,
            "passed": status == "pass",
            "severity": dg.AssetCheckSeverity.WARN if status == "warn" else dg.AssetCheckSeverity.ERROR,
            "metadata": {
                **metadata,
                "failing_rows": int(result.failures or 0),
                "message": str(result.message or ""),
            },
        }
        is_expected = key in expected_checks
        yield dg.AssetCheckResult(**outcome) if is_expected else dg.AssetCheckEvaluation(**outcome)


def failure_of(results: Sequence[Any]) -> CheckFailed | None:
    """Return one error that names each failing model and test, or None when all is well."""
    broken = [result for result in results if str(result.status) in _BROKEN]
    if not broken:
        return None
    shown = "\n".join(f"  - {_describe(result)}" for result in broken[:_SHOWN_FAILURES])
    more = f"\n  and {len(broken) - _SHOWN_FAILURES} more" if len(broken) > _SHOWN_FAILURES else ""
    tests = sum(result.node.resource_type == "test" for result in broken)
    counted = [f"{n} {what}" for n, what in ((len(broken) - tests, "dbt model(s)"), (tests, "dbt test(s)")) if n]
    return CheckFailed(
        f"{' and '.join(counted)} failed; nothing was published.\n{shown}{more}",
        "Look at these rows in the raw exports, or at the model's file if the rule itself is wrong.",
    )


def _describe(result: Any) -> str:
    node = result.node
    reason = " ".join(str(result.message or "").split())[:500]
    if node.resource_type == "test" and str(result.status) == "fail":
        return f"test {node.name}: {int(result.failures or 0):,} failing row(s) ({node.original_file_path})"
    return f"{node.resource_type} {node.name}: {reason} ({node.original_file_path})"


def build_dbt_models(manifest: Manifest, work_file: dg.AssetKey | None = None) -> dg.AssetsDefinition:
    """Return the dbt assets of a manifest, each data test a check.

    Args:
        manifest: the dbt manifest.
        work_file: the asset that makes the work file; nodes that read no source wait for it.
    """

    @dbt_assets(
        manifest=manifest,
        name="dbt_models",
        dagster_dbt_translator=SegmentsTranslator(work_file),
        partitions_def=AS_OF,
    )
    def dbt_models(
        context: dg.AssetExecutionContext,
        run_settings: RunSettings,
        run_lock: RunLock,
        dbt: dg.ResourceParam[DbtSession],
    ) -> Iterator[DbtEvent]:
        specs = context.assets_def.specs_by_key
        selected = {specs[key].metadata[DAGSTER_DBT_UNIQUE_ID_METADATA_KEY] for key in context.selected_asset_keys}
        built = dbt.built(context.run_id)
        tests = ready_tests(manifest, selected, built)
        results = dbt.build_nodes(selected | tests, run_settings.dbt_vars())
        built |= {result.node.unique_id for result in results if str(result.status) in _BUILT}
        rows = row_counts(str(run_settings.home.work_file))
        yield from to_events(results, manifest, context.selected_asset_check_keys, rows)
        failure = failure_of(results)
        if failure:
            raise failure

    return dbt_models
