"""The chain in the terminal: levels, what is left out, where it breaks, how wide it is."""

import io
import json
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from orchestration.errors import InputError
from reports.reconcile import FIELDS, as_records, read_reconciliation, render_reconciliation

Step = tuple[
    str, int, str, str, str, int | None, int | None, int | None, str | None, int | None, int | None, int | None
]

_WHOLE: tuple[Step, ...] = (
    ("refunds", 1, "level", "raw", "JPY", 2, 2, 700, "700.000", None, None, None),
    ("invoices", 1, "level", "raw", "USD", 10, 9, 123456789012, "1234567890.120", None, None, None),
    ("invoices", 2, "left_out", "repeat", "USD", 1, 0, 100, "1.000", None, None, None),
    ("invoices", 2, "level", "staging", "USD", 9, 9, 123456788912, "1234567889.120", 0, 0, 0),
)
_LOST: Step = ("invoices", 3, "level", "fact", "USD", 8, 8, 123456788911, "1234567889.110", -1, -1, -1)


def publish(path: Path, *steps: Step, residual: str | None = None) -> Path:
    file = path / "current.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.mart_control_total (chain varchar, level_order integer, step_kind varchar, "
            "step varchar, currency varchar, n_rows bigint, n_keys bigint, amount_minor bigint, amount decimal(20, 3), "
            "gap_rows bigint, gap_keys bigint, gap_minor bigint, is_broken boolean, as_of_date date)"
        )
        for step in steps:
            connection.execute(
                "insert into marts.mart_control_total values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '2026-11-02')",
                [*step, any(step[-3:])],
            )
        if residual is not None:
            connection.execute(
                "create table marts.mart_revenue_reconciliation as select date '2026-05-01' as month_on, "
                f"'USD' as currency, cast('{residual}' as decimal(20, 3)) as residual_line_amount, "
                "cast(0 as decimal(20, 3)) as residual_mrr_amount"
            )
    return file


def printed(file: Path, *, is_whole: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=300, highlight=False)
    render_reconciliation(read_reconciliation(file), console, is_whole=is_whole)
    return out.getvalue()


def test_a_whole_chain_is_said_to_be_whole(tmp_path: Path) -> None:
    file = publish(tmp_path, *_WHOLE, residual="0")
    text = printed(file)
    assert not read_reconciliation(file).is_broken
    assert "BREAKS" not in text and "repeat" not in text
    assert "Every row and every minor unit" in text and "2 residuals in 1 months and currencies, all 0" in text
    assert text.index("invoices") < text.index("refunds")
    assert "- repeat" in printed(file, is_whole=True)


def test_a_break_is_marked_without_colour_and_says_what_is_missing(tmp_path: Path) -> None:
    file = publish(tmp_path, *_WHOLE, _LOST)
    text = printed(file)
    assert read_reconciliation(file).is_broken
    (line,) = [line for line in text.splitlines() if " fact " in line]
    assert "BREAKS" in line and "-1 rows, -1 keys, -1 minor" in line
    assert "1 level not equal" in text


def test_a_residual_breaks_it_too(tmp_path: Path) -> None:
    file = publish(tmp_path, *_WHOLE, residual="0.010")
    assert read_reconciliation(file).is_broken
    assert "2026-05 USD residual_line_amount 0.010" in printed(file)


def test_the_table_fits_100_columns(tmp_path: Path) -> None:
    file = publish(tmp_path, *_WHOLE, _LOST)
    assert max(len(line.rstrip()) for line in printed(file, is_whole=True).splitlines()) <= 100


def test_records_carry_every_step_with_all_digits(tmp_path: Path) -> None:
    records = as_records(read_reconciliation(publish(tmp_path, *_WHOLE)))
    assert len(records) == 4 and tuple(records[0]) == FIELDS
    assert records[0]["amount"] == "1234567890.120"
    assert json.loads(json.dumps(records)) == records


def test_a_company_without_billing_has_no_chain(tmp_path: Path) -> None:
    file = publish(tmp_path)
    assert not read_reconciliation(file).is_broken
    assert "No billing was delivered" in printed(file)


def test_nothing_published_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Nothing is published"):
        read_reconciliation(tmp_path / "current.duckdb")
