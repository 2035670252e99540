"""Companies with less, with other shapes, and with faults: each builds and says what it lost, or stops and says why."""

from pathlib import Path

import duckdb
import pytest

from tests.warehouse.company import (
    build,
    columns,
    content_hash,
    copy_company,
    make_company,
    query,
    remove,
    rewrite,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_company(tmp_path_factory.mktemp("company"), customers=300)


@pytest.fixture(scope="module")
def built(company: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    home = tmp_path_factory.mktemp("home")
    return home, content_hash(build(home, company))


def test_csv_exports_give_the_same_marts(built: tuple[Path, str], tmp_path: Path) -> None:
    text = make_company(tmp_path / "text", customers=300, file_format="csv")
    home = tmp_path / "home"
    content_hash(build(home, text))
    sql = "select * from mart_opportunity_play order by all"
    assert query(home, sql) == query(built[0], sql)


@pytest.mark.long
def test_a_company_with_a_crm_only_gets_plays_with_economics_unknown(company: Path, tmp_path: Path) -> None:
    crm_only = copy_company(company, tmp_path / "crm")
    remove(crm_only, ["stripe", "zendesk", "product", "marketing", "finance", "crosswalk", "crm", "intent"])
    home = tmp_path / "home"
    content_hash(build(home, crm_only))
    assert query(home, "select distinct economics_status, roi_expected_mean from mart_opportunity_play") == [
        ("unknown", None)
    ]
    assert {play for (play,) in query(home, "select distinct play from mart_opportunity_play")} >= {
        "Park",
        "Protect",
    }
    ((detail,),) = query(home, "select detail from mart_data_quality where check_name = 'tables_absent'")
    assert "stripe.invoice" in detail


def test_silence_of_a_source_that_was_not_delivered_parks_nothing(company: Path, tmp_path: Path) -> None:
    bare = copy_company(company, tmp_path / "bare")
    for file in (bare / "raw").rglob("*.parquet"):
        if file.name not in ("account.parquet", "opportunity.parquet"):
            file.unlink()
    for folder in (bare / "raw").iterdir():
        if not any(folder.iterdir()):
            folder.rmdir()
    home = tmp_path / "home"
    content_hash(build(home, bare))
    assert query(home, "select distinct deciding_rule from mart_opportunity_play") == [("protect_motion_unknown",)]
    assert query(home, "select count(motion_score), max(motion_evidence) from mart_opportunity_play") == [(0, 0.0)]


@pytest.mark.long
def test_support_that_is_missing_is_unknown_and_not_zero(company: Path, tmp_path: Path) -> None:
    without = copy_company(company, tmp_path / "without")
    remove(without, ["zendesk", "marketing", "product", "intent"])
    home = tmp_path / "home"
    content_hash(build(home, without))
    assert query(home, "select count(support_cost_per_arr_year_mean) from dim_segment") == [(0,)]
    assert query(home, "select count(*) from mart_opportunity_roi where economics_status = 'known'") == [(0,)]
    assert query(home, "select count(cac_amount) from mart_opportunity_roi where deal_type = 'new_business'") == [(0,)]


@pytest.mark.long
def test_columns_that_may_be_missing_may_be_missing(company: Path, tmp_path: Path) -> None:
    with Path("seeds/reference/raw_contract.csv").open() as file:
        contract = duckdb.read_csv(file.name).fetchall()
    lean = copy_company(company, tmp_path / "lean")
    for table in sorted({f"{row[0]}/{row[1]}" for row in contract}):
        if not (lean / "raw" / f"{table}.parquet").exists():
            continue
        optional = {row[2] for row in contract if f"{row[0]}/{row[1]}" == table and row[4] in ("O", "N")}
        kept = [column for column in columns(lean, table) if column not in optional]
        rewrite(lean, table, f"select {', '.join(kept)} from source")
    done = build(tmp_path / "home", lean)
    assert done.returncode == 0, done.stdout + done.stderr
    assert query(tmp_path / "home", "select count(*) > 0 from mart_opportunity_play") == [(True,)]


@pytest.mark.parametrize(
    ("table", "select", "code", "words"),
    [
        ("salesforce/opportunity", "select * exclude (stage_name) from source", 3, ["opportunity", "stage_name"]),
        ("stripe/price", "select * replace ('dear' as unit_amount) from source", 3, ["price", "unit_amount", "dear"]),
        ("salesforce/account", "select * from source where false", 3, ["salesforce.account"]),
        ("salesforce/opportunity", "select * replace (400 as probability) from source", 1, ["probability"]),
    ],
)
def test_bad_tables_stop_the_run_and_keep_what_is_published(
    company: Path,
    built: tuple[Path, str],
    tmp_path: Path,
    table: str,
    select: str,
    code: int,
    words: list[str],
) -> None:
    home, _ = built
    before = (home / "published" / "current.duckdb").readlink()
    broken = copy_company(company, tmp_path / "broken")
    rewrite(broken, table, select)
    done = build(home, broken)
    assert done.returncode == code, done.stdout + done.stderr
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert (home / "published" / "current.duckdb").readlink() == before


def test_an_unreadable_file_is_named(company: Path, built: tuple[Path, str], tmp_path: Path) -> None:
    broken = copy_company(company, tmp_path / "broken")
    path = broken / "raw" / "stripe" / "invoice.parquet"
    path.write_bytes(path.read_bytes()[:1000])
    done = build(built[0], broken)
    assert done.returncode == 3
    assert "invoice.parquet" in done.stderr
