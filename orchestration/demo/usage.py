"""Product usage per account on a few days of each month; it fades in the quarter before a customer leaves."""

import numpy as np

from orchestration.demo import columns as col
from orchestration.demo import segments as seg
from orchestration.demo.lifecycle import seats_on
from orchestration.demo.merges import Merges, referenced
from orchestration.demo.support import customer_months
from orchestration.demo.world import World


def usage_table(world: World, merges: Merges) -> col.Columns:
    """product.usage_account_daily: eight days a month for small companies, two for very large ones."""
    settings, customers = world.settings, world.life.customers
    rng = settings.rng("usage")
    size = settings.n_customers
    days = 8 if size <= 5_000 else 4 if size <= 20_000 else 2
    months = customer_months(world)
    step = 28 // days
    row = np.repeat(np.arange(len(months)), days)
    slot = np.tile(np.arange(days), len(months))
    day = months["day"].to_numpy()[row] + slot * step + rng.integers(0, step, len(row))
    day = day - np.where((day + 3) % 7 >= 5, 2, 0)  # weekends move to Thursday and Friday
    who = months["customer"].to_numpy()[row]
    start, end = customers["start_day"].to_numpy()[who], customers["end_day"].to_numpy()[who]
    keep = (day >= start) & (day < np.minimum(end, settings.as_of_day))
    who, day, start, end = who[keep], day[keep], start[keep], end[keep]
    # the shift of weekends can put two slots on one day: keep the first
    key = who.astype(np.int64) * 1_000_000 + day
    first = np.unique(key, return_index=True)[1]
    who, day, start, end = who[first], day[first], start[first], end[first]
    segment = customers["segment"].to_numpy()[who]
    ramp = 1 - 0.75 * np.exp(-(day - start) / 55.0)
    fade = np.where(end - day < 100, 0.40 + 0.006 * (end - day).clip(0, 100), 1.0)
    # a quarter of the leavers gives no sign
    quiet = customers["frailty"].to_numpy()[who] < -0.18
    mean = np.exp(0.15 * np.clip(-customers["shift"].to_numpy()[who], -1.5, 1.5)) * seg.ADOPTION[segment] * ramp
    share = (mean * np.where(quiet, 1.0, fade)).clip(0.01, 0.97)
    seats = seats_on(world.life, who, day)
    users = rng.binomial(seats, share)
    n = len(who)
    features = np.minimum(1 + rng.poisson(1 + 5 * share), 14)
    account = customers["account"].to_numpy()[who]
    return {
        "date_day": col.day(day),
        "account_id": referenced(world, merges, account, "usage", 0.3),
        "active_users": col.whole(np.where(rng.random(n) < 0.004, np.nan, users.astype(float))),
        "events": col.whole(users * rng.integers(8, 40, n)),
        "minutes": col.number(users * rng.uniform(6, 30, n), 1),
        "features_used": col.whole(np.where(users > 0, features, 0)),
        "seats_entitled": col.whole(seats),
    }
