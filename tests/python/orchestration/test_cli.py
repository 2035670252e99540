"""The command line: help, exit codes, messages; and that light commands start light."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli import app, parse_as_of
from orchestration.errors import WrongUse
from orchestration.inputs import company_file_for
from orchestration.paths import PROJECT_DIR, Home
from orchestration.publishing.lock import run_lock

runner = CliRunner()

_LIGHT = """
import sys
import orchestration.cli
heavy = {"dagster", "dbt", "great_expectations", "pandas", "numpy", "duckdb"} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SEGMENTS_HOME", str(tmp_path / "home"))
    return Home.from_env()


@pytest.mark.parametrize("command", ["demo", "build", "plays", "backtest", "report", "rollback", "prepare", "doctor"])
def test_every_command_has_help(command: str) -> None:
    result = runner.invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_importing_the_command_line_imports_nothing_heavy() -> None:
    subprocess.run([sys.executable, "-c", _LIGHT], cwd=PROJECT_DIR, check=True)


@pytest.mark.parametrize("text", ["2026-13-02", "02.11.2026", "20261102", "2026-W45-1", "today", ""])
def test_a_wrong_date_is_wrong_use(text: str, tmp_path: Path) -> None:
    with pytest.raises(WrongUse):
        parse_as_of(text)
    result = runner.invoke(app, ["build", "--raw", str(tmp_path), "--as-of", text])
    assert result.exit_code == 2
    assert "Next step: Give it as YYYY-MM-DD" in result.stderr


def test_a_date_is_read() -> None:
    assert parse_as_of("2026-11-02") == date(2026, 11, 2)


def test_a_missing_option_is_wrong_use() -> None:
    assert runner.invoke(app, ["build", "--as-of", "2026-11-02"]).exit_code == 2


def test_a_missing_folder_is_missing_input(tmp_path: Path) -> None:
    result = runner.invoke(app, ["build", "--raw", str(tmp_path / "nowhere"), "--as-of", "2026-11-02"])
    assert result.exit_code == 3
    assert "nowhere" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_company_file_is_missing_input(tmp_path: Path) -> None:
    config = str(tmp_path / "other.yml")
    result = runner.invoke(app, ["build", "--raw", str(tmp_path), "--as-of", "2026-11-02", "--config", config])
    assert result.exit_code == 3
    assert "other.yml" in result.stderr


def test_a_held_lock_has_its_own_code(tmp_path: Path, home: Home) -> None:
    with run_lock(home):
        result = runner.invoke(app, ["build", "--raw", str(tmp_path), "--as-of", "2026-11-02"])
    assert result.exit_code == 75


@pytest.mark.parametrize("command", [["plays"], ["report"]])
def test_reading_before_the_first_publish_is_missing_input(command: list[str]) -> None:
    result = runner.invoke(app, command)
    assert result.exit_code == 3
    assert "segments demo" in result.stderr


def test_rolling_back_to_nothing_is_wrong_use() -> None:
    assert runner.invoke(app, ["rollback"]).exit_code == 2


def test_json_and_csv_exclude_each_other() -> None:
    assert runner.invoke(app, ["plays", "--json", "--csv"]).exit_code == 2


def test_the_demo_never_writes_over_other_raw_tables(home: Home) -> None:
    (home.raw / "salesforce").mkdir(parents=True)
    result = runner.invoke(app, ["demo", "--customers", "20"])
    assert result.exit_code == 2
    assert list((home.raw / "salesforce").iterdir()) == []


def test_an_unexpected_error_leaves_a_log_and_no_traceback(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("odd")

    monkeypatch.setattr("reports.site.build_site", broken)
    result = runner.invoke(app, ["report"])
    log = home.root / "logs" / "last_error.log"
    assert result.exit_code == 1
    assert str(log) in result.stderr.replace("\n", "")
    assert "Traceback" not in result.stderr
    assert "ZeroDivisionError: odd" in log.read_text(encoding="utf-8")


def test_the_company_file_in_the_folder_wins_over_the_one_beside_it(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    assert company_file_for(raw) is None
    (tmp_path / "company.yml").touch()
    assert company_file_for(raw) == tmp_path / "company.yml"
    (raw / "company.yml").touch()
    assert company_file_for(raw) == raw / "company.yml"
    assert company_file_for(raw, tmp_path / "given.yml") == tmp_path / "given.yml"
