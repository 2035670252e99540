"""Landing: what comes in, and every way in which input is refused."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.company import CompanyConfig
from orchestration.errors import InputError
from orchestration.landing.contract import ColumnType
from orchestration.landing.land import land
from orchestration.landing.names import snake_case
from orchestration.landing.report import LandingReport
from orchestration.landing.types import needs_check, typed
from tests.python.landing.raw_company import ACCOUNT, OPPORTUNITY, SYNCED, Rows, changed, without, write_csv

AS_OF = date(2025, 6, 30)


def run(raw: Path, company: CompanyConfig | None = None, as_of: date = AS_OF) -> LandingReport:
    return land(raw, raw.parent / "home" / "work.duckdb", company or CompanyConfig(), as_of)


def refused(raw: Path, company: CompanyConfig | None = None, as_of: date = AS_OF) -> InputError:
    with pytest.raises(InputError) as caught:
        run(raw, company, as_of)
    assert caught.value.next_step
    assert caught.value.exit_code == 3
    assert list(raw.parent.glob("home/*.tmp*")) == []
    return caught.value


def query(raw: Path, sql: str) -> list[Any]:
    with duckdb.connect(str(raw.parent / "home" / "work.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("CreatedDate", "created_date"),
        ("Product2Id", "product_2_id"),
        ("Discount__c", "discount_c"),
        ("_fivetran_synced", "_fivetran_synced"),
        ("created_date", "created_date"),
        ("q1_amount", "q1_amount"),
        ("ID", "id"),
        ("URLPath", "url_path"),
        ("Close Date", "close_date"),
        ("\ufeffid", "id"),
    ],
)
def test_snake_case(given: str, expected: str) -> None:
    assert snake_case(given) == expected


def test_csv_lands_as_text_in_file_order(raw: Path) -> None:
    report = run(raw)
    assert [(t.source, t.table, t.n_rows) for t in report.tables] == [
        ("salesforce", "account", 3),
        ("salesforce", "opportunity", 3),
    ]
    assert query(raw, "select id, amount, typeof(amount) from raw_salesforce.opportunity")[0] == (
        "006000000000001",
        "12000.50",
        "VARCHAR",
    )
    assert report.tables[1].unknown_columns == ("discount_c",)
    assert report.newest_event_on == date(2025, 6, 3)


def test_manifest_lists_every_contracted_table(raw: Path) -> None:
    report = run(raw)
    rows = query(
        raw,
        "select count(*), count(*) filter (is_present), count(distinct (source, table_name)) from raw_landing.manifest",
    )
    assert rows == [(57, 2, 57)]
    lost = query(raw, "select lost from raw_landing.manifest where source = 'zendesk' and table_name = 'ticket'")
    assert "support cost" in lost[0][0]
    present = query(
        raw,
        "select n_rows, sha256, n_missing_optional_columns from raw_landing.manifest "
        "where table_name = 'account' and is_present",
    )
    assert present == [(3, report.tables[0].sha256, len(report.tables[0].missing_optional_columns))]
    manifest = json.loads((raw.parent / "home" / "landing_manifest.json").read_text())
    assert manifest["tables"][0]["sha256"] == report.tables[0].sha256


def test_parquet_and_csv_give_the_same_manifest_rows(raw: Path) -> None:
    run(raw)
    folder = raw / "salesforce"
    duckdb.sql(
        f"copy (select * replace (cast(created_date as timestamptz) as created_date, "
        f"cast(amount as decimal(18, 2)) as amount), "
        f"{{'k': 1}} as nested from read_csv('{folder}/opportunity.csv')) to '{folder}/Opportunity.parquet'"
    )
    (folder / "opportunity.csv").unlink()
    run(raw)
    assert query(
        raw, "select typeof(amount), typeof(created_date), nested from raw_salesforce.opportunity limit 1"
    ) == [("DECIMAL(18,2)", "TIMESTAMP", '{"k":1}')]


def test_two_landings_are_equal_and_start_from_nothing(raw: Path) -> None:
    first = run(raw)
    manifest = (raw.parent / "home" / "landing_manifest.json").read_bytes()
    with duckdb.connect(str(raw.parent / "home" / "work.duckdb")) as connection:
        connection.execute("create table leftover as select 1 as x")
    assert run(raw) == first
    assert (raw.parent / "home" / "landing_manifest.json").read_bytes() == manifest
    assert query(raw, "select count(*) from information_schema.tables where table_name = 'leftover'") == [(0,)]


def test_camel_case_semicolons_bom_and_crlf(raw: Path) -> None:
    header = "Id;Name;IsDeleted;CreatedDate;_airbyte_extracted_at\r\n"
    rows = '001A;"Smith; Sons";False;;1735725600000\r\n001B;"two\r\nlines";0;1735725600;1735725600\r\n'
    (raw / "salesforce" / "account.csv").write_bytes(b"\xef\xbb\xbf" + (header + rows).encode())
    run(raw)
    assert query(raw, "select id, name, created_date, _fivetran_synced from raw_salesforce.account") == [
        ("001A", "Smith; Sons", None, "1735725600000"),
        ("001B", "two\r\nlines", "1735725600", "1735725600"),
    ]


def test_words_written_together_get_the_contracts_spelling(raw: Path) -> None:
    rows = [
        {("closedate" if name == "close_date" else name): value for name, value in row.items()} for row in OPPORTUNITY
    ]
    write_csv(raw / "salesforce" / "opportunity.csv", rows)
    write_csv(
        raw / "salesforce" / "product2.csv",
        [{"Id": "01t1", "Name": "Seat", "IsDeleted": "0", "_fivetran_synced": SYNCED}],
    )
    run(raw)
    assert query(raw, "select distinct close_date from raw_salesforce.opportunity") == [("2025-07-31",)]
    assert query(raw, "select name from raw_salesforce.product_2") == [("Seat",)]


def test_nan_in_parquet_is_null(raw: Path) -> None:
    folder = raw / "salesforce"
    duckdb.sql(
        f"copy (select * replace (case when id like '%1' then 'nan'::double else 5.5 end as amount) "
        f"from read_csv('{folder}/opportunity.csv', all_varchar = true)) to '{folder}/opportunity.parquet'"
    )
    (folder / "opportunity.csv").unlink()
    run(raw)
    assert query(raw, "select amount from raw_salesforce.opportunity") == [(None,), (5.5,), (5.5,)]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("ts", "'2025-01-01T10:00:00+02:00'", "2025-01-01 08:00:00"),
        ("ts", "'2025-01-01T10:00:00.000+0000'", "2025-01-01 10:00:00"),
        ("ts", "'1735725600'", "2025-01-01 10:00:00"),
        ("ts", "'1735725600000'", "2025-01-01 10:00:00"),
        ("ts", "1735725600", "2025-01-01 10:00:00"),
        ("ts", "1735725600000::double", "2025-01-01 10:00:00"),
        ("ts", "date '2025-01-01'", "2025-01-01 00:00:00"),
        ("ts", "'12'", None),
        ("ts", "true", None),
        ("date", "'2025-01-01T10:00:00Z'", "2025-01-01"),
        ("date", "'01.02.2025'", None),
        ("date", "20250101", None),
        ("int", "'12.0'", "12"),
        ("int", "'12.5'", None),
        ("int", "12.0::double", "12"),
        ("int", "12.5::decimal(5, 2)", None),
        ("int", "'9223372036854775808'", None),
        ("num", "'1e3'", "1000.0"),
        ("num", "'inf'", None),
        ("num", "'12 %'", None),
        ("dec", "'0.000000000001'", "0.000000000001"),
        ("bool", "'F'", "false"),
        ("bool", "1", "true"),
        ("bool", "2", None),
        ("json", "'{\"a\": 1}'", '{"a": 1}'),
        ("json", "'{a'", None),
        ("json", "5", None),
    ],
)
def test_spellings_of_contract_types(kind: ColumnType, value: str, expected: str | None) -> None:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"create table t as select {value} as v")
        (duckdb_type,) = connection.execute("select typeof(v) from t").fetchall()[0]
        assert needs_check(duckdb_type, kind) or expected is not None
        ((read,),) = connection.execute(f"select cast({typed('v', duckdb_type, kind)} as varchar) from t").fetchall()
    assert read == expected


def test_renamed_folder_is_read_under_its_canonical_name(raw: Path) -> None:
    (raw / "salesforce").rename(raw / "sfdc")
    run(raw, CompanyConfig(raw_schemas={"salesforce": "sfdc"}))
    assert query(raw, "select count(*) from raw_salesforce.account") == [(3,)]


def test_unknown_tables_and_columns_are_kept_and_reported(raw: Path) -> None:
    write_csv(raw / "salesforce" / "oportunity_history.csv", [{"id": "1"}])
    write_csv(raw / "hubspot" / "deal.csv", [{"id": "1"}])
    (raw / "salesforce" / "notes.txt").write_text("x")
    warnings = "\n".join(run(raw).warnings)
    assert "oportunity_history" in warnings
    assert "'opportunity_history'" in warnings
    assert "hubspot" in warnings
    assert "notes.txt" in warnings
    assert query(raw, "select id from raw_salesforce.oportunity_history") == [("1",)]


def test_old_data_only_warns(raw: Path) -> None:
    report = run(raw, as_of=date(2025, 9, 30))
    assert any("stale" in warning and "2025-06-03" in warning for warning in report.warnings)
    assert not any("stale" in warning for warning in run(raw, as_of=date(2025, 7, 15)).warnings)


def test_mapped_column_that_is_not_there_only_warns(raw: Path) -> None:
    report = run(raw, CompanyConfig(field_map={"discount_pct": "discoun_c"}))
    assert any("field_map.discount_pct" in w and "'discount_c'" in w for w in report.warnings)


def test_mapped_column_of_the_wrong_type_is_refused(raw: Path) -> None:
    write_csv(raw / "salesforce" / "opportunity.csv", changed(OPPORTUNITY, 2, discount_c="twelve"))
    error = refused(raw, CompanyConfig(field_map={"discount_pct": "discount_c"}))
    assert "discount_c holds 'twelve' in row 2" in error.message
    run(raw)  # without the map nobody reads the column


def damage(change: Callable[[Path], None], *words: str) -> Any:
    return pytest.param(change, words, id=" ".join(words)[:40])


def account(rows: Rows) -> Callable[[Path], None]:
    return lambda raw: write_csv(raw / "salesforce" / "account.csv", rows)


def opportunity(rows: Rows) -> Callable[[Path], None]:
    return lambda raw: write_csv(raw / "salesforce" / "opportunity.csv", rows)


def truncate_parquet(raw: Path) -> None:
    folder = raw / "salesforce"
    duckdb.sql(f"copy (select * from read_csv('{folder}/account.csv')) to '{folder}/account.parquet'")
    whole = (folder / "account.parquet").read_bytes()
    (folder / "account.csv").unlink()
    (folder / "account.parquet").write_bytes(whole[: len(whole) // 2])


def test_a_column_that_may_be_null_may_be_missing(raw: Path) -> None:
    opportunity(without(OPPORTUNITY, "amount"))(raw)
    assert any("lacks amount" in warning for warning in run(raw).warnings)


def header_only(raw: Path) -> None:
    (raw / "salesforce" / "account.csv").write_text(",".join(ACCOUNT[0]) + "\n")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        damage(
            account(without(ACCOUNT, "is_deleted")),
            "salesforce.account",
            "column is_deleted (bool) is missing",
        ),
        damage(
            opportunity(without(OPPORTUNITY, "stage_name")),
            "salesforce.opportunity",
            "column stage_name (str) is missing",
        ),
        damage(account(changed(ACCOUNT, 2, id="")), "salesforce.account", "column id is empty in row 2,"),
        damage(
            account(changed(changed(ACCOUNT, 2, name=""), 3, name="")),
            "name is empty in row 2 (2 rows in all)",
        ),
        damage(
            opportunity(changed(OPPORTUNITY, 3, close_date="31/07/2025")),
            "column close_date holds '31/07/2025' in row 3",
        ),
        damage(opportunity(changed(OPPORTUNITY, 1, amount="1,200.50")), "column amount holds '1,200.50' in row 1"),
        damage(opportunity(changed(OPPORTUNITY, 1, amount="nan")), "column amount holds 'nan' in row 1"),
        damage(opportunity(changed(OPPORTUNITY, 2, is_won="maybe")), "column is_won holds 'maybe' in row 2"),
        damage(
            opportunity(changed(OPPORTUNITY, 2, created_date="soon")),
            "column created_date holds 'soon' in row 2",
        ),
        damage(
            account([{**row, "number_of_employees": "1.5"} for row in ACCOUNT]),
            "number_of_employees holds '1.5' in row 1 (3 rows",
        ),
        damage(opportunity(changed(OPPORTUNITY, 2, close_date="x" * 99)), "'" + "x" * 40 + "...'"),
        damage(truncate_parquet, "salesforce/account.parquet", "cannot be read", "not parquet"),
        damage(
            lambda raw: (raw / "salesforce" / "account.csv").write_bytes(b""),
            "salesforce/account.csv",
            "0 bytes",
        ),
        damage(
            lambda raw: (raw / "salesforce" / "account.csv").write_bytes(b"id,n\xff\n1,2\n"),
            "account.csv",
            "not UTF-8",
        ),
        damage(
            lambda raw: (raw / "salesforce" / "account.csv").write_text("id,name\n1,2,3\n"),
            "account.csv",
            "cannot be read",
        ),
        damage(header_only, "salesforce.account has no rows"),
        damage(
            lambda raw: (raw / "salesforce" / "account.csv").unlink(),
            "Table salesforce.account is missing in",
        ),
        damage(
            lambda raw: write_csv(raw / "salesforce" / "Account.csv", ACCOUNT),
            "salesforce.account is given twice",
        ),
        damage(
            lambda raw: write_csv(raw / "stripe" / "coupon.csv", [{"id": "c"}]),
            "stripe.subscription_history is missing",
        ),
        damage(account([{**row, "Id": "1"} for row in ACCOUNT]), "both named 'id'"),
    ],
)
def test_bad_input_is_refused_with_its_place(raw: Path, change: Callable[[Path], None], words: tuple[str, ...]) -> None:
    run(raw)
    before = (raw.parent / "home" / "work.duckdb").read_bytes()
    change(raw)
    error = refused(raw)
    for word in words:
        assert word in error.message
    assert (raw.parent / "home" / "work.duckdb").read_bytes() == before


def test_missing_folders(raw: Path, tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "raw" / "nowhere").message
    (raw / "salesforce").rename(raw / "salesforc")
    error = refused(raw)
    assert "folder salesforce" in error.message
    assert "'salesforc'" in error.message


def test_a_renamed_folder_that_is_absent(raw: Path) -> None:
    company = CompanyConfig(raw_schemas={"stripe": "billing"})
    assert any("billing" in warning for warning in run(raw, company).warnings)
    write_csv(raw / "biling" / "customer.csv", [{"id": "c"}])
    error = refused(raw, company)
    assert "folder billing" in error.message
    assert "'biling'" in error.message


def test_same_table_as_csv_and_parquet(raw: Path) -> None:
    folder = raw / "salesforce"
    duckdb.sql(f"copy (select * from read_csv('{folder}/account.csv')) to '{folder}/account.parquet'")
    assert "account.csv and account.parquet" in refused(raw).message


def test_as_of_before_the_data(raw: Path) -> None:
    error = refused(raw, as_of=date(2025, 5, 31))
    assert "before the data" in error.message
    assert "2025-06-01" in error.next_step
    run(raw, as_of=date(2025, 6, 1))


def test_all_problems_come_in_one_message(raw: Path) -> None:
    write_csv(raw / "salesforce" / "account.csv", changed(without(ACCOUNT, "name"), 2, id=""))
    write_csv(raw / "salesforce" / "opportunity.csv", changed(OPPORTUNITY, 1, is_won="perhaps"))
    message = refused(raw).message
    assert "3 problems" in message
    for word in ("name (str) is missing", "id is empty in row 2", "'perhaps'"):
        assert word in message


def test_very_many_problems_are_counted(raw: Path) -> None:
    (raw / "salesforce" / "account.csv").write_text("x\n1\n")
    (raw / "salesforce" / "opportunity.csv").write_text("x\n1\n")
    for table in ("task", "event"):
        (raw / "salesforce" / f"{table}.csv").write_text("x\n1\n")
    message = refused(raw).message
    assert message.count("\n20. ") == 1
    assert "\n21. " not in message
    assert "more." in message
