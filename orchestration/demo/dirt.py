"""The dirt of real loads: replayed rows, stale repeats, soft deletes, merged accounts.

Other dirt sits where it arises: 15-character and merged ids in `merges`, test-mode billing and `sub_` lines
in `billing`, late-logged tasks in `activity`, blanks in `history` and `crm`.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo import columns as col
from orchestration.demo.ids import salesforce_id
from orchestration.demo.merges import Merges
from orchestration.demo.settings import DAY, Settings

# tables that a replayed page repeats whole
REPLAYED = (
    ("salesforce", "account"),
    ("salesforce", "opportunity"),
    ("salesforce", "opportunity_history"),
    ("salesforce", "opportunity_field_history"),
    ("salesforce", "task"),
    ("salesforce", "contact"),
    ("stripe", "customer"),
    ("stripe", "invoice"),
    ("stripe", "invoice_line_item"),
    ("stripe", "subscription_history"),
    ("zendesk", "ticket"),
    ("zendesk", "ticket_field_history"),
    ("product", "usage_account_daily"),
)
# (table, column, value that an older load still held): the repeat was loaded earlier and must lose
STALE = {
    ("salesforce", "account"): ("type", "Prospect"),
    ("salesforce", "opportunity"): ("next_step", "Send recap"),
    ("stripe", "invoice"): ("status", "open"),
    ("stripe", "customer"): ("name", "(name missing)"),
    ("zendesk", "ticket"): ("status", "open"),
}


def stamp(table: pa.Table, settings: Settings, topic: str) -> pa.Table:
    """Add `_fivetran_synced`: one first load on the morning of the extraction stamps years of rows with one
    day."""
    rng = settings.rng(f"synced-{topic}")
    loaded = settings.as_of_day * DAY + 4 * 3600 + rng.integers(0, 5_400, max(table.num_rows, 1))[: table.num_rows]
    return table.append_column("_fivetran_synced", col.ts(np.sort(loaded)))


def set_column(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    """The table with one column replaced, at its place."""
    return table.set_column(table.schema.get_field_index(name), name, column.cast(table.schema.field(name).type))


def replay(table: pa.Table, key: tuple[str, str], settings: Settings) -> pa.Table:
    """Repeat about 1 % of the rows: half exactly, half (where the table has a stale form) as an earlier load
    saw them."""
    rng = settings.rng(f"replay-{key[0]}-{key[1]}")
    rows = np.flatnonzero(rng.random(table.num_rows) < 0.01)
    if len(rows) < 2:
        rows = np.arange(min(2, table.num_rows))
    repeats = [table]
    half = len(rows) // 2
    exact = rows if key not in STALE else rows[:half]
    repeats.append(table.take(pa.array(exact)))
    if key in STALE:
        older = table.take(pa.array(rows[half:])).combine_chunks()
        n = older.num_rows
        column, value = STALE[key]
        older = set_column(older, column, pa.array([value] * n, type=pa.string()))
        back = rng.integers(2, 12, n) * DAY * 1_000_000
        synced = pc.subtract(older["_fivetran_synced"].combine_chunks().cast(pa.int64()), pa.array(back))
        older = set_column(older, "_fivetran_synced", synced)
        if "system_modstamp" in older.column_names:
            modified = pc.subtract(older["system_modstamp"].combine_chunks().cast(pa.int64()), pa.array(back))
            older = set_column(older, "system_modstamp", modified)
        repeats.append(older)
    return pa.concat_tables(repeats).combine_chunks()


def merged_accounts(table: pa.Table, merges: Merges, settings: Settings) -> pa.Table:
    """Append the losing accounts: deleted, with `master_record_id` set."""
    rng = settings.rng("merged-accounts")
    n = len(merges.loser)
    extra = table.take(pa.array(merges.winner)).combine_chunks()
    extra = set_column(extra, "id", salesforce_id("001", merges.loser))
    extra = set_column(extra, "master_record_id", salesforce_id("001", merges.master))
    extra = set_column(extra, "is_deleted", pa.array(np.ones(n, dtype=bool)))
    endings = col.pick((" Inc", " Ltd", " (old)", ", LLC"), rng.integers(0, 4, n))
    extra = set_column(extra, "name", col.glue(extra["name"].combine_chunks(), endings))
    extra = set_column(extra, "website", pa.nulls(n, pa.string()))
    return pa.concat_tables([table, extra]).combine_chunks()


def deleted_accounts(table: pa.Table, first_number: int, settings: Settings) -> pa.Table:
    """Append deleted accounts that never had a deal."""
    rng = settings.rng("deleted-accounts")
    n = max(2, table.num_rows // 80)
    extra = table.take(pa.array(rng.integers(0, table.num_rows, n))).combine_chunks()
    extra = set_column(extra, "id", salesforce_id("001", first_number + np.arange(n)))
    extra = set_column(extra, "name", col.glue("Test ", extra["name"].combine_chunks()))
    extra = set_column(extra, "type", col.same("Prospect", n))
    extra = set_column(extra, "is_deleted", pa.array(np.ones(n, dtype=bool)))
    extra = set_column(extra, "website", pa.nulls(n, pa.string()))
    return pa.concat_tables([table, extra]).combine_chunks()


def deleted_opportunities(table: pa.Table, settings: Settings) -> pa.Table:
    """Append deals that were entered twice and deleted; they look alive but for the flag."""
    rng = settings.rng("deleted-opportunities")
    n = max(2, table.num_rows // 80)
    extra = table.take(pa.array(rng.integers(0, table.num_rows, n))).combine_chunks()
    extra = set_column(extra, "id", salesforce_id("006", table.num_rows + np.arange(n)))
    extra = set_column(extra, "is_deleted", pa.array(np.ones(n, dtype=bool)))
    extra = set_column(extra, "contract_id", pa.nulls(n, pa.string()))
    return pa.concat_tables([table, extra]).combine_chunks()
