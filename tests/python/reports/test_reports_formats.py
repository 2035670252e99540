"""Money, rates, hours and dates as people read them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from reports import formats


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        (Decimal("-8336"), "USD", "−$8,336"),
        (Decimal("23400.00"), "USD", "$23,400"),
        (5820, "EUR", "€5,820"),
        (-12000, "CHF", "−CHF\u00a012,000"),
        (1234567.5, None, "1,234,568"),
        (Decimal("0.4"), "USD", "$0"),
        (Decimal("-0.4"), "USD", "$0"),
        (Decimal("2.5"), "USD", "$3"),
        (None, "USD", "unknown"),
    ],
)
def test_money_in_full(value: Decimal | float | int | None, currency: str | None, shown: str) -> None:
    assert formats.money(value, currency) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "$0"),
        (999, "$999"),
        (999.6, "$1.0k"),
        (1000, "$1.0k"),
        (-4849, "−$4.8k"),
        (9949, "$9.9k"),
        (9950, "$10k"),
        (48_312, "$48k"),
        (999_499, "$999k"),
        (999_500, "$1.00M"),
        (-1_239_000, "−$1.24M"),
        (9_950_000, "$10.0M"),
        (12_340_000, "$12.3M"),
        (1_234_500_000, "$1,234.5M"),
        (None, "unknown"),
    ],
)
def test_compact_money_changes_unit_where_the_rounded_figure_does(value: float | None, shown: str) -> None:
    assert formats.money(value, "USD", compact=True) == shown


def test_rates_and_probabilities() -> None:
    assert formats.percent(0.625) == "63%"
    assert formats.percent(-0.06) == "−6%"
    assert formats.percent(None) == "unknown"
    assert formats.probability(0.0) == "<1%"
    assert formats.probability(0.01) == "1%"
    assert formats.probability(1.0) == ">99%"
    assert formats.probability(None) == "unknown"
    assert formats.ratio(-0.055) == "−0.06"


def test_scores_and_changes() -> None:
    assert formats.score(71.5) == "72"
    assert formats.score(None) == "unknown"
    assert formats.change(7.6) == "+8"
    assert formats.change(-3.2) == "−3"
    assert formats.change(0.4) == ""
    assert formats.change(None) == ""


def test_cut_keeps_short_words_and_ends_long_ones_with_an_ellipsis() -> None:
    assert formats.cut("seven", 5) == "seven"
    assert formats.cut("seven up", 7) == "seven…"


def test_hours_days_counts() -> None:
    assert formats.hours(Decimal("3.00")) == "3\u00a0h"
    assert formats.hours(2.55) == "2.6\u00a0h"
    assert formats.hours(0.25) == "15\u00a0min"
    assert formats.hours(0) == "0\u00a0h"
    assert formats.hours(None) == "–"
    assert formats.day(date(2025, 3, 3)) == "3 Mar 2025"
    assert formats.day(None) == "–"
    assert formats.weekday(date(2025, 3, 3)) == "Monday"
    assert formats.count(1, "deal") == "1 deal"
    assert formats.count(1204, "deal") == "1,204 deals"
