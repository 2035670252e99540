"""What happened around each deal: tasks, meetings, stakeholders, visits to capabilities, deal-desk requests.

Deals that will be won gather pace and people; deals that will be lost begin well and fall silent. A lone
spike (one day, one contact, many e-mails) means nothing and occurs in both.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from orchestration.demo import columns as col
from orchestration.demo.ids import salesforce_id
from orchestration.demo.opportunities import NEW_BUSINESS, RENEWAL
from orchestration.demo.settings import DAY, Arr, into_working_hours, working_time
from orchestration.demo.world import World

SUBTYPES = ("Email", "Call", "Task", "LinkedIn")
TASK_TYPES = ("Follow-up", "Outreach", "Proposal", "Meeting prep", "Other")
ROLES = (
    "Champion",
    "Decision Maker",
    "Economic Buyer",
    "Technical Evaluator",
    "End User",
    "Procurement",
    "Legal",
    "Executive Sponsor",
)
CAPABILITIES = (
    "workflow-automation",
    "reporting",
    "integrations",
    "permissions",
    "forecasting",
    "audit-log",
    "mobile",
    "billing",
)


@dataclass(frozen=True)
class Touches:
    """Contacts between sellers and buyers: deal, at (s), contact number, is_meeting, is_spike."""

    rows: pd.DataFrame


def _share_joined(world: World) -> tuple[Arr, Arr]:
    """People that take part in each deal, and the share of the cycle by which the last of them has joined."""
    won = world.deals["won"].to_numpy()
    full = world.deals["stakeholders"].to_numpy()
    people = np.where(won, full, np.maximum(1, np.rint(full * 0.6))).astype(np.int64)
    return people, np.where(won, 0.85, 0.45)


def touches(world: World) -> Touches:
    """Draw every contact of every deal until the extraction."""
    settings, deals = world.settings, world.deals
    rng = settings.rng("touches")
    n = len(deals)
    won = deals["won"].to_numpy()
    created = deals["created"].to_numpy()
    length = deals["closed"].to_numpy() - created
    weeks = np.minimum(length / (7 * DAY), 30)
    people, last_join = _share_joined(world)
    kind = deals["kind"].to_numpy()
    pace = np.where(kind == NEW_BUSINESS, 1.0, np.where(kind == RENEWAL, 0.35, 0.55))
    mean = pace * (3.0 + 1.25 * np.sqrt(people) * weeks**0.75) * np.where(won, 1.15, 0.85)
    count = rng.poisson(mean * rng.gamma(6, 1 / 6, n)).clip(1, 160)
    row = np.repeat(np.arange(n), count)
    u = np.where(won[row], rng.beta(1.45, 0.95, len(row)), rng.beta(1.05, 2.2, len(row)))
    # lost deals are worked until they stop moving, then now and then
    until = np.where(won, 1.0, np.minimum(1.0, deals["progress"].to_numpy() * 1.15 + 0.08))
    u = np.where(~won[row] & (rng.random(len(row)) < 0.92), u * until[row], u)
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    u[first] = 0.0
    joined = 1 + np.floor(u / last_join[row] * people[row]).astype(np.int64)
    joined = np.minimum(joined, people[row])
    # sellers keep close to their champion
    place = np.where(rng.random(len(row)) < 0.35, 0, np.floor(rng.random(len(row)) * joined)).astype(np.int64)
    at = working_time(created[row] + u * length[row], rng)
    at = np.maximum(at, created[row] + 600)
    is_meeting = rng.random(len(row)) < np.where(won[row], 0.16 + 0.14 * u, 0.17)
    table = pd.DataFrame({"deal": row, "at": at, "place": place, "is_meeting": is_meeting, "is_spike": False})
    spiky = np.flatnonzero((kind == NEW_BUSINESS) & (rng.random(n) < np.where(won, 0.05, 0.10)))
    many = rng.integers(7, 14, len(spiky))
    burst = np.repeat(spiky, many)
    day = (created[spiky] + rng.uniform(0.15, 0.95, len(spiky)) * length[spiky]) // DAY
    when = np.repeat(day, many) * DAY + rng.integers(9 * 3600, 17 * 3600, len(burst))
    spike = pd.DataFrame(
        {"deal": burst, "at": when.astype(np.int64), "place": 0, "is_meeting": False, "is_spike": True}
    )
    table = pd.concat([table, spike], ignore_index=True)
    table = table[(table["at"] < settings.now) & (table["at"] <= deals["closed"].to_numpy()[table["deal"]] + DAY)]
    table["contact"] = world.people.contact_start[deals["account"].to_numpy()[table["deal"]]] + table["place"]
    table = table.sort_values(["at", "deal"], kind="stable").reset_index(drop=True)
    return Touches(table)


def _owner_at(world: World, deal: Arr, at: Arr) -> Arr:
    moved = world.owner_moved[deal]
    owner: Arr = np.where(~np.isnan(moved) & (at >= moved), world.owner_now[deal], world.owner_first[deal])
    return owner


def tasks_table(world: World, contacts: Touches) -> col.Columns:
    """salesforce.task: calls and e-mails, some logged late, and the next tasks of open deals."""
    settings, deals = world.settings, world.deals
    rng = settings.rng("tasks")
    done = contacts.rows[~contacts.rows["is_meeting"]]
    open_ = np.flatnonzero((deals["closed"].to_numpy() >= settings.now) & (rng.random(len(deals)) < 0.45))
    deal = np.concatenate([done["deal"].to_numpy(), open_])
    n_done, n = len(done), len(deal)
    is_done = np.arange(n) < n_done
    ahead = settings.as_of_day + rng.integers(0, 15, len(open_))
    at = np.concatenate([done["at"].to_numpy(), settings.now - rng.integers(3, 9, len(open_)) * DAY - 10 * 3600])
    at = np.where(is_done, at, np.maximum(at, deals["created"].to_numpy()[deal]))
    # one in twenty-five is written down days or weeks after it happened
    late = is_done & (rng.random(n) < 0.04)
    logged = np.where(late, np.minimum(at + rng.integers(3, 45, n) * DAY, settings.now - 600), at)
    contact = np.concatenate([done["contact"].to_numpy(), np.full(len(open_), -1)])
    spike = np.concatenate([done["is_spike"].to_numpy(), np.zeros(len(open_), dtype=bool)])
    subtype = np.where(spike, 0, np.where(is_done, rng.choice(4, n, p=[0.52, 0.28, 0.13, 0.07]), 2))
    no_deal = rng.random(n) < 0.02  # logged on the account instead
    account = deals["account"].to_numpy()[deal]
    what = salesforce_id("006", np.where(no_deal, -1, deal))
    what = pc.coalesce(what, salesforce_id("001", account))
    return {
        "id": salesforce_id("00T", np.arange(n)),
        "owner_id": salesforce_id("005", _owner_at(world, deal, at)),
        "created_date": col.ts(logged),
        "status": col.pick(("Completed", "Not Started"), (~is_done).astype(int)),
        "is_deleted": col.flag(rng.random(n) < 0.008),
        "what_id": what,
        "who_id": salesforce_id("003", np.where(rng.random(n) < 0.06, -1, contact)),
        "account_id": salesforce_id("001", account),
        "activity_date": col.day(np.concatenate([done["at"].to_numpy() // DAY, ahead])),
        "completed_date_time": col.ts(np.where(is_done, at + 300.0, np.nan)),
        "is_closed": col.flag(is_done),
        "task_subtype": col.pick(SUBTYPES, subtype),
        "type": col.pick(TASK_TYPES, np.where(rng.random(n) < 0.3, -1, rng.integers(0, len(TASK_TYPES), n))),
        "call_duration_in_seconds": col.whole(np.where(subtype == 1, np.rint(np.exp(rng.normal(6.1, 0.7, n))), np.nan)),
    }


def events_table(world: World, contacts: Touches) -> col.Columns:
    """salesforce.event: meetings, group meetings with a child row, and booked ones ahead of open deals."""
    settings, deals = world.settings, world.deals
    rng = settings.rng("events")
    met = contacts.rows[contacts.rows["is_meeting"]]
    fresh = contacts.rows[contacts.rows["at"] > settings.now - 12 * DAY]["deal"].unique()
    is_open = deals["closed"].to_numpy()[fresh] >= settings.now
    booked = fresh[is_open & (rng.random(len(fresh)) < 0.25)]
    group = np.flatnonzero(rng.random(len(met)) < 0.12)
    deal = np.concatenate([met["deal"].to_numpy(), booked, met["deal"].to_numpy()[group]])
    n = len(deal)
    start = np.concatenate(
        [
            met["at"].to_numpy(),
            working_time((settings.as_of_day + 1 + rng.integers(0, 9, len(booked))) * DAY, rng),
            met["at"].to_numpy()[group],
        ]
    )
    start = start // 1800 * 1800
    contact = np.concatenate([met["contact"].to_numpy(), np.full(len(booked), -1), met["contact"].to_numpy()[group]])
    created = np.minimum(start - rng.integers(1, 8, n) * DAY, settings.now - 900)
    created = np.maximum(created, deals["created"].to_numpy()[deal])
    child = np.arange(n) >= len(met) + len(booked)
    grouped = child.copy()
    grouped[group] = True
    length = rng.choice(np.array([1800, 2700, 3600, 5400]), n, p=[0.4, 0.15, 0.38, 0.07])
    return {
        "id": salesforce_id("00U", np.arange(n)),
        "owner_id": salesforce_id("005", _owner_at(world, deal, start)),
        "created_date": col.ts(created),
        "is_deleted": col.flag(rng.random(n) < 0.008),
        "what_id": salesforce_id("006", deal),
        "who_id": salesforce_id("003", contact),
        "account_id": salesforce_id("001", deals["account"].to_numpy()[deal]),
        "start_date_time": col.ts(start),
        "end_date_time": col.ts(start + length),
        "activity_date": col.day(start // DAY),
        "activity_date_time": col.ts(start),
        "is_child": col.flag(child),
        "is_group_event": col.flag(grouped),
    }


def contact_roles_table(world: World) -> col.Columns:
    """salesforce.opportunity_contact_role: stakeholders in the order in which they joined."""
    settings, deals = world.settings, world.deals
    rng = settings.rng("contact-roles")
    people, last_join = _share_joined(world)
    row = np.repeat(np.arange(len(deals)), people)
    place = np.arange(len(row)) - np.repeat(np.concatenate([[0], np.cumsum(people)[:-1]]), people)
    length = (deals["closed"] - deals["created"]).to_numpy()[row]
    share = last_join[row] * (place + np.where(place > 0, rng.uniform(-0.4, 0.4, len(row)), 0)) / people[row]
    joined = deals["created"].to_numpy()[row] + np.maximum(share, 0) * length
    at = np.maximum(into_working_hours(joined), deals["created"].to_numpy()[row] + 120)
    seen = (at < settings.now) & ((place == 0) | (rng.random(len(row)) > 0.08))
    row, place, at = row[seen], place[seen], at[seen]
    n = len(row)
    role = np.where(place == 0, 0, 1 + rng.integers(0, len(ROLES) - 1, n))
    return {
        "id": salesforce_id("00K", np.arange(n)),
        "opportunity_id": salesforce_id("006", row),
        "contact_id": salesforce_id("003", world.people.contact_start[deals["account"].to_numpy()[row]] + place),
        "role": col.pick(ROLES, np.where(rng.random(n) < 0.15, -1, role)),
        "is_primary": col.flag(place == 0),
        "created_date": col.ts(at),
        "is_deleted": col.flag(rng.random(n) < 0.006),
        "system_modstamp": col.ts(at),
    }


def capability_visits_table(world: World) -> col.Columns:
    """intent.capability_visit_daily: buyers in earnest return to the same two capabilities, others look
    around once."""
    settings, deals = world.settings, world.deals
    rng = settings.rng("visits")
    n = len(deals)
    won = deals["won"].to_numpy()
    created = deals["created"].to_numpy()
    length = deals["closed"].to_numpy() - created
    watched = (deals["kind"].to_numpy() != RENEWAL) & (rng.random(n) < 0.7)
    count = np.where(watched, rng.poisson(np.where(won, 6.5, 3.0) * np.sqrt(length / (45 * DAY)).clip(0.5, 2.2)), 0)
    row = np.repeat(np.arange(n), count)
    u = np.where(won[row], rng.beta(1.5, 1.0, len(row)), rng.beta(1.1, 2.4, len(row)))
    main = np.vstack([rng.integers(0, 8, n), rng.integers(0, 8, n)])
    loyal = rng.random(len(row)) < np.where(won[row], 0.78, 0.15)
    capability = np.where(loyal, main[rng.integers(0, 2, len(row)), row], rng.integers(0, 8, len(row)))
    people, last_join = _share_joined(world)
    place = np.floor(rng.random(len(row)) * np.minimum(people[row], 1 + u / last_join[row] * people[row]))
    account = deals["account"].to_numpy()[row]
    table = pd.DataFrame(
        {
            "day": ((created[row] + u * length[row]) // DAY).astype(np.int64),
            "account": account,
            "contact": world.people.contact_start[account] + place.astype(np.int64),
            "capability": capability,
            "visits": 1 + rng.poisson(np.where(loyal, 1.6, 0.2)),
        }
    )
    table = table[table["day"] < settings.as_of_day]
    grain = ["day", "account", "contact", "capability"]
    table = table.groupby(grain)["visits"].sum().reset_index()
    m = len(table)
    return {
        "date_day": col.day(table["day"].to_numpy()),
        "account_id": salesforce_id("001", table["account"].to_numpy(), short=rng.random(m) < 0.2),
        "contact_id": salesforce_id("003", table["contact"].to_numpy()),
        "capability": col.pick(CAPABILITIES, table["capability"].to_numpy()),
        "visits": col.whole(table["visits"].to_numpy()),
    }


def deal_desk_table(world: World) -> col.Columns:
    """crm.deal_desk_request: concessions and accelerations asked for during proposal and negotiation."""
    settings, deals = world.settings, world.deals
    rng = settings.rng("deal-desk")
    discount = deals["discount"].to_numpy()
    at = np.nanmin(np.where(np.isnan(world.stage_at[:, 3:5]), np.inf, world.stage_at[:, 3:5]), axis=1)
    chance = np.where(deals["kind"].to_numpy() == NEW_BUSINESS, np.where(discount >= 18, 0.55, 0.16), 0.05)
    row = np.flatnonzero((at < settings.now) & (rng.random(len(deals)) < chance))
    n = len(row)
    pull_in = rng.random(n) < 0.3
    asked = np.floor(at[row] + rng.integers(1, 6, n) * DAY * 0.8)
    asked = np.minimum(asked, settings.now - 3600)
    waited = asked + rng.integers(3_600, 4 * DAY, n)
    decided = waited < settings.now
    depth = np.maximum(discount[row], 3) + rng.integers(-2, 6, n)
    approved = rng.random(n) < np.where(depth > 28, 0.45, 0.8)
    status = np.where(decided, np.where(approved, 1, 2), 0)
    return {
        "request_id": col.glue("DD-", col.text(10_000 + np.arange(n))),
        "opportunity_id": salesforce_id("006", row),
        "requested_at": col.ts(asked),
        "request_type": col.pick(("concession", "acceleration"), pull_in.astype(int)),
        "arr_discount_pct": col.number(np.where(pull_in, np.nan, depth), 2),
        "margin_points": col.number(np.where(pull_in, np.nan, np.rint(depth * 0.8)), 2),
        "one_off_cost": col.decimal(np.where(pull_in, rng.integers(2, 40, n) * 10_000.0, np.nan)),
        "pull_in_days": col.whole(np.where(pull_in, rng.integers(10, 60, n).astype(float), np.nan)),
        "term_months": col.whole(deals["term"].to_numpy()[row]),
        "payment_terms_days": col.whole(deals["payment_terms"].to_numpy()[row]),
        "status": col.pick(("pending", "approved", "rejected"), status),
        "decided_at": col.ts(np.where(decided, waited, np.nan)),
    }
