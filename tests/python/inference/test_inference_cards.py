"""The card formulas give the printed figures, to the cent, and refuse floats."""

from decimal import Decimal

import pytest

from orchestration.errors import WrongUse
from orchestration.inference.cards import accelerate_value, concede_loss, enter_value


def test_printed_examples() -> None:
    assert enter_value(30_000, "0.65", 6_000, 3, "0.80", 9_000) == Decimal(23_400)
    assert accelerate_value("0.70", 18_000, "0.70", 3_000) == Decimal(5_820)
    assert concede_loss(40_000, 10, 3) == Decimal(12_000)


def test_added_support_lowers_the_value() -> None:
    assert accelerate_value("0.70", 18_000, "0.70", 3_000, added_support=820) == Decimal(5_000)


@pytest.mark.parametrize("wrong", [0.65, True, Decimal("NaN"), "Infinity"])
def test_inexact_or_infinite_terms_are_refused(wrong: object) -> None:
    with pytest.raises(WrongUse, match="gross_margin_rate"):
        enter_value(30_000, wrong, 6_000, 3, "0.80", 9_000)  # type: ignore[arg-type]
