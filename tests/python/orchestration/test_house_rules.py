"""Rules of the house that the compiled project must keep: layers, clocks, contracts, descriptions, test names."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

# Who may read whom. Intermediate models may read core, because a fact of one subject feeds the next one; marts read no
# staging but the gates of the predictions, and seeds hold policy.
_MAY_READ = {
    "staging": {"source", "seed"},
    "intermediate": {"staging", "intermediate", "core", "seed"},
    "core": {"source", "staging", "intermediate", "core", "seed"},
    "marts": {"gate", "core", "marts", "seed"},
}
_CLOCK_OR_LUCK = re.compile(r"\b(current_date|current_timestamp|now\(\)|today\(\)|random\(\)|uuid\(\))", re.IGNORECASE)


def _models(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (node for node in manifest["nodes"].values() if node["resource_type"] == "model")


def _kind(manifest: dict[str, Any], unique_id: str) -> str:
    kind, _, _ = unique_id.partition(".")
    if kind != "model":
        return kind
    node = manifest["nodes"][unique_id]
    return "gate" if node["name"].startswith("stg_predictions__") else str(node["fqn"][1])


def test_each_layer_reads_only_what_it_may(manifest: dict[str, Any]) -> None:
    for node in _models(manifest):
        layer = str(node["fqn"][1])
        allowed = _MAY_READ[layer] | ({"gate"} if layer in ("intermediate", "core") else set())
        for parent in node["depends_on"]["nodes"]:
            assert _kind(manifest, parent) in allowed, f"{node['name']} ({layer}) reads {parent}"


def test_only_landing_facts_come_from_a_source_past_staging(manifest: dict[str, Any]) -> None:
    readers = {
        (node["name"], parent)
        for node in _models(manifest)
        if node["fqn"][1] != "staging"
        for parent in node["depends_on"]["nodes"]
        if parent.startswith("source.")
    }
    assert readers == {
        (model, "source.segment_intelligence.landing.manifest") for model in ("fct_data_check", "fct_coverage_area")
    }


def test_no_model_asks_a_clock_or_a_die(manifest: dict[str, Any]) -> None:
    for node in _models(manifest):
        assert not _CLOCK_OR_LUCK.search(node["raw_code"]), node["name"]


def test_every_public_model_has_an_enforced_contract_and_units(manifest: dict[str, Any]) -> None:
    public = [node for node in _models(manifest) if node["access"] == "public"]
    assert len(public) >= 6
    for node in public:
        assert node["contract"]["enforced"], node["name"]
        for column in node["columns"].values():
            assert column["description"], f"{node['name']}.{column['name']} says nothing"
            assert column["data_type"], f"{node['name']}.{column['name']} has no type"


def test_every_model_states_its_grain_and_tests_it(manifest: dict[str, Any]) -> None:
    grain_tests = {
        node.get("attached_node")
        for node in manifest["nodes"].values()
        if (node.get("test_metadata") or {}).get("name") in ("is_grain", "has_one_row")
    }
    for node in _models(manifest):
        assert node["description"].startswith(("One row", "The one row")), node["name"]
        assert node["unique_id"] in grain_tests, f"{node['name']} has no grain test"


def test_every_data_test_has_a_name_of_its_own(manifest: dict[str, Any]) -> None:
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test":
            assert re.fullmatch(r"assert_\w+|\w+__\w+", node["name"]), node["name"]


@pytest.mark.parametrize("word", ["float", "double"])
def test_no_money_column_of_a_mart_is_a_float(manifest: dict[str, Any], word: str) -> None:
    money = re.compile(r"(_amount|_cost|_cents|_mean|_p05|_p50|_p95|value_per_hour|formula)$")
    for node in _models(manifest):
        if node["fqn"][1:3] != ["marts", "opportunities"]:
            continue
        for column in node["columns"].values():
            if money.search(column["name"]):
                assert word not in column["data_type"], f"{node['name']}.{column['name']}"
