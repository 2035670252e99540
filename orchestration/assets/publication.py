"""The last two steps: publish the marts, then build the pages from what was published.

Belongs here: the gate in front of publishing. Dagster skips what lies downstream of a failed check, but a
person can start any step alone; so the gate reads the checks of this very run, and a check that did not run
counts as failed.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from orchestration.assets.partitions import AS_OF
from orchestration.assets.run_lock import RunLock
from orchestration.assets.run_settings import RunSettings
from orchestration.assets.translator import Manifest, layer_of
from orchestration.company import CompanyConfig
from orchestration.errors import CheckFailed
from orchestration.landing.report import replace_text
from orchestration.ledger.corrections import append_corrections
from orchestration.paths import Home
from orchestration.publishing.candidate import Description
from orchestration.publishing.publish import as_record, publish

PUBLISHED_KEY = dg.AssetKey(["published", "marts"])
SITE_KEY = dg.AssetKey(["published", "site"])

ABOUT = "about.json"
GRAIN_TEST = "is_grain"
_PUBLIC_DIMENSIONS = ("dim_segment",)
_SHOWN = 8


def public_models(manifest: Manifest) -> dict[str, Mapping[str, Any]]:
    """Return the published models by name: all marts and the segment dimension."""
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and (layer_of(node) == "marts" or node["name"] in _PUBLIC_DIMENSIONS)
    }


def grains_of(manifest: Manifest) -> dict[str, list[str]]:
    """Return the key columns of each published model, as its grain test states them.

    Raises:
        CheckFailed: a published model has no grain test.
    """
    grains: dict[str, list[str]] = {}
    public = {node["unique_id"]: name for name, node in public_models(manifest).items()}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        if test.get("name") == GRAIN_TEST and node.get("attached_node") in public:
            grains[public[node["attached_node"]]] = list(test["kwargs"]["columns"])
    without = sorted(set(public.values()) - set(grains))
    if without:
        raise CheckFailed(
            f"No {GRAIN_TEST} test on {', '.join(without)}.",
            "Add the test to the model's YAML file; publishing needs it.",
        )
    return grains


def descriptions_of(manifest: Manifest) -> dict[str, Description]:
    """Return what each published model and its columns mean, as their YAML says it, on one line each."""
    return {
        name: Description(
            " ".join(node["description"].split()),
            {column: " ".join(about["description"].split()) for column, about in node["columns"].items()},
        )
        for name, node in public_models(manifest).items()
    }


def may_be_empty_of(manifest: Manifest) -> set[str]:
    """Return published models whose YAML says `meta: {may_be_empty: true}`."""
    return {
        name
        for name, node in public_models(manifest).items()
        if (node.get("config", {}).get("meta") or node.get("meta") or {}).get("may_be_empty")
    }


def require_checks(expected: Collection[dg.AssetCheckKey], evaluations: Iterable[dg.AssetCheckEvaluation]) -> None:
    """Refuse unless every blocking check of this run was evaluated and passed, warnings aside.

    Args:
        expected: the blocking checks of the graph.
        evaluations: the evaluations recorded in this run, in order.

    Raises:
        CheckFailed: names the checks that failed or did not run.
    """
    last = {evaluation.asset_check_key: evaluation for evaluation in evaluations}
    failed = [k for k, e in last.items() if not e.passed and e.severity == dg.AssetCheckSeverity.ERROR]
    absent = [key for key in expected if key not in last]
    if failed:
        raise CheckFailed(
            f"Nothing was published, {len(failed)} check(s) of this run failed: {_names(failed)}.",
            "Correct what they name, then run again.",
        )
    if absent:
        raise CheckFailed(
            f"Nothing was published, {len(absent)} check(s) did not run in this run: {_names(absent)}.",
            "Start the whole job weekly_plays instead of single steps.",
        )


def _names(keys: Iterable[dg.AssetCheckKey]) -> str:
    names = sorted(f"{'.'.join(key.asset_key.path)}: {key.name}" for key in keys)
    return "; ".join(names[:_SHOWN]) + (f"; and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def evaluations_of_run(instance: dg.DagsterInstance, run_id: str) -> list[dg.AssetCheckEvaluation]:
    """Return the check evaluations that a run has recorded so far."""
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    events = [entry.dagster_event for entry in entries if entry.dagster_event is not None]
    return [event.asset_check_evaluation_data for event in events]


def write_about(home: Home, company: CompanyConfig) -> None:
    """Write `published/about.json`: what readers need to show figures, beside the figures themselves."""
    about = {"company_name": company.company_name, "reporting_currency": company.reporting_currency}
    replace_text(home.published / ABOUT, json.dumps(about, indent=2, sort_keys=True) + "\n")


def build_publication(
    manifest: Manifest, upstream: Sequence[dg.AssetKey], blocking_checks: Collection[dg.AssetCheckKey]
) -> list[dg.AssetsDefinition]:
    """Return the publish and the site asset.

    Args:
        manifest: the dbt manifest; its grain tests say how a mart is keyed.
        upstream: everything that must be there first: the published models and the house rules.
        blocking_checks: checks that must have passed in the same run.
    """

    @dg.asset(
        key=PUBLISHED_KEY,
        deps=list(upstream),
        group_name="published",
        kinds={"duckdb", "parquet"},
        partitions_def=AS_OF,
    )
    def published_marts(
        context: dg.AssetExecutionContext, run_settings: RunSettings, run_lock: RunLock
    ) -> dg.MaterializeResult[None]:
        """Copy, audit and swap in the public marts; refused unless every check of this run passed."""
        require_checks(blocking_checks, evaluations_of_run(context.instance, context.run_id))
        home = run_settings.home
        run = publish(
            home,
            run_settings.as_of_on,
            grains=grains_of(manifest),
            descriptions=descriptions_of(manifest),
            may_be_empty=may_be_empty_of(manifest),
        )
        company = run_settings.company()
        write_about(home, company)
        added = append_corrections(home, run_settings.as_of_on, run.run_id, company.reporting_currency)
        return dg.MaterializeResult(
            metadata={
                **{name: value for name, value in as_record(run).items() if isinstance(value, str | bool)},
                "dagster/row_count": sum(run.rows.values()),
                "rows": dict(run.rows),
                "corrections": {record.period: record.rows for record in added},
            }
        )

    @dg.asset(key=SITE_KEY, deps=[PUBLISHED_KEY], group_name="published", kinds={"html"}, partitions_def=AS_OF)
    def published_site(run_settings: RunSettings) -> dg.MaterializeResult[None]:
        """Build the static pages from the published file."""
        from reports.site import build_site

        home = run_settings.home
        page = build_site(home.published, home.site, currency=run_settings.company().reporting_currency)
        return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(page), "bytes": page.stat().st_size})

    return [published_marts, published_site]
