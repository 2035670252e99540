"""The metric dictionary and the exposures: there, whole, of published marts, and only of what adds."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.assets.publication import public_models
from orchestration.paths import PROJECT_DIR

SEMANTIC = PROJECT_DIR / "models" / "semantic"
DICTIONARY = PROJECT_DIR / "docs" / "bi.md"
_WORD = re.compile(r"\b[a-z_][a-z0-9_]*\b")
_MART = re.compile(r"\b(?:mart_[a-z_]+|dim_segment)\b")


def _declared(key: str) -> list[str]:
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(SEMANTIC.glob("*.yml"))]
    return sorted(entry["name"] for file in files for entry in file.get(key, []))


@pytest.fixture(scope="module")
def semantic(manifest_path: Path) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(manifest_path.with_name("semantic_manifest.json").read_text(encoding="utf-8"))
    return written


@pytest.mark.parametrize("key", ["semantic_models", "metrics", "saved_queries"])
def test_the_semantic_manifest_holds_exactly_what_is_declared(semantic: dict[str, Any], key: str) -> None:
    # YAML in the wrong spec parses without a word and leaves the manifest empty
    assert _declared(key)
    assert sorted(entry["name"] for entry in semantic[key]) == _declared(key)


def test_metrics_are_sums_of_what_adds(manifest: dict[str, Any], semantic: dict[str, Any]) -> None:
    """Probabilities, interval ends and medians are doubles; money, counts and flags are not."""
    public = public_models(manifest)
    for model in semantic["semantic_models"]:
        columns = public[model["node_relation"]["alias"]]["columns"]
        for measure in model["measures"]:
            read = [columns[word] for word in _WORD.findall(measure["expr"]) if word in columns]
            assert measure["agg"] in ("sum", "count_distinct"), measure["name"]
            assert read or measure["expr"] == "1", measure["name"]
            for column in read:
                assert column["data_type"] not in ("double", "float"), f"{measure['name']} adds {column['name']}"


def test_metrics_read_published_marts_only(manifest: dict[str, Any]) -> None:
    names = {node["unique_id"] for node in public_models(manifest).values()}
    for model in manifest["semantic_models"].values():
        assert set(model["depends_on"]["nodes"]) <= names, model["name"]


def test_every_metric_says_what_it_is(manifest: dict[str, Any]) -> None:
    dictionary = DICTIONARY.read_text(encoding="utf-8")
    for metric in manifest["metrics"].values():
        meta = metric["config"]["meta"]
        assert metric["label"] and metric["description"], metric["name"]
        assert meta.keys() == {"unit", "format", "additive_over"}, metric["name"]
        assert not meta["additive_over"] or metric["type"] == "simple", f"{metric['name']}: a ratio adds over nothing"
        assert f"`{metric['name']}`" in dictionary, f"docs/bi.md does not tell {metric['name']}"
    for query in manifest["saved_queries"].values():
        assert f"`{query['name']}`" in dictionary, f"docs/bi.md does not tell {query['name']}"


def test_every_public_mart_has_version_owner_and_a_reader(manifest: dict[str, Any]) -> None:
    read = {parent for exposure in manifest["exposures"].values() for parent in exposure["depends_on"]["nodes"]}
    for name, node in public_models(manifest).items():
        assert node["contract"]["enforced"], name
        assert node["version"] and node["latest_version"], f"{name}: `versions: [{{v: 1}}]` is missing"
        assert node["group"], name
        assert node["unique_id"] in read, f"{name}: no exposure in models/semantic/exposures.yml reads it"
        if node["version"] == node["latest_version"]:
            assert node["alias"] == name, "readers know the newest version by its name"


def test_exposures_are_owned_and_read_what_their_code_reads(manifest: dict[str, Any]) -> None:
    owners = {group["owner"]["email"] for group in manifest["groups"].values()}
    code = 0
    for exposure in manifest["exposures"].values():
        assert exposure["label"] and exposure["maturity"] and exposure["description"], exposure["name"]
        assert exposure["owner"]["email"] in owners, exposure["name"]
        files = exposure["config"]["meta"].get("read_in", [])
        code += len(files)
        if files:
            read = {name for file in files for name in _MART.findall((PROJECT_DIR / file).read_text(encoding="utf-8"))}
            declared = {manifest["nodes"][parent]["name"] for parent in exposure["depends_on"]["nodes"]}
            assert declared == read, exposure["name"]
    assert code
