"""What finance knows: product margins, support rates, exchange rates, and human decisions about accounts."""

import numpy as np
import pyarrow as pa

from orchestration.demo import columns as col
from orchestration.demo.billing import product_ids
from orchestration.demo.ids import salesforce_id, stripe_id
from orchestration.demo.opportunities import CURRENCIES
from orchestration.demo.settings import Arr, add_months
from orchestration.demo.world import World

MARGIN = np.array([0.82, 0.79, 0.75, 0.86, 0.20])  # by product at the start
MARGIN_DRIFT = np.array([0.00, -0.01, -0.02, 0.0, 0.0])  # per year
SUPPORT_RATE = np.array([46.0, 49.0, 52.0])  # USD an hour, by year of validity
SPECIALIST_RATE = 60.0
USD_PER = np.array([1.0, 1.08, 1.26])


def margin_table(world: World) -> col.Columns:
    """finance.product_margin: by Stripe product id and year, in percent."""
    first = world.settings.first_day - 365
    year, product = np.divmod(np.arange(len(MARGIN) * 5), len(MARGIN))
    start = add_months(np.full(len(year), first), 12 * year)
    return {
        "product_key": product_ids().take(col.whole(product)),
        "valid_from": col.day(start),
        "gross_margin_pct": col.number(100 * (MARGIN[product] + MARGIN_DRIFT[product] * (year - 1)), 2),
        "valid_to": col.day(add_months(start, 12) - 1),
    }


def support_rate_table(world: World, specialist_group: int) -> col.Columns:
    """finance.support_rate: loaded hourly cost, with one dearer group."""
    start = add_months(np.full(4, world.settings.first_day - 60), np.array([0, 14, 26, 0]))
    return {
        "valid_from": col.day(start),
        "rate_per_hour": col.decimal(np.append(SUPPORT_RATE, SPECIALIST_RATE) * 10_000, scale=4),
        "currency": col.same("USD", 4),
        "group_id": col.whole(np.array([np.nan, np.nan, np.nan, specialist_group])),
    }


def fx_table(world: World) -> col.Columns:
    """finance.fx_rate: the first and the sixteenth of each month from 18 months before the first billing
    month."""
    rng = world.settings.rng("fx")
    months = world.settings.n_months + 19
    first = add_months(np.full(months, world.settings.first_day), np.arange(months) - 18)
    dates = np.sort(np.concatenate([first, first + 15]))
    dates = dates[dates <= world.settings.as_of_day]
    n = len(dates)
    paths = [level * np.exp(np.cumsum(rng.normal(0, 0.007, n))) for level in USD_PER[1:]]
    rate = np.concatenate(paths)
    return {
        "rate_date": col.day(np.tile(dates, 2)),
        "from_currency": col.pick(CURRENCIES, np.repeat([1, 2], n)),
        "to_currency": col.same("USD", 2 * n),
        "rate": col.decimal(np.rint(rate * 1_000_000), scale=6),
    }


def currency_type_table() -> col.Columns:
    """salesforce.currency_type: units of each currency for one US dollar."""
    n = len(CURRENCIES)
    return {
        "id": salesforce_id("01L", np.arange(n)),
        "iso_code": col.pick(CURRENCIES, np.arange(n)),
        "conversion_rate": col.number(1 / USD_PER, 6),
        "is_active": col.flag(np.ones(n, dtype=bool)),
        "is_corporate": col.flag(np.arange(n) == 0),
        "decimal_places": col.whole(np.full(n, 2)),
    }


def currency_exponent_table() -> col.Columns:
    """finance.currency_exponent: the currencies in use."""
    return {"currency": pa.array(CURRENCIES), "exponent": col.whole(np.full(len(CURRENCIES), 2))}


def override_table(world: World, customers: Arr) -> col.Columns:
    """crosswalk.account_override: Stripe customers that a person attached to an account."""
    n = len(customers)
    account = world.life.customers["account"].to_numpy()[customers]
    return {
        "account_id": salesforce_id("001", account),
        "source_system": col.same("stripe", n),
        "source_id": stripe_id("cus_", customers),
        "valid_from": col.day(np.full(n, np.nan)),
        "reason": col.same("paid from a parent company's mailbox", n),
    }
