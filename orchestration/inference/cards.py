"""The three card formulas, in exact decimal arithmetic, so that anyone can check them by hand.

The survival value beside them comes from `lifecycle`; these stay as they are printed on the card.
"""

from decimal import Decimal

from orchestration.errors import WrongUse

Exact = Decimal | int | str


def _decimal(value: Exact, name: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise WrongUse(f"{name} must be exact, not {type(value).__name__}.", "Pass a Decimal, an int or a text.")
    exact = Decimal(value)
    if not exact.is_finite():
        raise WrongUse(f"{name} must be finite, not {exact}.", "Pass a number.")
    return exact


def enter_value(
    arr: Exact,
    gross_margin_rate: Exact,
    support_cost_per_year: Exact,
    lifetime_years: Exact,
    renewal_probability: Exact,
    acquisition_cost: Exact,
) -> Decimal:
    """Lifecycle value of entering a deal, `(A*g - s) * L * r - c`, in the currency of `arr`.

    Rates and probabilities are shares (0.65, not 65).
    """
    a = _decimal(arr, "arr")
    g = _decimal(gross_margin_rate, "gross_margin_rate")
    s = _decimal(support_cost_per_year, "support_cost_per_year")
    years = _decimal(lifetime_years, "lifetime_years")
    r = _decimal(renewal_probability, "renewal_probability")
    return (a * g - s) * years * r - _decimal(acquisition_cost, "acquisition_cost")


def accelerate_value(
    expansion_probability: Exact,
    expansion_value: Exact,
    margin_rate: Exact,
    cost: Exact,
    added_support: Exact = 0,
) -> Decimal:
    """Value of accelerating a deal, `p * value * margin - cost - added support`, in the currency of the
    value.
    """
    p = _decimal(expansion_probability, "expansion_probability")
    value = _decimal(expansion_value, "expansion_value")
    margin = _decimal(margin_rate, "margin_rate")
    return p * value * margin - _decimal(cost, "cost") - _decimal(added_support, "added_support")


def concede_loss(arr: Exact, margin_points: Exact, lifetime_years: Exact) -> Decimal:
    """Margin given away by a concession, `A * points / 100 * L`, as a positive amount.

    Args:
        arr: annual recurring revenue.
        margin_points: margin given up in percentage points (10 means ten points).
        lifetime_years: years over which it is given up.
    """
    points = _decimal(margin_points, "margin_points") / 100
    return _decimal(arr, "arr") * points * _decimal(lifetime_years, "lifetime_years")
