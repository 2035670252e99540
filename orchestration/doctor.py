"""What is installed, prepared, locked and published, each with its fix.

Belongs here: looking, never changing anything.
"""

import fcntl
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from orchestration.errors import SegmentsError
from orchestration.paths import PROJECT_DIR, Home

_PACKAGES = ("dagster", "dagster-dbt", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations", "pandas")
_PYTHON = ((3, 11), (3, 14))
_FREE_GB = 2


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `fix` is one command or sentence."""

    what: str
    is_well: bool
    detail: str
    fix: str = ""


def examine(home: Home) -> list[Finding]:
    """Look at everything a build needs, in the order in which it needs it."""
    looks: tuple[Callable[[Home], Finding], ...] = (
        _python,
        _packages,
        _manifest,
        _company,
        _lock,
        _disk,
        _ledger,
        _published,
    )
    return [look(home) for look in looks]


def _python(home: Home) -> Finding:
    low, high = _PYTHON
    is_well = low <= sys.version_info[:2] < high
    detail = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("Python", is_well, detail, f"Use Python {low[0]}.{low[1]} to {high[0]}.{high[1] - 1}.")


def _packages(home: Home) -> Finding:
    found, missing = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    detail = ", ".join(found) + (f"; missing {', '.join(missing)}" if missing else "")
    return Finding("Packages", not missing, detail, "make setup")


def _manifest(home: Home) -> Finding:
    path = PROJECT_DIR / "target" / "manifest.json"
    detail = str(path) if path.is_file() else "not written yet; only the Dagster UI needs it"
    return Finding("dbt manifest", True, detail)


def _company(home: Home) -> Finding:
    from orchestration.company import load_company

    if not home.company_file.is_file():
        return Finding("Company file", True, f"none at {home.company_file}; defaults hold")
    try:
        company, warnings = load_company(home.company_file)
    except SegmentsError as error:
        return Finding("Company file", False, error.message, error.next_step)
    return Finding("Company file", True, "; ".join([company.company_name, *warnings]))


def _lock(home: Home) -> Finding:
    if not home.lock_file.exists():
        return Finding("Run lock", True, "free")
    with home.lock_file.open("r", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return Finding("Run lock", False, f"held: {handle.read().strip()}", "Wait for that run or stop it.")
    return Finding("Run lock", True, "free")


def _disk(home: Home) -> Finding:
    folder = next(path for path in (home.root, *home.root.parents) if path.exists())
    free = shutil.disk_usage(folder).free / 1e9
    return Finding("Free disk", free >= _FREE_GB, f"{free:.1f} GB at {folder}", f"Free at least {_FREE_GB} GB.")


def _ledger(home: Home) -> Finding:
    from orchestration.ledger.book import read_ledger

    try:
        ledger = read_ledger(home.ledger)
    except SegmentsError as error:
        return Finding("Ledger", False, error.message, error.next_step)
    detail = f"{len(ledger.versions)} versions of closed months, {len(ledger.corrections)} sets of corrections"
    return Finding("Ledger", True, detail if ledger.versions else "no month was closed yet")


def _published(home: Home) -> Finding:
    from orchestration.publishing.publish import current_run_id

    run_id = current_run_id(home)
    if run_id is None:
        return Finding("Published", True, "nothing yet; run `segments demo` or `segments build`")
    is_there = home.current.exists()
    return Finding("Published", is_there, f"run {run_id}", "segments rollback")
