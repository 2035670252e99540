"""Run the weekly job in this process, with progress on a console.

Belongs here: preparing dbt, the Dagster instance and the log file, starting the one job, and turning whatever
stops it into an error that a person can act on. The job itself is the one that the schedule starts.
"""

import logging
import os
import shutil
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from orchestration.company import CompanyConfig, load_company
from orchestration.errors import CheckFailed, InputError, SegmentsError
from orchestration.paths import PROJECT_DIR, Home
from orchestration.progress import Progress, counted
from orchestration.publishing.lock import run_lock

if TYPE_CHECKING:
    import dagster as dg

    from orchestration.assets.dbt_session import DbtSession

_KEPT_LOGS = 20
_LOGGER = "log_file"
_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_INSTANCE_TEMPLATE = Path(__file__).with_name("dagster.yaml")


@dataclass(frozen=True)
class BuildRequest:
    """What to build: `raw_dir` is the folder of raw exports, `company_file` may be None for the defaults."""

    as_of: date
    raw_dir: Path
    company_file: Path | None


@dataclass(frozen=True)
class BuildOutcome:
    """What a build published."""

    run_id: str
    content_hash: str
    is_new: bool
    page: Path
    seconds: float
    warnings: tuple[str, ...]
    log: Path


def build(home: Home, request: BuildRequest, console: Console) -> BuildOutcome:
    """Land, check, model, infer, audit and publish; `console` gets one line per step.

    Raises:
        LockHeld: another run is on.
        InputError: raw exports or company file are missing, unreadable or wrong; nothing was published.
        CheckFailed: a check, model or audit failed; nothing was published.
    """
    started = time.perf_counter()
    # everything below reads the same data folder, whatever the process was started with
    os.environ["SEGMENTS_HOME"] = str(home.root)
    company, company_warnings = load_company(request.company_file)
    if not request.raw_dir.is_dir():
        raise InputError(
            f"The folder of raw exports {request.raw_dir} does not exist.", "Check the path given with --raw."
        )
    progress = Progress(console)
    with run_lock(home), log_file(home) as log, progress.on_screen():
        try:
            with progress.phase("Read the dbt project"):
                session = _parsed_session(home, request, company, progress)
            _run_job(home, request, session, progress)
        except BaseException as error:
            # Dagster turns Ctrl-C into an interrupt of its own
            if not all(isinstance(link, Exception) for link in _chain(error)):
                raise KeyboardInterrupt from error
            expected = explain(error, progress, log)
            if expected is error:
                raise
            raise expected from error
    published = progress.materialised[("published", "marts")]
    return BuildOutcome(
        run_id=str(published["run_id"]),
        content_hash=str(published["content_hash"]),
        is_new=bool(published["is_new"]),
        page=Path(str(progress.materialised[("published", "site")]["path"])),
        seconds=time.perf_counter() - started,
        warnings=(*company_warnings, *_landing_warnings(home), *progress.warned_checks),
        log=log,
    )


def _parsed_session(home: Home, request: BuildRequest, company: CompanyConfig, progress: Progress) -> "DbtSession":
    from orchestration.assets.dbt_session import DbtSession

    session = DbtSession(home.run_state / "dbt", listener=progress.on_dbt_node)
    session.parse(company.dbt_vars(request.as_of, home.predictions))
    return session


def _run_job(home: Home, request: BuildRequest, session: "DbtSession", progress: Progress) -> None:
    from dagster._core.utils import make_new_run_id

    from orchestration.assets.partitions import AS_OF
    from orchestration.assets.run_lock import RunLock
    from orchestration.build import JOB, build_defs, load_manifest
    from orchestration.run_events import instance_of_one_run
    from orchestration.schedules import run_config

    definitions = build_defs(
        load_manifest(session.manifest_path),
        resources={"dbt": session, "run_lock": RunLock(is_held=True)},
        loggers={_LOGGER: _file_logger()},
    )
    run_id = make_new_run_id()
    # in a list: in a database, writing each of the ~3,000 events of a run costs more than many a step
    with instance_of_one_run() as instance:
        instance.add_event_listener(run_id, progress.on_event)
        instance.add_dynamic_partitions(str(AS_OF.name), [request.as_of.isoformat()])
        definitions.resolve_job_def(JOB).execute_in_process(
            run_config={
                **run_config(request.as_of.isoformat(), str(request.raw_dir), str(request.company_file or "")),
                # naming one logger switches off Dagster's own, which writes to the terminal
                "loggers": {_LOGGER: {}},
            },
            instance=instance,
            run_id=run_id,
            partition_key=request.as_of.isoformat(),
        )


def prepare_instance(home: Home) -> Path:
    """Make the folder where Dagster keeps its runs, with telemetry off, and return it."""
    folder = home.root / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_INSTANCE_TEMPLATE, folder / "dagster.yaml")
    return folder


def prepare_manifest(home: Home) -> Path:
    """Write the dbt manifest that the Dagster UI draws its graph from, and return its path.

    Raises:
        CheckFailed: the dbt project does not parse.
    """
    from orchestration.assets.dbt_session import DbtSession

    company = load_company(home.company_file if home.company_file.is_file() else None)[0]
    session = DbtSession(PROJECT_DIR / "target")
    session.parse(company.dbt_vars(date.today(), home.predictions))
    return session.manifest_path


def explain(error: BaseException, progress: Progress, log: Path) -> SegmentsError:
    """Return the error a person should see for whatever stopped the run; the trace goes to the log file."""
    logging.getLogger("segments").error("The run stopped.", exc_info=error)
    expected = find_segments_error(error)
    if expected is not None:
        return expected
    if progress.failed_checks:
        shown = "\n".join(f"  - {check}" for check in progress.failed_checks[:8])
        return CheckFailed(
            f"{counted(len(progress.failed_checks), 'check')} failed; nothing was published.\n{shown}",
            "Correct the rows named above in the raw exports, then run again.",
        )
    reason = " ".join(str(root_cause(error)).split())[:300] or "no reason given"
    return CheckFailed(
        f"The run stopped on {type(root_cause(error)).__name__}: {reason}. Nothing was published.",
        f"Read {log} for the whole trace.",
    )


def find_segments_error(error: BaseException) -> SegmentsError | None:
    """Return the first expected error in a chain of causes; Dagster wraps what a step raises."""
    return next((link for link in _chain(error) if isinstance(link, SegmentsError)), None)


def root_cause(error: BaseException) -> BaseException:
    """Return the last link of a chain of causes."""
    return list(_chain(error))[-1]


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        wrapped = getattr(link, "user_exception", None)
        link = wrapped if isinstance(wrapped, BaseException) else link.__cause__ or link.__context__


def _landing_warnings(home: Home) -> list[str]:
    import json

    return list(json.loads(home.landing_manifest.read_text(encoding="utf-8"))["warnings"])


@contextmanager
def log_file(home: Home) -> Iterator[Path]:
    """Send all log records and warnings to a new file below the data folder while the block lasts."""
    folder = home.root / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob("build_*.log"))[: -_KEPT_LOGS + 1]:
        old.unlink()
    path = folder / f"build_{datetime.now(UTC):%Y%m%dT%H%M%S}_{os.getpid()}.log"
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter(_LOG_FORMAT))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    try:
        with warnings.catch_warnings():
            yield path
    finally:
        logging.captureWarnings(False)
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()


def _file_logger() -> "dg.LoggerDefinition":
    """Return a logger that writes to no terminal: its records go to the log file."""
    import dagster as dg

    return dg.LoggerDefinition(lambda _: logging.getLogger("segments.dagster"), description="The log file.")
