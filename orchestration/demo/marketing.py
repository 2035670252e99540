"""Demand: campaigns, their members and leads, ad spend by day, and the monthly cost of going to market."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo import columns as col
from orchestration.demo import names
from orchestration.demo.ids import salesforce_id
from orchestration.demo.opportunities import CURRENCIES, NEW_BUSINESS
from orchestration.demo.segments import LEAD_SOURCES
from orchestration.demo.settings import DAY, Arr, add_months
from orchestration.demo.world import World

# (name, lead source it feeds, type, platform or None); every campaign runs half a year, six rounds and more
_SERIES = (
    ("Webinar series", "Inbound", "Webinar", None),
    ("Free trial push", "Self-serve trial", "Email", None),
    ("Trade fair", "Event", "Conference", None),
    ("Partner days", "Partner", "Partners", None),
    ("Search brand", "Paid search", "Advertisement", "google_ads"),
    ("Search category", "Paid search", "Advertisement", "microsoft_ads"),
    ("Feed prospects", "Paid social", "Advertisement", "linkedin_ads"),
    ("Feed retarget", "Paid social", "Advertisement", "facebook_ads"),
)
# monthly ad spend per 2,000 customers, in USD
_AD_SPEND = {"google_ads": 26_000, "microsoft_ads": 9_000, "linkedin_ads": 24_000, "facebook_ads": 12_000}
_TRACKED = 0.7


def _rounds(world: World) -> int:
    return -(-(world.settings.n_months + 7) // 6)


def _round_start(world: World) -> Arr:
    return add_months(np.full(_rounds(world), world.settings.first_day), np.arange(_rounds(world)) * 6 - 6)


def campaign_of_deals(world: World) -> Arr:
    """Campaign number of each deal, -1 when none: the round of its lead source's series that ran at
    creation."""
    rng = world.settings.rng("campaign-of-deals")
    deals = world.deals
    source = deals["source"].to_numpy()
    series_of = np.full((len(LEAD_SOURCES), 2), -1)
    for number, (_, fed, _, _) in enumerate(_SERIES):
        row = series_of[LEAD_SOURCES.index(fed)]
        # two series of one source share its deals
        row[slice(None) if (row == -1).all() else 1] = number
    series = series_of[source.clip(0), rng.integers(0, 2, len(deals))]
    starts = _round_start(world)
    turn = (np.searchsorted(starts, deals["created"].to_numpy() // DAY, side="right") - 1).clip(0)
    tracked = (source >= 0) & (series >= 0) & (rng.random(len(deals)) < _TRACKED)
    campaign: Arr = np.where(tracked, series * _rounds(world) + turn, -1)
    return campaign


def campaigns_table(world: World) -> col.Columns:
    """salesforce.campaign: eight series in half-year rounds; actual cost is often left empty."""
    rng = world.settings.rng("campaigns")
    rounds = _rounds(world)
    n = len(_SERIES) * rounds
    series, turn = np.divmod(np.arange(n), rounds)
    start = _round_start(world)[turn]
    year = start.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    half = start.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 // 6 + 1
    budget = np.rint(rng.uniform(8, 60, n)) * 1000 * max(world.settings.n_customers / 2000, 0.05)
    name = col.glue(col.pick([s[0] for s in _SERIES], series), " ", col.text(year), " H", col.text(half))
    end = add_months(start, 6) - 1
    return {
        "id": salesforce_id("701", np.arange(n)),
        "name": name,
        "type": col.pick([s[2] for s in _SERIES], series),
        "status": col.pick(("Completed", "In Progress"), (end >= world.settings.as_of_day).astype(int)),
        "is_active": col.flag(end >= world.settings.as_of_day),
        "start_date": col.day(start),
        "end_date": col.day(end),
        "budgeted_cost": col.decimal(np.rint(budget * 100)),
        "actual_cost": col.decimal(
            np.where(rng.random(n) < 0.45, np.nan, np.rint(budget * rng.uniform(0.8, 1.15, n) * 100))
        ),
        "currency_iso_code": col.same("USD", n),
        "is_deleted": col.flag(np.zeros(n, dtype=bool)),
    }


def campaign_members_table(world: World) -> col.Columns:
    """salesforce.campaign_member: the first contact of each deal that a campaign brought."""
    rng = world.settings.rng("campaign-members")
    campaign = campaign_of_deals(world)
    row = np.flatnonzero(campaign >= 0)
    n = len(row)
    created = world.deals["created"].to_numpy()[row] - rng.integers(1, 30, n) * DAY
    responded = rng.random(n) < 0.8
    return {
        "id": salesforce_id("00v", np.arange(n)),
        "campaign_id": salesforce_id("701", campaign[row]),
        "lead_id": salesforce_id("00Q", np.full(n, -1)),
        "contact_id": salesforce_id("003", world.people.contact_start[world.deals["account"].to_numpy()[row]]),
        "status": col.pick(("Sent", "Responded"), responded.astype(int)),
        "has_responded": col.flag(responded),
        "first_responded_date": col.day(np.where(responded, created // DAY + 1.0, np.nan)),
        "created_date": col.ts(created),
        "is_deleted": col.flag(np.zeros(n, dtype=bool)),
    }


def leads_table(world: World) -> col.Columns:
    """salesforce.lead: the converted leads behind three in five first sales and as many that went nowhere."""
    rng = world.settings.rng("leads")
    deals = world.deals
    row = np.flatnonzero((deals["kind"].to_numpy() == NEW_BUSINESS) & (rng.random(len(deals)) < 0.6))
    dead = len(row)
    n = len(row) + dead
    converted = np.arange(n) < len(row)
    at = np.concatenate(
        [
            deals["created"].to_numpy()[row] - rng.integers(0, 45, len(row)) * DAY,
            world.settings.first_day * DAY + rng.random(dead) * (world.settings.now - world.settings.first_day * DAY),
        ]
    ).astype(np.int64)
    account = deals["account"].to_numpy()[row]

    def of_deal(prefix: str, value: Arr) -> pa.Array:
        return salesforce_id(prefix, np.concatenate([value, np.full(dead, -1)]))

    first, last = names.people(n, rng)
    head, tail, trade, place = names.company_parts(dead, rng) if dead else (np.zeros(0, dtype=int),) * 4
    dead_name, dead_domain, _ = names.company_names((head, tail, trade, place))
    company = pa.concat_arrays([world.people.name.take(col.whole(account)), dead_name])
    domain = pa.concat_arrays([world.people.domain.take(col.whole(account)), dead_domain])
    return {
        "id": salesforce_id("00Q", np.arange(n)),
        "created_date": col.ts(at),
        "is_converted": col.flag(converted),
        "is_deleted": col.flag(np.zeros(n, dtype=bool)),
        "lead_source": col.pick(
            LEAD_SOURCES,
            np.concatenate([deals["source"].to_numpy()[row], rng.integers(0, len(LEAD_SOURCES), dead)]),
        ),
        "status": col.pick(("Qualified", "Unqualified", "Nurturing"), np.where(converted, 0, rng.integers(1, 3, n))),
        "converted_date": col.day(
            np.concatenate([deals["created"].to_numpy()[row] // DAY, np.full(dead, np.nan)]).astype(float)
        ),
        "converted_account_id": of_deal("001", account),
        "converted_opportunity_id": of_deal("006", row),
        "converted_contact_id": of_deal("003", world.people.contact_start[account]),
        "email": col.glue(
            pc.utf8_lower(col.pick(names.FIRST_NAMES, first)),
            ".",
            pc.utf8_lower(col.pick(names.LAST_NAMES, last)),
            "@",
            domain,
        ),
        "company": company,
    }


def ad_spend_table(world: World) -> col.Columns:
    """marketing.ad_spend_daily: one row per platform and day for the campaign of the half-year."""
    settings = world.settings
    rng = settings.rng("ad-spend")
    days = np.arange(settings.first_day - 60, settings.as_of_day)
    paid = [(number, platform) for number, (_, _, _, platform) in enumerate(_SERIES) if platform]
    series = np.repeat([number for number, _ in paid], len(days))
    platforms = [platform for _, platform in paid]
    at = np.tile(days, len(paid))
    which = np.repeat(np.arange(len(paid)), len(days))
    level = np.array([_AD_SPEND[p] for p in platforms])[which] / 30.4 * settings.n_customers / 2000
    weekday = (at + 3) % 7
    spend = level * np.where(weekday >= 5, 0.5, 1.2) * np.exp(rng.normal(0, 0.25, len(at)))
    turn = (np.searchsorted(_round_start(world), at, side="right") - 1).clip(0)
    clicks = np.rint(spend / np.array([4.2, 3.6, 9.5, 2.4])[which])
    return {
        "date_day": col.day(at),
        "platform": col.pick(platforms, which),
        "campaign_id": salesforce_id("701", series * _rounds(world) + turn),
        "spend": col.decimal(np.rint(spend * 10_000), scale=4),
        "currency": col.same("USD", len(at)),
        "campaign_name": col.pick([s[0] for s in _SERIES], series),
        "clicks": col.whole(clicks),
        "impressions": col.whole(np.rint(clicks * rng.uniform(40, 90, len(at)))),
    }


def gtm_cost_table(world: World) -> col.Columns:
    """marketing.gtm_cost_monthly: salaries, commissions, events, tools, onboarding by month and channel."""
    settings = world.settings
    rng = settings.rng("gtm")
    months = add_months(np.full(settings.n_months + 1, settings.first_day), np.arange(settings.n_months + 1))
    months = months[months < settings.as_of_day - 2]
    size = settings.n_customers / 2000
    # (cost type, channel or '' for all, USD a month at the start)
    kinds = (
        ("sales", "", 9_200 * settings.n_sellers),
        ("sales", "Outbound", 31_000 * size),
        ("marketing", "Inbound", 42_000 * size),
        ("marketing", "Event", 38_000 * size),
        ("marketing", "Partner", 18_000 * size),
        ("marketing", "Referral", 4_000 * size),
        ("marketing", "Self-serve trial", 14_000 * size),
        ("onboarding", "", 64_000 * size),
        ("other", "", 17_000 * size),
    )
    which, month = np.divmod(np.arange(len(kinds) * len(months)), len(months))
    level = np.array([k[2] for k in kinds])[which] * (1 + 0.008 * month) * np.exp(rng.normal(0, 0.06, len(which)))
    channels = [k[1] for k in kinds]
    n, tools = len(which), len(months)
    tools_rng = settings.rng("gtm-tools")  # licences of the CRM and the dialler, a sales cost with a note
    licences = np.rint(120 * settings.n_sellers * 100 * np.exp(tools_rng.normal(0, 0.02, tools)))
    channel = col.blank(col.pick(channels, which), np.array([c == "" for c in channels])[which])
    return {
        "month": col.day(np.concatenate([months[month], months])),
        "cost_type": pa.concat_arrays([col.pick([k[0] for k in kinds], which), col.same("sales", tools)]),
        "amount": col.decimal(np.concatenate([np.rint(level * 100), licences])),
        "currency": col.same(CURRENCIES[0], n + tools),
        "channel": pa.concat_arrays([channel, pa.nulls(tools, channel.type)]),
        "note": col.pick(("Tools: CRM and dialler licences",), np.repeat([-1, 0], [n, tools])),
    }
