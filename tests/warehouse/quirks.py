"""A small company with every known quirk of CRM, billing and support exports planted by hand.

Belongs here: the rows. Each quirk has a customer or deal of its own, named after it, so that a test can ask for it by
name and a reader can check the figure by hand. What must come out stands in the tests.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

Rows = list[dict[str, Any]]

LOADED = "2026-11-02 04:30:00"
START = "2026-06-01 00:00:00"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def long_id(short: str) -> str:
    """Return the 18-character form of a 15-character Salesforce id."""
    groups = (short[n : n + 5] for n in (0, 5, 10))
    return short + "".join(_SUFFIX[sum(1 << i for i, c in enumerate(group) if c.isupper())] for group in groups)


def short_id(prefix: str, name: str) -> str:
    """Return a 15-character Salesforce id that shows a name: `account("daily")` -> `001QkDaily00000`."""
    return (prefix + "Qk" + name.title().replace("_", "").replace(" ", "")).ljust(15, "0")[:15]


def account(name: str) -> str:
    """Return the account id of a quirk."""
    return long_id(short_id("001", name))


def deal(name: str) -> str:
    """Return the opportunity id of a quirk."""
    return long_id(short_id("006", name))


def customer(name: str) -> str:
    """Return the billing customer id of a quirk."""
    return f"cus_qk_{name}"


def add_rows(company: Path, table: str, rows: Rows) -> None:
    """Append rows to a raw Parquet table by column name; what a row does not name is null."""
    path = company / "raw" / f"{table}.parquet"
    beside = path.with_suffix(".new")
    with duckdb.connect() as connection:
        connection.execute(f"create table raw as from read_parquet('{path}')")
        kinds = {row[0]: row[1] for row in connection.execute("describe raw").fetchall()}
        for column in sorted({name for row in rows for name in row} - set(kinds)):
            connection.execute(f'alter table raw add column "{column}" varchar')
        for row in rows:
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" for _ in row)
            connection.execute(f"insert into raw ({names}) values ({marks})", list(row.values()))
        connection.execute(f"copy raw to '{beside}' (format parquet)")
    beside.replace(path)


def _account(name: str, /, **more: Any) -> dict[str, Any]:
    given = {"id": account(name), "name": f"Quirk {name}", "is_deleted": False, "created_date": "2026-01-05 09:00:00"}
    return {**given, "_fivetran_synced": LOADED, **more}


def _customer(name: str, /, **more: Any) -> dict[str, Any]:
    given = {
        "id": customer(name),
        "created": START,
        "livemode": True,
        "metadata": f'{{"salesforce_account_id": "{account(name)}"}}',
        "name": f"Quirk {name}",
        "currency": "usd",
    }
    return {**given, "_fivetran_synced": LOADED, **more}


def _subscription(name: str, /, **more: Any) -> dict[str, Any]:
    given = {
        "id": f"sub_qk_{name}",
        "customer_id": customer(name),
        "status": "active",
        "created": START,
        "start_date": START,
        "cancel_at_period_end": False,
        "livemode": True,
        "_fivetran_active": True,
        "_fivetran_start": START,
        "_fivetran_end": "9999-12-31 00:00:00",
    }
    return {**given, "_fivetran_synced": LOADED, **more}


def _item(name: str, price: str = "price_qk_month", quantity: int = 1, n: int = 1) -> dict[str, Any]:
    return {
        "id": f"si_qk_{name}_{n}",
        "subscription_id": f"sub_qk_{name}",
        "plan_id": price,
        "quantity": quantity,
        "created": START,
        "_fivetran_synced": LOADED,
    }


def _price(name: str, amount: int | None, interval: str, currency: str = "usd", **more: Any) -> dict[str, Any]:
    given = {
        "id": f"price_qk_{name}",
        "product_id": "prod_qk",
        "currency": currency,
        "unit_amount": amount,
        "recurring_interval": interval,
        "recurring_interval_count": 1,
        "recurring_usage_type": "licensed",
        "livemode": True,
    }
    return {**given, "_fivetran_synced": LOADED, **more}


def _invoice(name: str, amount: int, **more: Any) -> dict[str, Any]:
    given = {
        "id": f"in_qk_{name}",
        "customer_id": customer(name),
        "status": "paid",
        "created": START,
        "currency": "usd",
        "subtotal": amount,
        "total": amount,
        "amount_due": amount,
        "amount_paid": amount,
        "amount_remaining": 0,
        "livemode": True,
        "status_transitions_finalized_at": START,
    }
    return {**given, "_fivetran_synced": LOADED, **more}


def _line(name: str, amount: int, since: str, until: str, n: int = 1, **more: Any) -> dict[str, Any]:
    given = {
        "id": f"il_qk_{name}_{n}",
        "invoice_id": f"in_qk_{name}",
        "amount": amount,
        "currency": "usd",
        "quantity": 1,
        "proration": False,
        "period_start": f"{since} 00:00:00",
        "period_end": f"{until} 00:00:00",
        "livemode": True,
        "price_id": "price_qk_month",
    }
    return {**given, "_fivetran_synced": LOADED, **more}


def _deal(name: str, /, **more: Any) -> dict[str, Any]:
    given = {
        "id": deal(name),
        "account_id": account(name),
        "name": f"Quirk {name}",
        "stage_name": "Proposal",
        "amount": "12000.00",
        "probability": 40.0,
        "close_date": "2026-12-15",
        "created_date": "2026-07-01 09:00:00",
        "is_closed": False,
        "is_won": False,
        "is_deleted": False,
        "type": "New Business",
        "currency_iso_code": "USD",
        "system_modstamp": "2026-10-01 09:00:00",
    }
    return {**given, "_fivetran_synced": LOADED, **more}


def _change(name: str, n: int, at: str, stage: str, close_on: str, **more: Any) -> dict[str, Any]:
    given = {
        "id": long_id(short_id("008", f"{n}{name}")),
        "opportunity_id": deal(name),
        "stage_name": stage,
        "amount": "12000.00",
        "close_date": close_on,
        "probability": 40.0,
        "created_date": at,
        "system_modstamp": at,
        "is_deleted": False,
    }
    return {**given, "_fivetran_synced": LOADED, **more}


def _plain(names: Iterable[str]) -> Rows:
    return [_customer(name) for name in names]


# One customer each with one active monthly subscription of 100.00 USD, unless the quirk says otherwise.
SUBSCRIBED = (
    "two_items", "zero_seats", "daily", "trial", "past_due", "cancels_later", "percent_coupon", "sub_cent",
    "child_gone", "repeated", "replaced", "chain",
)  # fmt: skip


def plant_billing(company: Path) -> None:
    """Add the billing quirks: intervals, trials, currencies, prorations, void and uncollectible bills, test mode."""
    add_rows(company, "salesforce/account", [_account(name) for name in (*SUBSCRIBED, *_BILLED) if name != "chain"])
    add_rows(
        company, "stripe/product", [{"id": "prod_qk", "name": "Quirk", "active": True, "_fivetran_synced": LOADED}]
    )
    add_rows(
        company,
        "stripe/price",
        [
            _price("month", 10_000, "month"),
            _price("addon", 5_000, "month"),
            _price("day", 100, "day"),
            _price("yen", 12_000, "month", "jpy"),
            _price("dinar", 10_000, "month", "kwd"),
            _price("sub_cent", None, "month", unit_amount_decimal="0.500000000000"),
        ],
    )
    add_rows(
        company,
        "finance/fx_rate",
        [
            {"rate_date": f"{year}-{month:02d}-01", "from_currency": currency, "to_currency": "USD", "rate": rate}
            for currency, rate in (("JPY", "0.007000"), ("KWD", "3.250000"))
            for year in (2023, 2024, 2025, 2026)
            for month in range(1, 13)
        ],
    )
    add_rows(company, "stripe/customer", _plain(name for name in (*SUBSCRIBED, *_BILLED) if name != "chain"))
    odd = {
        "trial": {"trial_start": START, "trial_end": "2026-08-15 00:00:00", "status": "active"},
        "past_due": {"status": "past_due"},
        "cancels_later": {"cancel_at_period_end": True, "canceled_at": "2026-10-20 00:00:00"},
    }
    add_rows(
        company,
        "stripe/subscription_history",
        [
            *(_subscription(name, **odd.get(name, {})) for name in (*SUBSCRIBED, "yen", "dinar")),
            # a page that the loader wrote twice, and an older state of the same version that came late
            _subscription("repeated"),
            _subscription("replaced", status="canceled", ended_at=START, _fivetran_synced="2026-10-01 04:30:00"),
            # test mode must never reach a figure
            _subscription("test_mode", customer_id="cus_qk_test_mode", livemode=False),
        ],
    )
    add_rows(company, "stripe/customer", [_customer("test_mode", livemode=False)])
    items = [_item(name) for name in SUBSCRIBED if name not in ("zero_seats", "daily", "sub_cent", "child_gone")]
    add_rows(
        company,
        "stripe/subscription_item",
        [
            *items,
            _item("two_items", quantity=2, n=2),
            _item("two_items", "price_qk_addon", n=3),
            _item("zero_seats", quantity=0),
            _item("daily", "price_qk_day"),
            _item("sub_cent", "price_qk_sub_cent", quantity=1_000),
            _item("yen", "price_qk_yen"),
            _item("dinar", "price_qk_dinar"),
            _item("test_mode"),
        ],
    )
    add_rows(
        company,
        "stripe/coupon",
        [{"id": "qk_25", "duration": "forever", "percent_off": 25.0, "livemode": True, "_fivetran_synced": LOADED}],
    )
    add_rows(
        company,
        "stripe/subscription_discount",
        [
            {
                "id": "di_qk",
                "subscription_id": "sub_qk_percent_coupon",
                "coupon_id": "qk_25",
                "start": START,
                "_fivetran_synced": LOADED,
            }
        ],
    )
    _plant_invoices(company)


# Customers that only have invoices, but for the two with foreign currencies.
_BILLED = ("proration", "void", "uncollectible", "no_subscription", "contested", "yen", "dinar")


def _plant_invoices(company: Path) -> None:
    add_rows(
        company,
        "stripe/invoice",
        [
            _invoice("proration", 31_00),
            _invoice("void", 50_00, status="void", status_transitions_voided_at="2026-06-20 00:00:00"),
            _invoice(
                "uncollectible",
                70_00,
                status="uncollectible",
                amount_paid=0,
                amount_remaining=70_00,
                status_transitions_marked_uncollectible_at="2026-09-01 00:00:00",
            ),
            _invoice("no_subscription", 90_00),
            _invoice("no_customer", 40_00, customer_id="cus_qk_never_delivered"),
            # two different rows for one invoice of one load: nobody can tell which is right
            _invoice("contested", 60_00),
            _invoice("contested", 65_00),
            _invoice("child_gone", 100_00, subscription_id="sub_qk_child_gone"),
            _invoice("repeated", 100_00, subscription_id="sub_qk_repeated"),
            _invoice("repeated", 100_00, subscription_id="sub_qk_repeated"),
            _invoice("test_mode", 77_00, livemode=False),
        ],
    )
    month = ("2026-06-01", "2026-07-01")
    add_rows(
        company,
        "stripe/invoice_line_item",
        [
            # 31 days from 17 July, 31 cents a day down and 131 up: 15 days in July, 16 in August
            _line("proration", -9_61, "2026-07-17", "2026-08-17", 1, proration=True),
            _line("proration", 40_61, "2026-07-17", "2026-08-17", 2, proration=True),
            _line("void", 50_00, *month),
            _line("uncollectible", 70_00, *month),
            _line("no_subscription", 90_00, *month, price_id=None),
            _line("no_customer", 40_00, *month),
            _line("contested", 60_00, *month),
            _line("child_gone", 100_00, "2026-06-01", "2026-09-01", subscription_id="sub_qk_child_gone"),
            _line("repeated", 100_00, *month, subscription_id="sub_qk_repeated"),
            _line("repeated", 100_00, *month, subscription_id="sub_qk_repeated"),
            # Stripe's temporary twin of a line, gone with the next load
            {**_line("repeated", 100_00, *month, subscription_id="sub_qk_repeated"), "id": "sub_qk_repeated"},
            # a line whose invoice was never delivered
            _line("orphan", 99_00, *month, price_id="price_qk_month"),
            _line("test_mode", 77_00, *month, livemode=False),
        ],
    )


def plant_identity(company: Path) -> None:
    """Add the identity quirks: merge chain and circle, a key of 15 characters, no e-mail, a shared domain."""
    add_rows(
        company,
        "salesforce/account",
        [
            _account("chain"),
            _account("chain_b", is_deleted=True, master_record_id=account("chain")),
            _account("chain_c", is_deleted=True, master_record_id=account("chain_b")),
            _account("circle_a", is_deleted=True, master_record_id=account("circle_b")),
            _account("circle_b", is_deleted=True, master_record_id=account("circle_a")),
            _account("twin_one", website="https://www.quirk-twins.example"),
            _account("twin_two", website="quirk-twins.example/en"),
            _account("one_site", website="http://quirk-one.example"),
        ],
    )
    add_rows(
        company,
        "stripe/customer",
        [
            # 15 characters, and of an account that was merged twice since
            _customer("chain", metadata=f'{{"salesforce_account_id": "{short_id("001", "chain_c")}"}}'),
            _customer("circle", metadata=f'{{"salesforce_account_id": "{account("circle_a")}"}}'),
            _customer("nobody", metadata=None, email=None, name=None),
            _customer("dangling", metadata='{"salesforce_account_id": "001Qk0000Nowhere"}', email=None),
            _customer("twins", metadata=None, email="billing@quirk-twins.example"),
            _customer("free_mail", metadata=None, email="quirk@gmail.com"),
        ],
    )
    billed = ("circle", "nobody", "dangling", "twins", "free_mail")
    add_rows(company, "stripe/subscription_history", [_subscription(name) for name in billed])
    add_rows(company, "stripe/subscription_item", [_item(name) for name in billed])


ORGANIZATIONS = {"short_key": 7_700_001, "shared_domain_a": 7_700_002, "shared_domain_b": 7_700_003}
TICKETS = {
    "merged_source": 7_800_001,
    "merged_target": 7_800_002,
    "moved": 7_800_003,
    "by_agent": 7_800_004,
    "requester_only": 7_800_005,
    "deleted": 7_800_006,
    "shared_domain": 7_800_007,
}
_PERSON, _AGENT, _STRANGER = 7_900_001, 7_900_002, 7_900_003


def _ticket(name: str, organization: int | None, requester: int = _PERSON, **more: Any) -> dict[str, Any]:
    given = {
        "id": TICKETS[name],
        "requester_id": requester,
        "status": "closed",
        "created_at": "2026-07-06 09:00:00",
        "updated_at": "2026-07-10 09:00:00",
        "organization_id": organization,
        "via_channel": "email",
        "_fivetran_deleted": False,
    }
    return {**given, "_fivetran_synced": LOADED, **more}


def _field(ticket: str, field: str, value: str, at: str) -> dict[str, Any]:
    return {
        "ticket_id": TICKETS[ticket],
        "field_name": field,
        "value": value,
        "updated": at,
        "_fivetran_synced": LOADED,
    }


def plant_support(company: Path, time_field: str) -> None:
    """Add the support quirks: merged tickets, an organisation changed later, agents as requesters, repeated totals."""
    add_rows(company, "salesforce/account", [_account("served"), _account("other")])
    add_rows(
        company,
        "zendesk/organization",
        [
            {
                "id": ORGANIZATIONS["short_key"],
                "name": "Quirk served",
                "external_id": short_id("001", "served"),
                "created_at": START,
                "_fivetran_synced": LOADED,
            },
            *(
                {"id": ORGANIZATIONS[name], "name": f"Quirk {name}", "created_at": START, "_fivetran_synced": LOADED}
                for name in ("shared_domain_a", "shared_domain_b")
            ),
        ],
    )
    add_rows(
        company,
        "zendesk/domain_name",
        [
            {
                "organization_id": ORGANIZATIONS[name],
                "index": 0,
                "domain_name": "quirk-one.example",
                "_fivetran_synced": LOADED,
            }
            for name in ("shared_domain_a", "shared_domain_b")
        ],
    )
    served = ORGANIZATIONS["short_key"]
    person = {"active": True, "created_at": START, "_fivetran_synced": LOADED, "organization_id": served}
    add_rows(
        company,
        "zendesk/user",
        [
            # suspended, and with a default organisation only
            {**person, "id": _PERSON, "role": "end-user", "suspended": True},
            {**person, "id": _AGENT, "role": "agent"},
            {**person, "id": _STRANGER, "role": "end-user", "organization_id": None},
        ],
    )
    add_rows(
        company,
        "zendesk/ticket",
        [
            _ticket("merged_source", served),
            _ticket("merged_target", served, merged_ticket_ids=f"[{TICKETS['merged_source']}]"),
            _ticket("moved", ORGANIZATIONS["shared_domain_a"], _STRANGER),
            _ticket("by_agent", served, _AGENT),
            _ticket("requester_only", None),
            _ticket("deleted", served, status="deleted"),
            _ticket("shared_domain", ORGANIZATIONS["shared_domain_b"], _STRANGER),
        ],
    )
    add_rows(
        company,
        "zendesk/ticket_tag",
        [{"ticket_id": TICKETS["merged_source"], "tag": "closed_by_merge", "_fivetran_synced": LOADED}],
    )
    add_rows(
        company,
        "zendesk/ticket_field_history",
        [
            _field("merged_source", time_field, "600", "2026-07-06 10:00:00"),
            # out of order, repeated and corrected downwards: 600, then 900, then 900 again, then 800, then 1000
            _field("merged_target", time_field, "900", "2026-07-07 10:00:00"),
            _field("merged_target", time_field, "600", "2026-07-06 10:00:00"),
            _field("merged_target", time_field, "900", "2026-07-07 11:00:00"),
            _field("merged_target", time_field, "800", "2026-07-08 10:00:00"),
            _field("merged_target", time_field, "1000", "2026-07-09 10:00:00"),
            # on the day of the ticket its organisation was the served one
            _field("moved", "organization_id", str(served), "2026-07-06 09:00:00"),
            _field("moved", "organization_id", str(ORGANIZATIONS["shared_domain_a"]), "2026-09-01 09:00:00"),
            _field("moved", time_field, "300", "2026-07-06 12:00:00"),
            _field("requester_only", time_field, "120", "2026-07-06 12:00:00"),
            _field("shared_domain", time_field, "60", "2026-07-06 12:00:00"),
        ],
    )


def plant_deals(company: Path) -> None:
    """Add the CRM quirks: pushes, a win-back, late and orphaned history, a probability that is no probability."""
    names = ("pushed", "reopened", "late_history", "omitted", "half_sure", "no_created")
    add_rows(company, "salesforce/account", [_account(name) for name in names])
    add_rows(
        company,
        "salesforce/opportunity",
        [
            _deal("pushed", close_date="2026-12-31"),
            _deal("reopened", stage_name="Closed Won", is_closed=True, is_won=True, close_date="2026-10-05"),
            # written with 15 characters by one page of the export and with 18 by another
            {**_deal("late_history"), "id": short_id("006", "late_history")},
            _deal("omitted", forecast_category_name="Omitted"),
            _deal("half_sure", probability=65.0),
            _deal("no_created", created_date=None),
            _deal("orphan", account_id=account("never_delivered")),
            _deal("nobodys", account_id=None),
        ],
    )
    add_rows(
        company,
        "salesforce/opportunity_history",
        [
            _change("pushed", 1, "2026-07-01 09:00:00", "Qualification", "2026-09-30"),
            _change("pushed", 2, "2026-08-01 09:00:00", "Proposal", "2026-10-31"),
            # brought forward once, which is no push
            _change("pushed", 3, "2026-09-01 09:00:00", "Proposal", "2026-10-15"),
            _change("pushed", 4, "2026-10-01 09:00:00", "Proposal", "2026-12-31"),
            _change("reopened", 1, "2026-07-01 09:00:00", "Proposal", "2026-09-30"),
            _change("reopened", 2, "2026-08-01 09:00:00", "Closed Lost", "2026-08-01"),
            _change("reopened", 3, "2026-09-01 09:00:00", "Proposal", "2026-10-31"),
            _change("reopened", 4, "2026-10-05 09:00:00", "Closed Won", "2026-10-05"),
            # the first change came with the last load
            _change("late_history", 2, "2026-09-01 09:00:00", "Proposal", "2026-12-15"),
            _change("late_history", 1, "2026-07-01 09:00:00", "Qualification", "2026-12-15"),
            _change("no_created", 1, "2026-07-04 09:00:00", "Proposal", "2026-12-15"),
            _change("never_delivered", 1, "2026-07-04 09:00:00", "Proposal", "2026-12-15"),
        ],
    )


def plant_all(company: Path, time_field: str) -> None:
    """Plant every quirk in a demo company."""
    plant_billing(company)
    plant_identity(company)
    plant_support(company, time_field)
    plant_deals(company)
