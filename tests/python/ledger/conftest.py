"""A data folder with a published version of two small finance marts."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.paths import Home
from orchestration.publishing.publish import publish

Line = tuple[str, str, str, str, str, int | None, str | None]
"""Month, component, segment, document, currency, minor units, amount."""

LINES: tuple[Line, ...] = (
    ("2026-04-01", "recognised", "seg_a", "in_1", "USD", 1000, "10.000"),
    ("2026-05-01", "recognised", "seg_a", "in_1", "USD", 1000, "10.000"),
    ("2026-05-01", "recognised", "seg_b", "in_2", "JPY", 500, "4.310"),
    ("2026-05-01", "cost_of_service", "seg_b", "in_2", "JPY", None, None),
)

Publish = Callable[..., Home]


def _write(home: Home, as_of: date, lines: tuple[Line, ...]) -> None:
    home.work_file.unlink(missing_ok=True)
    with duckdb.connect(str(home.work_file)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.mart_margin_line (month_on date, component varchar, segment_id varchar, "
            "customer_id varchar, document_type varchar, document_id varchar, document_line_id varchar, "
            "currency varchar, amount_minor bigint, amount decimal(20, 3), as_of_date date)"
        )
        for month, component, segment, document, currency, minor, amount in lines:
            connection.execute(
                "insert into marts.mart_margin_line values (?, ?, ?, null, 'invoice', ?, null, ?, ?, ?, ?)",
                [month, component, segment, document, currency, minor, amount, as_of],
            )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "data")
    found.root.mkdir()
    return found


@pytest.fixture
def published(home: Home) -> Publish:
    """Publish lines as of a day; called without arguments, the usual ones."""

    def go(as_of: date = date(2026, 6, 8), lines: tuple[Line, ...] = LINES, currency: str = "USD") -> Home:
        _write(home, as_of, lines)
        publish(home, as_of, grains={}, may_be_empty={"mart_margin_line"}, extras=())
        about = {"company_name": "Northlight", "reporting_currency": currency}
        (home.published / "about.json").write_text(json.dumps(about), encoding="utf-8")
        return home

    return go
