"""What baselines may know of a past day: registered signals of decided deals, and no outcome."""

import csv
from typing import Any

from orchestration.inference.segment_data import FEATURES
from orchestration.paths import PROJECT_DIR

_KNOWN_THEN = {
    "origin_on",
    "customer_id",
    "cohort",
    "segment_id",
    "segment_id_when_known",
    "term_type",
    "age_month",
    "arr_cents",
    # as the CRM states it today; no model of ours reads it
    "industry",
}
_CAME_AFTER = {
    "months_known",
    "churned_after_months",
    "expanded_after_months",
    "revenue_cents",
    "gross_margin_cents",
    "support_cost_cents",
}


def _registered() -> set[str]:
    with (PROJECT_DIR / "seeds" / "reference" / "feature_truth.csv").open(encoding="utf-8", newline="") as file:
        return {row["feature"] for row in csv.DictReader(file) if row["used_for"] == "segment"}


def test_signals_of_the_baselines_are_registered_with_their_source_of_truth() -> None:
    assert set(FEATURES) <= _registered()


def test_no_column_of_the_sample_is_of_unknown_time(manifest: dict[str, Any]) -> None:
    (node,) = [
        n
        for n in manifest["nodes"].values()
        if n["resource_type"] == "model" and n["name"] == "sample_backtest_customer"
    ]
    assert set(node["columns"]) == _KNOWN_THEN | _CAME_AFTER | set(FEATURES)
    assert not set(FEATURES) & _CAME_AFTER
