"""Publishing: names by content, audit before the swap, readers undisturbed, kills harmless."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

import orchestration.publishing.publish as publishing
from orchestration.errors import CheckFailed, InputError, LockHeld, WrongUse
from orchestration.paths import PROJECT_DIR, Home
from orchestration.publishing.candidate import Description
from orchestration.publishing.content_hash import table_hash
from orchestration.publishing.lock import run_lock
from orchestration.publishing.publish import PublishedRun, current_run_id, publish, rollback, versions

AS_OF = date(2025, 6, 30)
GRAINS = {
    "mart_play": ["opportunity_id", "as_of_date"],
    "dim_segment": ["segment_id"],
    "mart_check": ["check_name"],
}


def build(home: Home, version: int, *changes: str) -> None:
    """Write a work file of three public tables, all stamped with `version`."""
    home.root.mkdir(parents=True, exist_ok=True)
    home.work_file.unlink(missing_ok=True)
    with duckdb.connect(str(home.work_file)) as connection:
        connection.execute("create schema marts; create schema core; create schema staging")
        connection.execute("create table staging.secret as select 'a@b.c' as email")
        connection.execute(
            f"create table marts.mart_play as select 'O' || i as opportunity_id, "
            f"date '2025-06-30' as as_of_date, {version} as version, "
            "cast(i / 7 as double) as score from range(2000) as t (i)"
        )
        connection.execute(f"create table core.dim_segment as select 'S1' as segment_id, {version} as version")
        connection.execute("create table marts.mart_check (check_name varchar, detail varchar)")
        for change in changes:
            connection.execute(change)


def go(home: Home) -> PublishedRun:
    return publish(home, AS_OF, grains=GRAINS, may_be_empty={"mart_check"})


def read(home: Home, sql: str) -> list[Any]:
    with duckdb.connect(str(home.current), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_publish_writes_file_link_parquet_and_log(home: Home) -> None:
    build(home, 1)
    run = go(home)
    assert run.is_new
    assert run.run_id == f"20250630_{run.content_hash[:12]}"
    assert run.rows == {"dim_segment": 1, "mart_check": 0, "mart_play": 2000}
    assert home.current.readlink().name == run.file.name
    tables = read(home, "select table_schema, table_name from information_schema.tables order by all")
    assert tables == [("marts", "dim_segment"), ("marts", "mart_check"), ("marts", "mart_play")]
    manifest = json.loads((home.parquet / run.run_id / "manifest.json").read_text())
    assert manifest["content_hash"] == run.content_hash
    assert manifest["tables"]["mart_play"]["n_rows"] == 2000
    parquet = home.parquet / run.run_id / "mart_play.parquet"
    assert duckdb.sql(f"select count(*) from read_parquet('{parquet}')").fetchall() == [(2000,)]
    assert [json.loads(line)["run_id"] for line in home.publish_log.read_text().splitlines()] == [run.run_id]
    assert list(home.published.glob("*.wal")) == []


def test_published_file_has_the_old_storage_version(home: Home) -> None:
    build(home, 1)
    go(home)
    tags = read(home, "select tags from duckdb_databases() where not internal")
    assert "v1.2.0" in str(tags[0][0]["storage_version"])


def test_same_content_is_the_same_version(home: Home) -> None:
    build(home, 1)
    first = go(home)
    before = first.file.stat()
    build(home, 1)
    second = go(home)
    assert (second.run_id, second.is_new) == (first.run_id, False)
    assert (first.file.stat().st_mtime_ns, first.file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    build(home, 2)
    assert go(home).run_id != first.run_id
    build(home, 1)
    assert go(home).run_id == first.run_id == current_run_id(home)


def test_a_damaged_version_is_written_again(home: Home) -> None:
    build(home, 1)
    run = go(home)
    content = bytearray(run.file.read_bytes())
    content[len(content) // 2] ^= 1
    run.file.write_bytes(bytes(content))
    assert go(home).is_new
    assert read(home, "select distinct version from marts.mart_play") == [(1,)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("drop table marts.mart_play", ("mart_play is missing",)),
        ("delete from marts.mart_play", ("mart_play: it has no rows",)),
        (
            "insert into marts.mart_play from marts.mart_play where opportunity_id = 'O7'",
            ("2 rows share", "opportunity_id = O7"),
        ),
        (
            "update marts.mart_play set opportunity_id = null where opportunity_id = 'O7'",
            ("1 rows have an empty key",),
        ),
        (
            "update marts.mart_play set as_of_date = '2025-06-29' where opportunity_id = 'O7'",
            ("as_of_date 2025-06-29",),
        ),
        (
            "update marts.mart_play set score = 'nan' where opportunity_id = 'O7'",
            ("score (1 rows)", "finite"),
        ),
        (
            "update marts.mart_play set score = 'inf' where opportunity_id = 'O7'",
            ("score (1 rows)", "finite"),
        ),
        ("alter table marts.mart_play drop opportunity_id", ("grain column opportunity_id is missing",)),
        ("drop table core.dim_segment", ("dim_segment is missing",)),
    ],
)
def test_a_failed_audit_leaves_readers_alone(home: Home, change: str, words: tuple[str, ...]) -> None:
    build(home, 1)
    first = go(home)
    listing = sorted(path.name for path in home.published.rglob("*"))
    build(home, 2, change)
    with pytest.raises(CheckFailed) as caught:
        go(home)
    for word in words:
        assert word in caught.value.message
    assert current_run_id(home) == first.run_id
    assert sorted(path.name for path in home.published.rglob("*")) == listing
    assert read(home, "select distinct version from marts.mart_play") == [(1,)]


def test_a_mart_wins_over_an_extra_of_its_name(home: Home) -> None:
    build(home, 1, "create table marts.dim_segment as select 'S2' as segment_id")
    go(home)
    assert read(home, "from marts.dim_segment") == [("S2",)]


def test_no_work_file(home: Home) -> None:
    with pytest.raises(InputError, match="does not exist"):
        go(home)


def test_five_versions_are_kept_and_the_current_one_always(home: Home) -> None:
    runs = []
    for version in range(7):
        build(home, version)
        runs.append(go(home).run_id)
    assert versions(home) == runs[-5:]
    assert sorted(path.name for path in home.parquet.iterdir()) == sorted(runs[-5:])
    rollback(home, runs[2])
    publishing._drop_old_versions(home)
    assert current_run_id(home) == runs[2]


def test_rollback(home: Home) -> None:
    runs = []
    for version in (1, 2, 3):
        build(home, version)
        runs.append(go(home).run_id)
    assert rollback(home, None).run_id == runs[1]
    assert read(home, "select distinct version from marts.mart_play") == [(2,)]
    assert rollback(home, None).run_id == runs[0]
    with pytest.raises(WrongUse, match="no version before"):
        rollback(home, None)
    with pytest.raises(WrongUse, match="no version 20200101_x"):
        rollback(home, "20200101_x")
    assert rollback(home, runs[2]).rows["mart_play"] == 2000
    actions = [json.loads(line)["action"] for line in home.publish_log.read_text().splitlines()]
    assert actions == ["publish"] * 3 + ["rollback"] * 3


def test_leftovers_of_a_killed_run_are_removed(home: Home) -> None:
    build(home, 1)
    home.parquet.mkdir(parents=True)
    (home.published / "marts_x.duckdb.tmp").write_bytes(b"half")
    (home.published / "marts_x.duckdb.tmp.wal").write_bytes(b"half")
    (home.parquet / "x.tmp").mkdir()
    (home.published / "current.1.tmp").symlink_to("nowhere")
    go(home)
    assert [path.name for path in home.published.rglob("*.tmp*")] == []


STEPS = ["build_candidate", "audit", "_write_parquet", "_point_to", "_log", "_drop_old_versions"]


def _publish_and_die(home: Home, step: str, *, after: bool) -> None:
    original: Callable[..., Any] = getattr(publishing, step)

    def dying(*args: Any, **kwargs: Any) -> None:
        if after:
            original(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(publishing, step, dying)
    go(home)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_leaves_one_whole_version(home: Home, step: str, after: bool) -> None:
    build(home, 1)
    first = go(home)
    build(home, 2)
    # a fresh interpreter: a fork would inherit DuckDB's threads half dead
    code = (
        "from pathlib import Path; from orchestration.paths import Home; import test_publish as t; "
        f"t._publish_and_die(Home(Path({str(home.root)!r})), {step!r}, after={after})"
    )
    paths = os.pathsep.join([str(PROJECT_DIR), str(Path(__file__).parent)])
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": paths}, check=False)
    assert done.returncode == -signal.SIGKILL
    seen = read(home, "select distinct version from marts.mart_play union all select version from marts.dim_segment")
    assert seen in ([(1,), (1,)], [(2,), (2,)])
    assert (seen == [(1,), (1,)]) == (current_run_id(home) == first.run_id)
    assert go(home).run_id != first.run_id
    assert read(home, "select distinct version from marts.mart_play") == [(2,)]
    assert [path.name for path in home.published.rglob("*.tmp*")] == []


def _read_until_told(current: str, stop: Any, results: Any) -> None:
    """Read both tables in a loop; report reads, errors, mixed versions and the versions seen."""
    n_reads, errors, mixed, seen = 0, [], 0, set()
    while not stop.is_set():
        try:
            with duckdb.connect(current, read_only=True) as connection:
                (play,) = connection.execute("select max(version) from marts.mart_play").fetchall()
                (segment,) = connection.execute("select max(version) from marts.dim_segment").fetchall()
        except duckdb.Error as error:
            errors.append(str(error))
            continue
        n_reads += 1
        mixed += play != segment
        seen.add(play[0])
    results.put((n_reads, errors, mixed, sorted(seen)))


def test_readers_never_fail_while_versions_are_published(home: Home) -> None:
    build(home, 0)
    go(home)
    context = multiprocessing.get_context("spawn")
    stop, results = context.Event(), context.Queue()
    readers = [context.Process(target=_read_until_told, args=(str(home.current), stop, results)) for _ in range(2)]
    for reader in readers:
        reader.start()
    time.sleep(0.5)
    for version in range(1, 9):
        build(home, version)
        go(home)
    stop.set()
    reports = [results.get(timeout=30) for _ in readers]
    for reader in readers:
        reader.join(timeout=30)
    for n_reads, errors, mixed, seen in reports:
        assert errors == []
        assert mixed == 0
        assert n_reads > 10
        assert len(seen) > 1


def test_a_long_lived_reader_sees_the_new_version_on_opening_again(home: Home) -> None:
    build(home, 1)
    go(home)
    with duckdb.connect(str(home.current), read_only=True) as old:
        build(home, 2)
        go(home)
        assert read(home, "select distinct version from marts.mart_play") == [(2,)]
        assert old.execute("select distinct version from marts.mart_play").fetchall() == [(1,)]


def test_hash_does_not_depend_on_row_order_or_threads(tmp_path: Path) -> None:
    rows = "select i, 'x' || i as name, i / 3 as share from range(50000) as t (i)"
    hashes = set()
    for threads, order in ((1, "i"), (2, "i desc"), (2, "hash(i)")):
        with duckdb.connect(config={"threads": threads}) as connection:
            connection.execute(f"create table t as {rows} order by {order}")
            hashes.add(table_hash(connection, "t"))
    assert len(hashes) == 1
    assert hashes.pop()[1] == 50000


@pytest.mark.parametrize(
    "other",
    [
        "select 1 as a, 'x' as b union all select 1, 'x'",
        "select 2 as a, 'x' as b",
        "select 1 as a, 'x' as c",
        "select 1::bigint as a, 'x' as b",
        "select 'x' as b, 1 as a",
        "select 1 as a, null::varchar as b",
        "select 1 as a, '-' as b",
        "select 1 as a, 'x' as b where false",
    ],
)
def test_hash_sees_every_difference(other: str) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table one as select 1 as a, 'x' as b")
        connection.execute(f"create table other as {other}")
        assert table_hash(connection, "one") != table_hash(connection, "other")


def test_hash_keeps_values_apart() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table one as select 'ab' as a, 'c' as b")
        connection.execute("create table other as select 'a' as a, 'bc' as b")
        assert table_hash(connection, "one") != table_hash(connection, "other")


def _hold(root: str, ready: Any, stop: Any) -> None:
    with run_lock(Home(Path(root))):
        ready.set()
        stop.wait(30)


def test_second_run_is_told_who_holds_the_lock_and_a_dead_one_does_not(home: Home) -> None:
    context = multiprocessing.get_context("spawn")
    ready, stop = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(str(home.root), ready, stop))
    holder.start()
    assert ready.wait(30)
    with pytest.raises(LockHeld) as caught, run_lock(home):
        pass
    assert f"process {holder.pid}" in caught.value.message
    assert caught.value.exit_code == 75
    holder.kill()
    holder.join(30)
    assert home.lock_file.read_text() != ""  # the killed process left its name, not its lock
    with run_lock(home):
        assert json.loads(home.lock_file.read_text())["pid"] == os.getpid()


def test_lock_is_free_again_after_an_error(home: Home) -> None:
    def fail() -> None:
        with run_lock(home):
            raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        fail()
    with run_lock(home):
        pass


def test_lock_excludes_threads_of_one_process(home: Home) -> None:
    outcome: list[str] = []

    def second() -> None:
        try:
            with run_lock(home):
                outcome.append("held")
        except LockHeld:
            outcome.append("refused")

    with run_lock(home):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert outcome == ["refused"]


def test_meanings_stand_in_the_published_file(home: Home) -> None:
    build(home, 1)
    described = Description("One row per deal; sellers' plays", {"score": "0 to 1", "gone": "no such column"})
    publish(home, AS_OF, grains=GRAINS, may_be_empty={"mart_check"}, descriptions={"mart_play": described})
    tables = read(home, "select comment from duckdb_tables() where table_name = 'mart_play'")
    columns = read(home, "select column_name, comment from duckdb_columns() where comment is not null order by all")
    assert tables == [("One row per deal; sellers' plays",)]
    assert columns == [("score", "0 to 1")]
