"""Published fixtures shared by the report tests; made once, as no test changes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixture_marts import publish

from reports.site import render_this_week


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a published file of 60 deals."""
    return publish(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="session")
def page(published: Path) -> str:
    """The page of those 60 deals."""
    return render_this_week(published, currency="USD")
