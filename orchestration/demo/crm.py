"""Salesforce tables that describe who and what: accounts, contacts, users, deals, lines, products,
contracts."""

import numpy as np
import pyarrow.compute as pc

from orchestration.demo import columns as col
from orchestration.demo import names
from orchestration.demo.history import (
    BOOLEAN_SIGNALS,
    DEFAULT_PROBABILITY,
    FIELD_MAP,
    FORECAST,
    FORECAST_OF_STAGE,
    NUMERIC_SIGNALS,
    STAGES,
    History,
)
from orchestration.demo.ids import salesforce_id
from orchestration.demo.marketing import campaign_of_deals
from orchestration.demo.opportunities import (
    COMPETITORS,
    CURRENCIES,
    DEAL_TYPES,
    LOSS_REASONS,
    LOST,
    N_STAGES,
    NEW_BUSINESS,
    PLANS,
    RENEWAL,
    WON,
)
from orchestration.demo.segments import LEAD_SOURCES
from orchestration.demo.settings import DAY, Arr, add_months
from orchestration.demo.world import World

COUNTRIES = (
    "United States",
    "Canada",
    "United Kingdom",
    "Germany",
    "France",
    "Netherlands",
    "Spain",
    "Ireland",
)
COUNTRY_CODES = ("US", "CA", "GB", "DE", "FR", "NL", "ES", "IE")
PRODUCTS = (
    "Northlight Starter",
    "Northlight Growth",
    "Northlight Enterprise",
    "Northlight Insights",
    "Services Day",
)
PRODUCT_CODES = ("NL-START", "NL-GROW", "NL-ENT", "NL-INS", "NL-SVC")
FAMILIES = ("Recurring", "Recurring", "Recurring", "Recurring", "Services")


def accounts_table(world: World) -> col.Columns:
    """salesforce.account: one row per account that ever had a deal."""
    rng = world.settings.rng("account-table")
    people = world.people
    table = people.accounts
    n = len(table)
    who = np.arange(n)
    is_customer = who < len(world.life.customers)
    deals = world.deals
    newest = deals.groupby("account").tail(1)
    owner = np.zeros(n, dtype=np.int64)
    owner[newest["account"]] = world.owner_now[newest.index]
    source = np.full(n, -1)
    first = deals[deals["kind"] == NEW_BUSINESS].groupby("account").head(1)
    source[first["account"]] = first["source"]
    # the web address as people type it
    style = rng.integers(0, 3, n)
    website = pc.if_else(
        style == 0,
        col.glue("https://www.", people.domain, "/"),
        pc.if_else(style == 1, people.domain, col.glue("WWW.", pc.utf8_upper(people.domain))),
    )
    created = table["created"].to_numpy().astype(float)
    modified = np.minimum(created + rng.integers(0, 400, n) * DAY, world.settings.now - DAY)
    return {
        "id": salesforce_id("001", who),
        "name": people.name,
        "is_deleted": col.flag(np.zeros(n, dtype=bool)),
        "created_date": col.ts(np.where(rng.random(n) < 0.03, np.nan, created)),
        "master_record_id": salesforce_id("001", np.full(n, -1)),
        "parent_id": salesforce_id("001", np.where(rng.random(n) < 0.04, rng.integers(0, n, n), -1)),
        "owner_id": salesforce_id("005", owner),
        "type": col.pick(("Customer", "Prospect"), np.where(is_customer, 0, 1)),
        "industry": col.pick(names.INDUSTRIES, np.where(rng.random(n) < 0.05, -1, table["industry"])),
        "annual_revenue": col.decimal(
            np.where(rng.random(n) < 0.4, np.nan, np.rint(table["employees"] * rng.uniform(90, 260, n)) * 100_000)
        ),
        "number_of_employees": col.whole(np.where(rng.random(n) < 0.15, np.nan, table["employees"])),
        "billing_country": col.pick(COUNTRIES, table["country"]),
        "billing_country_code": col.pick(COUNTRY_CODES, table["country"]),
        "website": col.blank(website, rng.random(n) < 0.06),
        "account_source": col.pick(LEAD_SOURCES, source),
        "currency_iso_code": col.pick(CURRENCIES, table["currency"]),
        "system_modstamp": col.ts(modified),
    }


def contact_people(world: World) -> tuple[Arr, Arr, Arr]:
    """Account number and numbers of first and last name of every contact."""
    people = world.people
    account = np.repeat(np.arange(len(people.contact_count)), people.contact_count)
    first, last = names.people(len(account), world.settings.rng("contacts"))
    return account, first, last


def contact_email(world: World, account: Arr, first: Arr, last: Arr) -> col.Columns:
    """E-mail addresses `first.last@domain` of contacts."""
    address = col.glue(
        pc.utf8_lower(col.pick(names.FIRST_NAMES, first)),
        ".",
        pc.utf8_lower(col.pick(names.LAST_NAMES, last)),
        "@",
        world.people.domain.take(col.whole(account)),
    )
    return {"email": address}


def contacts_table(world: World) -> col.Columns:
    """salesforce.contact: the people of every account."""
    rng = world.settings.rng("contact-table")
    account, first, last = contact_people(world)
    n = len(account)
    created = world.people.accounts["created"].to_numpy()[account] + rng.integers(0, 40, n) * DAY
    created = np.minimum(created, world.settings.now - DAY).astype(float)
    email = contact_email(world, account, first, last)["email"]
    title = rng.integers(0, len(names.TITLES), n)
    return {
        "id": salesforce_id("003", np.arange(n)),
        "account_id": salesforce_id("001", np.where(rng.random(n) < 0.01, -1, account)),
        "email": col.blank(email, rng.random(n) < 0.05),
        "title": col.pick(names.TITLES, np.where(rng.random(n) < 0.1, -1, title)),
        "department": col.pick(names.DEPARTMENTS, np.where(rng.random(n) < 0.3, -1, title // 2)),
        "created_date": col.ts(np.where(rng.random(n) < 0.02, np.nan, created)),
        "is_deleted": col.flag(np.zeros(n, dtype=bool), missing=rng.random(n) < 0.02),
    }


def users_table(world: World) -> col.Columns:
    """salesforce.user: sellers and their managers, with weekly selling hours."""
    sellers = world.people.sellers
    n = len(sellers)
    first = col.pick(names.FIRST_NAMES, sellers["first"])
    last = col.pick(names.LAST_NAMES, sellers["last"])
    manager = sellers["is_manager"].to_numpy()
    return {
        "id": salesforce_id("005", np.arange(n)),
        "name": col.glue(first, " ", last),
        "is_active": col.flag(sellers["active"]),
        "email": col.glue(pc.utf8_lower(first), ".", pc.utf8_lower(last), "@northlight.example"),
        "manager_id": salesforce_id("005", sellers["manager"].to_numpy()),
        "user_role_id": salesforce_id("00E", np.where(manager, 0, 1)),
        "title": col.pick(("Account Executive", "Sales Manager"), manager.astype(int)),
        "department": col.same("Sales", n),
        "weekly_capacity_hours_c": col.number(sellers["capacity"], 1),
    }


def roles_table() -> col.Columns:
    """salesforce.user_role."""
    return {
        "id": salesforce_id("00E", np.arange(2)),
        "name": col.pick(("Sales Management", "Account Executives"), np.arange(2)),
        "parent_role_id": salesforce_id("00E", np.array([-1, 0])),
    }


def stages_table() -> col.Columns:
    """salesforce.opportunity_stage: six open stages, won and lost, and one retired stage."""
    words = (*STAGES, "Demo Scheduled")
    code = np.arange(9)
    return {
        "id": salesforce_id("01J", code),
        "api_name": col.pick(words, code),
        "master_label": col.pick(words, code),
        "is_active": col.flag(code < 8),
        "sort_order": col.whole(np.array([1, 2, 3, 5, 6, 8, 9, 10, 4])),
        "is_closed": col.flag((code == WON) | (code == LOST)),
        "is_won": col.flag(code == WON),
        "forecast_category_name": col.pick(FORECAST, np.append(FORECAST_OF_STAGE, 1)),
        "default_probability": col.number(np.append(DEFAULT_PROBABILITY, 15), 1),
    }


def opportunities_table(world: World, history: History) -> col.Columns:
    """salesforce.opportunity: the present row of each deal, with all that today's row gives away."""
    settings, deals, state = world.settings, world.deals, history.state
    rng = settings.rng("opportunity-table")
    n = len(deals)
    stage = state["stage"].to_numpy()
    amount = state["amount"].to_numpy().astype(float)
    probability = state["probability"].to_numpy()
    kind = deals["kind"].to_numpy()
    term = deals["term"].to_numpy()
    account = deals["account"].to_numpy()
    plan = deals["plan"].to_numpy()
    name = world.people.name.take(col.whole(account))
    first_name = col.glue(name, " - ", col.pick(PLANS, plan), " (", col.text(term), " mo)")
    expansion_name = col.glue(name, " - add ", col.text(deals["seats"].to_numpy()), " seats")
    renewal_name = col.glue(name, " - ", col.pick(PLANS, plan), " renewal (", col.text(term), " mo)")
    title = pc.if_else(kind == NEW_BUSINESS, first_name, pc.if_else(kind == RENEWAL, renewal_name, expansion_name))
    modified = state["modified"].to_numpy()
    steps = ("Send recap", "Book technical session", "Agree close plan", "Legal review", "Chase signature")
    step = np.where((stage < N_STAGES) & (rng.random(n) < 0.7), np.minimum(stage, 4), -1)
    close_day = state["close_day"].to_numpy()
    month = close_day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    table: col.Columns = {
        "id": salesforce_id("006", np.arange(n)),
        "account_id": salesforce_id("001", np.where((stage == LOST) & (rng.random(n) < 0.01), -1, account)),
        "name": title,
        "stage_name": col.pick(STAGES, stage),
        "amount": col.decimal(amount),
        "probability": col.number(probability, 1),
        "expected_revenue": col.decimal(np.rint(amount * probability / 100)),
        "close_date": col.day(close_day),
        "created_date": col.ts(np.where(rng.random(n) < 0.005, np.nan, deals["created"].to_numpy().astype(float))),
        "is_closed": col.flag(stage >= N_STAGES),
        "is_won": col.flag(stage == WON),
        "is_deleted": col.flag(np.zeros(n, dtype=bool)),
        "type": col.pick(DEAL_TYPES, np.where(rng.random(n) < 0.01, -1, kind)),
        "owner_id": salesforce_id(
            "005", np.where(world.owner_moved < settings.now, world.owner_now, world.owner_first)
        ),
        "forecast_category_name": col.pick(FORECAST, FORECAST_OF_STAGE[stage]),
        "lead_source": col.pick(LEAD_SOURCES, deals["source"].to_numpy()),
        "campaign_id": salesforce_id("701", campaign_of_deals(world)),
        "record_type_id": salesforce_id("012", np.where(kind == RENEWAL, 1, 0)),
        "next_step": col.pick(steps, step),
        "has_opportunity_line_item": col.flag(stage >= 3),
        "fiscal_year": col.whole(month // 12 + 1970),
        "fiscal_quarter": col.whole(month % 12 // 3 + 1),
        "currency_iso_code": col.pick(CURRENCIES, deals["currency"].to_numpy()),
        "contract_id": salesforce_id("800", contract_of_deals(world)),
        "last_stage_change_date": col.ts(state["stage_since"].to_numpy()),
        "system_modstamp": col.ts(modified),
    }
    for signal, column in FIELD_MAP.items():
        value = state[signal].to_numpy()
        if signal == "services_amount":
            table[column] = col.decimal(value)
        elif signal in NUMERIC_SIGNALS:
            table[column] = col.number(value, 2)
        elif signal in BOOLEAN_SIGNALS:
            table[column] = col.flag(value)
        else:
            table[column] = col.pick(COMPETITORS if signal == "competitor" else LOSS_REASONS, value)
    return table


def contract_of_deals(world: World) -> Arr:
    """Contract number of each deal, -1 where none was filed: most won first sales and renewals have one."""
    rng = world.settings.rng("contracts")
    deals = world.deals
    won = deals["won"].to_numpy() & (deals["closed"].to_numpy() < world.settings.now)
    share = np.where(deals["term"].to_numpy() == 1, 0.7, 0.92)
    filed = won & (deals["kind"].to_numpy() != 1) & (rng.random(len(deals)) < share)
    contracts: Arr = np.where(filed, np.cumsum(filed) - 1, -1)
    return contracts


def contracts_table(world: World) -> col.Columns:
    """salesforce.contract: term, start and end of most won deals."""
    settings, deals, customers = world.settings, world.deals, world.life.customers
    rng = settings.rng("contract-table")
    row = np.flatnonzero(contract_of_deals(world) >= 0)
    n = len(row)
    customer = np.full(len(deals), -1)
    customer[customers["deal"]] = np.arange(len(customers))
    kind = deals["kind"].to_numpy()[row]
    owner_of = np.where(kind == RENEWAL, deals["customer"].to_numpy()[row], customer[row])
    term = deals["term"].to_numpy()[row]
    first = customers["start_day"].to_numpy()[owner_of]
    closed = deals["closed"].to_numpy()[row] // DAY
    # a renewal starts on the anniversary that follows its signature
    years = np.maximum(1, np.rint((closed - first) / 365.25)).astype(np.int64)
    start = np.where(kind == RENEWAL, add_months(first, 12 * years), first)
    end = add_months(start, term) - 1
    ended = customers["end_day"].to_numpy()[owner_of] <= settings.as_of_day
    status = np.where(ended, 1, np.where(end < settings.as_of_day, np.where(term == 1, 0, 2), 0))
    return {
        "id": salesforce_id("800", np.arange(n)),
        "account_id": salesforce_id("001", deals["account"].to_numpy()[row]),
        "status": col.pick(("Activated", "Terminated", "Expired"), status),
        "start_date": col.day(start),
        "end_date": col.day(end),
        "contract_term": col.whole(np.where(rng.random(n) < 0.03, np.nan, term.astype(float))),
        "contract_number": col.glue("C-", pc.utf8_lpad(col.text(np.arange(n) + 1), 8, "0")),
        "activated_date": col.ts(closed * DAY + 17 * 3600),
        "customer_signed_date": col.day(closed),
        "owner_id": salesforce_id("005", world.owner_first[row]),
        "is_deleted": col.flag(np.zeros(n, dtype=bool)),
    }


def line_items_table(world: World, history: History) -> col.Columns:
    """salesforce.opportunity_line_item: one recurring line per quoted deal; services are a statement of work
    of their own."""
    deals, state = world.deals, history.state
    row = np.flatnonzero((state["stage"].to_numpy() >= 3) & ~np.isnan(state["amount"].to_numpy()))
    n = len(row)
    seats = deals["seats"].to_numpy()[row]
    listed = deals["list_amount"].to_numpy()[row]
    total = state["amount"].to_numpy()[row]
    unit = np.rint(total / np.maximum(seats, 1))
    at = world.deals["created"].to_numpy()[row] + 3600
    plan = deals["plan"].to_numpy()[row]
    return {
        "id": salesforce_id("00k", np.arange(n)),
        "opportunity_id": salesforce_id("006", row),
        "product_2_id": salesforce_id("01t", plan),
        "quantity": col.number(seats.astype(float), 2),
        "unit_price": col.decimal(unit),
        "list_price": col.decimal(np.rint(listed / np.maximum(seats, 1))),
        "total_price": col.decimal(total),
        "discount": col.number(np.where(listed > 0, 100 * (1 - total / np.maximum(listed, 1)), np.nan).clip(0), 2),
        "product_code": col.pick(PRODUCT_CODES, plan),
        "created_date": col.ts(at),
        "is_deleted": col.flag(np.zeros(n, dtype=bool), missing=np.ones(n, dtype=bool)),
    }


def products_table() -> col.Columns:
    """salesforce.product_2: three plans, an add-on and services."""
    code = np.arange(len(PRODUCTS))
    return {
        "id": salesforce_id("01t", code),
        "name": col.pick(PRODUCTS, code),
        "family": col.pick(FAMILIES, code),
        "product_code": col.pick(PRODUCT_CODES, code),
        "is_active": col.flag(np.ones(len(code), dtype=bool)),
        "is_deleted": col.flag(np.zeros(len(code), dtype=bool)),
    }


def record_types_table() -> col.Columns:
    """salesforce.record_type."""
    return {
        "id": salesforce_id("012", np.arange(2)),
        "name": col.pick(("New and Expansion", "Renewal"), np.arange(2)),
        "developer_name": col.pick(("New_and_Expansion", "Renewal"), np.arange(2)),
        "sobject_type": col.same("Opportunity", 2),
        "is_active": col.flag(np.ones(2, dtype=bool)),
    }
