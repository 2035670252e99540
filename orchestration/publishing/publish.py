"""Publish: copy, audit, rename, and only then point `current.duckdb` to the new version.

A version is named by its content (`<as_of>_<first 12 of the content hash>`), so publishing the same marts
twice changes nothing. Files of a version are never written again; readers follow a link, and a killed publish
leaves the link on the old or on the new version, never in between. The caller holds the run lock.
"""

import json
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from orchestration.errors import CheckFailed, InputError, WrongUse
from orchestration.landing.names import literal
from orchestration.landing.read import sha256_of
from orchestration.landing.report import replace_text
from orchestration.paths import Home
from orchestration.publishing.audit import audit, require_passed
from orchestration.publishing.candidate import (
    Content,
    Description,
    build_candidate,
    content_of,
    open_read_only,
    public_tables,
    sync,
)
from orchestration.publishing.content_hash import overall_hash

KEPT_VERSIONS = 5
# Public although it is a dimension: every mart's segment_id points to it.
PUBLISHED_EXTRAS = ("core.dim_segment",)


@dataclass(frozen=True)
class PublishedRun:
    """A published version.

    `content_hash` covers all tables; `is_new` is False when this content had been published before.
    """

    run_id: str
    content_hash: str
    table_hashes: dict[str, str]
    rows: dict[str, int]
    file: Path
    is_new: bool


def _version_file(home: Home, run_id: str) -> Path:
    return home.published / f"marts_{run_id}.duckdb"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def remove_leftovers(home: Home) -> None:
    """Remove what a killed publish left behind; the caller holds the run lock, so nobody is writing it."""
    for folder in (home.published, home.parquet):
        for path in (*folder.glob("*.tmp"), *folder.glob("*.tmp.wal")):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def current_run_id(home: Home) -> str | None:
    """Return the run id that readers see, None before the first publish."""
    if not home.current.is_symlink():
        return None
    return home.current.readlink().name.removeprefix("marts_").removesuffix(".duckdb")


def _point_to(home: Home, run_id: str) -> None:
    """Swap the link in one step; readers that open it get either version, whole."""
    beside = home.published / f"current.{os.getpid()}.tmp"
    beside.unlink(missing_ok=True)
    # relative, so that the data folder can be moved
    beside.symlink_to(_version_file(home, run_id).name)
    os.replace(beside, home.current)
    sync(home.published)


def _log(home: Home, action: str, run_id: str, content_hash: str) -> None:
    line = json.dumps({"action": action, "run_id": run_id, "content_hash": content_hash, "at": _now()})
    with home.publish_log.open("a", encoding="utf-8") as handle:
        handle.write(line + "\n")
        handle.flush()
        os.fsync(handle.fileno())


def _logged_runs(home: Home) -> list[str]:
    """Run ids in the order of their latest publish; a line cut off by a kill is passed over."""
    runs: list[str] = []
    if not home.publish_log.exists():
        return runs
    for line in home.publish_log.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        if entry["action"] == "publish":
            runs = [run for run in runs if run != entry["run_id"]] + [entry["run_id"]]
    return runs


def _manifest(home: Home, run_id: str) -> dict[str, Any]:
    """Read the manifest of a version; empty when there is none."""
    path = home.parquet / run_id / "manifest.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return content if isinstance(content, dict) else {}


def _is_intact(home: Home, run_id: str) -> bool:
    """True when a version has its Parquet folder and its file is byte for byte what was published."""
    file = _version_file(home, run_id)
    return file.is_file() and _manifest(home, run_id).get("sha256") == sha256_of(file)


def _write_parquet(home: Home, candidate: Path, run_id: str, as_of: date, content: Content) -> None:
    """Write every table as Parquet with a manifest, in a folder that appears whole."""
    folder = home.parquet / run_id
    beside = home.parquet / f"{run_id}.tmp"
    beside.mkdir(parents=True)
    with open_read_only(candidate, "candidate") as connection:
        for name, table in public_tables(connection, "candidate", ()).items():
            target = literal(str(beside / f"{name}.parquet"))
            connection.execute(f"copy (select * from {table}) to {target} (format parquet, compression zstd)")
    tables = {
        name: {
            "n_rows": content.rows[name],
            "content_hash": content.hashes[name],
            "sha256": sha256_of(beside / f"{name}.parquet"),
        }
        for name in sorted(content.hashes)
    }
    manifest = {
        "run_id": run_id,
        "as_of_date": as_of.isoformat(),
        "content_hash": overall_hash(content.hashes),
        "sha256": sha256_of(candidate),
        "built_at": _now(),
        "tables": tables,
    }
    replace_text(beside / "manifest.json", json.dumps(manifest, indent=2, sort_keys=True) + "\n")
    for path in beside.iterdir():
        sync(path)
    sync(beside)
    if folder.exists():
        shutil.rmtree(folder)  # of a publish that was killed, or no longer intact
    os.replace(beside, folder)


def _drop_old_versions(home: Home) -> None:
    """Keep the newest versions and the current one."""
    runs = _logged_runs(home)
    kept = {*runs[-KEPT_VERSIONS:], current_run_id(home)}
    for file in home.published.glob("marts_*.duckdb"):
        run_id = file.name.removeprefix("marts_").removesuffix(".duckdb")
        if run_id not in kept:
            file.unlink()
            shutil.rmtree(home.parquet / run_id, ignore_errors=True)


def publish(
    home: Home,
    as_of: date,
    *,
    grains: Mapping[str, Sequence[str]],
    may_be_empty: Collection[str],
    extras: Sequence[str] = PUBLISHED_EXTRAS,
    descriptions: Mapping[str, Description] | None = None,
) -> PublishedRun:
    """Publish the marts of the work file.

    Args:
        home: the data folder; the caller holds its run lock.
        as_of: the date of the build.
        grains: expected marts with their key columns.
        may_be_empty: marts that need not have rows.
        extras: tables outside schema `marts` to publish with them, as `schema.table`.
        descriptions: what tables and columns mean, by table; written into the file as comments.

    Raises:
        CheckFailed: the audit said no; `current` is as it was and the candidate is gone.
        InputError: there is no work file to publish.
    """
    if not home.work_file.is_file():
        raise InputError(f"The work file {home.work_file} does not exist.", "Run `segments build` first.")
    home.parquet.mkdir(parents=True, exist_ok=True)
    remove_leftovers(home)

    content = content_of(home.work_file, extras)
    content_hash = overall_hash(content.hashes)
    run_id = f"{as_of:%Y%m%d}_{content_hash[:12]}"
    file = _version_file(home, run_id)
    is_new = not _is_intact(home, run_id)
    if is_new:
        candidate = file.with_name(file.name + ".tmp")
        try:
            build_candidate(home.work_file, candidate, grains, extras, descriptions)
            require_passed(audit(candidate, as_of, grains=grains, may_be_empty=may_be_empty))
            if content_of(candidate) != content:
                raise CheckFailed(f"The copy {candidate} differs from the work file.", "Check the disk and run again.")
            _write_parquet(home, candidate, run_id, as_of, content)
            os.replace(candidate, file)
            sync(home.published)
        finally:
            remove_leftovers(home)
    else:
        require_passed(audit(file, as_of, grains=grains, may_be_empty=may_be_empty))
    _point_to(home, run_id)
    _log(home, "publish", run_id, content_hash)
    _drop_old_versions(home)
    return PublishedRun(run_id, content_hash, content.hashes, content.rows, file, is_new)


def current_manifest(home: Home) -> dict[str, Any] | None:
    """Return the manifest of the version that readers see; None before the first publish.

    Raises:
        CheckFailed: its file is not what was published.
    """
    run_id = current_run_id(home)
    if run_id is None:
        return None
    if not _is_intact(home, run_id):
        raise CheckFailed(
            f"The published file of run {run_id} is not what was published.", "Run `segments build` again."
        )
    return _manifest(home, run_id)


def versions(home: Home) -> list[str]:
    """Return the run ids one can roll back to, oldest publish first."""
    return [run_id for run_id in _logged_runs(home) if _version_file(home, run_id).is_file()]


def rollback(home: Home, run_id: str | None = None) -> PublishedRun:
    """Point readers to an earlier version; the caller holds the run lock.

    Args:
        home: the data folder.
        run_id: the version, or None for the one published before the current one.

    Raises:
        WrongUse: there is no such version.
        CheckFailed: its file is not what was published.
    """
    known = versions(home)
    if run_id is None:
        current = current_run_id(home)
        earlier = known[: known.index(current)] if current in known else []
        if not earlier:
            raise WrongUse(
                "There is no version before the current one.",
                f"Known versions: {', '.join(known) or 'none'}.",
            )
        run_id = earlier[-1]
    if run_id not in known:
        raise WrongUse(f"There is no version {run_id}.", f"Known versions: {', '.join(known) or 'none'}.")
    if not _is_intact(home, run_id):
        raise CheckFailed(f"The file of version {run_id} is not what was published.", "Choose another version.")
    manifest = _manifest(home, run_id)
    _point_to(home, run_id)
    _log(home, "rollback", run_id, str(manifest["content_hash"]))
    return PublishedRun(
        run_id=run_id,
        content_hash=str(manifest["content_hash"]),
        table_hashes={name: str(table["content_hash"]) for name, table in manifest["tables"].items()},
        rows={name: int(table["n_rows"]) for name, table in manifest["tables"].items()},
        file=_version_file(home, run_id),
        is_new=False,
    )


def as_record(run: PublishedRun) -> dict[str, object]:
    """Return a published run as JSON-able values."""
    return {**asdict(run), "file": str(run.file)}
