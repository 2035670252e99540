"""Issuing the plays of a week: what is stored, what is the same again, what is refused, what a damaged record stops."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import yaml

from orchestration.assets.issuance import ISSUED_KEY, WEEK_KEY, build_issuance
from orchestration.assets.run_lock import RunLock
from orchestration.assets.run_settings import RunSettings
from orchestration.errors import CheckFailed, InputError, WrongUse
from orchestration.landing.read import sha256_of
from orchestration.ledger.book import load_ledger, read_ledger, require_currency
from orchestration.ledger.plays import _NAMES, issue_plays, week_of
from orchestration.ledger.shape import ISSUED_PLAY
from orchestration.paths import PROJECT_DIR, Home
from orchestration.publishing.publish import publish

Play = tuple[str, str, int, str, str, bool, float | None]
"""Deal, seller, rank, play, hours it asks for, above the line (then half an hour less is given), motion."""

PLAYS: tuple[Play, ...] = (
    ("006a", "rep_1", 1, "Accelerate", "4.00", True, 71.5),
    ("006b", "rep_1", 2, "Protect", "2.50", True, 44.0),
    ("006c", "rep_1", 3, "Park", "0.25", False, None),
    ("006d", "rep_2", 1, "Protect", "2.00", False, 51.0),
    ("006e", "none", 1, "Park", "0.25", False, 12.0),
)
MONDAY, THURSDAY, NEXT = date(2026, 11, 2), date(2026, 11, 5), date(2026, 11, 9)

Publish = Callable[..., Home]


def _write(home: Home, as_of: date, plays: tuple[Play, ...]) -> None:
    home.work_file.unlink(missing_ok=True)
    columns = {_NAMES.get(name, name): kind for name, kind in ISSUED_PLAY.items()}
    with duckdb.connect(str(home.work_file)) as connection:
        connection.execute("create schema marts")
        declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(
            f"create table marts.mart_weekly_play_list ({declared}, decision_week_on date, as_of_date date)"
        )
        for deal, owner, rank, play, hours, is_above, motion in plays:
            row = {
                "opportunity_id": deal, "owner_user_id": owner, "rank": rank, "play": play, "suggested_hours": hours,
                "is_above_line": is_above, "motion_score": motion, "deciding_rule": "a_rule", "capacity_hours": 30,
                "decision_week_on": week_of(as_of), "as_of_date": as_of,
                "allocated_hours": float(hours) - 0.5 if is_above else 0,
                "is_randomised": rank == 1, "propensity": 0.25, "shadow_price": 120,
            }  # fmt: skip
            connection.execute(
                f"insert into marts.mart_weekly_play_list ({', '.join(row)}) values ({', '.join('?' for _ in row)})",
                list(row.values()),
            )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "data")
    found.root.mkdir()
    return found


@pytest.fixture
def published(home: Home) -> Publish:
    """Publish a list as of a day; called without arguments, the usual one of a Monday."""

    def go(as_of: date = MONDAY, plays: tuple[Play, ...] = PLAYS, currency: str = "USD") -> Home:
        _write(home, as_of, plays)
        publish(home, as_of, grains={}, may_be_empty={"mart_weekly_play_list"}, extras=())
        about = {"company_name": "Northlight", "reporting_currency": currency}
        (home.published / "about.json").write_text(json.dumps(about), encoding="utf-8")
        return home

    return go


def folder(home: Home, week: date = MONDAY) -> Path:
    return home.ledger / "plays" / week.isoformat()


def changed(place: int, **values: object) -> tuple[Play, ...]:
    names = ("deal", "seller", "rank", "play", "hours", "is_above", "motion")
    row = tuple(values.get(name, old) for name, old in zip(names, PLAYS[place], strict=True))
    return (*PLAYS[:place], row, *PLAYS[place + 1 :])  # type: ignore[return-value]


def test_the_published_list_is_stored_once_under_its_monday(published: Publish) -> None:
    home = published(THURSDAY)
    found = issue_plays(home)
    assert (found.record.week, found.record.version, found.record.as_of, found.record.rows) == (MONDAY, 1, THURSDAY, 5)
    assert (found.is_new, found.n_sellers) == (True, 2)
    assert found.deals == {"Accelerate": 1, "Park": 2, "Protect": 2}
    assert found.hours == {"Accelerate": "3.50", "Park": "0.00", "Protect": "2.00"}
    parquet = folder(home) / "v1.parquet"
    assert found.record.parquet_sha256 == sha256_of(parquet)
    assert not parquet.stat().st_mode & 0o222 and not parquet.with_suffix(".json").stat().st_mode & 0o222
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select opportunity_id, owner_user_id, rule_id, suggested_hours, is_randomised, propensity, shadow_price "
            f"from '{parquet}' where rank = 1 order by 1"
        ).fetchall()
    assert [(row[0], row[1], row[2], float(row[3]), *row[4:6], float(row[6])) for row in rows] == [
        ("006a", "rep_1", "a_rule", 4.0, True, 0.25, 120.0),
        ("006d", "rep_2", "a_rule", 2.0, True, 0.25, 120.0),
        ("006e", "none", "a_rule", 0.25, True, 0.25, 120.0),
    ]


def test_the_same_list_again_changes_nothing(published: Publish) -> None:
    home = published()
    first = issue_plays(home)
    again = issue_plays(home)
    asked = issue_plays(published(plays=tuple(reversed(PLAYS))), is_new_version=True, note="to be sure")
    assert (again.is_new, asked.is_new) == (False, False)
    assert again.record == asked.record == first.record
    assert sorted(path.name for path in folder(home).iterdir()) == ["v1.json", "v1.parquet"]


@pytest.mark.parametrize(
    ("plays", "said"),
    [
        (changed(0, play="Park"), r"1 deal differs \(1 with another play\)"),
        (changed(1, hours="2.75"), r"1 deal differs \(1 with other numbers"),
        (changed(2, motion=0.0), r"1 deal differs \(1 with other numbers"),
        (PLAYS[:-1], r"1 deal differs \(1 no longer on it\)"),
        (changed(4, deal="006f"), r"2 deals differ \(1 new on it, 1 no longer on it\)"),
    ],
)
def test_another_list_for_an_issued_week_is_refused_and_told_apart(
    published: Publish, plays: tuple[Play, ...], said: str
) -> None:
    home = published()
    issue_plays(home)
    published(plays=plays)
    with pytest.raises(WrongUse, match=rf"week of 2026-11-02 were issued \(version 1.*{said}") as refusal:
        issue_plays(home)
    assert "--new-version" in refusal.value.next_step and refusal.value.exit_code == 2
    with pytest.raises(WrongUse, match="needs a reason"):
        issue_plays(home, is_new_version=True, note=" ")
    found = issue_plays(home, is_new_version=True, note="wrong amounts")
    assert (found.record.version, found.record.note) == (2, "wrong amounts")
    assert found.record.previous_sha256 == sha256_of(folder(home) / "v1.json")
    assert len(read_ledger(home.ledger).versions_of_week(MONDAY)) == 2


def test_a_week_before_the_newest_is_refused_and_the_next_one_is_not(published: Publish) -> None:
    home = published(NEXT)
    issue_plays(home)
    published(MONDAY)
    with pytest.raises(WrongUse, match="of the week of 2026-11-02; the plays of the week of 2026-11-09 were issued"):
        issue_plays(home)
    assert not folder(home).exists()
    assert issue_plays(home, is_new_version=True, note="list sent by mail").record.version == 1
    published(date(2026, 11, 16))
    assert issue_plays(home).record.week == date(2026, 11, 16)
    assert read_ledger(home.ledger).newest_as_of is None, "advice is no close: corrections do not wait for it"


def test_a_list_of_no_deal_is_a_week_on_record(published: Publish) -> None:
    home = published(plays=())
    assert issue_plays(home).record.rows == 0
    assert not issue_plays(home).is_new
    published(plays=PLAYS)
    with pytest.raises(WrongUse, match="5 new on it"):
        issue_plays(home)


def test_a_list_that_lacks_a_column_is_refused_and_named(home: Home) -> None:
    with duckdb.connect(str(home.work_file)) as connection:
        columns = ", ".join(
            f"cast(null as {kind}) as {_NAMES.get(name, name)}"
            for name, kind in ISSUED_PLAY.items()
            if name not in ("rule_id", "propensity")
        )
        connection.execute("create schema marts")
        connection.execute(f"create table marts.mart_weekly_play_list as select {columns}")
    publish(home, NEXT, grains={}, may_be_empty=set(), extras=())
    (home.published / "about.json").write_text('{"company_name": "N", "reporting_currency": "USD"}', encoding="utf-8")
    with pytest.raises(CheckFailed, match="has no deciding_rule, propensity; another version of this project"):
        issue_plays(home)


def test_the_ledger_takes_every_column_from_the_list() -> None:
    described = yaml.safe_load(
        (PROJECT_DIR / "models" / "marts" / "opportunities" / "mart_weekly_play_list.yml").read_text(encoding="utf-8")
    )["models"][0]["columns"]
    types = {column["name"]: column["data_type"].replace(" ", "") for column in described}
    for name, kind in ISSUED_PLAY.items():
        assert types[_NAMES.get(name, name)] == kind.replace(" ", ""), name


def test_nothing_published_and_another_currency_issue_nothing(home: Home, published: Publish) -> None:
    with pytest.raises(InputError, match="nothing to issue"):
        issue_plays(home)
    published()
    issue_plays(home)
    published(NEXT, currency="EUR")
    with pytest.raises(CheckFailed, match=r"2026-11-02 were issued in USD, company\.yml now says .* EUR"):
        issue_plays(home)
    require_currency(read_ledger(home.ledger), "USD")


def test_a_changed_or_lost_file_of_plays_is_named(published: Publish) -> None:
    home = published()
    issue_plays(home)
    published(plays=PLAYS[:-1])
    issue_plays(home, is_new_version=True, note="one less")
    rows, described = folder(home) / "v1.parquet", folder(home) / "v1.json"
    whole = rows.read_bytes()
    rows.chmod(0o644)
    rows.write_bytes(whole + b" ")
    with pytest.raises(CheckFailed, match=r"v1\.parquet is not what was recorded: its SHA-256"):
        read_ledger(home.ledger)
    rows.write_bytes(whole)
    text = described.read_text(encoding="utf-8")
    described.chmod(0o644)
    described.write_text(text.replace('"rows": 5', '"rows": 4'), encoding="utf-8")
    with pytest.raises(CheckFailed, match=r"v1\.json .* its digest does not fit"):
        read_ledger(home.ledger)
    described.unlink()
    rows.unlink()
    with pytest.raises(CheckFailed, match=r"v1\.json is not what was recorded: it is missing, but a later version"):
        read_ledger(home.ledger)
    described.write_text(text, encoding="utf-8")
    rows.write_bytes(whole)
    folder(home).rename(home.ledger / "plays" / "2026-10-26")
    with pytest.raises(CheckFailed, match="it is of 2026-11-02, version 1"):
        read_ledger(home.ledger)


def test_issued_plays_land_typed_beside_the_closes(published: Publish, tmp_path: Path) -> None:
    home = published(THURSDAY)
    issue_plays(home)
    landed = load_ledger(read_ledger(home.ledger), tmp_path / "work.duckdb")
    assert landed == {"period_version": 0, "reported_line": 0, "correction": 0, "issued_week": 1, "issued_play": 5}
    with duckdb.connect(str(tmp_path / "work.duckdb")) as connection:
        assert connection.execute(
            "select decision_week_on, version, as_of_on, n_plays from raw_ledger.issued_week"
        ).fetchall() == [(MONDAY, 1, THURSDAY, 5)]
        assert connection.execute(
            "select decision_week_on, version, opportunity_id, play from raw_ledger.issued_play where rank = 1 "
            "order by opportunity_id"
        ).fetchall() == [
            (MONDAY, 1, "006a", "Accelerate"), (MONDAY, 1, "006d", "Protect"), (MONDAY, 1, "006e", "Park"),
        ]  # fmt: skip


@pytest.mark.parametrize("is_issued", [True, False])
def test_a_run_issues_where_it_is_asked_to_and_shows_its_week(
    published: Publish, monkeypatch: pytest.MonkeyPatch, is_issued: bool
) -> None:
    home = published(THURSDAY)
    monkeypatch.setenv("SEGMENTS_HOME", str(home.root))

    def run(instance: dg.DagsterInstance, as_of: date) -> dg.ExecuteInProcessResult:
        instance.add_dynamic_partitions("as_of", [as_of.isoformat()])
        return dg.materialize(
            build_issuance(),
            instance=instance,
            partition_key=as_of.isoformat(),
            resources={
                "run_settings": RunSettings(as_of=as_of.isoformat(), is_issued=is_issued),
                "run_lock": RunLock(is_held=True),
            },
            raise_on_error=False,
        )

    with dg.DagsterInstance.ephemeral() as instance:
        assert run(instance, THURSDAY).success
        weeks = instance.get_materialized_partitions(WEEK_KEY)
        assert weeks == ({MONDAY.isoformat()} if is_issued else set())
        assert bool(instance.get_latest_materialization_event(ISSUED_KEY)) == is_issued
        assert folder(home).exists() == is_issued
        # the step alone, for another day than the one that is published
        assert run(instance, NEXT).success != is_issued
