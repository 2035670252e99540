"""Rules of the house that the compiled project must keep: layers, clocks, contracts, descriptions, test names."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from orchestration.landing.contract import CONTRACT_FILE

# Who may read whom. Intermediate models may read core, because a fact of one subject feeds the next one; marts read no
# staging but the gates of the predictions, and seeds hold policy.
_MAY_READ = {
    "staging": {"source", "seed"},
    "intermediate": {"staging", "intermediate", "core", "seed"},
    "core": {"source", "staging", "intermediate", "core", "seed"},
    "marts": {"gate", "core", "marts", "seed"},
}
# Raw columns that hold a person's name, address or words. Staging may hash them, never pass them on. Names of our own
# sellers stay: the play list is addressed to them.
_PERSONAL = {
    ("salesforce", "contact"): ("email",),
    ("salesforce", "lead"): ("email", "company"),
    ("salesforce", "opportunity"): ("next_step",),
    ("salesforce", "user"): ("email",),
    ("stripe", "customer"): ("email", "name", "description"),
    ("stripe", "invoice_line_item"): ("description",),
    ("zendesk", "ticket"): ("subject",),
    ("zendesk", "ticket_comment"): ("body",),
    ("zendesk", "satisfaction_rating"): ("comment",),
    ("zendesk", "user"): ("email", "name"),
    ("marketing", "gtm_cost_monthly"): ("note",),
    ("crm", "deal_desk_request"): ("decided_by", "reason"),
    ("crm", "play_response"): ("note",),
}
_HASHED = re.compile(r"\{\{ (hash_personal|extract_email_domain|hash_name_tokens)\('\w+'\) \}\}")
_SQL_TYPES = {
    "str": "varchar", "json": "varchar", "int": "bigint", "num": "decimal(28, 8)", "dec": "decimal(38, 12)",
    "bool": "boolean", "date": "date", "ts": "timestamp",
}  # fmt: skip
_CLOCK_OR_LUCK = re.compile(r"\b(current_date|current_timestamp|now\(\)|today\(\)|random\(\)|uuid\(\))", re.IGNORECASE)

# Money is divided and averaged in macros only (round_ratio and its neighbours). These models hold money too, and what
# they divide is none.
_DIVIDES = {
    "fct_opportunity_cash": "millionths per unit of ARR",
    "fct_opportunity_roi_driver": "halves between deal and segment, value per unit of ARR",
    "fct_portfolio_roi": "shares of draws",
    "fct_opportunity_roi": "odds and shares of draws",
    "fct_opportunity_driver": "the median of a score",
    "fct_opportunity_score": "weights of scores",
    "fct_opportunity_score_component": "weights of scores",
    "fct_coverage_check": "a per cent in the words of a check",
    "int_revenue__fx_rate": "a rate stated the other way round",
    "int_revenue__forever_coupon": "per cents of coupons that multiply",
}
_DIVISION = re.compile(r"\s//?\s|\b(avg|mean|median)\s*\(", re.IGNORECASE)
_SQL_NOTES = re.compile(r"--[^\n]*|\{#.*?#\}|'[^'\n]*\s//?\s[^'\n]*'(?=\s+as\b)", re.DOTALL)


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


def test_nothing_past_staging_reads_a_source(manifest: dict[str, Any]) -> None:
    readers = {
        (node["name"], parent)
        for node in _models(manifest)
        if node["fqn"][1] != "staging"
        for parent in node["depends_on"]["nodes"]
        if parent.startswith("source.")
    }
    assert not readers


def _contract() -> dict[tuple[str, str], list[dict[str, str]]]:
    tables: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with CONTRACT_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            tables[row["schema"], row["table"]].append(row)
    return tables


def _sources(manifest: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(node["source_name"], node["name"]): node for node in manifest["sources"].values()}


def _staging_models(manifest: dict[str, Any], source: str, table: str) -> list[dict[str, Any]]:
    """Return the models that give a raw table its staging shape; those that count it or read its past are others."""
    call = re.compile(rf"select_contract_columns\(\s*'{source}', '{table}'")
    return [node for node in _models(manifest) if call.search(node["raw_code"])]


def test_every_contract_table_is_a_source_with_the_same_columns(manifest: dict[str, Any]) -> None:
    sources = _sources(manifest)
    for key, rows in _contract().items():
        assert key in sources, f"{key} is no dbt source"
        declared = {
            name: (column["config"]["meta"]["contract_level"], column["config"]["meta"]["contract_type"])
            for name, column in sources[key]["columns"].items()
        }
        assert declared == {row["column"]: (row["level"], row["type"]) for row in rows}, key
        for name, column in sources[key]["columns"].items():
            assert column["data_type"] == _SQL_TYPES[declared[name][1]], (key, name)


def test_every_contract_table_declares_its_grain_and_has_one_staging_model(manifest: dict[str, Any]) -> None:
    for source, table in _contract():
        meta = _sources(manifest)[source, table]["config"]["meta"]
        assert meta["grain"] and meta["version_order"], (source, table)
        models = _staging_models(manifest, source, table)
        assert len(models) == 1, (source, table, [node["name"] for node in models])
        assert models[0]["fqn"][1] == "staging" and models[0]["access"] == "private", models[0]["name"]


def test_the_list_of_contract_tables_is_whole(manifest: dict[str, Any]) -> None:
    listed = {
        parent
        for node in manifest["nodes"].values()
        if node["name"].startswith("assert_staging_conserves_rows")
        for parent in node["depends_on"]["nodes"]
    }
    for source, table in _contract():
        (model,) = _staging_models(manifest, source, table)
        assert f"source.segment_intelligence.{source}.{table}" in listed, (source, table)
        assert model["unique_id"] in listed, model["name"]


def test_salesforce_ids_are_declared_as_such(manifest: dict[str, Any]) -> None:
    for (source, table), node in _sources(manifest).items():
        if source not in ("salesforce", "salesforce_history"):
            continue
        for name, column in node["columns"].items():
            is_id = name == "id" or (name.endswith("_id") and column["data_type"] == "varchar")
            assert (column["config"]["meta"].get("contract_id") == "salesforce") == is_id, (source, table, name)


def test_personal_columns_stay_behind_or_are_hashed(manifest: dict[str, Any]) -> None:
    for (source, table), columns in _PERSONAL.items():
        (model,) = _staging_models(manifest, source, table)
        shown = _HASHED.sub("", model["raw_code"])
        for column in columns:
            assert not re.search(rf"\b{column}\b", shown), f"{model['name']} passes on {source}.{table}.{column}"


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


def _holds_money(node: dict[str, Any]) -> bool:
    """Facts, the building blocks of revenue and cost, and the marts of finance."""
    return node["fqn"][1:3] == ["marts", "finance"] or node["name"].startswith(("fct_", "int_revenue__", "int_cost__"))


def test_money_is_divided_and_averaged_in_macros_only(manifest: dict[str, Any]) -> None:
    dividing = {
        node["name"]
        for node in _models(manifest)
        if _holds_money(node) and _DIVISION.search(_SQL_NOTES.sub("", node["raw_code"]))
    }
    assert dividing - _DIVIDES.keys() == set(), "divide money by round_ratio, allocate_cumulative or convert_*"
    assert _DIVIDES.keys() - dividing == set(), "models that no longer divide leave the list"


@pytest.mark.parametrize(
    ("sql", "divides"),
    [
        ("select a / b as c", True),
        ("select a\n    // nullif(b, 0) as c", True),
        ("select avg(amount_minor) as c", True),
        ("-- per seat / month\nselect 1 as c", False),
        ("{# a / b #} select 1 as c", False),
        ("select 'seats / month' as c", False),
        ("select {{ round_ratio('a', 'b') }} as c", False),
    ],
)
def test_division_is_told_from_words(sql: str, divides: bool) -> None:
    assert bool(_DIVISION.search(_SQL_NOTES.sub("", sql))) == divides


def test_money_of_finance_marts_is_decimal_and_minor_units_are_whole(manifest: dict[str, Any]) -> None:
    for node in _models(manifest):
        if node["fqn"][1:3] != ["marts", "finance"]:
            continue
        for name, column in node["columns"].items():
            kind = str(column["data_type"]).lower()
            assert not re.search(r"float|double|real", kind), f"{node['name']}.{name} is {kind}"
            if name == "amount" or name.endswith("_amount"):
                assert kind.startswith("decimal("), f"{node['name']}.{name} is {kind}"
            if name.endswith(("_minor", "_cents")):
                assert kind == "bigint", f"{node['name']}.{name} is {kind}"
