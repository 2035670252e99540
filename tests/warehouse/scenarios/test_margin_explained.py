"""Cells of the margin mart, drawn at random, followed to invoice lines that are recomputed here from the raw tables."""

import csv
import io
import json
import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.explain import explain_margin
from tests.warehouse.company import AS_OF, build, content_hash, make_company, query, segments

pytestmark = pytest.mark.slow

_CUSTOMERS = 120
_LAST_MONTH = date(2026, 10, 1)


@dataclass(frozen=True)
class RawLine:
    """An invoice line as the raw tables have it: net of its share of the header discount, minor units."""

    invoice_id: str
    line_id: str
    currency: str
    net: int
    service_from: date
    service_until: date

    def earned(self, month_on: date) -> int:
        """Whole minor units of a month by day, the month's floor on the running amount."""
        days = (self.service_until - self.service_from).days
        before = (min(max(month_on, self.service_from), self.service_until) - self.service_from).days
        until = (min(max(_next(month_on), self.service_from), self.service_until) - self.service_from).days
        size = abs(self.net) * until // days - abs(self.net) * before // days
        return size if self.net >= 0 else -size


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_company(tmp_path_factory.mktemp("company"), customers=_CUSTOMERS)


@pytest.fixture(scope="module")
def home(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    content_hash(build(home, company))
    return home


@pytest.fixture(scope="module")
def cells(home: Path) -> list[tuple[str, date]]:
    """Five cells drawn with a fixed seed, the whole of the newest month, and where refunds and credit notes stand."""
    everything = query(home, "select segment_id, month_on from mart_margin_durability order by 1, 2")
    drawn = random.Random(4).sample(everything, 5)
    special = query(
        home,
        "select segment_id, max(month_on) from mart_margin_line "
        "where component in ('refund', 'dispute', 'credit_note') group by 1 order by 1 limit 2",
    )
    return [(str(one), month) for one, month in (*drawn, ("all", _LAST_MONTH), *special)]


@pytest.fixture(scope="module")
def raw_lines(company: Path) -> dict[tuple[str, str], RawLine]:
    return _raw_lines(company)


def test_each_cell_leads_to_invoice_lines_of_the_raw_tables(
    home: Path, company: Path, cells: list[tuple[str, date]], raw_lines: dict[tuple[str, str], RawLine]
) -> None:
    rates = _rates(company)
    n_lines = 0
    for segment_id, month_on in cells:
        found = explain_margin(home / "published", segment_id, f"{month_on:%Y-%m}")
        for document in found.documents:
            if document.component != "recognised":
                continue
            raw = raw_lines[document.document_id, document.document_line_id]
            earned = raw.earned(month_on)
            assert (document.amount_minor, document.currency) == (earned, raw.currency), document
            assert document.amount == _reporting(earned, raw.currency, month_on, rates), document
            n_lines += 1
    assert n_lines > 100


def test_no_raw_line_is_missing_from_the_whole(
    home: Path, company: Path, cells: list[tuple[str, date]], raw_lines: dict[tuple[str, str], RawLine]
) -> None:
    rates = _rates(company)
    for month_on in sorted({month for _, month in cells}):
        expected = sum(
            (_reporting(raw.earned(month_on), raw.currency, month_on, rates) for raw in raw_lines.values()), Decimal(0)
        )
        (earned,) = query(
            home,
            "select earned_amount from mart_margin_durability "
            f"where segment_id = 'all' and month_on = date '{month_on}'",
        )[0]
        assert earned == expected, month_on


def test_every_sum_holds_in_every_cell(home: Path) -> None:
    everything = query(home, "select segment_id, month_on from mart_margin_durability order by 1, 2")
    assert len(everything) > 100
    for segment_id, month_on in random.Random(5).sample(everything, 25):
        found = explain_margin(home / "published", str(segment_id), f"{month_on:%Y-%m}")
        assert [check for check in found.checks if not check.is_passed] == [], (segment_id, month_on)


def test_the_command_prints_what_it_checked_and_csv_levels_sum(home: Path, cells: list[tuple[str, date]]) -> None:
    segment_id, month_on = cells[0]
    month = f"{month_on:%Y-%m}"
    shown = segments(home, "explain", "--margin", segment_id, month)
    assert shown.returncode == 0, shown.stderr
    assert "Every level sums to the one above" in shown.stdout
    assert max(len(line) for line in shown.stdout.splitlines()) <= 100
    rows = list(csv.DictReader(io.StringIO(segments(home, "explain", "--margin", segment_id, month, "--csv").stdout)))
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row["level"]] += Decimal(row["amount"] or 0)
    unknown = sum(
        (Decimal(row["amount"]) for row in rows if row["what"] == "Of customers with something unknown"), Decimal(0)
    )
    assert sums["item"] == sums["bridge"] == sums["customer"] == sums["document"] + unknown


def test_one_customer_of_a_cell_by_name_of_the_segment(home: Path) -> None:
    segment_id, name, customer_id = query(
        home,
        "select segment_id, segment_name, min(customer_id) from mart_margin_customer "
        "inner join mart_margin_durability using (segment_id, month_on) "
        f"where month_on = date '{_LAST_MONTH}' and comparison = 'bridged' group by 1, 2 order by 1",
    )[0]
    done = segments(home, "explain", "--margin", name, "2026-10", "--customer", customer_id, "--json")
    assert done.returncode == 0, done.stderr
    tree = json.loads(done.stdout)
    assert tree["segment_id"] == segment_id
    assert {one["customer_id"] for one in tree["documents"]} == {customer_id}
    assert sum(Decimal(one["amount"]) for one in tree["documents"]) == Decimal(tree["contribution_margin"])
    assert sum(Decimal(one["amount"]) for one in tree["bridge"]) == Decimal(tree["contribution_margin"])


def _raw_lines(company: Path) -> dict[tuple[str, str], RawLine]:
    """Lines of bills that stood on the as-of day, each with its part of what the header took off."""
    end = datetime.combine(AS_OF, time.max)
    bills = {row["id"]: row for row in _newest(company / "raw" / "stripe" / "invoice.parquet", "id")}
    by_bill: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in _newest(company / "raw" / "stripe" / "invoice_line_item.parquet", "invoice_id, id"):
        # a line that is delivered under the id of its subscription comes again under one of its own
        if not line["id"].startswith("sub_"):
            by_bill[line["invoice_id"]].append(line)
    found: dict[tuple[str, str], RawLine] = {}
    for bill_id, lines in by_bill.items():
        bill = bills.get(bill_id)
        if bill is None or bill["status"] == "draft" or bill["is_deleted"]:
            continue
        billed_at = bill["status_transitions_finalized_at"] or bill["created"]
        if billed_at > end:
            continue
        if bill["status"] == "void" and (bill["status_transitions_voided_at"] or bill["created"]) <= end:
            continue
        off = bill["subtotal"] + (bill["tax"] or 0) - bill["total"]
        off = min(off, 0) if bill["subtotal"] < 0 else max(off, 0)
        lines.sort(key=lambda one: one["id"])
        may_be_less = [one for one in lines if one["discountable"] is not False] or lines
        weight = sum(abs(one["amount"]) for one in may_be_less)
        until = 0
        for line in lines:
            before = until
            until += abs(line["amount"]) if line in may_be_less else 0
            part = abs(off) * until // weight - abs(off) * before // weight if weight else 0
            starts = (line["period_start"] or billed_at).date()
            ends = (line["period_end"] or line["period_start"] or billed_at).date()
            found[bill_id, line["id"]] = RawLine(
                invoice_id=bill_id,
                line_id=line["id"],
                currency=bill["currency"].upper(),
                net=line["amount"] - (part if off >= 0 else -part),
                service_from=starts,
                service_until=max(ends, date.fromordinal(starts.toordinal() + 1)),
            )
    return found


def _newest(path: Path, key: str) -> list[dict[str, Any]]:
    """Rows of a raw table, the newest of each key, live ones only."""
    with duckdb.connect() as connection:
        cursor = connection.execute(
            f"select distinct on ({key}) * from read_parquet('{path}') where coalesce(livemode, true) "
            f"order by {key}, _fivetran_synced desc"
        )
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _rates(company: Path) -> dict[str, list[tuple[date, Decimal]]]:
    """Dated rates to USD by currency, oldest first."""
    rates: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    with duckdb.connect() as connection:
        for day, currency, rate in connection.execute(
            "select rate_date, from_currency, cast(rate as decimal(18, 8)) "
            f"from read_parquet('{company / 'raw' / 'finance' / 'fx_rate.parquet'}') "
            f"where to_currency = 'USD' and rate_date <= date '{AS_OF}' order by rate_date"
        ).fetchall():
            rates[currency].append((day, rate))
    return rates


def _reporting(minor: int, currency: str, month_on: date, rates: dict[str, list[tuple[date, Decimal]]]) -> Decimal:
    """Minor units with two decimals as US dollars at the newest rate up to the end of the month, rounded once."""
    rate = Decimal(1)
    if currency != "USD":
        rate = [value for day, value in rates[currency] if day < _next(month_on)][-1]
    cents = (Decimal(minor) * rate).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return (cents / 100).quantize(Decimal("0.001"))


def _next(month_on: date) -> date:
    return date(month_on.year + month_on.month // 12, month_on.month % 12 + 1, 1)
