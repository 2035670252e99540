"""Airbyte's streams: nested objects and lists, expanded references, second choices, however the file carries them."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.landing.airbyte import tables_of_stream
from tests.python.landing.raw_company import write_csv
from tests.python.landing.test_shapes import Landed

_AT = "2025-06-30T02:00:00Z"
_PRICE = {
    "id": "price_1",
    "product": "prod_1",
    "currency": "usd",
    "unit_amount": 1000,
    "unit_amount_decimal": "1000",
    "recurring": {"interval": "month", "interval_count": 3, "usage_type": "licensed"},
    "livemode": True,
}
_PLAN = {
    "id": "plan_9",
    "product": {"id": "prod_9", "name": "Old"},
    "currency": "usd",
    "amount": 700,
    "interval": "year",
    "interval_count": 1,
}
_CUSTOMER = {"id": "cus_1", "created": 1735725600, "livemode": True, "email": None, "metadata": {"crm": "001"}}
_SUBSCRIPTION = {
    "id": "sub_1",
    "customer": "cus_1",
    "status": "active",
    "created": 1735725600,
    "start_date": 1735725600,
    "livemode": True,
    "metadata": {"salesforce_account_id": "001"},
    "cancel_at_period_end": False,
    "cancellation_details": {"reason": "cancellation_requested", "feedback": "too_expensive"},
    "collection_method": "send_invoice",
    "latest_invoice": {"id": "in_1"},
    "pause_collection": {"behavior": "void"},
    "items": {
        "data": [
            {"id": "si_1", "subscription": "sub_1", "quantity": 2, "price": _PRICE, "created": 1735725600,
             "current_period_start": 1735725600, "current_period_end": 1738404000},
        ]
    },
    "discounts": [
        {"id": "di_1", "coupon": {"id": "HALF", "duration": "forever", "percent_off": 50}, "start": 1735725600},
        "di_as_an_id_only",
    ],
}  # fmt: skip
_ITEM = {"id": "si_1", "subscription": "sub_1", "quantity": 2, "created": 1735725600, "price": _PRICE}

Record = dict[str, Any]


def write_stream(raw: Path, source: str, stream: str, records: list[Record], carrier: str = "csv") -> None:
    """Write records as CSV with JSON text, as Parquet with nested types or JSON text, or as one document a row."""
    folder = raw / source
    folder.mkdir(parents=True, exist_ok=True)
    marked = [{**record, "_airbyte_extracted_at": _AT, "_airbyte_raw_id": str(n)} for n, record in enumerate(records)]
    if carrier == "csv":
        names = list(dict.fromkeys(name for record in marked for name in record))
        write_csv(folder / f"{stream}.csv", [{name: _as_text(record.get(name)) for name in names} for record in marked])
        return
    lines = folder / f"{stream}.json"
    if carrier == "document":
        marked = [
            {"_airbyte_ab_id": str(n), "_airbyte_emitted_at": _AT, "_airbyte_data": json.dumps(record)}
            for n, record in enumerate(records)
        ]
    lines.write_text("\n".join(json.dumps(record) for record in marked))
    nested = f"select * from read_json('{lines}', format = 'newline_delimited', maximum_depth = -1)"
    with duckdb.connect() as connection:
        if carrier == "json":
            described = connection.execute(f"describe {nested}").fetchall()
            text = ", ".join(
                f'cast(to_json("{name}") as varchar) as "{name}"'
                if kind.startswith(("STRUCT", "MAP")) or kind.endswith("]")
                else f'"{name}"'
                for name, kind, *_ in described
            )
            nested = f"select {text} from ({nested})"
        connection.execute(f"copy ({nested}) to '{folder / stream}.parquet' (format parquet)")
    lines.unlink()


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def billing(raw: Path, carrier: str, **streams: list[Record]) -> Landed:
    """Land a company with Airbyte's Stripe; streams replace the usual ones, an empty list leaves one out."""
    usual: dict[str, list[Record]] = {
        "customers": [_CUSTOMER],
        "prices": [_PRICE],
        "subscriptions": [_SUBSCRIPTION],
        "subscription_items": [_ITEM],
    }
    for name, records in {**usual, **streams}.items():
        if records:
            write_stream(raw, "stripe", name, records, carrier)
    return Landed(raw)


CARRIERS = pytest.mark.parametrize("carrier", ["csv", "json", "nested", "document"])


@CARRIERS
def test_a_subscription_is_read_out_of_its_stream(raw: Path, carrier: str) -> None:
    landed = billing(raw, carrier)
    assert landed.messages() == []
    assert landed.query(
        "select id, customer_id, cast(created as varchar), billing, latest_invoice_id, pause_collection_behavior, "
        "cancellation_reason, cancellation_feedback, cast(current_period_start as varchar), "
        "metadata ->> '$.salesforce_account_id' from raw_stripe.subscription_history"
    ) == [
        (
            "sub_1", "cus_1", "1735725600", "send_invoice", "in_1", "void", "cancellation_requested",
            "too_expensive", "1735725600", "001",
        )
    ]  # fmt: skip
    assert landed.query("select * exclude (_fivetran_synced) from raw_stripe.subscription_item") == [
        ("si_1", "sub_1", "price_1", *landed.query("select quantity, created from raw_stripe.subscription_item")[0])
    ]


@CARRIERS
def test_a_discount_is_a_row_and_one_known_by_id_only_is_not(raw: Path, carrier: str) -> None:
    landed = billing(raw, carrier)
    assert landed.query("select id, subscription_id, coupon_id, customer_id from raw_stripe.subscription_discount") == [
        ("di_1", "sub_1", "HALF", "cus_1")
    ]
    # no stream of coupons: those of the discounts stand in
    assert landed.query("select id, duration, cast(percent_off as integer) from raw_stripe.coupon") == [
        ("HALF", "forever", 50)
    ]


def test_an_older_discount_without_an_id_gets_one(raw: Path) -> None:
    old = {**_SUBSCRIPTION, "discounts": None, "discount": {"coupon": {"id": "HALF"}, "start": 1735725600}}
    landed = billing(raw, "csv", subscriptions=[old])
    assert landed.query("select id, coupon_id from raw_stripe.subscription_discount") == [("sub_1:HALF", "HALF")]


@CARRIERS
def test_prices_win_over_plans_and_embedded_prices_stand_in(raw: Path, carrier: str) -> None:
    sql = "select id, product_id, unit_amount::varchar, recurring_interval, recurring_interval_count::varchar "
    sql += "from raw_stripe.price order by id"
    same = {**_PLAN, "id": "price_1"}
    both = billing(raw, carrier, plans=[_PLAN, same])
    assert both.query(sql) == [
        ("plan_9", "prod_9", "700", "year", "1"),
        ("price_1", "prod_1", "1000", "month", "3"),
    ]
    for file in (raw / "stripe").glob("p*"):
        file.unlink()
    embedded = billing(raw, carrier, prices=[])
    assert embedded.query(sql) == [("price_1", "prod_1", "1000", "month", "3")]
    assert "from price" in " ".join(embedded.read_as("stripe", "price"))


_LINE = {
    "id": "il_1",
    "amount": 1000,
    "currency": "usd",
    "livemode": True,
    "quantity": 1,
    "period": {"start": 1735725600, "end": 1738404000},
    "parent": {"subscription_item_details": {"subscription": "sub_1", "subscription_item": "si_1", "proration": True}},
    "pricing": {"price_details": {"price": "price_1"}},
}
_INVOICE = {
    "id": "in_1",
    "customer": {"id": "cus_1", "name": "expanded"},
    "status": "paid",
    "created": 1735725600,
    "currency": "usd",
    "subtotal": 1000,
    "total": 1000,
    "amount_due": 1000,
    "amount_paid": 1000,
    "amount_remaining": 0,
    "livemode": True,
    "parent": {"subscription_details": {"subscription": "sub_1"}},
    "status_transitions": {"finalized_at": 1735725600, "paid_at": 1735729200, "voided_at": None},
    "lines": {"data": [_LINE]},
}


@CARRIERS
def test_invoices_after_the_move_under_parent_with_their_own_lines(raw: Path, carrier: str) -> None:
    landed = billing(raw, carrier, invoices=[_INVOICE])
    assert landed.messages() == []
    assert landed.query(
        "select customer_id, subscription_id, cast(status_transitions_paid_at as varchar) from raw_stripe.invoice"
    ) == [("cus_1", "sub_1", "1735729200")]
    line = (
        "select id, invoice_id, subscription_id, subscription_item_id, price_id, cast(proration as varchar), "
        "cast(period_start as varchar) from raw_stripe.invoice_line_item"
    )
    assert landed.query(line) == [("il_1", "in_1", "sub_1", "si_1", "price_1", "true", "1735725600")]
    own = billing(raw, carrier, invoices=[_INVOICE], invoice_line_items=[{**_LINE, "id": "il_own", "invoice": "in_1"}])
    assert [row[:2] for row in own.query(line)] == [("il_own", "in_1")]


def test_a_credit_note_with_lines_and_a_refund_inside_a_charge(raw: Path) -> None:
    note = {
        "id": "cn_1", "invoice": "in_1", "amount": 5, "currency": "usd", "total": 5, "status": "issued",
        "type": "post_payment", "created": 1735725600, "livemode": True, "refund": None,
        "refunds": [{"refund": "re_1"}],
        "lines": {"data": [{"id": "cnli_1", "amount": 5, "invoice_line_item": "il_1"}]},
    }  # fmt: skip
    charge = {
        "id": "ch_1", "amount": 5, "amount_refunded": 5, "currency": "usd", "status": "succeeded",
        "created": 1735725600, "livemode": True, "customer": "cus_1",
        "refunds": {"data": [{"id": "re_1", "charge": "ch_1", "amount": 5, "currency": "usd", "status": "succeeded",
                              "created": 1735725600}]},
    }  # fmt: skip
    landed = billing(raw, "csv", credit_notes=[note], charges=[charge])
    assert landed.messages() == []
    assert landed.query("select id, refund_id from raw_stripe.credit_note") == [("cn_1", "re_1")]
    assert landed.query("select id, credit_note_id, invoice_line_item_id from raw_stripe.credit_note_line_item") == [
        ("cnli_1", "cn_1", "il_1")
    ]
    assert landed.query("select id, charge_id, customer_id from raw_stripe.refund") == [("re_1", "ch_1", "cus_1")]


def test_all_versions_of_append_mode_land(raw: Path) -> None:
    later = {**_SUBSCRIPTION, "status": "canceled", "discounts": [], "ended_at": 1738404000}
    landed = billing(raw, "csv", subscriptions=[_SUBSCRIPTION, later])
    assert landed.query("select status from raw_stripe.subscription_history") == [("active",), ("canceled",)]


def test_a_fault_is_told_with_the_row_of_the_stream(raw: Path) -> None:
    half = {"id": "HALF", "duration": "forever"}
    broken = {**_SUBSCRIPTION, "id": "sub_2", "discounts": [{"id": "di_2", "coupon": half, "start": "soon"}]}
    (message,) = billing(raw, "csv", subscriptions=[_SUBSCRIPTION, broken]).messages()
    assert "stripe.subscription_discount (stripe/subscriptions.csv): column start holds 'soon' in row 2" in message
    keyless = [{name: value for name, value in _SUBSCRIPTION.items() if name != "customer"}]
    (message,) = billing(raw, "csv", subscriptions=keyless).messages()
    assert "column customer_id (str) is missing, also as customer.id, customer" in message


_TICKET = {
    "id": 7, "requester_id": 1, "status": "deleted", "created_at": _AT, "updated_at": _AT, "organization_id": None,
    "via": {"channel": "email", "source": {"from": {}}}, "tags": ["bug", "closed_by_merge"],
    "custom_fields": [{"id": 1, "value": "x"}],
}  # fmt: skip
_AUDIT = {
    "id": 70, "ticket_id": 7, "created_at": _AT, "author_id": 5,
    "events": [
        {"id": 1, "type": "Create", "field_name": "status", "value": "new"},
        {"id": 2, "type": "Change", "field_name": "tags", "value": ["bug"], "previous_value": []},
        {"id": 3, "type": "Comment", "body": "hello", "public": True},
    ],
}  # fmt: skip


@pytest.mark.parametrize("carrier", ["csv", "json", "document"])
def test_support_streams(raw: Path, carrier: str) -> None:
    write_stream(raw, "zendesk", "tickets", [_TICKET], carrier)
    write_stream(raw, "zendesk", "ticket_audits", [_AUDIT], carrier)
    write_stream(
        raw, "zendesk", "organizations",
        [{"id": 3, "name": "Org", "external_id": "001", "created_at": _AT, "domain_names": ["a.example", "b.example"]}],
        carrier,
    )  # fmt: skip
    write_stream(
        raw, "zendesk", "ticket_comments",
        [{"id": 4, "ticket_id": 7, "author_id": 5, "created_at": _AT, "public": True, "type": "Comment"}],
        carrier,
    )  # fmt: skip
    write_stream(raw, "zendesk", "groups", [{"id": 9, "name": "Desk", "deleted": False}], carrier)
    write_stream(
        raw, "zendesk", "satisfaction_ratings",
        [{"id": 8, "ticket_id": 7, "score": "good", "created_at": _AT}], carrier,
    )  # fmt: skip
    landed = Landed(raw)
    assert landed.messages() == []
    assert landed.query("select id::varchar, status, via_channel from raw_zendesk.ticket") == [
        ("7", "deleted", "email")
    ]
    assert landed.query("select ticket_id::varchar, tag from raw_zendesk.ticket_tag") == [
        ("7", "bug"),
        ("7", "closed_by_merge"),
    ]
    assert landed.query(
        'select organization_id::varchar, "index"::varchar, domain_name from raw_zendesk.domain_name'
    ) == [("3", "0", "a.example"), ("3", "1", "b.example")]
    assert landed.query(
        "select ticket_id::varchar, field_name, value, user_id::varchar from raw_zendesk.ticket_field_history"
    ) == [("7", "status", "new", "5"), ("7", "tags", '["bug"]', "5")]
    assert landed.query("select user_id::varchar, created is not null from raw_zendesk.ticket_comment") == [("5", True)]
    assert landed.query("select score from raw_zendesk.satisfaction_rating") == [("good",)]


def test_the_crm_needs_no_mapping(raw: Path) -> None:
    """Salesforce's streams are its objects in its own spelling."""
    assert tables_of_stream("salesforce", "account") == []
    (raw / "salesforce" / "account.csv").unlink()
    account = {"Id": "0011", "Name": "A", "IsDeleted": False, "CreatedDate": "2025-01-01T00:00:00.000+0000"}
    write_stream(raw, "salesforce", "Account", [account])
    landed = Landed(raw)
    assert landed.messages() == []
    assert landed.query("select id, name, _fivetran_synced from raw_salesforce.account") == [("0011", "A", _AT)]
    assert landed.read_as("salesforce", "account") == ("salesforce/Account.csv in Airbyte's shape",)


def test_a_contract_table_beside_a_stream_wins(raw: Path) -> None:
    billing(raw, "csv")
    write_csv(
        raw / "stripe" / "coupon.csv", [{"id": "OWN", "duration": "once", "_fivetran_synced": "2025-06-30 02:00:00"}]
    )
    assert Landed(raw).query("select id from raw_stripe.coupon") == [("OWN",)]
