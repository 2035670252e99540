"""Write a demo company: raw tables in the shape of the loaders, its `company.yml`, and the truth apart from
both."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import yaml

from orchestration.demo import (
    activity,
    airbyte,
    billing,
    books,
    crm,
    dirt,
    finance,
    history,
    identity,
    ledger,
    marketing,
    replies,
    support,
    truth,
    usage,
)
from orchestration.demo import merges as merging
from orchestration.demo import world as whole
from orchestration.demo.settings import Settings
from orchestration.errors import WrongUse

FileFormat = Literal["parquet", "csv"]
Shape = Literal["fivetran", "airbyte"]
COMPANY = "Northlight Software"
_LOADED = ("salesforce", "stripe", "zendesk")


@dataclass(frozen=True)
class DemoSummary:
    """What was written.

    Attributes:
        rows: rows per 'schema.table'.
        counts: customers, opportunities, open opportunities, accounts, sellers, open deals by kind.
        out_dir: where.
    """

    rows: dict[str, int]
    counts: dict[str, int]
    out_dir: Path


def write_demo(
    out_dir: Path,
    *,
    n_customers: int = 2000,
    n_months: int = 36,
    seed: int = 7,
    as_of: date = date(2026, 11, 2),
    file_format: FileFormat = "parquet",
    shape: Shape = "fivetran",
) -> DemoSummary:
    """Write `raw/<schema>/<table>`, `company.yml` and `truth/` of a seeded company below `out_dir`.

    Args:
        out_dir: folder to write to; tables of the same name are replaced.
        n_customers: accounts won as new business, at least 20; opportunities are three times as many.
        n_months: months of billing history, at least 15.
        seed: the same seed gives the same bytes.
        as_of: day of the extraction; all rows are from before 03:00 UTC of that day.
        file_format: of the raw tables; the truth is always Parquet.
        shape: the loader whose tables Salesforce, Stripe and Zendesk come in; the values are the same.

    Raises:
        WrongUse: a parameter is out of its range.
    """
    if n_customers < 20:
        raise WrongUse(f"A demo company needs at least 20 customers, got {n_customers}.", "Raise --customers.")
    if n_months < 15:
        raise WrongUse(f"A demo company needs at least 15 months, got {n_months}.", "Raise --months.")
    settings = Settings(n_customers, n_months, seed, as_of)
    world = whole.build(settings)
    merges = merging.plan(world)
    planned = identity.plan(world, merges)
    rows: dict[str, int] = {}
    records: dict[tuple[str, str], pa.Array] = {}
    planted: list[pa.Table] = []
    tables = _keeping_ids(_tables(world, merges, planned, planted), records)
    for key, table in _shaped(tables, shape, file_format):
        _write(out_dir / "raw" / key[0], key[1], table, file_format)
        rows[".".join(key)] = table.num_rows
    truths = {
        **truth.tables(world),
        "identity": identity.truth_table(world, planned, records),
        "finance": pa.concat_tables(planted).combine_chunks(),
        "play_response": replies.plan(world)[1],
    }
    for name, table in truths.items():
        _write(out_dir / "truth", name, table, "parquet")
    company = yaml.safe_dump(_company(), sort_keys=False, allow_unicode=True)
    (out_dir / "company.yml").write_text(company, encoding="utf-8")
    is_open = world.deals["closed"] >= settings.now
    counts = {
        "customers": len(world.life.customers),
        "opportunities": len(world.deals),
        "open_opportunities": int(is_open.sum()),
        "open_new_business": int((is_open & (world.deals["kind"] == 0)).sum()),
        "accounts": len(world.people.accounts),
        "sellers": settings.n_sellers,
    }
    return DemoSummary(rows, counts, out_dir)


def _keeping_ids(
    tables: Iterator[tuple[tuple[str, str], pa.Table]], records: dict[tuple[str, str], pa.Array]
) -> Iterator[tuple[tuple[str, str], pa.Table]]:
    """Pass tables on and keep the ids of those whose identity has a truth, before any loader's shape hides them."""
    for key, table in tables:
        if key in identity.RECORDS:
            records[key] = pc.unique(table["id"].combine_chunks())
        yield key, table


def _tables(
    world: whole.World, merges: merging.Merges, planned: identity.IdentityPlan, planted: list[pa.Table]
) -> Iterator[tuple[tuple[str, str], pa.Table]]:
    """Every raw table, with load stamps and dirt, in a fixed order; what was planted in the books goes to `planted`."""
    settings = world.settings

    def clean() -> Iterator[tuple[tuple[str, str], dict[str, pa.Array]]]:
        remembered = history.remember(world)
        yield ("salesforce", "account"), crm.accounts_table(world)
        yield ("salesforce", "contact"), crm.contacts_table(world)
        yield ("salesforce", "user"), crm.users_table(world)
        yield ("salesforce", "user_role"), crm.roles_table()
        yield ("salesforce", "opportunity"), crm.opportunities_table(world, remembered)
        yield ("salesforce", "opportunity_stage"), crm.stages_table()
        yield ("salesforce", "opportunity_history"), history.history_table(world, remembered)
        yield ("salesforce", "opportunity_field_history"), history.field_history_table(world, remembered)
        yield ("salesforce", "opportunity_line_item"), crm.line_items_table(world, remembered)
        yield ("salesforce", "product_2"), crm.products_table()
        yield ("salesforce", "record_type"), crm.record_types_table()
        yield ("salesforce", "contract"), crm.contracts_table(world)
        yield ("salesforce", "currency_type"), finance.currency_type_table()
        yield ("salesforce", "opportunity_contact_role"), activity.contact_roles_table(world)
        touched = activity.touches(world)
        yield ("salesforce", "task"), activity.tasks_table(world, touched)
        yield ("salesforce", "event"), activity.events_table(world, touched)
        del touched, remembered
        yield ("salesforce", "campaign"), marketing.campaigns_table(world)
        yield ("salesforce", "campaign_member"), marketing.campaign_members_table(world)
        yield ("salesforce", "lead"), marketing.leads_table(world)
        billed = billing.bill(world)
        stripe, oddities = books.plant(world, billed, billing.tables(world, billed, merges))
        planted.append(oddities)
        for name, columns in stripe.items():
            yield ("stripe", name), columns
        fx = finance.fx_table(world)
        booked = ledger.billing_entries(world, stripe, fx)
        del billed, stripe
        zendesk = support.tables(world, merges)
        for name, columns in zendesk.items():
            yield ("zendesk", name), columns
        support_rate = finance.support_rate_table(world, support.SPECIALISTS)
        booked |= ledger.support_entries(world, zendesk, support_rate)
        del zendesk
        yield ("product", "usage_account_daily"), usage.usage_table(world, merges)
        yield ("intent", "capability_visit_daily"), activity.capability_visits_table(world)
        yield ("crm", "deal_desk_request"), activity.deal_desk_table(world)
        yield ("crm", "play_response"), replies.plan(world)[0]
        ads, gtm = marketing.ad_spend_table(world), marketing.gtm_cost_table(world)
        yield ("marketing", "ad_spend_daily"), ads
        yield ("marketing", "gtm_cost_monthly"), gtm
        yield ("finance", "product_margin"), finance.margin_table(world)
        yield ("finance", "support_rate"), support_rate
        yield ("finance", "fx_rate"), fx
        booked |= ledger.selling_entries(world, gtm, ads)
        general_ledger, month_off = ledger.ledger_table(world, booked)
        planted.append(month_off)
        yield ("finance", "gl_monthly"), general_ledger
        yield ("finance", "currency_exponent"), finance.currency_exponent_table()
        yield ("crosswalk", "account_override"), finance.override_table(world, planned.overridden)

    for key, columns in clean():
        table = identity.plant(key, pa.table(columns), world, planned)
        if key == ("salesforce", "account"):
            living = table.num_rows
            table = dirt.merged_accounts(table, merges, settings)
            table = dirt.deleted_accounts(table, living + len(merges.loser), settings)
            table = identity.merge_circle(table)
        if key == ("salesforce", "opportunity"):
            table = dirt.deleted_opportunities(table, settings)
        if key[0] in _LOADED:
            table = dirt.stamp(table, settings, ".".join(key))
        if key in dirt.REPLAYED:
            table = dirt.replay(table, key, settings)
        yield key, table


def _shaped(
    tables: Iterator[tuple[tuple[str, str], pa.Table]], shape: Shape, file_format: FileFormat
) -> Iterator[tuple[tuple[str, str], pa.Table]]:
    """The tables as a loader delivers them; Airbyte's streams need all of them at once."""
    if shape == "fivetran":
        yield from tables
        return
    loaded: dict[tuple[str, str], pa.Table] = {}
    for key, table in tables:
        if key[0] in _LOADED:
            loaded[key] = table
        else:
            yield key, table
    yield from airbyte.streams(loaded, is_nested=file_format == "parquet").items()


def _write(folder: Path, name: str, table: pa.Table, file_format: FileFormat) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if file_format == "parquet":
        pyarrow.parquet.write_table(table, folder / f"{name}.parquet", compression="zstd", compression_level=1)
    else:
        pyarrow.csv.write_csv(table, folder / f"{name}.csv")


def _company() -> dict[str, object]:
    """Contents of company.yml: what differs between companies."""
    sources = (
        "salesforce",
        "stripe",
        "zendesk",
        "product",
        "marketing",
        "finance",
        "crosswalk",
        "crm",
        "intent",
    )
    return {
        "company_name": COMPANY,
        "raw_schemas": {source: source for source in sources},
        "reporting_currency": "USD",
        "reporting_timezone": "UTC",
        "mrr_policy": "contracted",
        "metadata_account_key": "salesforce_account_id",
        "metadata_opportunity_key": "salesforce_opportunity_id",
        "product_key": "id",
        "ticket_time_field": support.TIME_FIELD,
        "load_time_trusted_from": None,
        "field_map": {**history.FIELD_MAP, "weekly_capacity_hours": "weekly_capacity_hours_c"},
    }
