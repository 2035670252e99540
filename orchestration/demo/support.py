"""Zendesk: organizations, users, tickets and the time they took.

Load follows a budget of support cost per ARR by segment and age; tickets are drawn so that their hours meet
it.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo import columns as col
from orchestration.demo import names
from orchestration.demo import segments as seg
from orchestration.demo.crm import contact_email, contact_people
from orchestration.demo.finance import SUPPORT_RATE, USD_PER
from orchestration.demo.lifecycle import seats_on
from orchestration.demo.merges import Merges, referenced
from orchestration.demo.opportunities import annual_price
from orchestration.demo.settings import DAY, Arr, add_months, month_index
from orchestration.demo.world import World

TIME_FIELD = "time_spent_total_sec"
GROUPS = ("Customer Support", "Onboarding", "Technical Specialists")
SPECIALISTS = 9_000_002
SUBJECTS = (
    "Cannot log in",
    "Import fails",
    "How do we share a report",
    "Integration stopped syncing",
    "Change to approval flow",
    "Invoice question",
    "Custom field mapping",
    "Slow dashboard",
)


def customer_months(world: World) -> pd.DataFrame:
    """One row per customer and month of age lived before the extraction: customer, age, day it begins, share
    lived."""
    settings, customers = world.settings, world.life.customers
    start = customers["start_day"].to_numpy()
    end = np.minimum(customers["end_day"].to_numpy(), settings.as_of_day)
    count = np.maximum(month_index(end) - month_index(start) + 1, 0)
    row = np.repeat(np.arange(len(customers)), count)
    age = np.arange(len(row)) - np.repeat(np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    day = add_months(start[row], age)
    after = add_months(start[row], age + 1)
    lived = (np.minimum(after, end[row]) - day) / (after - day)
    table = pd.DataFrame({"customer": row, "age": age, "day": day, "lived": lived, "length": after - day})
    return table[table["lived"] > 0].reset_index(drop=True)


def arr_usd(world: World, customer: Arr, day: Arr) -> Arr:
    """Annual list price in US dollars at a day, shape (n,)."""
    customers = world.life.customers
    interval = customers["interval"].to_numpy()[customer]
    currency = customers["currency"].to_numpy()[customer]
    unit = annual_price(customers["plan"].to_numpy()[customer], currency, interval) * (12 // interval)
    value: Arr = unit * seats_on(world.life, customer, day) / 100 * USD_PER[currency]
    return value


def tables(world: World, merges: Merges) -> dict[str, col.Columns]:
    """All Zendesk tables by name."""
    settings, customers = world.settings, world.life.customers
    rng = settings.rng("support")
    months = customer_months(world)
    who = months["customer"].to_numpy()
    segment = customers["segment"].to_numpy()[who]
    budget = (
        seg.SUPPORT_PER_ARR[segment]
        * arr_usd(world, who, months["day"].to_numpy())
        * customers["support_factor"].to_numpy()[who]
        * seg.age_shape_support(months["age"].to_numpy())
        * months["lived"].to_numpy()
        / 12
    )
    hours = budget / SUPPORT_RATE[1]
    # large customers ask bigger questions, not only more of them
    handle = seg.HANDLE_HOURS[segment] * np.sqrt(np.maximum(hours, 0.25)).clip(0.6, 2.5)
    count = rng.poisson(hours / handle)
    row = np.repeat(np.arange(len(months)), count)
    at = (
        months["day"].to_numpy()[row] * DAY
        + rng.random(len(row)) * (months["lived"] * months["length"]).to_numpy()[row] * DAY
    )
    at = np.floor(at).astype(np.int64)
    spent = np.rint(3_600 * handle[row] * np.exp(rng.normal(-0.245, 0.7, len(row)))).clip(60)
    tickets = pd.DataFrame({"customer": who[row], "age": months["age"].to_numpy()[row], "at": at, "spent": spent})
    tickets = tickets[tickets["at"] < settings.now - 3600].sort_values(["at", "customer"], kind="stable")
    tickets = tickets.reset_index(drop=True)
    n = len(tickets)
    number = 100_001 + np.arange(n)
    customer = tickets["customer"].to_numpy()
    at = tickets["at"].to_numpy()
    has_org = settings.rng("orgs").random(len(customers)) < 0.95
    person = customer * 2 + (rng.random(n) < 0.3)
    # the work: one to three sessions, cumulative seconds after each
    sessions = 1 + (rng.random(n) < 0.45) + (rng.random(n) < 0.2)
    t_row = np.repeat(np.arange(n), sessions)
    session = np.arange(len(t_row)) - np.repeat(np.concatenate([[0], np.cumsum(sessions)[:-1]]), sessions) + 1
    gap = rng.exponential(0.7 * DAY, n)
    when = np.floor(at[t_row] + 900 + (session - 1) * (gap[t_row] + 1_800))
    value = np.rint(tickets["spent"].to_numpy()[t_row] * session / sessions[t_row])
    seen = when < settings.now
    last = np.floor(at + 900 + (sessions - 1) * (gap + 1_800))
    age_days = (settings.now - last) / DAY
    status = np.where(age_days > 32, 0, np.where(age_days > 3, 1, np.where(age_days > 1, 2, 3)))
    specialist = (customers["segment"].to_numpy()[customer] == 2) & (rng.random(n) < 0.3)
    onboarding = (tickets["age"].to_numpy() < 2) & (rng.random(n) < 0.5)
    group = np.where(specialist, SPECIALISTS, np.where(onboarding, 9_000_001, 9_000_000))
    agent = 5_000_000 + rng.integers(0, max(3, len(customers) // 150), n)
    # a customer wrote twice about one thing: the second ticket is closed into the first
    order = np.lexsort((at, customer))
    near = (np.diff(customer[order]) == 0) & (np.diff(at[order]) < 4 * DAY) & (rng.random(max(n - 1, 0)) < 0.06)
    source, target = order[1:][near], order[:-1][near]
    merged_into = np.full(n, -1)
    merged_into[target] = source
    merged = col.glue("[", col.text(np.where(merged_into >= 0, number[merged_into], 0)), "]")
    updated = np.minimum(np.maximum(last, at), settings.now - 60)
    ticket: col.Columns = {
        "id": col.whole(number),
        "requester_id": col.whole(np.where(rng.random(n) < 0.01, np.nan, 1_000_000.0 + person)),
        "status": col.pick(("closed", "solved", "pending", "open"), status),
        "created_at": col.ts(at),
        "updated_at": col.ts(updated),
        "organization_id": col.whole(np.where(has_org[customer], 2_000_000.0 + customer, np.nan)),
        "via_channel": col.pick(("email", "web", "chat"), rng.choice(3, n, p=[0.6, 0.28, 0.12])),
        "assignee_id": col.whole(agent),
        "group_id": col.whole(group),
        "priority": col.pick(("low", "normal", "high", "urgent"), rng.choice(4, n, p=[0.2, 0.55, 0.2, 0.05])),
        "subject": col.pick(SUBJECTS, rng.integers(0, len(SUBJECTS), n)),
        "merged_ticket_ids": col.blank(merged, merged_into < 0),
        "is_public": col.flag(np.ones(n, dtype=bool)),
        "_fivetran_deleted": col.flag(rng.random(n) < 0.003),
    }
    solved = np.flatnonzero(status <= 1)
    history: col.Columns = {
        "ticket_id": col.whole(np.concatenate([number[t_row[seen]], number[solved]])),
        "field_name": col.pick((TIME_FIELD, "status"), np.repeat([0, 1], [seen.sum(), len(solved)])),
        "value": pa.concat_arrays([col.text(value[seen]), col.same("solved", len(solved))]),
        "updated": col.ts(np.concatenate([when[seen], updated[solved] + 1])),
        "user_id": col.whole(np.concatenate([agent[t_row[seen]], agent[solved]])),
    }
    topic = np.flatnonzero(rng.random(n) < 0.4)
    tags: col.Columns = {
        "ticket_id": col.whole(np.concatenate([number[source], number[topic]])),
        "tag": pa.concat_arrays(
            [
                col.same("closed_by_merge", len(source)),
                col.pick(("how_to", "bug", "onboarding", "billing", "integration"), rng.integers(0, 5, len(topic))),
            ]
        ),
    }
    rated = np.flatnonzero((status <= 1) & (rng.random(n) < 0.1))
    good = rng.random(len(rated)) < np.where(customers["churn_age"].to_numpy()[customer[rated]] > 0, 0.72, 0.88)
    ratings: col.Columns = {
        "id": col.whole(7_000_000 + np.arange(len(rated))),
        "ticket_id": col.whole(number[rated]),
        "score": col.pick(("bad", "good"), good.astype(int)),
        "created_at": col.ts(np.minimum(updated[rated] + 3600, settings.now - 30)),
        "requester_id": col.whole(1_000_000 + person[rated]),
    }
    return {
        "ticket": ticket,
        "ticket_field_history": history,
        "ticket_tag": tags,
        "satisfaction_rating": ratings,
        **_directory(world, merges, has_org),
    }


def _directory(world: World, merges: Merges, has_org: Arr) -> dict[str, col.Columns]:
    """Organizations with the CRM id (some missing, some short), their domains, users, agents and groups."""
    settings, customers = world.settings, world.life.customers
    rng = settings.rng("zendesk-directory")
    begun = customers["start_day"].to_numpy() < settings.as_of_day
    row = np.flatnonzero(has_org & begun)
    n = len(row)
    account = customers["account"].to_numpy()[row]
    external = referenced(world, merges, account, "zendesk", 0.25)
    created = customers["start_day"].to_numpy()[row] * DAY + 9 * 3600
    organizations: col.Columns = {
        "id": col.whole(2_000_000 + row),
        "name": world.people.name.take(col.whole(account)),
        "external_id": col.blank(external, rng.random(n) < 0.08),
        "created_at": col.ts(created),
    }
    domains: col.Columns = {
        "organization_id": col.whole(2_000_000 + row),
        "index": col.whole(np.zeros(n, dtype=np.int64)),
        "domain_name": world.people.domain.take(col.whole(account)),
    }
    person = np.repeat(np.flatnonzero(begun), 2)
    turn = np.tile([0, 1], int(begun.sum()))
    owner = customers["account"].to_numpy()[person]
    _, first, last = contact_people(world)
    contact = world.people.contact_start[owner] + turn
    email = contact_email(world, owner, first[contact], last[contact])["email"]
    agents = max(3, len(customers) // 150)
    agent_first, agent_last = names.distinct_people(min(agents, 4_000), rng)
    pad = np.arange(agents) % len(agent_first)
    agent_name = col.glue(
        col.pick(names.FIRST_NAMES, agent_first[pad]), " ", col.pick(names.LAST_NAMES, agent_last[pad])
    )
    agent_mail = col.glue(pc.utf8_lower(pc.replace_substring(agent_name, " ", ".")), "@northlight.example")
    m = len(person) + agents
    is_agent = np.arange(m) >= len(person)
    users: col.Columns = {
        "id": col.whole(np.concatenate([1_000_000 + person * 2 + turn, 5_000_000 + np.arange(agents)])),
        "role": col.pick(("end-user", "agent"), is_agent.astype(int)),
        "active": col.flag(np.ones(m, dtype=bool)),
        "created_at": col.ts(
            np.concatenate(
                [
                    customers["start_day"].to_numpy()[person] * DAY + 10 * 3600,
                    np.full(agents, settings.first_day * DAY),
                ]
            )
        ),
        "email": pa.concat_arrays([col.blank(email, rng.random(len(person)) < 0.04), agent_mail]),
        "name": pa.concat_arrays(
            [
                col.glue(
                    col.pick(names.FIRST_NAMES, first[contact]),
                    " ",
                    col.pick(names.LAST_NAMES, last[contact]),
                ),
                agent_name,
            ]
        ),
        "organization_id": col.whole(
            np.concatenate([np.where(has_org[person], 2_000_000.0 + person, np.nan), np.full(agents, np.nan)])
        ),
        "suspended": col.flag(np.zeros(m, dtype=bool)),
        "_fivetran_deleted": col.flag(np.zeros(m, dtype=bool)),
    }
    groups: col.Columns = {
        "id": col.whole(9_000_000 + np.arange(len(GROUPS))),
        "name": pa.array(GROUPS),
        "_fivetran_deleted": col.flag(np.zeros(len(GROUPS), dtype=bool)),
        "created_at": col.ts(np.full(len(GROUPS), settings.first_day * DAY)),
    }
    return {"organization": organizations, "domain_name": domains, "user": users, "group": groups}
