"""What a person sees while a run is on: one line per step with what it did and how long it took.

Belongs here: following Dagster's event stream and dbt's node events, and drawing them. It decides nothing.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.spinner import Spinner
from rich.text import Text

STEP_TITLES = {
    "landing": "Read the raw tables",
    "raw_checks": "Check the raw tables",
    "dbt_models": "Build and test models",
    "segment_rules": "Find the segments",
    "concession_effects": "Weigh concessions",
    "deal_interval": "Range of single deals",
    "time_to_close": "Time deals to close",
    "time_to_value": "Time customers to value",
    "backtest_scores": "Score past forecasts",
    "backtest_checks": "Judge past forecasts",
    "lifecycle_posteriors": "Estimate lifecycles",
    "win_model": "Fit win probability",
    "play_allocation": "Give hours to deals",
    "published__marts": "Audit and publish",
    "published__site": "Write the pages",
    "published__issued_plays": "Issue the plays",
}
# Steps that only some runs do; where they did nothing, they are not said to be done.
_OPTIONAL_STEPS = ("published__issued_plays",)
_TITLE_WIDTH = 24
_DETAIL_WIDTH = 42
ROW_COUNT = "dagster/row_count"


def step_title(step_key: str) -> str:
    """Return the plain name of a step; Dagster numbers the parts of a step it cut (`dbt_models_2`)."""
    base = step_key
    while base not in STEP_TITLES and "_" in base:
        base = base.rpartition("_")[0]
    return STEP_TITLES.get(base, step_key)


def counted(n: int, what: str) -> str:
    """Return e.g. `1 test`, `12 tests`."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


class StepRecord:
    """What one step has done so far; written by the run, read by the screen."""

    def __init__(self, step_key: str) -> None:
        self.step_key = step_key
        self.started = time.perf_counter()
        self.rows = 0
        self.tables = 0
        self.checks: Counter[str] = Counter()
        self.nodes: Counter[str] = Counter()

    @property
    def seconds(self) -> float:
        """Seconds since the step began."""
        return time.perf_counter() - self.started

    def detail(self) -> str:
        """Return what was done, in words."""
        parts = []
        tests = self.nodes["test"]
        models = sum(self.nodes.values()) - tests
        if self.nodes:
            parts += [counted(models, "model"), counted(tests, "test")]
        elif self.tables:
            parts.append(counted(self.tables, "table"))
        if self.rows:
            parts.append(counted(self.rows, "row"))
        if self.checks and not self.nodes:
            parts.append(counted(sum(self.checks.values()), "check"))
        failed = self.checks["failed"]
        return ", ".join([*parts, f"{failed} failed"] if failed else parts)


class Progress:
    """Follows one run on a console; also remembers warnings and failed checks for the closing words."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.failed_checks: list[str] = []
        self.warned_checks: list[str] = []
        self.materialised: dict[tuple[str, ...], dict[str, Any]] = {}
        self._current: StepRecord | None = None
        self._lock = threading.Lock()

    @contextmanager
    def on_screen(self) -> Iterator[None]:
        """Show the running step while the block lasts; without a terminal only finished steps are written."""
        if not self.console.is_terminal:
            yield
            return
        from rich.live import Live

        with Live(_Running(self), console=self.console, refresh_per_second=8, transient=True):
            yield

    @contextmanager
    def phase(self, title: str) -> Iterator[StepRecord]:
        """Show a part of the work that is no Dagster step; the block may fill in what it did."""
        record = self._current = StepRecord(title)
        yield record
        self._finish("✓")

    def on_dbt_node(self, resource_type: str, status: str) -> None:
        """Count a dbt node; called from dbt's threads."""
        with self._lock:
            if self._current is not None and status != "skipped":
                self._current.nodes[resource_type] += 1

    def on_event(self, entry: Any) -> None:
        """Follow one Dagster log entry."""
        event = entry.dagster_event
        if event is None:
            return
        kind = event.event_type_value
        if kind == "STEP_START":
            self._current = StepRecord(event.step_key)
        elif kind == "ASSET_MATERIALIZATION":
            self._on_materialisation(event.step_materialization_data.materialization)
        elif kind == "ASSET_CHECK_EVALUATION":
            self._on_check(event.asset_check_evaluation_data)
        elif kind == "STEP_SUCCESS":
            self._finish("✓")
        elif kind == "STEP_FAILURE":
            self._finish("✗")

    def _on_materialisation(self, materialisation: Any) -> None:
        values = {name: value.value for name, value in materialisation.metadata.items()}
        self.materialised[tuple(materialisation.asset_key.path)] = values
        if self._current is not None and values.get("is_present", True):
            self._current.tables += 1
            self._current.rows += int(values.get(ROW_COUNT) or 0)

    def _on_check(self, evaluation: Any) -> None:
        name = f"{'.'.join(evaluation.asset_key.path)}: {evaluation.check_name}"
        outcome = "passed"
        if not evaluation.passed:
            outcome = "failed" if evaluation.severity.value == "ERROR" else "warned"
            (self.failed_checks if outcome == "failed" else self.warned_checks).append(_described(name, evaluation))
        if self._current is not None:
            self._current.checks[outcome] += int(_value(evaluation, "n_checks") or 1)

    def _finish(self, mark: str) -> None:
        record, self._current = self._current, None
        is_idle = record is not None and record.step_key in _OPTIONAL_STEPS and not record.tables and mark == "✓"
        if record is not None and not is_idle:
            self.console.print(step_line(mark, record), soft_wrap=True)

    @property
    def current(self) -> StepRecord | None:
        """The step that runs now."""
        return self._current


def step_line(mark: str, record: StepRecord) -> Text:
    """Return the line of one step."""
    style = {"✓": "green", "✗": "red"}.get(mark, "")
    line = Text.assemble((mark, style), " ", step_title(record.step_key).ljust(_TITLE_WIDTH))
    line.append(record.detail().ljust(_DETAIL_WIDTH), style="dim")
    line.append(f"{record.seconds:6.1f} s")
    return line


def _value(evaluation: Any, name: str) -> Any:
    found = evaluation.metadata.get(name)
    return None if found is None else found.value


def _described(name: str, evaluation: Any) -> str:
    rows, message = _value(evaluation, "failing_rows"), _value(evaluation, "message")
    tail = [f"{rows:,} failing row(s)"] if rows else []
    return " - ".join([name, *tail, *([str(message)] if message else [])])


class _Running:
    """The line of the step that runs now, drawn anew on each refresh."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._spinner = Spinner("dots")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        record = self._progress.current
        if record is not None:
            self._spinner.update(text=step_line("", record))
            yield self._spinner
