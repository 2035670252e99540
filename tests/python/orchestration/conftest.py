"""The real dbt project, parsed once for all tests of the graph."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestration.assets.dbt_session import DbtSession
from orchestration.build import load_manifest
from orchestration.company import CompanyConfig


@pytest.fixture(scope="session")
def manifest_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    before = os.environ.get("SEGMENTS_HOME")
    os.environ["SEGMENTS_HOME"] = str(home)
    session = DbtSession(home / "dbt")
    session.parse(CompanyConfig().dbt_vars(date(2026, 11, 2), home / "predictions"))
    yield session.manifest_path
    if before is None:
        del os.environ["SEGMENTS_HOME"]
    else:
        os.environ["SEGMENTS_HOME"] = before


@pytest.fixture(scope="session")
def manifest(manifest_path: Path) -> dict[str, Any]:
    return load_manifest(manifest_path)
