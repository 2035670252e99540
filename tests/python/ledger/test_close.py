"""Closing a month: what is stored, what is refused, what a damaged record stops."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml

import orchestration.ledger.records as records
from orchestration.errors import CheckFailed, InputError, WrongUse
from orchestration.landing.read import sha256_of
from orchestration.ledger.book import load_ledger, read_ledger, require_currency
from orchestration.ledger.close import close_period
from orchestration.ledger.shape import TABLES
from orchestration.paths import PROJECT_DIR, Home
from tests.python.ledger.conftest import LINES, Publish


def folder(home: Home, period: str = "2026-05") -> Path:
    return home.ledger / "close" / period


def edit(path: Path, old: str, new: str) -> None:
    path.chmod(0o644)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_close_stores_the_published_lines_of_the_month(published: Publish) -> None:
    home = published()
    record = close_period(home, "2026-05", status="closed", approver="Ana", note="first")
    assert (record.version, record.status, record.rows, record.as_of) == (1, "closed", 3, date(2026, 6, 8))
    assert [(s.measure, s.currency, s.rows, s.amount_minor, s.amount) for s in record.sums] == [
        ("cost_of_service", "JPY", 1, None, None),
        ("recognised", "JPY", 1, 500, "4.310"),
        ("recognised", "USD", 1, 1000, "10.000"),
    ]
    parquet = folder(home) / "v1.parquet"
    assert record.parquet_sha256 == sha256_of(parquet)
    assert not parquet.stat().st_mode & 0o222 and not (folder(home) / "v1.json").stat().st_mode & 0o222
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select measure, document_id, customer_id, amount_minor, amount from '{parquet}' order by all"
        ).fetchall()
    assert [(row[0], row[1], row[2]) for row in rows] == [
        ("cost_of_service", "in_2", ""), ("recognised", "in_1", ""), ("recognised", "in_2", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("2026-5", "is not a month"),
        ("2026-13", "is not a month"),
        ("2026-06", "2026-06 is not complete: it ends on 2026-06-30"),
        ("2026-01", "2026-01 is not in the published marts; it holds 2026-04 to 2026-05"),
    ],
)
def test_a_month_that_cannot_be_closed_is_refused_by_name(published: Publish, period: str, said: str) -> None:
    home = published()
    with pytest.raises(WrongUse, match=said):
        close_period(home, period, status="closed")
    assert not (home.ledger / "close").exists()


@pytest.mark.parametrize(("as_of", "is_complete"), [(date(2026, 5, 30), False), (date(2026, 5, 31), True)])
def test_a_month_is_complete_on_its_last_day(published: Publish, as_of: date, is_complete: bool) -> None:
    home = published(as_of)
    if is_complete:
        assert close_period(home, "2026-05", status="closed").version == 1
    else:
        with pytest.raises(WrongUse, match="not complete"):
            close_period(home, "2026-05", status="closed")


def test_open_soft_closed_closed_and_open_again(published: Publish) -> None:
    home = published()
    with pytest.raises(WrongUse, match="nothing to reopen"):
        close_period(home, "2026-05", status="open", note="why not")
    assert close_period(home, "2026-05", status="soft_closed").version == 1
    assert close_period(home, "2026-05", status="closed").version == 2
    for status in ("closed", "soft_closed"):
        with pytest.raises(WrongUse, match=r"2026-05 is closed \(version 2"):
            close_period(home, "2026-05", status=status)  # type: ignore[arg-type]
    with pytest.raises(WrongUse, match="needs a reason"):
        close_period(home, "2026-05", status="open")
    reopened = close_period(home, "2026-05", status="open", note="late bill")
    assert (reopened.version, reopened.rows, reopened.note) == (3, 0, "late bill")
    again = close_period(home, "2026-05", status="closed")
    assert (again.version, again.rows) == (4, 3)
    assert again.previous_sha256 == sha256_of(folder(home) / "v3.json")
    assert [v.status for v in read_ledger(home.ledger).versions] == ["soft_closed", "closed", "open", "closed"]


def test_the_ledger_only_goes_forward(published: Publish) -> None:
    home = published(date(2026, 7, 6))
    close_period(home, "2026-05", status="soft_closed")
    published(date(2026, 6, 8))
    with pytest.raises(WrongUse, match="Version 1 of 2026-05 is of 2026-07-06; the published version is of 2026-06-08"):
        close_period(home, "2026-05", status="closed")
    assert close_period(home, "2026-04", status="closed").version == 1


def test_nothing_published_is_nothing_to_close(home: Home) -> None:
    with pytest.raises(InputError, match="Nothing is published"):
        close_period(home, "2026-05", status="closed")


def test_a_published_file_that_was_changed_is_not_closed(published: Publish) -> None:
    home = published()
    with home.current.resolve().open("ab") as file:
        file.write(b"x")
    with pytest.raises(CheckFailed, match="is not what was published"):
        close_period(home, "2026-05", status="closed")


def test_another_reporting_currency_is_not_compared(published: Publish) -> None:
    home = published()
    close_period(home, "2026-05", status="closed")
    published(currency="EUR")
    with pytest.raises(CheckFailed, match=r"2026-05 was reported in USD, company\.yml now says reporting_currency EUR"):
        close_period(home, "2026-04", status="closed")
    require_currency(read_ledger(home.ledger), "USD")


def test_changed_rows_a_changed_record_and_a_lost_file_are_named(published: Publish) -> None:
    home = published()
    for status in ("soft_closed", "closed"):
        close_period(home, "2026-05", status=status)  # type: ignore[arg-type]
    backup = {path: path.read_bytes() for path in folder(home).iterdir()}

    def restore() -> None:
        for path, content in backup.items():
            if path.exists():
                path.chmod(0o644)
            path.write_bytes(content)

    rows, described, second = folder(home) / "v1.parquet", folder(home) / "v1.json", folder(home) / "v2.json"

    rows.chmod(0o644)
    rows.write_bytes(backup[rows] + b" ")
    with pytest.raises(CheckFailed, match=r"v1\.parquet is not what was recorded: its SHA-256"):
        read_ledger(home.ledger)
    restore()
    edit(described, '"soft_closed"', '"closed"')
    with pytest.raises(CheckFailed, match=r"v1\.json .* its digest does not fit"):
        read_ledger(home.ledger)
    restore()
    described.unlink()
    with pytest.raises(CheckFailed, match=r"v1\.json is not what was recorded: it is missing, but its Parquet"):
        read_ledger(home.ledger)
    rows.unlink()
    with pytest.raises(CheckFailed, match=r"v1\.json is not what was recorded: it is missing, but a later version"):
        read_ledger(home.ledger)
    restore()
    rows.unlink()
    with pytest.raises(CheckFailed, match=r"v1\.parquet is not what was recorded: it is missing"):
        read_ledger(home.ledger)
    restore()
    # a whole record of the same shape, put in the place of another
    described.write_bytes(backup[described].replace(b"\n}", b" \n}"))
    with pytest.raises(CheckFailed, match=r"v2\.json .* follows another version"):
        read_ledger(home.ledger)
    restore()
    assert len(read_ledger(home.ledger).versions) == 2 and second.exists()


def test_a_record_is_never_written_twice(published: Publish) -> None:
    home = published()
    record = close_period(home, "2026-05", status="closed")
    before = (folder(home) / "v1.json").read_bytes()
    with pytest.raises(CheckFailed, match="never written again"):
        records.add_record(folder(home) / "v1.parquet", lambda path: path.write_bytes(b""), lambda _: record)  # type: ignore[arg-type]
    assert (folder(home) / "v1.json").read_bytes() == before


def test_a_kill_leaves_a_whole_record_or_none(published: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    home = published()
    rename = Path.rename

    def killed(path: Path, target: Path) -> Path:
        if path.name.startswith(".v1.parquet"):
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        close_period(home, "2026-05", status="closed")
    monkeypatch.undo()
    (version,) = read_ledger(home.ledger).versions
    assert version.rows == 3 and sha256_of(folder(home) / "v1.parquet") == version.parquet_sha256

    def killed_before(path: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", killed_before)
    with pytest.raises(KeyboardInterrupt):
        close_period(home, "2026-04", status="closed")
    monkeypatch.undo()
    assert len(read_ledger(home.ledger).versions) == 1
    assert close_period(home, "2026-04", status="closed").version == 1


def test_the_ledger_lands_typed_and_an_empty_one_as_empty_tables(published: Publish, tmp_path: Path) -> None:
    home = published()
    close_period(home, "2026-05", status="closed", approver="Ana")
    no_plays = {"issued_week": 0, "issued_play": 0}
    for ledger, expected in (
        (read_ledger(home.ledger), {"period_version": 1, "reported_line": 3, "correction": 0, **no_plays}),
        (read_ledger(tmp_path / "none"), {"period_version": 0, "reported_line": 0, "correction": 0, **no_plays}),
    ):
        assert load_ledger(ledger, tmp_path / "work.duckdb") == expected
        with duckdb.connect(str(tmp_path / "work.duckdb")) as connection:
            for table, columns in TABLES.items():
                found = connection.execute(f"describe raw_ledger.{table}").fetchall()
                kinds = [kind.upper().replace(" ", "") for kind in columns.values()]
                assert [(r[0], r[1]) for r in found] == list(zip(columns, kinds, strict=True))


def test_dbt_declares_the_same_columns() -> None:
    declared = yaml.safe_load(
        (PROJECT_DIR / "models" / "staging" / "ledger" / "_ledger__sources.yml").read_text(encoding="utf-8")
    )["sources"][0]["tables"]
    assert {
        table["name"]: {column["name"]: column["data_type"] for column in table["columns"]} for table in declared
    } == TABLES


def test_the_same_data_give_the_same_bytes(published: Publish, tmp_path: Path) -> None:
    home = published()
    first = close_period(home, "2026-05", status="soft_closed")
    published(lines=tuple(reversed(LINES)))
    second = close_period(home, "2026-05", status="soft_closed")
    assert first.parquet_sha256 == second.parquet_sha256 and first.sums == second.sums
    assert json.loads((folder(home) / "v2.json").read_text(encoding="utf-8"))["version"] == 2
