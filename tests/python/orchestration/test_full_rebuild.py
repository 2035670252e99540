"""F23: a build over all data and a build over what is new give the same rows, because every build is over all data."""

from typing import Any


def test_no_model_keeps_rows_of_an_earlier_run(manifest: dict[str, Any]) -> None:
    kept = {"incremental", "snapshot", "materialized_view"}
    for node in manifest["nodes"].values():
        assert node["resource_type"] != "snapshot", node["name"]
        assert node.get("config", {}).get("materialized") not in kept, node["name"]
