"""Stripe: customers, subscriptions, invoices with prorations and coupons, payments, credits.

All money is in minor units of the row's currency. An invoice's total is the sum of its lines less its coupon
plus tax.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo import columns as col
from orchestration.demo.crm import PRODUCTS, contact_email, contact_people
from orchestration.demo.ids import salesforce_id, stripe_id
from orchestration.demo.lifecycle import seats_on
from orchestration.demo.merges import Merges, referenced
from orchestration.demo.opportunities import CURRENCIES, annual_price
from orchestration.demo.settings import DAY, Arr, add_months, month_index
from orchestration.demo.world import World

_LOWER = tuple(currency.lower() for currency in CURRENCIES)
SERVICES_UNIT = 50_000
_SERVICES_PRICE = 24  # prices 0-23: product * 6 + currency * 2 + (0 month, 1 year); then one per currency
MAIN, ADD_ON, RETURN, TEST = 0, 1, 2, 3


@dataclass(frozen=True)
class Billing:
    """Billing in numbers: subscriptions, invoices and their lines, one row each, numbered from zero."""

    subscriptions: pd.DataFrame
    invoices: pd.DataFrame
    lines: pd.DataFrame


def price_number(product: Arr, currency: Arr, interval: Arr) -> Arr:
    """Number of a recurring price."""
    numbers: Arr = product * 6 + currency * 2 + (interval != 1)
    return numbers


def bill(world: World) -> Billing:
    """Draw subscriptions, then everything that was invoiced until the extraction."""
    subscriptions = _subscriptions(world)
    invoices, lines = _invoices(world, subscriptions)
    return Billing(subscriptions, invoices, lines)


def _subscriptions(world: World) -> pd.DataFrame:
    settings, customers = world.settings, world.life.customers
    rng = settings.rng("subscriptions")
    base = pd.DataFrame(
        {
            "customer": np.arange(len(customers)),
            "kind": MAIN,
            "product": customers["plan"],
            "currency": customers["currency"],
            "interval": customers["interval"],
            "start_day": customers["start_day"],
            "start_second": customers["start_second"],
            "end_day": customers["end_day"],
            "coupon": customers["discount"],
            "seats": customers["seats"],
            "term": customers["term"],
            "deal": customers["deal"],
        }
    )
    extra = base[rng.random(len(base)) < 0.05].copy()
    extra["kind"] = ADD_ON
    extra["product"] = 3
    extra["interval"] = 1
    extra["coupon"] = 0
    extra["start_day"] = add_months(extra["start_day"].to_numpy(), rng.integers(2, 14, len(extra)))
    extra["deal"] = -1
    extra = extra[extra["start_day"] < extra["end_day"]]
    back = base[(base["end_day"] < settings.as_of_day - 90) & (rng.random(len(base)) < 0.06)].copy()
    back["kind"] = RETURN
    back["start_day"] = back["end_day"] + rng.integers(45, 85, len(back))
    back["end_day"] = 1_000_000
    back["seats"] = np.maximum(1, np.rint(back["seats"] * 0.6)).astype(np.int64)
    back["interval"] = 1
    back["term"] = 1
    back["coupon"] = 0
    back["deal"] = -1
    test = base.head(max(4, len(base) // 150)).copy()
    test["kind"] = TEST
    test["customer"] = len(customers) + np.arange(len(test))
    test["end_day"] = 1_000_000
    test["deal"] = -1
    table = pd.concat([base, extra, back, test], ignore_index=True)
    begun = table["start_day"] * DAY + table["start_second"] < settings.now
    table = table[begun].reset_index(drop=True)
    table["unit"] = annual_price(
        table["product"].to_numpy(), table["currency"].to_numpy(), table["interval"].to_numpy()
    )
    table["price"] = price_number(
        table["product"].to_numpy(), table["currency"].to_numpy(), table["interval"].to_numpy()
    )
    ended = table["end_day"] * DAY + table["start_second"] < settings.now
    table["ended"] = ended
    last = np.where(ended, table["end_day"] - 1, settings.as_of_day)
    grows = table["kind"].to_numpy() == MAIN
    now_seats = table["seats"].to_numpy().copy()
    who = table["customer"].to_numpy()
    now_seats[grows] = _seats_as_of(world, who[grows], last[grows], table["start_second"].to_numpy()[grows])
    table["seats_now"] = now_seats
    # the decision to leave comes before the end, sometimes on the last day
    ahead = rng.integers(0, 45, len(table))
    cancel_day = np.maximum(table["end_day"] - ahead, table["start_day"] + 1)
    known = cancel_day * DAY + table["start_second"] < settings.now
    table["cancel_at"] = np.where(
        (table["end_day"] < 1_000_000) & known, cancel_day * DAY + table["start_second"] - 1, np.nan
    ).astype(float)
    return table


def _seats_as_of(world: World, customer: Arr, day: Arr, second: Arr) -> Arr:
    """Seats at the extraction: a change later on the extraction's own day has not happened yet."""
    late = (day == world.settings.as_of_day) & (day * DAY + second >= world.settings.now)
    return seats_on(world.life, customer, day - late)


def _invoices(world: World, subs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    settings, customers = world.settings, world.life.customers
    rng = settings.rng("invoices")
    # recurring: one line each
    months = month_index(np.full(len(subs), settings.as_of_day)) - month_index(subs["start_day"].to_numpy())
    count = months // subs["interval"].to_numpy() + 1
    row = np.repeat(np.arange(len(subs)), count)
    turn = np.arange(len(row)) - np.repeat(np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    sub = subs.iloc[row].reset_index(drop=True)
    start = add_months(sub["start_day"].to_numpy(), turn * sub["interval"].to_numpy())
    end = add_months(sub["start_day"].to_numpy(), (turn + 1) * sub["interval"].to_numpy())
    due = (start * DAY + sub["start_second"].to_numpy() < settings.now) & (start < sub["end_day"].to_numpy())
    seats = sub["seats"].to_numpy().copy()
    main = sub["kind"].to_numpy() == MAIN
    seats[main] = seats_on(world.life, sub["customer"].to_numpy()[main], start[main])
    recurring = pd.DataFrame(
        {
            "sub": row,
            "day": start,
            "start": start,
            "end": end,
            "quantity": seats,
            "amount": sub["unit"].to_numpy() * seats,
            "price": sub["price"].to_numpy(),
            "reason": np.where(turn == 0, 0, 1),
        }
    )[due]
    # seat increases inside a period: credit for the unused old quantity, charge for the new one
    of_customer = np.full(len(customers), -1)
    is_main = subs["kind"].to_numpy() == MAIN
    of_customer[subs["customer"].to_numpy()[is_main]] = np.flatnonzero(is_main)
    changes = world.life.changes
    changes = changes[~changes["is_renewal"]]
    changed = of_customer[changes["customer"].to_numpy()]
    changes, changed = changes[changed >= 0], changed[changed >= 0]
    sub = subs.iloc[changed].reset_index(drop=True)
    day = changes["day"].to_numpy()
    first = changes["age"].to_numpy() // sub["interval"].to_numpy() * sub["interval"].to_numpy()
    start = add_months(sub["start_day"].to_numpy(), first)
    end = add_months(sub["start_day"].to_numpy(), first + sub["interval"].to_numpy())
    happened = day * DAY + sub["start_second"].to_numpy() < settings.now
    left = (end - day) / (end - start)
    frames = [recurring]
    for sign, quantity in ((-1, changes["before"].to_numpy()), (1, changes["after"].to_numpy())):
        frames.append(
            pd.DataFrame(
                {
                    "sub": changed,
                    "day": day,
                    "start": day,
                    "end": end,
                    "quantity": quantity,
                    "amount": (sign * np.rint(sub["unit"].to_numpy() * quantity * left)).astype(np.int64),
                    "price": sub["price"].to_numpy(),
                    "reason": 2,
                }
            )[happened]
        )
    # services: billed apart, without coupon, three weeks after the start
    row = of_customer[np.flatnonzero((customers["services"] > 0).to_numpy())]
    row = row[row >= 0]
    row = row[subs["start_day"].to_numpy()[row] + 21 < settings.as_of_day]
    sub = subs.iloc[row]
    quantity = customers["services"].to_numpy()[sub["customer"]] // SERVICES_UNIT
    frames.append(
        pd.DataFrame(
            {
                "sub": row,
                "day": sub["start_day"].to_numpy() + 21,
                "start": sub["start_day"].to_numpy(),
                "end": sub["start_day"].to_numpy() + 60,
                "quantity": quantity,
                "amount": quantity * SERVICES_UNIT,
                "price": _SERVICES_PRICE + sub["currency"].to_numpy(),
                "reason": 3,
            }
        )[quantity > 0]
    )
    lines = pd.concat(frames, ignore_index=True)
    lines = lines.sort_values(["day", "sub", "reason"], kind="stable").reset_index(drop=True)
    key = lines["sub"].to_numpy().astype(np.int64) * 10_000_000_000 + lines["day"] * 10 + lines["reason"]
    changed_key = np.append(True, key.to_numpy()[1:] != key.to_numpy()[:-1])
    lines["invoice"] = np.cumsum(changed_key) - 1
    invoices = lines.groupby("invoice", sort=True).agg(
        sub=("sub", "first"),
        day=("day", "first"),
        reason=("reason", "first"),
        subtotal=("amount", "sum"),
        start=("start", "min"),
        end=("end", "max"),
    )
    invoices = invoices.reset_index(drop=True)
    # 0.5 % were voided at once and issued again
    void = np.flatnonzero(rng.random(len(invoices)) < 0.005)
    invoices["is_void"] = False
    copies = invoices.iloc[void].copy()
    copies["is_void"] = True
    number = np.full(len(invoices), -1)
    number[void] = len(invoices) + np.arange(len(void))
    copied = lines[number[lines["invoice"].to_numpy()] >= 0].copy()
    copied["invoice"] = number[copied["invoice"].to_numpy()]
    invoices = pd.concat([invoices, copies], ignore_index=True)
    lines = pd.concat([lines, copied], ignore_index=True)
    sub = subs.iloc[invoices["sub"].to_numpy()].reset_index(drop=True)
    coupon = np.where(invoices["reason"] == 3, 0, sub["coupon"].to_numpy())
    subtotal = invoices["subtotal"].to_numpy()
    invoices["discount"] = (subtotal * coupon + 50) // 100
    taxed = (sub["currency"].to_numpy() == 2) & (sub["customer"].to_numpy() % 5 == 0)
    net = subtotal - invoices["discount"].to_numpy()
    invoices["tax"] = np.where(taxed, (net * 20 + 50) // 100, 0)
    invoices["total"] = net + invoices["tax"].to_numpy()
    invoices["currency"] = sub["currency"].to_numpy()
    invoices["customer"] = sub["customer"].to_numpy()
    invoices["livemode"] = sub["kind"].to_numpy() != TEST
    created = invoices["day"].to_numpy() * DAY + sub["start_second"].to_numpy()
    invoices["created"] = created
    deal = sub["deal"].to_numpy()
    days_due = np.where(deal >= 0, world.deals["payment_terms"].to_numpy()[deal.clip(0)], 30)
    by_card = sub["term"].to_numpy() == 1
    lag = np.where(by_card, 3_700, days_due * DAY * rng.uniform(0.4, 1.35, len(invoices)))
    bad = rng.random(len(invoices)) < 0.006
    given_up = created + 120 * DAY
    paid_at = np.where(bad | invoices["is_void"], np.nan, np.floor(created + lag))
    invoices["paid_at"] = np.where(paid_at < settings.now, paid_at, np.nan)
    invoices["due"] = np.where(by_card, np.nan, created + days_due * DAY).astype(float)
    invoices["bad_at"] = np.where(bad & ~invoices["is_void"] & (given_up < settings.now), given_up, np.nan)
    finalized = created + 3_600
    invoices["finalized"] = np.where(finalized < settings.now, finalized, np.nan).astype(float)
    # 0.6 % of the paid ones were credited in part or whole, about a third of those before payment
    credited = (rng.random(len(invoices)) < 0.006) & invoices["paid_at"].notna() & (invoices["total"] > 1000)
    share = rng.choice(np.array([0.1, 0.25, 0.5, 1.0]), len(invoices), p=[0.4, 0.3, 0.2, 0.1])
    before = (rng.random(len(invoices)) < 0.35) & ~by_card & (share < 1)
    amount = np.floor(invoices["total"] * share).astype(np.int64)
    at = np.where(before, created + 2 * DAY, invoices["paid_at"] + rng.integers(2, 25, len(invoices)) * DAY)
    credited &= at < np.where(before, invoices["paid_at"], settings.now)
    invoices["credit_pre"] = np.where(credited & before, amount, 0)
    invoices["credit_post"] = np.where(credited & ~before, amount, 0)
    invoices["credit_at"] = np.where(credited, at, np.nan)
    return invoices, lines


def tables(world: World, billing: Billing, merges: Merges) -> dict[str, col.Columns]:
    """All Stripe tables by name."""
    return {
        "customer": _customers(world, billing, merges),
        "product": _products(world),
        "price": _prices(world),
        "subscription_history": _subscription_history(world, billing),
        "subscription_item": _items(world, billing),
        "invoice": _invoice_table(billing),
        "invoice_line_item": _line_table(world, billing),
        **_payments(world, billing),
        "coupon": _coupons(),
        "subscription_discount": _discounts(billing),
    }


def _customers(world: World, billing: Billing, merges: Merges) -> col.Columns:
    rng = world.settings.rng("stripe-customers")
    subs = billing.subscriptions
    first = subs.drop_duplicates("customer").sort_values("customer")
    who = first["customer"].to_numpy()
    n = len(who)
    is_test = first["kind"].to_numpy() == TEST
    account = np.where(
        is_test, 0, world.life.customers["account"].to_numpy()[who.clip(0, len(world.life.customers) - 1)]
    )
    _, first_name, last_name = contact_people(world)
    contact = world.people.contact_start[account]
    email = contact_email(world, account, first_name[contact], last_name[contact])["email"]
    domain = world.people.domain.take(col.whole(account))
    style = rng.random(n)
    email = pc.if_else(style < 0.72, email, pc.if_else(style < 0.93, col.glue("billing@", domain), email))
    free = col.glue("payments.", col.text(who), "@gmail.com")
    email = col.blank(pc.if_else(style > 0.965, free, email), (style > 0.93) & (style <= 0.965))
    email = pc.if_else(is_test, "test@northlight.example", email)
    known = (rng.random(n) < 0.93) & ~is_test
    reference = referenced(world, merges, account, "stripe", 0.15)
    metadata = col.glue('{"salesforce_account_id": "', reference, '", "signup": "web"}')
    metadata = pc.if_else(known, metadata, pc.if_else(rng.random(n) < 0.5, "{}", pa.scalar(None, pa.string())))
    name = pc.if_else(is_test, "Test customer", world.people.name.take(col.whole(account)))
    return {
        "id": stripe_id("cus_", who),
        "created": col.ts(first["start_day"].to_numpy() * DAY + first["start_second"].to_numpy() - 600),
        "email": email,
        "metadata": metadata,
        "livemode": col.flag(~is_test),
        "name": name,
        "currency": col.pick(_LOWER, first["currency"].to_numpy()),
        "balance": col.whole(np.zeros(n, dtype=np.int64)),
        "delinquent": col.flag(np.zeros(n, dtype=bool)),
        "is_deleted": col.flag(np.zeros(n, dtype=bool)),
    }


def product_ids() -> pa.Array:
    """Stripe product ids in the order of `crm.PRODUCTS`."""
    return stripe_id("prod_", np.arange(len(PRODUCTS)))


def _products(world: World) -> col.Columns:
    n = len(PRODUCTS)
    return {
        "id": product_ids(),
        "name": pa.array(PRODUCTS),
        "active": col.flag(np.ones(n, dtype=bool)),
        "type": col.same("service", n),
        "created": col.ts(np.full(n, (world.settings.first_day - 200) * DAY)),
        "livemode": col.flag(np.ones(n, dtype=bool)),
        "is_deleted": col.flag(np.zeros(n, dtype=bool)),
    }


def _prices(world: World) -> col.Columns:
    number = np.arange(_SERVICES_PRICE + 3)
    n = len(number)
    one_time = number >= _SERVICES_PRICE
    product = np.where(one_time, 4, number // 6)
    currency = np.where(one_time, number - _SERVICES_PRICE, number % 6 // 2)
    yearly = (number % 2 == 1) & ~one_time
    unit = annual_price(product.clip(0, 3), currency, np.where(yearly, 12, 1))
    unit = np.where(one_time, SERVICES_UNIT, unit)
    interval = np.where(one_time, -1, yearly.astype(int))
    # some prices are stored with decimals only
    decimals_only = number == 1
    return {
        "id": stripe_id("price_", number),
        "product_id": product_ids().take(col.whole(product)),
        "currency": col.pick(_LOWER, currency),
        "unit_amount": col.whole(np.where(decimals_only, np.nan, unit)),
        "unit_amount_decimal": col.text(unit).cast(pa.decimal128(38, 12)),
        "recurring_interval": col.pick(("month", "year"), interval),
        "recurring_interval_count": col.whole(np.where(one_time, np.nan, 1.0)),
        "recurring_usage_type": col.pick(("licensed",), np.where(one_time, -1, 0)),
        "billing_scheme": col.same("per_unit", n),
        "type": col.pick(("recurring", "one_time"), one_time.astype(int)),
        "active": col.flag(np.ones(n, dtype=bool)),
        "created": col.ts(np.full(n, (world.settings.first_day - 200) * DAY)),
        "livemode": col.flag(np.ones(n, dtype=bool)),
        "is_deleted": col.flag(np.zeros(n, dtype=bool)),
    }


def _subscription_history(world: World, billing: Billing) -> col.Columns:
    settings, subs = world.settings, billing.subscriptions
    rng = settings.rng("subscription-history")
    n = len(subs)
    created = (subs["start_day"] * DAY + subs["start_second"]).to_numpy().astype(float)
    ended = np.where(subs["ended"], subs["end_day"] * DAY + subs["start_second"], np.nan).astype(float)
    cancel = subs["cancel_at"].to_numpy()
    late = np.where(rng.random(n) < 0.05, created + rng.uniform(20, 200, n) * DAY, np.nan)
    horizon = np.fmin(np.fmin(ended, cancel), settings.now) - 15 * DAY
    late = np.where(late < horizon, np.floor(late), np.nan)
    # versions: active, past due, active again, leaving, gone
    at = np.vstack([created, late, late + 9 * DAY, cancel, ended]).T
    row, version = np.nonzero(~np.isnan(at))
    begins = at[row, version]
    same_next = np.append(row[1:] == row[:-1], False)
    finishes = np.where(same_next, np.append(begins[1:], np.nan), np.nan)
    is_current = ~same_next
    sub = subs.iloc[row].reset_index(drop=True)
    leaving = version >= 3
    gone = version == 4
    deal = sub["deal"].to_numpy()
    has_deal = (deal >= 0) & (rng.random(n) < 0.92)[row]
    tells_term = (rng.random(n) < 0.6)[row]
    short = (rng.random(n) < 0.12)[row]
    opportunity = salesforce_id("006", np.maximum(deal, 0), short=short)
    both = col.glue(
        '{"salesforce_opportunity_id": "',
        opportunity,
        '", "contract_term_months": "',
        col.text(sub["term"].to_numpy()),
        '"}',
    )
    only = col.glue('{"salesforce_opportunity_id": "', opportunity, '"}')
    metadata = pc.if_else(has_deal & tells_term, both, pc.if_else(has_deal, only, "{}"))
    interval = sub["interval"].to_numpy()
    last_day = np.where(gone, sub["end_day"] - 1, np.minimum(begins // DAY, settings.as_of_day))
    last_day = np.where(is_current & ~gone, settings.as_of_day, last_day).astype(np.int64)
    passed = (month_index(last_day) - month_index(sub["start_day"].to_numpy())) // interval
    anniversary = add_months(sub["start_day"].to_numpy(), passed * interval)
    passed = np.maximum(passed - (anniversary > last_day), 0)
    period_start = add_months(sub["start_day"].to_numpy(), passed * interval) * DAY + sub["start_second"].to_numpy()
    period_end = add_months(sub["start_day"].to_numpy(), (passed + 1) * interval) * DAY + sub["start_second"].to_numpy()
    by_card = sub["term"].to_numpy() == 1
    reasons = ("cancellation_requested", "payment_failed")
    feedback = ("too_expensive", "unused", "missing_features", "switched_service", "other")
    return {
        "id": stripe_id("sub_", row),
        "customer_id": stripe_id("cus_", sub["customer"].to_numpy()),
        "status": col.pick(("active", "past_due", "canceled"), np.where(gone, 2, np.where(version == 1, 1, 0))),
        "created": col.ts(created[row]),
        "start_date": col.ts(created[row]),
        "cancel_at_period_end": col.flag(leaving),
        "canceled_at": col.ts(np.where(leaving, cancel[row], np.nan)),
        "ended_at": col.ts(np.where(gone, ended[row], np.nan)),
        "metadata": metadata,
        "livemode": col.flag(sub["kind"].to_numpy() != TEST),
        "current_period_start": col.ts(period_start),
        "current_period_end": col.ts(period_end),
        "billing": col.pick(("charge_automatically", "send_invoice"), (~by_card).astype(int)),
        "days_until_due": col.whole(np.where(by_card, np.nan, 30.0)),
        "quantity": col.whole(sub["seats_now"].to_numpy()),
        "cancellation_reason": col.pick(reasons, np.where(leaving, (rng.random(n) < 0.12)[row].astype(int), -1)),
        "cancellation_feedback": col.pick(
            feedback, np.where(leaving & (rng.random(n) < 0.5)[row], rng.integers(0, 5, n)[row], -1)
        ),
        "_fivetran_active": col.flag(is_current),
        "_fivetran_start": col.ts(begins),
        "_fivetran_end": col.ts(np.where(np.isnan(finishes), 253_402_214_400, finishes)),
    }


def _items(world: World, billing: Billing) -> col.Columns:
    subs = billing.subscriptions
    n = len(subs)
    return {
        "id": stripe_id("si_", np.arange(n)),
        "subscription_id": stripe_id("sub_", np.arange(n)),
        "plan_id": stripe_id("price_", subs["price"].to_numpy()),
        "quantity": col.whole(subs["seats_now"].to_numpy()),
        "created": col.ts((subs["start_day"] * DAY + subs["start_second"]).to_numpy()),
    }


def _invoice_table(billing: Billing) -> col.Columns:
    invoices = billing.invoices
    n = len(invoices)
    paid = invoices["paid_at"].notna().to_numpy()
    bad = invoices["bad_at"].notna().to_numpy()
    void = invoices["is_void"].to_numpy()
    draft = invoices["finalized"].isna().to_numpy() & ~paid & ~void
    status = np.where(void, 3, np.where(bad, 4, np.where(paid, 2, np.where(draft, 0, 1))))
    total = invoices["total"].to_numpy()
    pre = invoices["credit_pre"].to_numpy()
    due = total - pre
    amount_paid = np.where(paid, due, 0)
    reasons = ("subscription_create", "subscription_cycle", "subscription_update", "manual")
    created = invoices["created"].to_numpy()
    return {
        "id": stripe_id("in_", np.arange(n)),
        "customer_id": stripe_id("cus_", invoices["customer"].to_numpy()),
        "subscription_id": stripe_id("sub_", np.where(invoices["reason"] == 3, -1, invoices["sub"])),
        "status": col.pick(("draft", "open", "paid", "void", "uncollectible"), status),
        "created": col.ts(created),
        "currency": col.pick(_LOWER, invoices["currency"].to_numpy()),
        "subtotal": col.whole(invoices["subtotal"].to_numpy()),
        "tax": col.whole(np.where(invoices["tax"] > 0, invoices["tax"], np.nan)),
        "total": col.whole(total),
        "amount_due": col.whole(due),
        "amount_paid": col.whole(amount_paid),
        "amount_remaining": col.whole(np.where(void, 0, due - amount_paid)),
        "livemode": col.flag(invoices["livemode"].to_numpy()),
        "pre_payment_credit_notes_amount": col.whole(pre),
        "post_payment_credit_notes_amount": col.whole(invoices["credit_post"].to_numpy()),
        "billing_reason": col.pick(reasons, invoices["reason"].to_numpy()),
        "due_date": col.ts(invoices["due"].to_numpy()),
        "period_start": col.ts(invoices["start"].to_numpy() * DAY),
        "period_end": col.ts(invoices["end"].to_numpy() * DAY),
        "status_transitions_finalized_at": col.ts(invoices["finalized"].to_numpy()),
        "status_transitions_paid_at": col.ts(invoices["paid_at"].to_numpy()),
        "status_transitions_voided_at": col.ts(np.where(void, created + 4_000.0, np.nan)),
        "status_transitions_marked_uncollectible_at": col.ts(invoices["bad_at"].to_numpy()),
        "charge_id": stripe_id("ch_", np.where(paid & (due > 0), np.arange(n), -1)),
        "number": col.glue("NL-", pc.utf8_lpad(col.text(np.arange(n) + 1), 7, "0")),
        "is_deleted": col.flag(np.zeros(n, dtype=bool)),
    }


def _line_table(world: World, billing: Billing) -> col.Columns:
    rng = world.settings.rng("lines")
    subs, lines = billing.subscriptions, billing.lines
    n = len(lines)
    # temporary copies under the subscription's id, as older loads left them
    ghost = np.flatnonzero(rng.random(n) < 0.004)
    take = np.concatenate([np.arange(n), ghost])
    row = lines.iloc[take]
    sub = row["sub"].to_numpy()
    services = (row["reason"] == 3).to_numpy()
    proration = (row["reason"] == 2).to_numpy()
    second = np.where(services, 0, subs["start_second"].to_numpy()[sub])
    number = stripe_id("il_", np.arange(n))
    identity = pa.concat_arrays([number, stripe_id("sub_", sub[n:])])
    product = np.where(services, 4, subs["product"].to_numpy()[sub])
    texts = (
        *(f"Seat - {name}" for name in PRODUCTS[:4]),
        "Services Day",
        *(f"Unused time on {name}" for name in PRODUCTS[:4]),
        *(f"Remaining time on {name}" for name in PRODUCTS[:4]),
    )
    negative = proration & (row["amount"].to_numpy() < 0)
    words = np.where(negative, 5 + product.clip(0, 3), np.where(proration, 9 + product.clip(0, 3), product))
    return {
        "id": identity,
        "invoice_id": stripe_id("in_", row["invoice"].to_numpy()),
        "amount": col.whole(row["amount"].to_numpy()),
        "currency": col.pick(_LOWER, subs["currency"].to_numpy()[sub]),
        "quantity": col.whole(row["quantity"].to_numpy()),
        "proration": col.flag(proration),
        "period_start": col.ts(row["start"].to_numpy() * DAY + second),
        "period_end": col.ts(row["end"].to_numpy() * DAY + second),
        "livemode": col.flag(subs["kind"].to_numpy()[sub] != TEST),
        "subscription_id": stripe_id("sub_", np.where(services, -1, sub)),
        "subscription_item_id": stripe_id("si_", np.where(services, -1, sub)),
        "price_id": stripe_id("price_", row["price"].to_numpy()),
        "type": col.pick(("subscription", "invoiceitem"), (services | proration).astype(int)),
        "discountable": col.flag(~services),
        "description": col.pick(texts, words),
    }


def _payments(world: World, billing: Billing) -> dict[str, col.Columns]:
    """Charges, light payment intents, balance transactions, refunds, credit notes and disputes."""
    rng = world.settings.rng("payments")
    invoices = billing.invoices
    due = (invoices["total"] - invoices["credit_pre"]).to_numpy()
    paid = np.flatnonzero(invoices["paid_at"].notna().to_numpy() & (due > 0))
    failed = paid[rng.random(len(paid)) < 0.02]
    row = np.concatenate([paid, failed])
    ok = np.arange(len(row)) < len(paid)
    charge = np.concatenate([paid, len(invoices) + np.arange(len(failed))])
    at = invoices["paid_at"].to_numpy()[row] - np.where(ok, 0, 2 * DAY)
    at = np.maximum(at, invoices["created"].to_numpy()[row] + 60)
    amount = due[row]
    money = col.pick(_LOWER, invoices["currency"].to_numpy()[row])
    live = invoices["livemode"].to_numpy()[row]
    customer = invoices["customer"].to_numpy()[row]
    post = invoices["credit_post"].to_numpy()
    refunded = np.where(ok, post[row], 0)
    intent = ~ok | (np.arange(len(row)) % 5 == 0)
    charges: col.Columns = {
        "id": stripe_id("ch_", charge),
        "amount": col.whole(amount),
        "amount_refunded": col.whole(refunded),
        "currency": money,
        "status": col.pick(("succeeded", "failed"), (~ok).astype(int)),
        "created": col.ts(at),
        "livemode": col.flag(live),
        "customer_id": stripe_id("cus_", customer),
        "paid": col.flag(ok),
        "captured": col.flag(ok),
        "refunded": col.flag(refunded == amount),
        "balance_transaction_id": stripe_id("txn_", np.where(ok, charge, -1)),
        "invoice_id": stripe_id("in_", row),
        "payment_intent_id": stripe_id("pi_", np.where(intent, charge, -1)),
        "failure_code": col.pick(("card_declined",), np.where(ok, -1, 0)),
    }
    intents: col.Columns = {
        "id": stripe_id("pi_", charge[intent]),
        "amount": col.whole(amount[intent]),
        "currency": money.filter(pa.array(intent)),
        "status": col.pick(("succeeded", "requires_payment_method"), (~ok[intent]).astype(int)),
        "created": col.ts(at[intent] - 5),
        "livemode": col.flag(live[intent]),
        "customer_id": stripe_id("cus_", customer[intent]),
        "amount_received": col.whole(np.where(ok[intent], amount[intent], 0)),
        "last_payment_error_code": col.pick(("card_declined",), np.where(ok[intent], -1, 0)),
    }
    back = np.flatnonzero(post > 0)
    back_at = invoices["credit_at"].to_numpy()[back]
    back_money = col.pick(_LOWER, invoices["currency"].to_numpy()[back])
    base = 2 * len(invoices)
    refunds: col.Columns = {
        "id": stripe_id("re_", back),
        "charge_id": stripe_id("ch_", back),
        "amount": col.whole(post[back]),
        "currency": back_money,
        "status": col.same("succeeded", len(back)),
        "created": col.ts(back_at),
        "reason": col.same("requested_by_customer", len(back)),
        "balance_transaction_id": stripe_id("txn_", base + back),
        "customer_id": stripe_id("cus_", invoices["customer"].to_numpy()[back]),
    }
    credits = np.flatnonzero((post > 0) | (invoices["credit_pre"].to_numpy() > 0))
    is_pre = invoices["credit_pre"].to_numpy()[credits] > 0
    value = (invoices["credit_pre"] + invoices["credit_post"]).to_numpy()[credits]
    credit_money = col.pick(_LOWER, invoices["currency"].to_numpy()[credits])
    notes: col.Columns = {
        "id": stripe_id("cn_", credits),
        "invoice_id": stripe_id("in_", credits),
        "amount": col.whole(value),
        "currency": credit_money,
        "total": col.whole(value),
        "subtotal": col.whole(value),
        "status": col.same("issued", len(credits)),
        "type": col.pick(("post_payment", "pre_payment"), is_pre.astype(int)),
        "created": col.ts(invoices["credit_at"].to_numpy()[credits]),
        "livemode": col.flag(invoices["livemode"].to_numpy()[credits]),
        "reason": col.pick(("order_change", "product_unsatisfactory"), rng.integers(0, 2, len(credits))),
        "refund_id": stripe_id("re_", np.where(is_pre, -1, credits)),
    }
    note_lines: col.Columns = {
        "id": stripe_id("cnli_", credits),
        "credit_note_id": stripe_id("cn_", credits),
        "amount": col.whole(value),
        "quantity": col.whole(np.ones(len(credits), dtype=np.int64)),
        "type": col.same("custom_line_item", len(credits)),
    }
    fee = np.rint(amount[ok] * 0.029).astype(np.int64) + 30
    value_bt = np.concatenate([amount[ok], -post[back]])
    fee_bt = np.concatenate([fee, np.zeros(len(back), dtype=np.int64)])
    transactions: col.Columns = {
        "id": stripe_id("txn_", np.concatenate([charge[ok], base + back])),
        "type": col.pick(("charge", "refund"), np.repeat([0, 1], [ok.sum(), len(back)])),
        "source": pa.concat_arrays([stripe_id("ch_", charge[ok]), stripe_id("re_", back)]),
        "amount": col.whole(value_bt),
        "fee": col.whole(fee_bt),
        "net": col.whole(value_bt - fee_bt),
        "currency": pa.concat_arrays([money.filter(pa.array(ok)), back_money]),
        "created": col.ts(np.concatenate([at[ok], back_at])),
        "reporting_category": col.pick(("charge", "refund"), np.repeat([0, 1], [ok.sum(), len(back)])),
        "status": col.same("available", len(value_bt)),
    }
    contested = paid[rng.random(len(paid)) < 0.0015]
    contested_at = np.minimum(invoices["paid_at"].to_numpy()[contested] + 12 * DAY, world.settings.now - 3600)
    disputes: col.Columns = {
        "id": stripe_id("dp_", contested),
        "charge_id": stripe_id("ch_", contested),
        "amount": col.whole(due[contested]),
        "currency": col.pick(_LOWER, invoices["currency"].to_numpy()[contested]),
        "status": col.pick(("won", "lost", "under_review"), rng.integers(0, 3, len(contested))),
        "created": col.ts(contested_at),
        "reason": col.pick(("general", "product_not_received"), rng.integers(0, 2, len(contested))),
        "livemode": col.flag(invoices["livemode"].to_numpy()[contested]),
    }
    return {
        "charge": charges,
        "payment_intent": intents,
        "refund": refunds,
        "credit_note": notes,
        "credit_note_line_item": note_lines,
        "balance_transaction": transactions,
        "dispute": disputes,
    }


def _coupons() -> col.Columns:
    percent = np.arange(1, 43)
    n = len(percent) + 1
    return {
        "id": pa.concat_arrays([col.glue("NL-", col.text(percent)), pa.array(["WELCOME-ONCE"])]),
        "duration": col.pick(("forever", "once"), np.append(np.zeros(len(percent), dtype=int), 1)),
        "amount_off": col.whole(np.append(np.full(len(percent), np.nan), 5000.0)),
        "percent_off": col.number(np.append(percent.astype(float), np.nan), 2),
        "currency": col.pick(("usd",), np.append(np.full(len(percent), -1), 0)),
        "valid": col.flag(np.ones(n, dtype=bool)),
        "name": pa.concat_arrays([col.glue(col.text(percent), " % forever"), pa.array(["Welcome"])]),
        "livemode": col.flag(np.ones(n, dtype=bool)),
    }


def _discounts(billing: Billing) -> col.Columns:
    subs = billing.subscriptions
    row = np.flatnonzero((subs["coupon"] > 0).to_numpy())
    sub = subs.iloc[row]
    ended = sub["ended"].to_numpy()
    return {
        "id": stripe_id("di_", row),
        "subscription_id": stripe_id("sub_", row),
        "coupon_id": col.glue("NL-", col.text(sub["coupon"].to_numpy())),
        "start": col.ts((sub["start_day"] * DAY + sub["start_second"]).to_numpy()),
        "customer_id": stripe_id("cus_", sub["customer"].to_numpy()),
        "end": col.ts(np.where(ended, sub["end_day"] * DAY + sub["start_second"], np.nan).astype(float)),
    }
