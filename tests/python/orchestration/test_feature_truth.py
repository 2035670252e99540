"""Every feature is in the register of what tells its value on a past day, and the present row has one reader."""

import csv
from pathlib import Path
from typing import Any

import pytest

from orchestration.inference.effects import CONFOUNDERS
from orchestration.inference.win import FEATURES
from orchestration.paths import PROJECT_DIR

_SEEDS = PROJECT_DIR / "seeds"
# columns of the win sample that are keys, outcome and weight and no features
_NO_FEATURES = {"opportunity_id", "snapshot_on", "is_won", "sample_weight", "segment_id"}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def register() -> list[dict[str, str]]:
    return _rows(_SEEDS / "reference" / "feature_truth.csv")


def _columns(manifest: dict[str, Any], name: str) -> set[str]:
    (node,) = [n for n in manifest["nodes"].values() if n["name"] == name and n["resource_type"] == "model"]
    return set(node["columns"])


def _registered(register: list[dict[str, str]], used_for: str) -> set[str]:
    return {row["feature"] for row in register if row["used_for"] == used_for}


def test_every_feature_of_the_win_model_is_registered(register: list[dict[str, str]], manifest: dict[str, Any]) -> None:
    assert _registered(register, "win") == set(FEATURES)
    assert _registered(register, "win") == _columns(manifest, "sample_opportunity_week") - _NO_FEATURES


def test_every_feature_of_segments_is_registered(register: list[dict[str, str]], manifest: dict[str, Any]) -> None:
    listed = {row["feature"] for row in _rows(_SEEDS / "reference" / "segment_feature.csv")}
    assert _registered(register, "segment") == listed
    assert listed == _columns(manifest, "int_opportunity__segment_feature") - {"opportunity_id"}


def test_everything_that_effects_are_adjusted_for_is_registered(register: list[dict[str, str]]) -> None:
    dimensions = _rows(_SEEDS / "policy" / "structure_dimension.csv")
    doses = {row["signal"] for row in dimensions if row["effect_family"] == "component"}
    assert set(CONFOUNDERS) | doses <= _registered(register, "effect") | _registered(register, "segment")


def test_every_component_of_a_score_is_registered(register: list[dict[str, str]]) -> None:
    listed = {row["component"] for row in _rows(_SEEDS / "policy" / "score_component.csv")}
    assert _registered(register, "score") == listed


def test_the_register_names_models_and_columns_that_exist(
    register: list[dict[str, str]], manifest: dict[str, Any]
) -> None:
    for row in register:
        _columns(manifest, row["model"])
        model, _, column = row["known_at"].partition(".")
        assert column in _columns(manifest, model), row
        if row["used_for"] == "display":
            assert row["feature"] in _columns(manifest, row["model"]), row


def test_nothing_is_learned_or_scored_from_the_row_of_today(register: list[dict[str, str]]) -> None:
    for row in register:
        assert row["used_for"] == "display" or "today" not in row["source_of_truth"], row


def test_the_present_row_of_a_deal_has_one_reader(manifest: dict[str, Any]) -> None:
    readers = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["fqn"][1:3] == ["intermediate", "opportunity"]
        and "model.segment_intelligence.stg_salesforce__opportunity" in node["depends_on"]["nodes"]
    }
    assert readers == {"int_opportunity__present_row"}
