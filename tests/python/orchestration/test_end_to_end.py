"""One small company through the whole line, by the command line, in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.paths import PROJECT_DIR, Home

pytestmark = pytest.mark.slow

_AS_OF = "2026-11-02"


def _segments(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        cwd=PROJECT_DIR,
        env={**os.environ, "SEGMENTS_HOME": str(home.root)},
        capture_output=True,
        text=True,
        check=False,
    )


def _content_hash(output: str) -> str:
    (line,) = [line for line in output.splitlines() if line.startswith("Content hash")]
    return line.split()[-1]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, str]:
    home = Home(tmp_path_factory.mktemp("company"))
    done = _segments(home, "demo", "--customers", "250")
    assert done.returncode == 0, done.stdout + done.stderr
    return home, done.stdout


def test_the_demo_publishes_plays_a_page_and_parquet(built: tuple[Home, str]) -> None:
    home, output = built
    assert (home.site / "index.html").as_uri() in output
    with duckdb.connect(str(home.current), read_only=True) as connection:
        plays = connection.execute("select distinct play from marts.mart_opportunity_play order by 1").fetchall()
    assert {play for (play,) in plays} <= {"Accelerate", "Protect", "Park"}
    assert plays
    assert len(list(home.parquet.glob("*/mart_opportunity_play.parquet"))) == 1


def test_the_list_comes_as_json(built: tuple[Home, str]) -> None:
    done = _segments(built[0], "plays", "--json", "--limit", "3")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 3


def test_building_the_same_date_again_gives_the_same_hash(built: tuple[Home, str]) -> None:
    home, output = built
    again = _segments(home, "build", "--raw", str(home.raw), "--as-of", _AS_OF)
    assert again.returncode == 0, again.stdout + again.stderr
    assert _content_hash(again.stdout) == _content_hash(output)


def test_bad_input_leaves_what_is_published(built: tuple[Home, str], tmp_path: Path) -> None:
    home, _ = built
    before = home.current.readlink()
    broken = tmp_path / "raw"
    shutil.copytree(home.raw, broken)
    (broken / "salesforce" / "opportunity.parquet").unlink()
    done = _segments(home, "build", "--raw", str(broken), "--as-of", _AS_OF)
    assert done.returncode == 3
    assert "salesforce.opportunity" in done.stderr
    assert "Traceback" not in done.stderr
    assert home.current.readlink() == before


def test_a_date_before_the_data_is_refused(built: tuple[Home, str]) -> None:
    home, _ = built
    done = _segments(home, "build", "--raw", str(home.raw), "--as-of", "1999-01-04")
    assert done.returncode == 3
    assert "before the data" in done.stderr
