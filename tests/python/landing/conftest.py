"""Fixtures: the tiny company on disk, and a writer of company.yml."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.landing.raw_company import ACCOUNT, OPPORTUNITY, write_csv


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    write_csv(folder / "salesforce" / "account.csv", ACCOUNT)
    write_csv(folder / "salesforce" / "opportunity.csv", OPPORTUNITY)
    return folder


@pytest.fixture
def company_file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "company.yml"
        path.write_text(text, encoding="utf-8")
        return path

    return write
