"""One way to build all Dagster definitions: for the UI, for the command line and for tests.

Belongs here: putting assets, checks, job, schedule and resources together, and the dbt manifest they are
drawn from.
"""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.assets.backtest_checks import build_backtest_checks
from orchestration.assets.dbt_models import build_dbt_models
from orchestration.assets.dbt_session import DbtSession
from orchestration.assets.issuance import build_issuance
from orchestration.assets.landing import PREDICTIONS, build_landing, is_landing_record
from orchestration.assets.partitions import AS_OF
from orchestration.assets.predictions import PREDICTION_ASSETS
from orchestration.assets.publication import build_publication, public_models
from orchestration.assets.run_lock import RunLock
from orchestration.assets.run_settings import RunSettings
from orchestration.assets.translator import Manifest, asset_key_of, layer_of
from orchestration.checks.raw import build_raw_checks
from orchestration.errors import InputError
from orchestration.paths import PROJECT_DIR
from orchestration.schedules import build_weekly_schedule, run_config

JOB = "weekly_plays"
MANIFEST_PATH = PROJECT_DIR / "target" / "manifest.json"


def load_manifest(path: Path | None = None) -> dict[str, Any]:
    """Read the dbt manifest; None means `target/manifest.json`.

    Raises:
        InputError: there is none, or it is not one.
    """
    path = path or MANIFEST_PATH
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"The dbt manifest {path} does not exist; the graph is drawn from it.",
            "Run `segments prepare` once.",
        ) from error
    except json.JSONDecodeError as error:
        raise InputError(f"The dbt manifest {path} is damaged: {error}.", "Run `segments prepare`.") from error
    if not isinstance(manifest, dict) or "nodes" not in manifest:
        raise InputError(f"The file {path} is no dbt manifest.", "Run `segments prepare`.")
    return manifest


def raw_tables(manifest: Manifest) -> list[tuple[dg.AssetKey, str]]:
    """Return key and description of every dbt source table that landing brings in."""
    return [
        (asset_key_of(source), str(source.get("description") or ""))
        for source in manifest["sources"].values()
        if source["source_name"] != PREDICTIONS
    ]


def build_defs(
    manifest: Manifest | None = None,
    *,
    resources: Mapping[str, object] | None = None,
    loggers: Mapping[str, dg.LoggerDefinition] | None = None,
) -> dg.Definitions:
    """Return all definitions.

    Args:
        manifest: the dbt manifest; None reads `target/manifest.json`.
        resources: put over the usual `run_settings`, `run_lock` and `dbt`.
        loggers: put over Dagster's console logger.

    Raises:
        InputError: there is no dbt manifest.
    """
    logging.getLogger("dagster").setLevel(logging.WARNING)
    manifest = manifest if manifest is not None else load_manifest()
    raw = raw_tables(manifest)
    landing = build_landing(raw)
    raw_checks = build_raw_checks([key for key, _ in raw])
    models = build_dbt_models(manifest, work_file=next((key for key, _ in raw if is_landing_record(key)), None))
    house_rules = [node for node in manifest["nodes"].values() if _is_house_rule(node)]
    backtest_checks = build_backtest_checks()
    checks = [*models.check_specs, *raw_checks.check_specs, *backtest_checks.check_specs]
    publication = build_publication(
        manifest,
        upstream=[asset_key_of(node) for node in (*public_models(manifest).values(), *house_rules)],
        blocking_checks={spec.key for spec in checks if spec.blocking},
    )
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        # a run started by hand for a date needs no more than that date
        config=dg.PartitionedConfig(partitions_def=AS_OF, run_config_for_partition_key_fn=run_config),
        executor_def=dg.in_process_executor,
        description="From raw exports to the published play list of one week.",
    )
    return dg.Definitions(
        assets=[landing, models, *PREDICTION_ASSETS, *publication, *build_issuance()],
        asset_checks=[raw_checks, backtest_checks],
        jobs=[job],
        schedules=[build_weekly_schedule(JOB)],
        resources={
            "run_settings": RunSettings.configure_at_launch(),
            "run_lock": RunLock(),
            "dbt": DbtSession.from_env(),
            **(resources or {}),
        },
        loggers=dict(loggers or {}),
        # DuckDB allows one writing process per file, so a run stays in one process
        executor=dg.in_process_executor,
    )


def _is_house_rule(node: Mapping[str, Any]) -> bool:
    return (
        node["resource_type"] == "model"
        and layer_of(node) == "quality"
        and node["config"]["materialized"] != "ephemeral"
    )
