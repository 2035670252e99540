"""Records that are hard to attach to an account: no key, shared addresses, keys that contradict or lead nowhere.

The finished tables are changed after they were drawn, from random streams of their own, so that nothing else moves.
`truth/identity` says which account each record belongs to and what was planted on it.
"""

import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo import columns as col
from orchestration.demo.ids import salesforce_id, stripe_id
from orchestration.demo.merges import Merges
from orchestration.demo.settings import DAY, Arr
from orchestration.demo.world import World

TableKey = tuple[str, str]
# tables whose records the truth speaks of
RECORDS: tuple[TableKey, ...] = (("stripe", "customer"), ("zendesk", "organization"), ("zendesk", "user"))

# share of customers on whose billing record each case is planted, and what a careful reader can make of it
BILLING_CASES: dict[str, tuple[float, str]] = {
    "no_key": (0.004, "unmatched"),
    "free_mail": (0.003, "unmatched"),
    "shared_email": (0.003, "ambiguous"),
    "shared_domain": (0.003, "ambiguous"),
    "several_accounts": (0.002, "ambiguous"),
    "contradictory_email": (0.004, "matched"),
    "email_only": (0.005, "matched"),
    "domain_only": (0.005, "matched"),
    "crm_customer_ref": (0.005, "matched"),
    "crm_subscription_ref": (0.003, "matched"),
    "dangling_key": (0.003, "matched"),
    # paid from the mailbox of another customer's person: the evidence is wrong, and so will be the match
    "misleading_email": (0.001, "matched"),
}
KEYLESS = (
    "no_key",
    "free_mail",
    "shared_email",
    "shared_domain",
    "several_accounts",
    "email_only",
    "domain_only",
    "crm_customer_ref",
    "crm_subscription_ref",
    "misleading_email",
)
# the address is that of a person of another account
_ELSEWHERE = ("contradictory_email", "misleading_email")
# records of people and firms that are in no CRM
_NOBODY_SHARE = 0.005
_ORGANISATION_PAIRS_SHARE = 0.002
_FIRST_USER, _FIRST_ORGANISATION = 1_000_000, 2_000_000
_NOBODY_USER = 8_000_000


@dataclass(frozen=True)
class IdentityPlan:
    """Who is hard to match.

    Attributes:
        billing: customer numbers by billing case, each customer in one case at most.
        partner: account number of the other account of each customer in a case that needs one, by customer number.
        overridden: customer numbers that a person attached; `wrong_key` of them name another account in metadata.
        wrong_key: customer numbers whose metadata is wrong although a person decided.
        pairs: customer numbers whose two support organisations list one domain, shape (k, 2).
        nobody: how many billing customers, and as many people who write to support, belong to no account.
    """

    billing: dict[str, Arr]
    partner: dict[int, int]
    overridden: Arr
    wrong_key: Arr
    pairs: Arr
    nobody: int


def plan(world: World, merges: Merges) -> IdentityPlan:
    """Choose customers for each case, apart from merged ones and those that a person attached.

    Below a hundred customers only what the shares round to is planted, so that tiny companies stay usable.
    """
    settings, customers = world.settings, world.life.customers
    rng = settings.rng("identity-cases")
    n = len(customers)
    least = 1 if n >= 100 else 0
    begun = (customers["start_day"] * DAY + customers["start_second"]).to_numpy() < settings.now
    account = customers["account"].to_numpy()
    overridden = np.arange(0, n, max(1, n // 8))
    taken = np.isin(account, merges.winner) | ~begun
    taken[overridden] = True
    free = rng.permutation(np.flatnonzero(~taken))
    at = 0
    billing: dict[str, Arr] = {}
    for case, (share, _) in BILLING_CASES.items():
        count = max(0 if case == "misleading_email" else least, round(share * n))
        billing[case] = np.sort(free[at : at + count])
        at += count
    n_pairs = max(least, round(_ORGANISATION_PAIRS_SHARE * n))
    has_organisation = settings.rng("orgs").random(n) < 0.95
    rest = free[at:]
    rest = rest[has_organisation[rest]]
    pairs = rest[: 2 * n_pairs].reshape(-1, 2) if len(rest) >= 2 * n_pairs else np.zeros((0, 2), dtype=np.int64)
    prospects = np.setdiff1d(np.arange(len(world.people.accounts)), account)
    others = rng.permutation(prospects if len(prospects) else account)
    needing = np.concatenate([billing[c] for c in ("shared_email", "shared_domain", "several_accounts")])
    partner = {int(c): int(others[i % len(others)]) for i, c in enumerate(needing)}
    strangers = rng.permutation(account)
    misled = np.concatenate([billing["contradictory_email"], billing["misleading_email"]])
    partner |= {int(c): int(strangers[i]) for i, c in enumerate(misled)}
    wrong_key = overridden[1::3][begun[overridden[1::3]]]
    return IdentityPlan(billing, partner, overridden, wrong_key, pairs, max(2 * least, round(_NOBODY_SHARE * n)))


def plant(key: TableKey, table: pa.Table, world: World, planned: IdentityPlan) -> pa.Table:
    """Return the table with the planted cases in it; tables that carry none come back as they are."""
    if key == ("salesforce", "account"):
        return _accounts(table, world, planned)
    if key == ("salesforce", "contact"):
        return _contacts(table, world, planned)
    if key == ("salesforce", "opportunity"):
        return _opportunities(table, world, planned)
    if key == ("stripe", "customer"):
        return _billing_customers(table, world, planned)
    if key == ("stripe", "subscription_history"):
        return _subscriptions(table, planned)
    if key == ("zendesk", "organization"):
        return _organisations(table, world, planned)
    if key == ("zendesk", "domain_name"):
        return _domain_names(table, world, planned)
    if key == ("zendesk", "user"):
        return _support_users(table, world, planned)
    return table


def merge_circle(table: pa.Table) -> pa.Table:
    """Append two deleted accounts that were merged into each other, which no merge should give."""
    number = table.num_rows + np.arange(2)
    extra = table.slice(0, 2).combine_chunks()
    for name in extra.column_names:
        field = extra.schema.field(name)
        if name not in ("is_deleted", "_fivetran_synced", "created_date", "owner_id"):
            extra = extra.set_column(extra.schema.get_field_index(name), field, pa.nulls(2, field.type))
    for name, column in {
        "id": salesforce_id("001", number),
        "name": pa.array(["Merged twice", "Merged twice back"]),
        "is_deleted": pa.array([True, True]),
        "master_record_id": salesforce_id("001", number[::-1].copy()),
    }.items():
        field = extra.schema.field(name)
        extra = extra.set_column(extra.schema.get_field_index(name), field, column.cast(field.type))
    return pa.concat_tables([table, extra]).combine_chunks()


def truth_table(world: World, planned: IdentityPlan, written: dict[TableKey, pa.Array]) -> pa.Table:
    """One row per live billing customer, support organisation and end user.

    Args:
        written: ids of the records that were written, by raw table; those of `RECORDS` are read.

    Returns:
        source_system, source_id, account_id (null = belongs to nobody), planted_case, expected (matched, ambiguous or
        unmatched; null where nothing is claimed).
    """
    customers = world.life.customers
    account = salesforce_id("001", customers["account"].to_numpy())
    case = np.full(len(customers), "none", dtype=object)
    expected = np.full(len(customers), "matched", dtype=object)
    for name, who in planned.billing.items():
        case[who] = name
        expected[who] = BILLING_CASES[name][1]
    case[planned.wrong_key] = "override_against_key"
    numbers = np.arange(len(customers))
    ids = stripe_id("cus_", numbers)
    is_written = pc.is_in(ids, value_set=written["stripe", "customer"])
    rows = is_written.to_numpy(zero_copy_only=False)
    parts = [
        (
            "stripe",
            ids.filter(is_written),
            account.filter(is_written),
            case[rows],
            expected[rows],
        ),
        _nobody("stripe", _nobody_billing_ids(world, planned)),
    ]
    organisations = written["zendesk", "organization"].to_numpy()
    who = organisations - _FIRST_ORGANISATION
    paired = np.isin(who, planned.pairs)
    parts.append(
        (
            "zendesk",
            col.text(organisations),
            account.take(pa.array(who)),
            np.where(paired, "shared_organisation_domain", "none").astype(object),
            np.where(paired, "ambiguous", "matched").astype(object),
        )
    )
    users = written["zendesk", "user"].to_numpy()
    users = users[(users >= _FIRST_USER) & (users < _FIRST_ORGANISATION)]
    who = (users - _FIRST_USER) // 2
    consultants = _consultant_users(planned)
    shared = np.isin(users, consultants)
    parts.append(
        (
            "zendesk_user",
            col.text(users),
            account.take(pa.array(who)),
            np.where(shared, "shared_email", "none").astype(object),
            np.array([None, "ambiguous"], dtype=object)[shared.astype(int)],
        )
    )
    parts.append(_nobody("zendesk_user", col.text(_NOBODY_USER + np.arange(planned.nobody))))
    return pa.table(
        {
            "source_system": pa.concat_arrays([col.same(part[0], len(part[1])) for part in parts]),
            "source_id": pa.concat_arrays([part[1] for part in parts]),
            "account_id": pa.concat_arrays([part[2] for part in parts]),
            "planted_case": pa.array(np.concatenate([part[3] for part in parts]), type=pa.string()),
            "expected": pa.array(np.concatenate([part[4] for part in parts]), type=pa.string()),
        }
    )


def _nobody(system: str, ids: pa.Array) -> tuple[str, pa.Array, pa.Array, Arr, Arr]:
    n = len(ids)
    return (
        system,
        ids,
        pa.nulls(n, pa.string()),
        np.full(n, "belongs_to_nobody", dtype=object),
        np.full(n, "unmatched", dtype=object),
    )


def _nobody_billing_ids(world: World, planned: IdentityPlan) -> pa.Array:
    # numbers right after the customers are those of test mode
    first = 2 * len(world.life.customers) + 1_000
    return stripe_id("cus_", first + np.arange(planned.nobody))


def _consultant_users(planned: IdentityPlan) -> Arr:
    """Users of support whose address is also that of a contact on another account."""
    users: Arr = _FIRST_USER + 2 * planned.billing["shared_email"]
    return users


def _keyless(planned: IdentityPlan) -> Arr:
    who: Arr = np.sort(np.concatenate([planned.billing[case] for case in KEYLESS]))
    return who


def _put(table: pa.Table, name: str, id_name: str, values: dict[object, str | None]) -> pa.Table:
    """Replace single values of a text column, found by the id of their row."""
    column = table[name].combine_chunks().cast(pa.string())
    rows = pc.index_in(table[id_name].combine_chunks(), value_set=pa.array(list(values), type=table[id_name].type))
    mask = pc.is_valid(rows)
    new = pa.array(list(values.values()), type=pa.string()).take(rows.filter(mask))
    return table.set_column(table.schema.get_field_index(name), name, pc.replace_with_mask(column, mask, new))


def _append(table: pa.Table, rows: dict[str, pa.Array]) -> pa.Table:
    """Append rows; columns that are not given are null."""
    n = len(next(iter(rows.values())))
    extra = [rows[f.name].cast(f.type) if f.name in rows else pa.nulls(n, f.type) for f in table.schema]
    return pa.concat_tables([table, pa.table(extra, schema=table.schema)]).combine_chunks()


def _ids(prefix: str, numbers: Arr) -> list[str]:
    ids: list[str] = salesforce_id(prefix, numbers).to_pylist()
    return ids


def _account_of(world: World, customers: Arr) -> Arr:
    accounts: Arr = world.life.customers["account"].to_numpy()[customers]
    return accounts


def _address(case: str, customer: int, domain: str) -> str:
    """Mailbox of one planted case; no other person has it."""
    return f"{case.replace('_', '.')}.{customer}@{domain}"


def _accounts(table: pa.Table, world: World, planned: IdentityPlan) -> pa.Table:
    """Websites that meet (or are shared), and the field in which some accounts keep their billing customer."""
    domains = world.people.domain.to_pylist()
    websites: dict[object, str | None] = {}
    for case in ("domain_only", "shared_domain"):
        for customer, account in zip(planned.billing[case], _account_of(world, planned.billing[case]), strict=True):
            websites[_ids("001", np.array([account]))[0]] = f"https://www.{domains[account]}/"
            if case == "shared_domain":
                other = planned.partner[int(customer)]
                websites[_ids("001", np.array([other]))[0]] = domains[account]
    for customer in planned.pairs[:, 0]:
        account = int(_account_of(world, np.array([customer]))[0])
        websites[_ids("001", np.array([account]))[0]] = domains[account]
    table = _put(table, "website", "id", websites)
    rng = world.settings.rng("identity-account-field")
    known = rng.random(len(world.life.customers)) < 0.15
    known[_keyless(planned)] = False
    known[planned.billing["crm_customer_ref"]] = True
    known[planned.billing["several_accounts"]] = True
    who = np.flatnonzero(known)
    billing_ids = stripe_id("cus_", who).to_pylist()
    fields: dict[object, str | None] = dict(zip(_ids("001", _account_of(world, who)), billing_ids, strict=True))
    claimed = planned.billing["several_accounts"]
    for twice, cus in zip(claimed, stripe_id("cus_", claimed).to_pylist(), strict=True):
        fields[_ids("001", np.array([planned.partner[int(twice)]]))[0]] = cus
    table = table.append_column("stripe_customer_id_c", pa.nulls(table.num_rows, pa.string()))
    return _put(table, "stripe_customer_id_c", "id", fields)


def _contacts(table: pa.Table, world: World, planned: IdentityPlan) -> pa.Table:
    """Contacts whose address a planted billing customer uses, on its own account or on another one."""
    domains = world.people.domain.to_pylist()
    emails: list[str | None] = []
    accounts: list[int] = []
    for case in ("email_only", "dangling_key", "shared_email", *_ELSEWHERE):
        for customer, account in zip(planned.billing[case], _account_of(world, planned.billing[case]), strict=True):
            emails += [_planted_email(case, int(customer), planned, world, domains)]
            accounts += [planned.partner[int(customer)] if case in _ELSEWHERE else int(account)]
            if case == "shared_email":
                emails += [emails[-1]]
                accounts += [planned.partner[int(customer)]]
    if not emails:
        return table
    n = len(emails)
    return _append(
        table,
        {
            "id": salesforce_id("003", table.num_rows + np.arange(n)),
            "account_id": salesforce_id("001", np.array(accounts)),
            "email": pa.array(emails),
            "created_date": col.ts(np.full(n, (world.settings.first_day + 5) * DAY)),
            "is_deleted": col.flag(np.zeros(n, dtype=bool)),
        },
    )


def _planted_email(case: str, customer: int, planned: IdentityPlan, world: World, domains: list[str]) -> str | None:
    """E-mail address of a billing customer in a planted case; None where it has none."""
    if case in _ELSEWHERE:
        return _address(case, customer, domains[planned.partner[customer]])
    if case in ("email_only", "shared_email", "dangling_key"):
        return _address(case, customer, "ledgerhelp.example")
    if case in ("domain_only", "shared_domain"):
        account = int(_account_of(world, np.array([customer]))[0])
        return _address("accounts", customer, f"mail.{domains[account]}")
    if case == "free_mail":
        return _address("owner", customer, "gmail.com")
    return None


def _opportunities(table: pa.Table, world: World, planned: IdentityPlan) -> pa.Table:
    """The field in which some deals keep their billing subscription."""
    customers = world.life.customers
    begun = (customers["start_day"] * DAY + customers["start_second"]).to_numpy() < world.settings.now
    # main subscriptions are numbered in the order of the customers that have begun
    subscription = np.cumsum(begun) - 1
    rng = world.settings.rng("identity-deal-field")
    known = (rng.random(len(customers)) < 0.10) & begun
    known[_keyless(planned)] = False
    known[planned.billing["crm_subscription_ref"]] = True
    who = np.flatnonzero(known)
    fields: dict[object, str | None] = dict(
        zip(
            _ids("006", customers["deal"].to_numpy()[who]),
            stripe_id("sub_", subscription[who]).to_pylist(),
            strict=True,
        )
    )
    table = table.append_column("stripe_subscription_id_c", pa.nulls(table.num_rows, pa.string()))
    return _put(table, "stripe_subscription_id_c", "id", fields)


def _billing_customers(table: pa.Table, world: World, planned: IdentityPlan) -> pa.Table:
    """Keys taken away or wrong, addresses of the cases, names as people type them, and customers of nobody."""
    domains = world.people.domain.to_pylist()
    metadata: dict[object, str | None] = dict.fromkeys(stripe_id("cus_", _keyless(planned)).to_pylist(), "{}")
    for cus in stripe_id("cus_", planned.billing["dangling_key"]).to_pylist():
        metadata[cus] = json.dumps({"salesforce_account_id": "001Hs0000zzzzzz" + cus[-3:]})
    accounts = world.life.customers["account"].to_numpy()
    for customer in planned.wrong_key:
        wrong = _ids("001", np.array([accounts[(customer + 1) % len(accounts)]]))[0]
        cus = stripe_id("cus_", np.array([customer])).to_pylist()[0]
        metadata[cus] = json.dumps({"salesforce_account_id": wrong, "signup": "web"})
    table = _put(table, "metadata", "id", metadata)
    emails: dict[object, str | None] = {}
    for case, who in planned.billing.items():
        for customer, cus in zip(who, stripe_id("cus_", who).to_pylist(), strict=True):
            emails[cus] = _planted_email(case, int(customer), planned, world, domains)
    table = _put(table, "email", "id", emails)
    who = _keyless(planned)
    names = dict(zip(stripe_id("cus_", who).to_pylist(), _typed_names(world, who, "billing"), strict=True))
    table = _put(table, "name", "id", dict(names))
    n = planned.nobody
    if n == 0:
        return table
    first = world.settings.first_day
    return _append(
        table,
        {
            "id": _nobody_billing_ids(world, planned),
            "created": col.ts((first + 20 + np.arange(n)) * DAY),
            "email": pa.array([f"maker.{i}@hobbyshed.example" if i % 2 else f"maker.{i}@gmail.com" for i in range(n)]),
            "metadata": pa.array(["{}"] * n),
            "livemode": col.flag(np.ones(n, dtype=bool)),
            "name": pa.array([f"Private maker {i}" for i in range(n)]),
            "currency": pa.array(["usd"] * n),
            "balance": col.whole(np.zeros(n, dtype=np.int64)),
            "delinquent": col.flag(np.zeros(n, dtype=bool)),
            "is_deleted": col.flag(np.zeros(n, dtype=bool)),
        },
    )


def _typed_names(world: World, customers: Arr, topic: str) -> list[str]:
    """Company names as people type them elsewhere: legal forms, capitals, turned round, cut, misspelt."""
    rng = world.settings.rng(f"identity-names-{topic}")
    plain = world.people.name.take(pa.array(_account_of(world, customers))).to_pylist()
    style = rng.integers(0, 6, len(plain))
    place = rng.integers(2, 6, len(plain))
    typed: list[str] = []
    for name, how, cut in zip(plain, style, place, strict=True):
        head, _, tail = name.partition(" ")
        typed.append(
            (
                name,
                f"{name} Ltd.",
                name.upper(),
                f"{tail}, {head}" if tail else head,
                head,
                head[:cut] + head[cut + 1 :] + " " + tail,
            )[how].strip()
        )
    return typed


def _subscriptions(table: pa.Table, planned: IdentityPlan) -> pa.Table:
    """Subscriptions of customers without keys name no deal; what else their metadata says stays."""
    keyless = pc.is_in(table["customer_id"].combine_chunks(), value_set=stripe_id("cus_", _keyless(planned)))
    stripped: list[str] = []
    for text in table["metadata"].combine_chunks().filter(keyless).to_pylist():
        kept = {k: v for k, v in json.loads(text or "{}").items() if k != "salesforce_opportunity_id"}
        stripped.append(json.dumps(kept))
    column = table["metadata"].combine_chunks()
    new = pc.replace_with_mask(column, keyless, pa.array(stripped, type=column.type))
    return table.set_column(table.schema.get_field_index("metadata"), "metadata", new)


def _organisations(table: pa.Table, world: World, planned: IdentityPlan) -> pa.Table:
    """Organisations of the pairs carry no CRM id; theirs are typed names."""
    who = planned.pairs.reshape(-1)
    table = _put(table, "external_id", "id", {int(_FIRST_ORGANISATION + c): None for c in who})
    names = _typed_names(world, who, "support")
    return _put(table, "name", "id", {int(_FIRST_ORGANISATION + c): name for c, name in zip(who, names, strict=True)})


def _domain_names(table: pa.Table, world: World, planned: IdentityPlan) -> pa.Table:
    """The second organisation of a pair lists the domain of the first."""
    domains = world.people.domain.to_pylist()
    shared: dict[object, str | None] = {
        int(_FIRST_ORGANISATION + second): domains[int(_account_of(world, np.array([first]))[0])]
        for first, second in planned.pairs
    }
    return _put(table, "domain_name", "organization_id", shared)


def _support_users(table: pa.Table, world: World, planned: IdentityPlan) -> pa.Table:
    """Some users carry the id of their contact or account; consultants write with one address for two accounts."""
    rng = world.settings.rng("identity-support-users")
    ids = table["id"].to_numpy()
    n = len(ids)
    is_customer = (ids >= _FIRST_USER) & (ids < _FIRST_ORGANISATION)
    who = np.where(is_customer, (ids - _FIRST_USER) // 2, 0)
    account = _account_of(world, who)
    kind = np.where(is_customer, rng.choice(3, n, p=[0.7, 0.2, 0.1]), 0)
    consultants = _consultant_users(planned)
    kind[np.isin(ids, consultants)] = 0
    short = rng.random(n) < 0.3
    contact = world.people.contact_start[account] + (ids - _FIRST_USER) % 2
    external = pc.if_else(
        pa.array(kind == 1),
        salesforce_id("003", np.where(kind == 1, contact, 0), short=short),
        salesforce_id("001", np.where(kind == 2, account, -1), short=short),
    )
    table = table.append_column("external_id", external)
    domains = world.people.domain.to_pylist()
    shared: dict[object, str | None] = {
        int(_FIRST_USER + 2 * c): _planted_email("shared_email", int(c), planned, world, domains)
        for c in planned.billing["shared_email"]
    }
    table = _put(table, "email", "id", shared)
    m = planned.nobody
    if m == 0:
        return table
    return _append(
        table,
        {
            "id": col.whole(_NOBODY_USER + np.arange(m)),
            "role": col.same("end-user", m),
            "active": col.flag(np.ones(m, dtype=bool)),
            "created_at": col.ts(np.full(m, (world.settings.first_day + 9) * DAY)),
            "email": pa.array([f"curious.{i}@gmail.com" for i in range(m)]),
            "name": pa.array([f"Curious {i}" for i in range(m)]),
            "suspended": col.flag(np.zeros(m, dtype=bool)),
            "_fivetran_deleted": col.flag(np.zeros(m, dtype=bool)),
        },
    )
