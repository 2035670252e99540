"""A parsed dbt project, kept for the builds that follow.

Belongs here: what a parse depends on, and where its result is kept. dbt keeps one too, but drops it when the
date or the data folder changes, which is every week and every company; neither changes a model's shape.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PARSED = ("models", "macros", "seeds", "tests/dbt", "dbt_project.yml", "profiles.yml")
_PACKAGES = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-duckdb")
_FILES = ("partial_parse.msgpack", "manifest.json", "semantic_manifest.json")
_KEPT = 4

ANY_FOLDER = "/predictions_of_any_run"
"""Stands in a kept parse where each run has the folder of its own predictions."""

_PER_RUN = {"as_of_date", "predictions_dir"}


def parse_variables(variables: Mapping[str, object]) -> dict[str, object]:
    """Return the variables to parse with: those of the run, but for its date and its folder."""
    kept = {name: value for name, value in variables.items() if name not in _PER_RUN}
    return {**kept, "predictions_dir": ANY_FOLDER}


def fingerprint(project_dir: Path, variables: Mapping[str, object], database: str) -> str:
    """Return a hash of everything a parse depends on.

    Args:
        project_dir: the dbt project; each of its files counts, by name and content.
        variables: those to parse with.
        database: name of the DuckDB database, which is part of every relation's name.
    """
    told = [str(project_dir), json.dumps(dict(variables), sort_keys=True), database]
    told += [f"{package} {version(package)}" for package in _PACKAGES]
    total = hashlib.sha256("\n".join(told).encode())
    for path in _files(project_dir):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"\n{path.relative_to(project_dir)} {content}".encode())
    return total.hexdigest()[:32]


def _files(project_dir: Path) -> Iterable[Path]:
    for name in _PARSED:
        place = project_dir / name
        yield from sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]


def load(folder: Path, target_dir: Path) -> Any | None:
    """Return the manifest kept in `folder` and put its JSON into `target_dir`; None when there is none."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    try:
        packed, *written = ((folder / name).read_bytes() for name in _FILES)
    except OSError:
        return None
    manifest: Any = Manifest.from_msgpack(packed, decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()
    target_dir.mkdir(parents=True, exist_ok=True)
    for name, content in zip(_FILES[1:], written, strict=True):
        (target_dir / name).write_bytes(content)
    # the last one used is the last one dropped
    with suppress(OSError):
        folder.touch()
    return manifest


def keep(target_dir: Path, folder: Path) -> None:
    """Keep what dbt wrote to `target_dir` as `folder`, and the few used last beside it.

    A folder appears whole or not at all, so that builds side by side never read half of one. Where the project
    cannot be written to, nothing is kept.
    """
    with suppress(OSError):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new_", ignore_cleanup_errors=True) as place:
            for name in _FILES:
                shutil.copyfile(target_dir / name, Path(place) / name)
            Path(place).rename(folder)
        others = sorted(folder.parent.glob("[!.]*"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in others[_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)


def put_predictions_in(manifest: Any, folder: str) -> None:
    """Point the sources of a parsed project to the predictions of one run."""
    for source in manifest.sources.values():
        for meta in (source.meta, source.config.meta):
            if "external_location" in meta:
                meta["external_location"] = meta["external_location"].replace(ANY_FOLDER, folder)
