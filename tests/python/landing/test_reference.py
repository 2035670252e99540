"""The lists that landing reads say only what the contract knows."""

import re
from pathlib import Path

import pytest

from orchestration.landing.airbyte import STREAM_FILE
from orchestration.landing.aliases import ALIAS_FILE, table_of_alias
from orchestration.landing.contract import EFFECT_FILE, built_marts, load_contract, load_effects, read_seed
from orchestration.landing.names import snake_case
from orchestration.paths import PROJECT_DIR

_TABLES = load_contract().tables
_SOURCES = {source for source, _ in _TABLES}

# Public marts that docs/ and the architecture name; those without a model yet are built later.
_PLANNED = {
    "dim_segment",
    "mart_segment_assignment",
    "mart_segment_cohort_month",
    "mart_segment_deal_structure",
    "mart_segment_velocity_durability",
    "mart_segment_risk_indicator",
    "mart_segment_acquisition",
    "mart_segment_retention_curve",
    "mart_segment_expansion_curve",
    "mart_segment_support_trajectory",
    "mart_segment_time_to_value",
    "mart_lifecycle_unit_economics",
    "mart_margin_durability",
    "mart_cash_timing",
    "mart_forecast_confidence",
    "mart_mrr_movement_month",
    "mart_revenue_reconciliation",
    "mart_period_close",
    "mart_opportunity_roi",
    "mart_opportunity_decision",
    "mart_opportunity_play",
    "mart_weekly_play_list",
    "mart_play_adherence",
    "mart_play_outcome",
    "mart_model_backtest",
    "mart_identity_coverage",
    "mart_data_quality",
}


@pytest.mark.parametrize("file", [ALIAS_FILE, STREAM_FILE], ids=["aliases", "streams"])
def test_every_named_table_and_column_is_contracted(file: Path) -> None:
    for row in read_seed(file):
        if row["table"] == "*":
            assert row["source"] in _SOURCES
            continue
        table = _TABLES[row["source"], row["table"]]
        assert row["column"] in {"", *(column.name for column in table.columns)}, row


def test_no_other_name_is_a_contracted_name() -> None:
    for row in read_seed(ALIAS_FILE):
        if row["column"] and row["table"] != "*":
            names = {column.name for column in _TABLES[row["source"], row["table"]].columns}
            assert row["alias"] not in names, row
        if not row["column"]:
            assert (row["source"], row["alias"]) not in _TABLES, row
            assert table_of_alias(row["source"], row["alias"]) == row["table"]


def test_other_names_are_snake_case_and_none_is_listed_twice() -> None:
    rows = read_seed(ALIAS_FILE)
    assert len({(r["source"], r["table"], r["column"], r["alias"]) for r in rows}) == len(rows)
    for row in rows:
        assert all(snake_case(part) == part for part in row["alias"].split(".")), row


def test_streams_say_first_that_a_table_lies_there() -> None:
    known: set[tuple[str, ...]] = set()
    for row in read_seed(STREAM_FILE):
        key = row["source"], row["table"], row["stream"], row["item_path"]
        if not row["column"]:
            known.add(key)
        assert key in known, row
        assert re.fullmatch(r"[\^]?[a-z0-9_.+^]+|[.#]|", row["value_path"]), row
        assert (row["source"], row["stream"]) not in _TABLES, row


def test_every_vendor_table_of_billing_and_support_has_a_stream() -> None:
    mapped = {(row["source"], row["table"]) for row in read_seed(STREAM_FILE)}
    assert mapped == {key for key in _TABLES if key[0] in ("stripe", "zendesk")}


def test_every_table_and_every_expected_column_says_what_it_feeds() -> None:
    expected = {
        (*key, column)
        for key, table in _TABLES.items()
        for column in ("", *(c.name for c in table.columns if c.level == "N"))
    }
    assert set(load_effects()) == expected
    for row in read_seed(EFFECT_FILE):
        assert row["effect"] and row["marts"], row


def test_marts_that_feed_on_a_table_are_public_marts_and_only_built_ones_are_shown() -> None:
    there = {path.stem for path in (PROJECT_DIR / "models").rglob("*.sql")}
    named = {mart for row in read_seed(EFFECT_FILE) for mart in row["marts"].split()}
    shown = {mart for effect in load_effects().values() for mart in effect.marts}
    assert named - _PLANNED - there == set()
    assert shown == named & built_marts()
    assert shown, "marts that were renamed are no longer said to lack anything"
