"""The demo company: same seed same bytes, the raw contract, tie-outs, planted dirt, and truth against
outcome."""

import csv
import hashlib
import json
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

from orchestration.demo import segments as seg
from orchestration.demo import world as whole
from orchestration.demo import write_demo
from orchestration.demo.ids import salesforce_id, stripe_id, to18
from orchestration.demo.settings import DAY, Settings, add_months
from orchestration.errors import WrongUse

CONTRACT = Path(__file__).parents[3] / "seeds" / "reference" / "raw_contract.csv"
AS_OF = date(2026, 11, 2)
CUSTOM = {"account": "_c", "opportunity": "_c", "user": "_c"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo")
    write_demo(out, n_customers=150, seed=7)
    return out


@pytest.fixture(scope="module")
def large() -> whole.World:
    return whole.build(Settings(12_000, 36, 11, AS_OF))


def read(home: Path, name: str) -> pa.Table:
    schema, table = name.split(".")
    return pq.read_table(home / "raw" / schema / f"{table}.parquet")


def frame(home: Path, name: str):  # type: ignore[no-untyped-def]
    return read(home, name).to_pandas()


def _weekday(days):  # type: ignore[no-untyped-def]
    """Monday is 0."""
    return (days.to_numpy().astype("datetime64[D]").astype(np.int64) + 3) % 7


def digests(home: Path) -> dict[str, str]:
    files = sorted(p for p in home.rglob("*") if p.is_file())
    return {str(p.relative_to(home)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def contract() -> dict[str, dict[str, tuple[str, str]]]:
    tables: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    with CONTRACT.open(newline="") as handle:
        for row in csv.DictReader(handle):
            tables[f"{row['schema']}.{row['table']}"][row["column"]] = (row["type"], row["level"])
    return tables


def fits(kind: pa.DataType, wanted: str) -> bool:
    checks = {
        "str": pa.types.is_string(kind),
        "json": pa.types.is_string(kind),
        "int": pa.types.is_int64(kind),
        "num": pa.types.is_float64(kind) or pa.types.is_decimal(kind),
        "dec": pa.types.is_decimal(kind),
        "bool": pa.types.is_boolean(kind),
        "date": pa.types.is_date32(kind),
        "ts": pa.types.is_timestamp(kind) and kind.tz is None,
    }
    return checks[wanted]


def test_same_seed_gives_same_bytes(home: Path, tmp_path: Path) -> None:
    write_demo(tmp_path, n_customers=150, seed=7)
    assert digests(tmp_path) == digests(home)


def test_other_seed_differs(home: Path, tmp_path: Path) -> None:
    write_demo(tmp_path, n_customers=150, seed=8)
    ours, theirs = digests(home), digests(tmp_path)
    assert ours.keys() == theirs.keys()
    for name in ("salesforce/opportunity", "stripe/invoice", "zendesk/ticket", "finance/fx_rate"):
        assert ours[f"raw/{name}.parquet"] != theirs[f"raw/{name}.parquet"]


def test_tables_keep_the_contract(home: Path) -> None:
    tables = contract()
    written = sorted((home / "raw").glob("*/*.parquet"))
    assert len(written) >= 45
    problems = []
    for path in written:
        name = f"{path.parent.name}.{path.stem}"
        columns = tables[name]
        table = pq.read_table(path)
        for column, (wanted, level) in columns.items():
            if column not in table.column_names:
                if level != "O":
                    problems.append(f"{name}.{column} missing")
                continue
            if not fits(table.schema.field(column).type, wanted):
                problems.append(f"{name}.{column} is {table.schema.field(column).type}, wanted {wanted}")
            if level == "K" and table[column].null_count:
                problems.append(f"{name}.{column} has {table[column].null_count} nulls")
        extra = [c for c in table.column_names if c not in columns and not c.endswith(CUSTOM.get(path.stem, "\0"))]
        problems += [f"{name}.{column} is not in the contract" for column in extra]
    assert problems == []


def test_nothing_is_dated_after_the_extraction(home: Path) -> None:
    now = np.datetime64(AS_OF, "us") + np.timedelta64(3, "h")
    known = {
        "salesforce.opportunity": ("created_date", "system_modstamp", "last_stage_change_date"),
        "salesforce.opportunity_history": ("created_date",),
        "salesforce.opportunity_field_history": ("created_date",),
        "salesforce.task": ("created_date", "completed_date_time"),
        "salesforce.event": ("created_date",),
        "salesforce.opportunity_contact_role": ("created_date",),
        "stripe.invoice": ("created", "status_transitions_paid_at"),
        "stripe.subscription_history": ("created", "canceled_at", "ended_at", "_fivetran_start"),
        "zendesk.ticket": ("created_at", "updated_at"),
        "zendesk.ticket_field_history": ("updated",),
        "crm.deal_desk_request": ("requested_at", "decided_at"),
    }
    for name, columns in known.items():
        table = frame(home, name)
        for column in columns:
            assert (table[column].dropna().to_numpy() <= now).all(), f"{name}.{column}"


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("0011H000026CXpi", "0011H000026CXpiQAG"),
        ("001A0000006Vm9r", "001A0000006Vm9rIAC"),
        ("00530000003T6wB", "00530000003T6wBAAS"),
    ],
)
def test_checksum_of_known_salesforce_ids(short: str, long: str) -> None:
    assert to18(short) == long


def test_generated_ids_are_distinct_and_valid() -> None:
    ids = salesforce_id("006", np.arange(20_000)).to_pylist()
    assert len({i.lower() for i in ids}) == 20_000
    assert all(to18(i[:15]) == i for i in ids[:200])
    assert len(set(stripe_id("in_", np.arange(20_000)).to_pylist())) == 20_000
    assert salesforce_id("001", np.array([-1])).to_pylist() == [None]


def test_months_keep_the_day_or_the_last_of_the_month() -> None:
    start = (date(2024, 1, 31) - date(1970, 1, 1)).days
    got = [
        date.fromordinal(int(d) + date(1970, 1, 1).toordinal())
        for d in add_months(np.full(3, start), np.array([1, 2, 12]))
    ]
    assert got == [date(2024, 2, 29), date(2024, 3, 31), date(2025, 1, 31)]


def test_invoice_total_is_lines_less_coupon_plus_tax(home: Path) -> None:
    invoice = frame(home, "stripe.invoice").sort_values("_fivetran_synced").drop_duplicates("id", keep="last")
    line = frame(home, "stripe.invoice_line_item")
    line = line[~line["id"].str.startswith("sub_")].drop_duplicates(["id", "invoice_id"])
    lines = line.groupby("invoice_id")["amount"].sum()
    assert set(lines.index) == set(invoice["id"])
    invoice = invoice[~invoice["number"].str.startswith("NL-P")]  # planted oddities have a test of their own
    assert (invoice["id"].map(lines) == invoice["subtotal"]).all()
    percent = frame(home, "stripe.coupon").set_index("id")["percent_off"]
    given = frame(home, "stripe.subscription_discount").set_index("subscription_id")["coupon_id"].map(percent)
    off = invoice["subscription_id"].map(given).fillna(0)
    discount = np.floor(invoice["subtotal"] * off / 100 + 0.5).astype(int)
    assert (invoice["subtotal"] - discount + invoice["tax"].fillna(0) == invoice["total"]).all()
    assert (discount > 0).any() and (invoice["tax"] > 0).any()


def test_recurring_lines_are_price_times_quantity_and_end_at_the_present_quantity(home: Path) -> None:
    line = frame(home, "stripe.invoice_line_item")
    line = line[~line["id"].str.startswith("sub_")]
    price = frame(home, "stripe.price").set_index("id")["unit_amount_decimal"].astype(float)
    odd = set(pq.read_table(home / "truth" / "finance.parquet")["document_id"].to_pylist())
    recurring = line[(line["type"] == "subscription") & ~line["proration"] & ~line["subscription_id"].isin(odd)]
    assert (recurring["amount"] == recurring["price_id"].map(price) * recurring["quantity"]).all()
    proration = line[line["proration"]]
    assert (proration["amount"] < 0).any() and (proration["amount"] > 0).any()
    last = line[line["subscription_id"].notna()].sort_values(["period_start", "amount"])
    last = last.groupby("subscription_id").tail(1).set_index("subscription_id")["quantity"]
    item = frame(home, "stripe.subscription_item").set_index("subscription_id")["quantity"]
    agree = item.reindex(last.index) == last
    assert agree.mean() > 0.98  # seats given back on the last anniversary of a leaver show on no line


def test_opportunity_row_agrees_with_its_history(home: Path) -> None:
    deal = frame(home, "salesforce.opportunity")
    deal = deal[~deal["is_deleted"]].drop_duplicates("id").set_index("id")
    steps = frame(home, "salesforce.opportunity_history").drop_duplicates("id")
    last = steps.reset_index().sort_values(["created_date", "id"]).groupby("opportunity_id").tail(1)
    last = last.set_index("opportunity_id").reindex(deal.index)
    assert (last["stage_name"] == deal["stage_name"]).mean() > 0.999
    closed = deal[deal["is_closed"]]
    assert set(closed["probability"]) == {0.0, 100.0}
    assert (steps["created_date"] >= np.datetime64("2022-01-01")).all()


def test_field_history_ends_at_the_present_value(home: Path) -> None:
    config = yaml.safe_load((home / "company.yml").read_text())
    column = config["field_map"]["discount_pct"]
    deal = frame(home, "salesforce.opportunity")
    deal = deal[~deal["is_deleted"]].drop_duplicates("id").set_index("id")[column]
    changes = frame(home, "salesforce.opportunity_field_history").drop_duplicates("id")
    changes = changes[changes["field"] == "Discount_Pct__c"].sort_values("created_date")
    last = changes.groupby("opportunity_id").tail(1).set_index("opportunity_id")["new_value"].astype(float)
    assert (deal.dropna() == last.reindex(deal.dropna().index)).all()
    assert set(deal.dropna().index) == set(last.index)
    assert deal.isna().any()


def test_planted_dirt_is_present(home: Path) -> None:
    deal, account = frame(home, "salesforce.opportunity"), frame(home, "salesforce.account")
    assert deal["id"].duplicated().any() and account["id"].duplicated().any()
    assert deal["is_deleted"].any() and frame(home, "salesforce.task")["is_deleted"].any()
    lost = account[account["master_record_id"].notna()].drop_duplicates("id").set_index("id")["master_record_id"]
    assert account[account["master_record_id"].notna()]["is_deleted"].all()
    assert lost.isin(lost.index).any(), "a chain of three"
    external = frame(home, "zendesk.organization")["external_id"]
    assert set(external.dropna().str.len()) == {15, 18} and external.isna().any()
    assert set(frame(home, "product.usage_account_daily")["account_id"].str.len()) == {15, 18}
    metadata = frame(home, "stripe.customer")["metadata"].dropna().map(json.loads)
    known = metadata.map(lambda m: m.get("salesforce_account_id"))
    assert 0.85 < known.notna().mean() < 0.99 and set(known.dropna().str.len()) == {15, 18}
    for name in ("customer", "subscription_history", "invoice", "invoice_line_item"):
        assert not frame(home, f"stripe.{name}")["livemode"].all(), name
    assert frame(home, "stripe.invoice_line_item")["id"].str.startswith("sub_").any()
    assert (frame(home, "zendesk.ticket_tag")["tag"] == "closed_by_merge").any()
    task = frame(home, "salesforce.task")
    late = task["created_date"].dt.normalize() > task["activity_date"].astype("datetime64[us]") + np.timedelta64(2, "D")
    assert late.any()
    synced = deal["_fivetran_synced"]
    assert (synced >= np.datetime64(AS_OF)).mean() > 0.98, "load time says nothing about the change"


def test_rare_documents_of_the_books_are_planted_and_keyed(home: Path) -> None:
    truth = pq.read_table(home / "truth" / "finance.parquet").to_pandas()
    assert truth.groupby("kind").size().drop("payout").to_dict() == {
        "coupon_once": 1,
        "coupon_repeating": 1,
        "credit_above_invoice": 1,
        "dispute_lost": 2,
        "dispute_under_review": 1,
        "dispute_won": 1,
        "invoice_below_zero": 1,
        "invoice_without_customer": 1,
        "late_invoice": 1,
        "ledger_month_off": 1,
        "lines_do_not_sum": 2,
        "paid_in_part": 1,
        "quantity_zero": 1,
        "refund_failed": 1,
        "refund_without_charge": 1,
        "refund_without_credit_note": 2,
        "tiered_price": 1,
        "trial": 1,
        "trial_running": 1,
    }
    for table, rows in truth[truth["source_table"] != "gl_monthly"].groupby("source_table"):
        assert set(rows["document_id"]) <= set(frame(home, f"stripe.{table}")["id"]), table
    invoice = frame(home, "stripe.invoice").sort_values("_fivetran_synced").drop_duplicates("id", keep="last")
    invoice = invoice.set_index("id")
    line = frame(home, "stripe.invoice_line_item")
    lines = line[~line["id"].str.startswith("sub_")].drop_duplicates("id").groupby("invoice_id")["amount"].sum()
    off = (invoice["subtotal"] - lines.reindex(invoice.index)).loc[lambda gap: gap != 0]
    planted = truth[truth["kind"] == "lines_do_not_sum"].set_index("document_id")["amount_minor"]
    assert off.to_dict() == planted.to_dict()
    customers = set(frame(home, "stripe.customer")["id"])
    assert set(invoice.index[~invoice["customer_id"].isin(customers)]) == set(
        truth.loc[truth["kind"] == "invoice_without_customer", "document_id"]
    )
    note = frame(home, "stripe.credit_note").groupby("invoice_id")["total"].sum()
    assert (note > invoice["total"].reindex(note.index)).sum() == 1
    price = frame(home, "stripe.price").set_index("id")
    tiered = price[price["unit_amount_decimal"].isna() & price["unit_amount"].isna()]
    assert len(tiered) == 1 and set(tiered["tiers_mode"]) == {"graduated"}
    assert (frame(home, "stripe.subscription_history")["trial_end"].notna()).sum() == 2


def test_payouts_empty_the_balance_and_disputes_move_it(home: Path) -> None:
    moved = frame(home, "stripe.balance_transaction").sort_values("created", kind="stable")
    assert (moved["amount"] - moved["fee"] == moved["net"]).all() and moved["id"].is_unique
    charge = frame(home, "stripe.charge").set_index("id")
    live = moved[~moved["source"].isin(charge.index[~charge["livemode"]])]
    for currency, rows in live.groupby("currency"):
        left = rows["net"].sum()
        recent = rows["created"] >= np.datetime64(AS_OF) - np.timedelta64(21, "D")
        assert left <= rows.loc[recent & (rows["net"] > 0), "net"].sum(), currency
        assert (rows["reporting_category"] == "payout").sum() > 20, currency
    dispute = frame(home, "stripe.dispute")
    taken = moved[moved["reporting_category"] == "dispute"].set_index("source")
    assert (taken["amount"].reindex(dispute["id"]) == -dispute["amount"].to_numpy()).all()
    returned = moved.loc[moved["reporting_category"] == "dispute_reversal", "source"]
    assert set(returned) <= set(dispute.loc[dispute["status"] == "won", "id"]) and len(returned) > 0


def test_ledger_has_every_pool_each_month(home: Path) -> None:
    ledger = frame(home, "finance.gl_monthly")
    assert (ledger.groupby("account_code").size() == 36).all() and ledger["account_code"].nunique() == 8
    amount = ledger["amount"].astype(float)
    is_revenue = ledger["account_code"].str.startswith("4")
    assert (amount[is_revenue] < 0).all(), "ledgers book revenue as a credit"
    assert (amount[ledger["account_code"].str.startswith("6")] > 0).all()


def test_truth_survival_meets_what_happened(large: whole.World) -> None:
    customers = large.life.customers
    churned = (customers["churn_age"] > 0) & (customers["churn_age"] <= 12)
    for number, name in enumerate(seg.SEGMENTS):
        rows = customers["segment"] == number
        true = customers.loc[rows, "survival_12"].mean()
        error = np.sqrt(true * (1 - true) / rows.sum())
        assert abs(1 - churned[rows].mean() - true) < 4 * error, name
        assert 0.60 < true < 0.975, name
    survival = customers.groupby("segment")["survival_12"].mean()
    assert survival[1] > survival[5] > survival[2] > survival[3] > survival[0]


def test_expansion_meets_its_probability(large: whole.World) -> None:
    customers, changes = large.life.customers, large.life.changes
    stayed = ((customers["churn_age"] == 0) | (customers["churn_age"] > 12)).to_numpy()
    grown = np.zeros(len(customers), dtype=bool)
    grown[changes.loc[~changes["is_renewal"] & (changes["age"] < 12), "customer"]] = True
    for number in range(len(seg.SEGMENTS)):
        rows = stayed & (customers["segment"] == number).to_numpy()
        expected = seg.EXPAND_PROB_12M[number]
        assert abs(grown[rows].mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / rows.sum())


def test_size_and_mix(large: whole.World) -> None:
    deals = large.deals
    is_open = deals["closed"] >= large.settings.now
    assert len(large.life.customers) == 12_000
    assert 2.85 <= len(deals) / 12_000 <= 3.02
    assert 0.2 < is_open.sum() / 12_000 < 0.36
    won = deals["won"] & ~is_open
    assert (
        abs(deals.loc[deals["kind"] == 0, "win_probability"].mean() - deals.loc[deals["kind"] == 0, "won"].mean())
        < 0.06
    )
    assert large.people.name.to_pandas().is_unique and won.any()


def test_engagement_ramps_for_deals_that_win(large: whole.World) -> None:
    from orchestration.demo.activity import touches

    rows = touches(large).rows
    deals = large.deals
    first = (deals["kind"] == 0).to_numpy()[rows["deal"]]
    closed = deals["closed"].to_numpy()[rows["deal"]]
    final = closed - rows["at"].to_numpy() < 21 * DAY
    done = first & (closed < large.settings.now)
    won = deals["won"].to_numpy()[rows["deal"]]
    assert final[done & won].mean() > 2 * final[done & ~won].mean()


def test_csv_carries_the_same_rows(home: Path, tmp_path: Path) -> None:
    write_demo(tmp_path, n_customers=150, seed=7, file_format="csv")
    text = (tmp_path / "raw" / "stripe" / "price.csv").read_text().splitlines()
    assert len(text) == 1 + read(home, "stripe.price").num_rows
    assert pc.sum(read(home, "stripe.invoice")["total"]).as_py() > 0


@pytest.mark.parametrize("wrong", [{"n_customers": 5}, {"n_months": 3}])
def test_wrong_size_is_refused(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(WrongUse):
        write_demo(tmp_path, **wrong)  # type: ignore[arg-type]


def test_replies_are_to_deals_open_on_their_monday_and_their_truth_stands_apart(home: Path) -> None:
    raw = frame(home, "crm.play_response")
    truth = pq.read_table(home / "truth" / "play_response.parquet").to_pandas()
    key = ["opportunity_id", "decision_week", "replied_at"]
    assert not raw.duplicated(key).any() and raw[key].equals(truth[key])
    assert (raw["replied_at"] < np.datetime64(AS_OF)).all()
    assert set(truth["oddity"]) == {"none", "not_a_monday", "unknown_word", "before_the_week", "unknown_deal"}
    usual = truth[truth["oddity"] == "none"]
    assert (_weekday(usual["decision_week"]) == 0).all()
    assert (_weekday(truth.loc[truth["oddity"] == "not_a_monday", "decision_week"]) != 0).all()
    early = truth["replied_at"].to_numpy() < truth["monday"].to_numpy().astype("datetime64[us]")
    assert (early == (truth["oddity"] == "before_the_week").to_numpy()).all()
    # a follower is the rule, otherwise there were nothing to learn from; and nobody answers everything
    assert 0.5 < (usual["meaning"] == "followed").mean() < 0.9
    is_known = truth["opportunity_id"].isin(frame(home, "salesforce.opportunity")["id"])
    assert (is_known == (truth["oddity"] != "unknown_deal")).all()
