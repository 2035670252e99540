"""Companies with other shapes, and with faults: each builds the same, or stops and says why."""

from pathlib import Path

import pytest

from tests.warehouse.company import build, content_hash, copy_company, make_company, query, rewrite

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_company(tmp_path_factory.mktemp("company"), customers=300)


@pytest.fixture(scope="module")
def built(company: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    home = tmp_path_factory.mktemp("home")
    return home, content_hash(build(home, company))


@pytest.mark.long
def test_csv_exports_give_the_same_marts(built: tuple[Path, str], tmp_path: Path) -> None:
    text = make_company(tmp_path / "text", customers=300, file_format="csv")
    home = tmp_path / "home"
    content_hash(build(home, text))
    sql = "select * from mart_opportunity_play order by all"
    assert query(home, sql) == query(built[0], sql)


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
