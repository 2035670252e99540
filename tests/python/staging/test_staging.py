"""Staging of hand-made rows: one row per key, contradictions held back, ids that meet, nothing lost."""

from pathlib import Path

import pytest

from tests.python.staging.conftest import CONSERVES_ROWS, RawTables, Staged, stage

OCTOBER, NOVEMBER = "2026-10-01", "2026-11-01"


def _line(id_: str, invoice: str, amount: int, *, live: bool = True, synced: str = NOVEMBER) -> dict[str, object]:
    return {
        "id": id_, "invoice_id": invoice, "amount": amount, "currency": "usd", "livemode": live,
        "_fivetran_synced": synced,
    }  # fmt: skip


def _version(stage_name: str, *, active: bool, modified: str, **other: object) -> dict[str, object]:
    return {
        "stage_name": stage_name, "close_date": "2026-12-31", "is_closed": False, "is_won": False, "is_deleted": False,
        "amount": 100, "probability": 20, "_fivetran_active": active, "system_modstamp": modified,
        "_fivetran_start": modified, "_fivetran_synced": NOVEMBER, **other,
    }  # fmt: skip


@pytest.fixture(scope="session")
def raw_rows() -> RawTables:
    ticket = {"status": "open", "created_at": OCTOBER, "updated_at": OCTOBER, "_fivetran_synced": NOVEMBER}
    return {
        ("salesforce", "account"): [
            {"id": "0011H000026CXpi", "name": "Old name", "is_deleted": False, "_fivetran_synced": OCTOBER},
            {
                "id": "0011H000026CXpiQAG", "name": "ACME Labs, Inc.", "is_deleted": False,
                "_fivetran_synced": NOVEMBER, "stripe_customer_id__c": "cus_1",
            },
            {"id": "0011H000026CXpI", "name": "Labs Acme", "is_deleted": False, "_fivetran_synced": NOVEMBER},
        ],
        ("salesforce", "contact"): [
            {
                "id": "003000000000001", "email": "Ann@acme.test", "account_id": "0011H000026CXpi",
                "_fivetran_synced": OCTOBER,
            },
            {"id": "003000000000002", "email": "ann@acme.test ", "_fivetran_synced": OCTOBER},
        ],
        ("salesforce", "opportunity"): [
            _version("Discovery", active=False, modified="2026-01-01", id="006000000000001"),
            _version("Proposal", active=True, modified="2026-02-01", id="006000000000001"),
            _version("Lost", active=False, modified="2026-03-01", id="006000000000002"),
            _version("Discovery", active=False, modified="2026-01-01", id="006000000000002"),
        ],
        ("salesforce_history", "opportunity"): [
            {
                "id": "006000000000003", "stage_name": "Discovery", "_fivetran_start": "2026-01-05",
                "probability": "25", "amount": "10.50",
            },
            {"id": "006000000000003", "stage_name": "Undated"},
        ],
        ("stripe", "invoice"): [
            {
                "id": "in_1", "customer_id": "cus_1", "status": "paid", "currency": "usd", "livemode": True,
                "metadata": '{"quote_number": "Q-7", "salesforce_account_id": "0011H000026CXpi"}',
                "_fivetran_synced": NOVEMBER,
            },
            {
                "id": "in_2", "customer_id": "cus_1", "status": "paid", "currency": "usd", "livemode": True,
                "metadata": '{"salesforce_quote_id": "0Q0000000000abc"}', "_fivetran_synced": NOVEMBER,
                "subtotal": 10000, "total": 12000, "total_excluding_tax": 10000,
            },
        ],
        ("stripe", "invoice_line_item"): [
            _line("il_1", "in_1", 100),
            _line("il_1", "in_2", 200),
            _line("sub_1", "in_1", 300),
            _line("il_2", "in_1", 400, live=False),
            _line("il_3", "in_1", 500, synced=OCTOBER),
            _line("il_3", "in_1", 501),
            _line("il_4", "in_1", 600),
            _line("il_4", "in_1", 600),
            _line("il_5", "in_1", 700),
            _line("il_5", "in_1", 701),
        ],
        ("stripe", "price"): [
            {
                "id": "gold", "product_id": "prod_1", "currency": currency, "unit_amount": 5000,
                "source_relation": connector, "_fivetran_synced": NOVEMBER,
            }
            for currency, connector in (("jpy", "stripe_jp"), ("kwd", "stripe_kw"))
        ],
        ("stripe", "subscription_history"): [
            {
                "id": "sub_1", "customer_id": "cus_1", "status": status, "created": "2026-01-01", "livemode": True,
                "_fivetran_start": start, "_fivetran_active": active, "_fivetran_synced": synced,
            }
            for status, start, active, synced in (
                ("active", "2026-01-01", False, OCTOBER),
                ("past_due", "2026-05-01", True, OCTOBER),
                ("past_due", "2026-05-01", True, NOVEMBER),
            )
        ],
        ("stripe", "customer"): [
            {
                "id": "cus_1", "name": "Ann Example", "email": "ann@acme.test", "created": OCTOBER, "livemode": True,
                "_fivetran_synced": NOVEMBER,
            }
        ],
        ("zendesk", "ticket"): [
            {**ticket, "id": 1, "organization_id": 7, "requester_id": 9, "group_id": 3, "source_relation": "north",
             "merged_ticket_ids": "[2, 3]"},
            {**ticket, "id": 1, "organization_id": 7, "requester_id": 9, "group_id": 3, "source_relation": "south"},
        ],
        ("zendesk", "ticket_field_history"): [
            {"ticket_id": 1, "field_name": field, "value": value, "updated": OCTOBER, "source_relation": "north",
             "_fivetran_synced": NOVEMBER}
            for field, value in (("organization_id", "7"), ("priority", "7"), ("subject", "Ann Example cannot log in"))
        ],
        ("zendesk", "organization"): [
            {"id": 7, "name": "Acme Labs GmbH", "created_at": OCTOBER, "_fivetran_synced": NOVEMBER}
        ],
        ("stripe", "charge"): [
            {"id": f"ch_{mode}", "amount": 100, "amount_refunded": 40, "currency": "usd", "status": "succeeded",
             "created": OCTOBER, "livemode": mode == "live", "_fivetran_synced": NOVEMBER}
            for mode in ("live", "test")
        ],
        ("stripe", "refund"): [
            {"id": f"re_{charge}", "charge_id": f"ch_{charge}" if charge != "nobody" else None, "amount": 40,
             "currency": "usd", "status": "succeeded", "created": OCTOBER, "_fivetran_synced": NOVEMBER}
            for charge in ("live", "test", "nobody")
        ],
        ("stripe", "balance_transaction"): [
            {"id": f"txn_{source}", "type": "charge", "source": source, "amount": 100, "fee": 3, "net": 97,
             "currency": "usd", "created": OCTOBER, "_fivetran_synced": NOVEMBER}
            for source in ("ch_live", "ch_test", "re_live", "re_test", "po_1", "ch_unknown")
        ],
        ("marketing", "gtm_cost_monthly"): [
            {"month": "2026-10-01", "cost_type": "Sales", "amount": amount, "currency": "usd", "note": note}
            for amount, note in ((10, "a"), (10, "a"), (10, "b"), (20, "a"))
        ],
        ("finance", "fx_rate"): [
            {"rate_date": "2026-10-01", "from_currency": base, "to_currency": "usd", "rate": rate}
            for base, rate in (("eur", "1.100000000001"), ("EUR", "1.100000000001"), ("gbp", "1.3"), ("gbp", "1.4"))
        ],
    }  # fmt: skip


def test_each_line_is_kept_once_or_left_out_for_one_reason(staged: Staged) -> None:
    kept = staged.query(
        "select invoice_line_item_id, invoice_id, amount_minor from staging.stg_stripe__invoice_line_item order by all"
    )
    assert kept == [("il_1", "in_1", 100), ("il_1", "in_2", 200), ("il_3", "in_1", 501), ("il_4", "in_1", 600)]
    fates = staged.query(
        "select row_fate, row_key, n_rows, n_versions from staging.stg_landing__row_fate "
        "where table_name = 'invoice_line_item' order by all"
    )
    assert fates == [
        ("conflict", "in_1 / il_5", 2, 2),
        ("kept", None, 4, None),
        ("repeat", None, 1, None),
        ("superseded", None, 1, None),
        ("temporary_line", None, 1, None),
        ("test_mode", None, 1, None),
    ]


def test_money_of_a_test_charge_is_of_test_mode_too(staged: Staged) -> None:
    refunds = staged.query("select refund_id from staging.stg_stripe__refund order by all")
    assert refunds == [("re_live",), ("re_nobody",)]
    moved = staged.query("select source_ref from staging.stg_stripe__balance_transaction order by all")
    assert moved == [("ch_live",), ("ch_unknown",), ("po_1",), ("re_live",)]
    fates = staged.query(
        "select table_name, row_fate, n_rows from staging.stg_landing__row_fate "
        "where table_name in ('refund', 'balance_transaction') order by all"
    )
    assert fates == [
        ("balance_transaction", "kept", 4),
        ("balance_transaction", "test_mode", 2),
        ("refund", "kept", 2),
        ("refund", "test_mode", 1),
    ]


def test_keys_in_conflict_are_named_and_warned_of(staged: Staged) -> None:
    held_back = staged.query(
        "select source, table_name, row_key, n_rows from intermediate.int_landing__quarantine order by all"
    )
    assert held_back == [
        ("finance", "fx_rate", "2026-10-01 / GBP / USD", 2),
        ("stripe", "invoice_line_item", "in_1 / il_5", 2),
    ]
    ((status, n_rows, detail),) = staged.query(
        "select status, n_rows, detail from intermediate.int_landing__data_check where check_name = 'keys_in_conflict'"
    )
    assert (status, n_rows) == ("warn", 2)
    assert "finance.fx_rate 1 (2026-10-01 / GBP / USD); stripe.invoice_line_item 1 (in_1 / il_5)" in detail


def test_every_raw_row_is_staged_or_counted(staged: Staged) -> None:
    assert {staged.results[name] for name in CONSERVES_ROWS} == {"pass"}
    raw = sum(
        staged.query(f"select count(*) from raw_{source}.{table}")[0][0]
        for source, table in (("stripe", "invoice_line_item"), ("salesforce", "account"), ("zendesk", "ticket"))
    )
    counted = staged.query(
        "select sum(n_rows) from staging.stg_landing__row_fate "
        "where table_name in ('invoice_line_item', 'account', 'ticket')"
    )
    assert counted == [(raw,)]


def test_ids_of_15_and_18_characters_are_one_record(staged: Staged) -> None:
    accounts = staged.query(
        "select account_id, account_name, stripe_customer_ref from staging.stg_salesforce__account order by all"
    )
    assert accounts == [("0011H000026CXpIQAW", "Labs Acme", None), ("0011H000026CXpiQAG", "ACME Labs, Inc.", "cus_1")]
    assert staged.query("select account_id from staging.stg_salesforce__contact where account_id is not null") == [
        ("0011H000026CXpiQAG",)
    ]


def test_history_mode_keeps_the_active_version_or_counts_as_deleted(staged: Staged) -> None:
    assert staged.query(
        "select left(opportunity_id, 15), stage_name, is_deleted from staging.stg_salesforce__opportunity order by all"
    ) == [("006000000000001", "Proposal", False), ("006000000000002", "Lost", True)]
    assert staged.query(
        "select valid_from_at::date::varchar, status, is_current "
        "from staging.stg_stripe__subscription_history order by all"
    ) == [("2026-01-01", "active", False), ("2026-05-01", "past_due", True)]


def test_versions_of_opportunities_come_from_both_places_and_carry_their_own_time(staged: Staged) -> None:
    assert staged.query(
        "select left(opportunity_id, 15), version_at::date::varchar, stage_name, amount::varchar, "
        "probability_rate::varchar "
        "from staging.stg_salesforce__opportunity_version order by all"
    ) == [
        ("006000000000001", "2026-01-01", "Discovery", "100.00", "0.200000"),
        ("006000000000001", "2026-02-01", "Proposal", "100.00", "0.200000"),
        ("006000000000002", "2026-01-01", "Discovery", "100.00", "0.200000"),
        ("006000000000002", "2026-03-01", "Lost", "100.00", "0.200000"),
        ("006000000000003", "2026-01-05", "Discovery", "10.50", "0.250000"),
    ]


def test_ids_of_two_connectors_stay_apart(staged: Staged) -> None:
    assert staged.query(
        "select ticket_id, organization_id, requester_id, group_id, merged_ticket_ids "
        "from staging.stg_zendesk__ticket order by all"
    ) == [
        ("north:1", "north:7", "north:9", 3, '["north:2","north:3"]'),
        ("south:1", "south:7", "south:9", 3, None),
    ]
    assert staged.query(
        "select ticket_id, field_name, field_value from staging.stg_zendesk__ticket_field_history order by all"
    ) == [("north:1", "organization_id", "north:7"), ("north:1", "priority", "7"), ("north:1", "subject", None)]
    assert staged.query("select organization_id, source_relation from staging.stg_zendesk__organization") == [
        ("7", None)
    ]


def test_minor_units_are_not_moved_by_the_currency(staged: Staged) -> None:
    assert staged.query(
        "select price_id, stripe_product_id, currency, unit_amount_minor::bigint "
        "from staging.stg_stripe__price order by all"
    ) == [("stripe_jp:gold", "stripe_jp:prod_1", "JPY", 5000), ("stripe_kw:gold", "stripe_kw:prod_1", "KWD", 5000)]


def test_references_in_invoice_metadata_are_read(staged: Staged) -> None:
    assert staged.query(
        "select invoice_id, quote_ref, account_ref, opportunity_ref from staging.stg_stripe__invoice order by all"
    ) == [("in_1", "Q-7", "0011H000026CXpiQAG", None), ("in_2", "0Q0000000000abcCAA", None, None)]


def test_a_newer_bill_states_its_tax_by_the_total_without_it(staged: Staged) -> None:
    assert staged.query("select invoice_id, tax_minor from staging.stg_stripe__invoice order by all") == [
        ("in_1", 0),
        ("in_2", 2000),
    ]


def test_names_meet_as_hashed_words_and_addresses_as_hashes(staged: Staged) -> None:
    tokens = staged.query("select distinct name_tokens from staging.stg_salesforce__account")
    assert tokens == staged.query("select name_tokens from staging.stg_zendesk__organization")
    assert "acme" not in tokens[0][0]
    hashes = staged.query(
        "select email_hash from staging.stg_salesforce__contact "
        "union select email_hash from staging.stg_stripe__customer"
    )
    assert len(hashes) == 1 and hashes[0][0] is not None


def test_cost_lines_that_differ_add_up_and_replayed_ones_count_once(staged: Staged) -> None:
    assert staged.query(
        "select cost_type, currency, count(*), sum(amount)::double "
        "from staging.stg_marketing__gtm_cost_monthly group by all"
    ) == [("sales", "USD", 3, 40.0)]


def test_rates_written_in_either_case_are_one_and_keep_their_decimals(staged: Staged) -> None:
    assert staged.query("select from_currency, rate::varchar from staging.stg_finance__fx_rate") == [
        ("EUR", "1.100000000001")
    ]


def test_absent_tables_are_empty_and_typed(staged: Staged) -> None:
    assert staged.query("select count(*) from staging.stg_stripe__dispute") == [(0,)]
    types = dict(
        staged.query(
            "select column_name, data_type from information_schema.columns where table_name = 'stg_stripe__dispute'"
        )
    )
    assert (types["amount_minor"], types["created_at"]) == ("BIGINT", "TIMESTAMP")
    assert staged.query("select count(*) from staging.stg_landing__row_fate where table_name = 'dispute'") == [(0,)]


def test_a_missing_key_column_is_named(tmp_path: Path) -> None:
    rows = {("salesforce", "user"): [{"id": "005000000000001", "name": "Ann", "_fivetran_synced": NOVEMBER}]}
    done = stage(tmp_path, rows, ["stg_salesforce__user"], without=["is_active"])
    assert done.results == {"stg_salesforce__user": "error"}
    assert "Raw table salesforce.user lacks the column is_active" in done.messages["stg_salesforce__user"]
