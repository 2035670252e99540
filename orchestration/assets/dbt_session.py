"""dbt in this process: parse once, build many times.

Belongs here: the calls into dbt and what they return. A subprocess per invocation would pay import, start and
parse again each time; one process pays them once. After each build the DuckDB file is closed, so that readers
can open it.
"""

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestration.assets import parsed_project
from orchestration.errors import CheckFailed
from orchestration.paths import PROJECT_DIR, Home

NodeListener = Callable[[str, str], None]
"""Called with (resource type, status) as each dbt node ends, from dbt's worker threads."""

BUILT_NOW = "built_now"
"""Tag that the nodes of one invocation carry while it lasts."""

_QUIET = ("--log-level", "none", "--log-level-file", "none", "--no-print", "--no-use-colors")


def build_args(
    select: Iterable[str], variables: Mapping[str, object], project_dir: Path, target_dir: Path
) -> list[str]:
    """Return the arguments of one `dbt build`.

    Indirect selection is off because `select` already names each test: dbt would otherwise run a test between
    two models when only one of them exists. Unit tests check logic on made-up rows and belong to `make test`.
    dbt's files about the run are left out: writing them takes a second each time, and nothing reads them.
    """
    return [
        "build",
        *_common(variables, project_dir, target_dir),
        "--no-write-json",
        "--indirect-selection",
        "empty",
        "--exclude-resource-type",
        "unit_test",
        "--select",
        *sorted(select),
    ]


def parse_args(variables: Mapping[str, object], project_dir: Path, target_dir: Path) -> list[str]:
    """Return the arguments of `dbt parse`."""
    return ["parse", *_common(variables, project_dir, target_dir)]


def _common(variables: Mapping[str, object], project_dir: Path, target_dir: Path) -> list[str]:
    return [
        *_QUIET,
        "--project-dir",
        str(project_dir),
        "--profiles-dir",
        str(project_dir),
        "--target-path",
        str(target_dir),
        "--vars",
        json.dumps(dict(variables), sort_keys=True),
    ]


@contextmanager
def tagged(nodes: Iterable[Any], tag: str) -> Iterator[None]:
    """Give parsed nodes one more tag while the block lasts."""
    nodes = list(nodes)
    for node in nodes:
        node.tags.append(tag)
    try:
        yield
    finally:
        for node in nodes:
            node.tags.remove(tag)


@dataclass
class DbtSession:
    """One dbt project, parsed at most once per set of variables.

    Attributes:
        target_dir: where dbt keeps its manifest, partial parse and compiled SQL.
        kept_dir: where parses are kept for the next build, of whatever data folder.
        listener: told of each node as it ends, for progress.
        manifest: dbt's own manifest object, once parsed.
    """

    target_dir: Path
    project_dir: Path = PROJECT_DIR
    listener: NodeListener | None = None
    manifest: Any = None
    kept_dir: Path = PROJECT_DIR / "target" / "parsed"
    _variables: dict[str, object] = field(default_factory=dict)
    _built: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def from_env(cls) -> "DbtSession":
        """Return a session whose artifacts lie in the data folder."""
        return cls(Home.from_env().run_state / "dbt")

    @property
    def manifest_path(self) -> Path:
        """The manifest written by `parse`."""
        return self.target_dir / "manifest.json"

    def built(self, run_id: str) -> set[str]:
        """Return the unique ids built so far in a run; the caller adds to it."""
        return self._built.setdefault(run_id, set())

    def parse(self, variables: Mapping[str, object]) -> None:
        """Parse the project, or take the parse that was kept of the same files and settings.

        Raises:
            CheckFailed: the project does not parse; carries dbt's own message.
        """
        told = parsed_project.parse_variables(variables)
        work_file = Path(os.environ.get("SEGMENTS_WORK_FILE") or Home.from_env().work_file)
        kept = self.kept_dir / parsed_project.fingerprint(self.project_dir, told, work_file.stem)
        self.manifest = parsed_project.load(kept, self.target_dir)
        if self.manifest is None:
            outcome = self._invoke(parse_args(told, self.project_dir, self.target_dir))
            if not outcome.success:
                raise CheckFailed(
                    f"The dbt project does not parse: {_first_lines(outcome.exception)}",
                    "Correct the file that dbt names, then run `make lint`.",
                )
            parsed_project.keep(self.target_dir, kept)
            self.manifest = outcome.result
        parsed_project.put_predictions_in(self.manifest, str(variables["predictions_dir"]))
        self._variables = dict(variables)

    def build_nodes(self, unique_ids: Collection[str], variables: Mapping[str, object]) -> list[Any]:
        """Build exactly these nodes; return dbt's results in the order they ended.

        They are selected by a tag of their own: dbt compares each selector with each node, several times over,
        which for hundreds of names takes longer than many a model.

        Raises:
            CheckFailed: dbt could not run at all (a failing node is a result, not an error).
        """
        self._parse_once(variables)
        with tagged([self.manifest.nodes[unique_id] for unique_id in unique_ids], BUILT_NOW):
            return self.build([f"tag:{BUILT_NOW}"], variables)

    def build(self, select: Sequence[str], variables: Mapping[str, object]) -> list[Any]:
        """Build the selected nodes; return dbt's results in the order they ended.

        Raises:
            CheckFailed: dbt could not run at all (a failing node is a result, not an error).
        """
        self._parse_once(variables)
        outcome = self._invoke(build_args(select, variables, self.project_dir, self.target_dir))
        if outcome.result is None:
            raise CheckFailed(f"dbt could not run: {_first_lines(outcome.exception)}", "Run `segments doctor`.")
        return list(outcome.result.results)

    def _parse_once(self, variables: Mapping[str, object]) -> None:
        # parse-time settings such as the prediction files' folder are baked into the manifest
        if self.manifest is None or self._variables != dict(variables):
            self.parse(variables)

    def _invoke(self, args: list[str]) -> Any:
        from dbt.cli.main import dbtRunner

        os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
        os.environ["SEGMENTS_HOME"] = str(Home.from_env().root)
        outcome = dbtRunner(manifest=self.manifest, callbacks=[self._on_event]).invoke(args)
        # dbt hands back even Ctrl-C as a result, with its threads still at work on the file
        if outcome.exception is not None and not isinstance(outcome.exception, Exception):
            raise outcome.exception
        _release_database()
        return outcome

    def _on_event(self, event: Any) -> None:
        if self.listener and event.info.name == "NodeFinished":
            info = event.data.node_info
            self.listener(info.resource_type, info.node_status)


def _release_database() -> None:
    """Close the connection that dbt-duckdb keeps for the life of the process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import reset_adapters

    reset_adapters()  # type: ignore[no-untyped-call]
    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def _first_lines(error: BaseException | None, limit: int = 6) -> str:
    lines = [line.strip() for line in str(error or "no reason given").splitlines() if line.strip()]
    return " ".join(lines[:limit])
