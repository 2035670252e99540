"""A parse is reused exactly where nothing it depends on has changed."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestration.assets.dbt_session import DbtSession
from orchestration.assets.parsed_project import fingerprint, keep, parse_variables
from orchestration.company import CompanyConfig

SETTINGS = CompanyConfig()


def _project(folder: Path) -> Path:
    for name, text in {
        "models/m.sql": "select 1",
        "models/m.yml": "version: 2",
        "macros/a.sql": "a",
        "seeds/s.csv": "x",
        "tests/dbt/t.sql": "t",
        "dbt_project.yml": "name: p",
        "profiles.yml": "p: {}",
        "README.md": "read me",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def _told(config: CompanyConfig = SETTINGS, day: date = date(2026, 11, 2), home: str = "/one") -> dict[str, object]:
    return parse_variables(config.dbt_vars(day, Path(home)))


def test_neither_date_nor_folder_of_a_run_counts_and_settings_do() -> None:
    assert _told() == _told(day=date(2027, 1, 4), home="/other")
    assert _told() != _told(CompanyConfig(reporting_currency="EUR"))
    assert "as_of_date" not in _told()


@pytest.mark.parametrize("name", ["models/m.sql", "models/m.yml", "macros/a.sql", "seeds/s.csv", "tests/dbt/t.sql"])
def test_each_file_of_the_project_counts(tmp_path: Path, name: str) -> None:
    project = _project(tmp_path)
    before = fingerprint(project, _told(), "work")
    (project / "README.md").write_text("read me twice", encoding="utf-8")
    assert fingerprint(project, _told(), "work") == before
    (project / name).write_text("changed", encoding="utf-8")
    assert fingerprint(project, _told(), "work") != before
    (project / name).unlink()
    assert fingerprint(project, _told(), "work") != before


@pytest.mark.parametrize("name", ["dbt_project.yml", "profiles.yml"])
def test_project_and_profile_count(tmp_path: Path, name: str) -> None:
    project = _project(tmp_path)
    before = fingerprint(project, _told(), "work")
    (project / name).write_text("changed: 1", encoding="utf-8")
    assert fingerprint(project, _told(), "work") != before


def test_the_name_of_the_database_counts(tmp_path: Path) -> None:
    project = _project(tmp_path)
    assert fingerprint(project, _told(), "work") != fingerprint(project, _told(), "other")


def test_only_parses_used_last_are_kept(tmp_path: Path) -> None:
    for name in ("partial_parse.msgpack", "manifest.json", "semantic_manifest.json"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    kept = tmp_path / "parsed"
    for n in range(6):
        keep(tmp_path, kept / f"parse{n}")
        keep(tmp_path, kept / f"parse{n}")
    names = {path.name for path in kept.iterdir()}
    assert len(names) == 4
    assert "parse5" in names
    assert (kept / "parse5" / "manifest.json").read_text(encoding="utf-8") == "manifest.json"


def test_a_kept_parse_equals_a_fresh_one_but_for_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[Any] = []
    for name, day in (("one", date(2026, 11, 2)), ("two", date(2026, 11, 9))):
        home = tmp_path / name
        home.mkdir()
        monkeypatch.setenv("SEGMENTS_HOME", str(home))
        session = DbtSession(home / "dbt", kept_dir=tmp_path / "parsed")
        session.parse(SETTINGS.dbt_vars(day, home / "predictions"))
        assert session.manifest_path.is_file()
        assert (home / "dbt" / "semantic_manifest.json").is_file()
        parsed.append(session.manifest)
    fresh, kept = parsed
    assert len(list((tmp_path / "parsed").iterdir())) == 1
    assert set(kept.nodes) == set(fresh.nodes)
    for unique_id, node in fresh.nodes.items():
        assert kept.nodes[unique_id].raw_code == node.raw_code
        assert kept.nodes[unique_id].depends_on == node.depends_on
        assert kept.nodes[unique_id].config.to_dict() == node.config.to_dict()
    locations = {
        str(source.meta["external_location"]) for source in kept.sources.values() if source.source_name == "predictions"
    }
    assert locations == {f"read_parquet('{tmp_path / 'two' / 'predictions'}/{{name}}.parquet')"}
    assert kept.flat_graph["sources"].keys() == fresh.flat_graph["sources"].keys()
