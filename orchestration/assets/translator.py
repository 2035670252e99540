"""How a dbt node looks in Dagster: one method per attribute.

Belongs here: names, groups, owners and descriptions of dbt assets, and which asset a dbt test is a check of.
A model that needs something special says so in its own dbt `meta`, not here.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject
from dagster_dbt.asset_utils import DAGSTER_DBT_UNIQUE_ID_METADATA_KEY

Manifest = Mapping[str, Any]


def node_of(manifest: Manifest, unique_id: str) -> Mapping[str, Any]:
    """Return a node or source of the manifest.

    Raises:
        KeyError: there is no such node.
    """
    found: Mapping[str, Any] = manifest["nodes"].get(unique_id) or manifest["sources"][unique_id]
    return found


def layer_of(node: Mapping[str, Any]) -> str:
    """Return the layer of a dbt node: `reference` for seeds, else the first folder below models/."""
    if node["resource_type"] == "seed":
        return "reference"
    return str(node["fqn"][1])


def asset_key_of(node: Mapping[str, Any]) -> dg.AssetKey:
    """Return [layer, model] or [source, table]; a source may name another in `meta.dagster.asset_key`."""
    meta = node.get("meta") or node.get("config", {}).get("meta") or {}
    configured = meta.get("dagster", {}).get("asset_key")
    if configured:
        return dg.AssetKey(configured)
    if node["resource_type"] == "source":
        return dg.AssetKey([node["source_name"], node["name"]])
    return dg.AssetKey([layer_of(node), node["name"]])


def owner_of_test(manifest: Manifest, test_id: str) -> str | None:
    """Return the unique id of the model that a data test is a check of; None when it reads sources only.

    A generic test belongs to the model it is written under. A singular test belongs to the furthest layer it
    reads, where a failure would do the harm.
    """
    test = manifest["nodes"][test_id]
    models = [parent for parent in test["depends_on"]["nodes"] if parent in manifest["nodes"]]
    if test.get("attached_node") in models:
        return str(test["attached_node"])
    layers = ("reference", "staging", "intermediate", "core", "marts", "quality")
    return max(models, key=lambda uid: (layers.index(layer_of(manifest["nodes"][uid])), uid), default=None)


class SegmentsTranslator(DagsterDbtTranslator):
    """Keys `[layer, model]`; every data test is a check; only error severity blocks."""

    def __init__(self, work_file: dg.AssetKey | None = None) -> None:
        """Translate for a work file made by the asset `work_file`; nodes without inputs depend on it."""
        super().__init__(DagsterDbtTranslatorSettings(enable_code_references=False))
        self._work_file = work_file

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Return the asset key of a dbt node; dagster-dbt asks for it while it resolves dependencies."""
        return asset_key_of(dbt_resource_props)

    def get_asset_spec(self, manifest: Manifest, unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """Return the spec of a dbt node, with this project's attributes put over dagster-dbt's."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = node_of(manifest, unique_id)
        return spec.replace_attributes(
            deps=self._deps(spec, node),
            group_name=self._group(node),
            description=self._description(node),
            owners=self._owners(manifest, node),
            kinds=self._kinds(node),
        )

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Manifest, unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        """Return the check that a data test is on this asset, or None when it belongs to another asset."""
        if owner_of_test(manifest, unique_id) != asset_spec.metadata[DAGSTER_DBT_UNIQUE_ID_METADATA_KEY]:
            return None
        test = manifest["nodes"][unique_id]
        return dg.AssetCheckSpec(
            name=test["name"],
            asset=asset_spec.key,
            description=test.get("description") or None,
            blocking=self._blocks(test),
            metadata={DAGSTER_DBT_UNIQUE_ID_METADATA_KEY: unique_id},
        )

    def _deps(self, spec: dg.AssetSpec, node: Mapping[str, Any]) -> list[dg.AssetDep]:
        # landing replaces the work file, so even a seed, which reads nothing, must come after it
        if spec.deps or node["resource_type"] == "source" or self._work_file is None:
            return list(spec.deps)
        return [dg.AssetDep(self._work_file)]

    @staticmethod
    def _group(node: Mapping[str, Any]) -> str:
        return str(node["source_name"]) if node["resource_type"] == "source" else layer_of(node)

    @staticmethod
    def _description(node: Mapping[str, Any]) -> str:
        # dagster-dbt appends the whole SQL, which the code version and the repository already hold
        return str(node.get("description") or "")

    @staticmethod
    def _owners(manifest: Manifest, node: Mapping[str, Any]) -> list[str]:
        group = node.get("group") or node.get("config", {}).get("group")
        return [f"team:{group}"] if group else []

    @staticmethod
    def _kinds(node: Mapping[str, Any]) -> set[str]:
        return {"dbt", "duckdb", str(node.get("config", {}).get("materialized") or node["resource_type"])}

    @staticmethod
    def _blocks(test: Mapping[str, Any]) -> bool:
        return str(test.get("config", {}).get("severity") or "error").lower() == "error"
