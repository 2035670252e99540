"""One small company through the whole line, by the command line, in a process of its own."""

import json
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from orchestration.paths import Home
from tests.warehouse.company import AS_OF, content_hash, segments

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, subprocess.CompletedProcess[str]]:
    home = Home(tmp_path_factory.mktemp("company"))
    done = segments(home.root, "demo", "--customers", "250")
    assert done.returncode == 0, done.stdout + done.stderr
    return home, done


def test_the_demo_publishes_plays_a_page_and_parquet(built: tuple[Home, subprocess.CompletedProcess[str]]) -> None:
    home, done = built
    assert (home.site / "index.html").as_uri() in done.stdout
    with duckdb.connect(str(home.current), read_only=True) as connection:
        plays = connection.execute("select distinct play from marts.mart_opportunity_play order by 1").fetchall()
    assert {play for (play,) in plays} <= {"Accelerate", "Protect", "Park"}
    assert plays
    assert len(list(home.parquet.glob("*/mart_opportunity_play.parquet"))) == 1


def test_every_column_that_is_built_is_described_and_none_else(
    built: tuple[Home, subprocess.CompletedProcess[str]],
) -> None:
    home, _ = built
    nodes = json.loads((home.run_state / "dbt" / "manifest.json").read_text())["nodes"].values()
    with duckdb.connect(str(home.work_file), read_only=True) as connection:
        rows = connection.execute("select schema_name, table_name, column_name from duckdb_columns()").fetchall()
    for node in nodes:
        if node["resource_type"] in ("model", "seed"):
            made = {column for schema, table, column in rows if (schema, table) == (node["schema"], node["name"])}
            described = {name for name, column in node["columns"].items() if column["description"]}
            assert made == described, node["name"]


def test_the_list_comes_as_json(built: tuple[Home, subprocess.CompletedProcess[str]]) -> None:
    done = segments(built[0].root, "plays", "--json", "--limit", "3")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 3


def test_building_the_same_date_again_gives_the_same_hash(built: tuple[Home, subprocess.CompletedProcess[str]]) -> None:
    home, first = built
    again = segments(home.root, "build", "--raw", str(home.raw), "--as-of", AS_OF.isoformat())
    assert content_hash(again) == content_hash(first)


def test_bad_input_leaves_what_is_published(
    built: tuple[Home, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    home, _ = built
    before = home.current.readlink()
    broken = tmp_path / "raw"
    shutil.copytree(home.raw, broken)
    (broken / "salesforce" / "opportunity.parquet").unlink()
    done = segments(home.root, "build", "--raw", str(broken), "--as-of", AS_OF.isoformat())
    assert done.returncode == 3
    assert "salesforce.opportunity" in done.stderr
    assert "Traceback" not in done.stderr
    assert home.current.readlink() == before


def test_a_date_before_the_data_is_refused(built: tuple[Home, subprocess.CompletedProcess[str]]) -> None:
    home, _ = built
    done = segments(home.root, "build", "--raw", str(home.raw), "--as-of", "1999-01-04")
    assert done.returncode == 3
    assert "before the data" in done.stderr
