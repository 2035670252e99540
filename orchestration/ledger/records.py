"""Records of the ledger: how they lie on disk, how one is added, how all are verified.

A record is a pair: a Parquet file with rows and a JSON beside it that names the SHA-256 of those bytes and carries a
digest of itself. The JSON is the record; a Parquet file alone is none. Records are only ever added, read-only on disk,
by the one process that holds the run lock.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from orchestration.errors import CheckFailed
from orchestration.landing.read import sha256_of
from orchestration.publishing.candidate import sync

PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
WEEK = re.compile(r"\d{4}-\d{2}-\d{2}")
_VERSION = re.compile(r"v([1-9]\d*)")
_READ_ONLY = 0o444

Status = Literal["open", "soft_closed", "closed"]


class Sum(BaseModel):
    """What the rows of one measure and currency of a record add up to.

    `amount_minor` is in minor units of `currency`, `amount` in major units of the reporting currency; null where
    no row knows it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: str
    currency: str
    rows: int
    amount_minor: int | None
    amount: str | None


class Record(BaseModel):
    """What every record says about itself and its Parquet file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    as_of: date
    run_id: str
    recorded_at: str
    code_version: str
    reporting_currency: str
    rows: int
    parquet_sha256: str
    digest: str

    @model_validator(mode="after")
    def _says_what_was_written(self) -> Self:
        if self.digest != digest_of(self.model_dump(mode="json")):
            raise ValueError("its digest does not fit its content")
        return self


class PeriodRecord(Record):
    """A record of one month, with what its rows add up to."""

    period: str
    sums: tuple[Sum, ...]

    @property
    def period_on(self) -> date:
        """First day of the period."""
        return date.fromisoformat(f"{self.period}-01")


class PeriodVersion(PeriodRecord):
    """A period as reported: status, and the published version that it was taken from.

    A reopened period is a version of status `open` without rows; `note` then says why. `previous_sha256` is the hash
    of the JSON of the version before, so that none can be exchanged unseen.
    """

    kind: Literal["period_version"] = "period_version"
    status: Status
    content_hash: str
    previous_sha256: str | None
    approver: str | None
    note: str | None


class CorrectionSet(PeriodRecord):
    """Corrections that one published build found in one closed period."""

    kind: Literal["correction_set"] = "correction_set"


class IssuedWeek(Record):
    """The plays of one decision week as they were given to sellers.

    `week` is its Monday. The first version of a week is what sellers worked by; a later one says in `note` why the
    week was issued again. `previous_sha256` is the hash of the JSON of the version before.
    """

    kind: Literal["issued_week"] = "issued_week"
    week: date
    content_hash: str
    previous_sha256: str | None
    note: str | None


AnyRecord = TypeVar("AnyRecord", bound=Record)


def digest_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a record's JSON content, its own digest left out."""
    text = json.dumps({key: value for key, value in content.items() if key != "digest"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _text_of(record: Record) -> str:
    return json.dumps(record.model_dump(mode="json"), indent=2, sort_keys=True) + "\n"


def _pending(parquet: Path) -> Path:
    return parquet.with_name(f".{parquet.name}.tmp")


def add_record(parquet: Path, write_rows: Callable[[Path], None], describe: Callable[[str], AnyRecord]) -> AnyRecord:
    """Add a record and return it; the caller holds the run lock.

    Args:
        parquet: where the rows will lie; the JSON lies beside it.
        write_rows: writes the rows to the path it is given.
        describe: returns the record for the SHA-256 of those rows.

    The rows are written beside their place first. Then the JSON is renamed into place, which makes the record, and
    then the rows; a kill between the two is mended by the next reader, because the JSON says which bytes are meant.

    Raises:
        CheckFailed: there is such a record already; nothing was written.
    """
    described = parquet.with_suffix(".json")
    if parquet.exists() or described.exists():
        raise CheckFailed(
            f"The ledger holds {described} already; a record is never written again.",
            "Nothing needs to be done about the record that is there.",
        )
    parquet.parent.mkdir(parents=True, exist_ok=True)
    rows = _pending(parquet)
    rows.unlink(missing_ok=True)
    write_rows(rows)
    record = describe(sha256_of(rows))
    beside = _pending(described)
    beside.unlink(missing_ok=True)
    beside.write_text(_text_of(record), encoding="utf-8")
    for path in (rows, beside):
        path.chmod(_READ_ONLY)
        sync(path)
    beside.rename(described)
    rows.rename(parquet)
    sync(parquet.parent)
    return record


def _mend(parquet: Path, expected_sha256: str) -> None:
    """Put rows in place whose record was completed and whose rename was not."""
    rows = _pending(parquet)
    if not parquet.exists() and rows.exists() and sha256_of(rows) == expected_sha256:
        rows.rename(parquet)


def read_record(described: Path, kind: type[AnyRecord]) -> AnyRecord:
    """Read and verify one record.

    Raises:
        CheckFailed: its JSON is damaged or edited, its rows are gone or are other bytes.
    """
    try:
        record = kind.model_validate_json(described.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise _damaged(described, f"it is damaged or was edited ({_first_reason(error)})") from error
    parquet = described.with_suffix(".parquet")
    _mend(parquet, record.parquet_sha256)
    if not parquet.exists():
        raise _damaged(parquet, "it is missing")
    found = sha256_of(parquet)
    if found != record.parquet_sha256:
        raise _damaged(parquet, f"its SHA-256 is {found[:12]}..., the record says {record.parquet_sha256[:12]}...")
    return record


def _first_reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"{place}: {first['msg']}" if place else str(first["msg"])
    return str(error)


def _damaged(path: Path, what: str) -> CheckFailed:
    return CheckFailed(
        f"The ledger file {path} is not what was recorded: {what}. Nothing was built or shown.",
        "Put the file back from a backup of the ledger folder; records are never changed, so any backup will do.",
    )


def _described_in(folder: Path) -> list[Path]:
    """Return the JSON files of a folder by name; a Parquet file without one lost its record."""
    described = {path.stem: path for path in folder.glob("*.json")}
    for parquet in sorted(folder.glob("*.parquet")):
        if parquet.stem not in described:
            raise _damaged(parquet.with_suffix(".json"), "it is missing, but its Parquet file is there")
    return [described[stem] for stem in sorted(described)]


def read_versions(folder: Path) -> list[PeriodVersion]:
    """Read and verify every version below `ledger/close`, by period and version.

    Raises:
        CheckFailed: a record is damaged, misplaced or missing between two others.
    """
    return [
        record
        for period in _subfolders(folder, PERIOD)
        for record in _read_chain(period, PeriodVersion, lambda version: version.period)
    ]


def read_issued_weeks(folder: Path) -> list[IssuedWeek]:
    """Read and verify every version below `ledger/plays`, by week and version.

    Raises:
        CheckFailed: a record is damaged, misplaced or missing between two others.
    """
    return [
        record
        for week in _subfolders(folder, WEEK)
        for record in _read_chain(week, IssuedWeek, lambda version: version.week.isoformat())
    ]


ChainedRecord = TypeVar("ChainedRecord", PeriodVersion, IssuedWeek)


def _read_chain(
    folder: Path, kind: type[ChainedRecord], name_of: Callable[[ChainedRecord], str]
) -> list[ChainedRecord]:
    """Return the versions of one folder, each of which names the hash of the one before."""
    by_number: dict[int, Path] = {}
    for described in _described_in(folder):
        match = _VERSION.fullmatch(described.stem)
        if match is None:
            raise _damaged(described, "its name is not v<number>.json")
        by_number[int(match[1])] = described
    chain: list[ChainedRecord] = []
    previous: Path | None = None
    for number, described in sorted(by_number.items()):
        record = read_record(described, kind)
        if (name_of(record), record.version) != (folder.name, number):
            raise _damaged(described, f"it is of {name_of(record)}, version {record.version}")
        if number != len(chain) + 1:
            raise _damaged(described.with_name(f"v{number - 1}.json"), "it is missing, but a later version is there")
        if record.previous_sha256 != (sha256_of(previous) if previous else None):
            raise _damaged(described, "it follows another version than the one before it")
        chain.append(record)
        previous = described
    return chain


def read_corrections(folder: Path) -> list[tuple[CorrectionSet, Path]]:
    """Read and verify every set of corrections below `ledger/corrections`, with the path of its rows.

    Raises:
        CheckFailed: a record is damaged or misplaced.
    """
    found: list[tuple[CorrectionSet, Path]] = []
    for period in _subfolders(folder, PERIOD):
        for described in _described_in(period):
            record = read_record(described, CorrectionSet)
            if record.period != period.name or described.stem != correction_name(record.as_of, record.run_id):
                raise _damaged(described, f"it is of period {record.period}, as of {record.as_of}, run {record.run_id}")
            found.append((record, described.with_suffix(".parquet")))
    return found


def correction_name(as_of: date, run_id: str) -> str:
    """Return the name of a set of corrections, without ending."""
    return f"{as_of.isoformat()}_{run_id}"


def _subfolders(folder: Path, name: re.Pattern[str]) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and name.fullmatch(path.name))
