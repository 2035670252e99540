"""The seeds that say what a company may lack name tables that the raw contract knows."""

import csv

from orchestration.landing.contract import load_contract
from orchestration.paths import PROJECT_DIR


def _rows(seed: str) -> list[dict[str, str]]:
    with (PROJECT_DIR / "seeds" / "reference" / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_table_of_an_area_is_contracted() -> None:
    contracted = set(load_contract().tables)
    assert [row for row in _rows("coverage_table") if (row["source"], row["table_name"]) not in contracted] == []


def test_every_area_has_a_table_and_rests_on_an_area_before_it() -> None:
    seen: set[str] = set()
    with_table = {row["area"] for row in _rows("coverage_table")}
    for row in sorted(_rows("coverage_area"), key=lambda row: int(row["area_order"])):
        assert row["area"] in with_table
        assert not row["requires_area"] or row["requires_area"] in seen, row["area"]
        seen.add(row["area"])
    assert with_table == seen
