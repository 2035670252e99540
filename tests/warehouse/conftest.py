"""A company as the demo writes it, built once for all files and workers; scenarios that change it copy it."""

import fcntl
import os
from pathlib import Path

import pytest

from tests.warehouse.company import build, content_hash, make_company


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the company (200 customers) and the data folder it was built in; both are read only."""
    base = tmp_path_factory.getbasetemp()
    # workers have a folder each, beside one another
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "plain"
    place.mkdir(exist_ok=True)
    company, home, done = place / "company", place / "home", place / "done"
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            content_hash(build(home, make_company(company, customers=200)))
            done.touch()
    return company, home
