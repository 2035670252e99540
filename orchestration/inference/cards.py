"""The three card formulas and what would turn their answers, in exact decimal arithmetic, to be checked by hand.

Belongs here: arithmetic on given terms. The survival value beside the card comes from `lifecycle`. A break-even is
None where no value of that term would turn the answer.
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


def lowest_renewal(
    arr: Exact,
    gross_margin_rate: Exact,
    support_cost_per_year: Exact,
    lifetime_years: Exact,
    acquisition_cost: Exact,
) -> Decimal | None:
    """Renewal probability at which entering a deal is worth nothing, as a share; above it the deal pays.

    None where a year leaves nothing, so that no renewal pays. It may be above 1: then no renewal is enough.
    """
    of_life = enter_value(arr, gross_margin_rate, support_cost_per_year, lifetime_years, 1, 0)
    return _decimal(acquisition_cost, "acquisition_cost") / of_life if of_life > 0 else None


def largest_acquisition_cost(
    arr: Exact,
    gross_margin_rate: Exact,
    support_cost_per_year: Exact,
    lifetime_years: Exact,
    renewal_probability: Exact,
) -> Decimal:
    """Acquisition cost at which entering a deal is worth nothing, in the currency of `arr`; below 0 nothing pays."""
    return enter_value(arr, gross_margin_rate, support_cost_per_year, lifetime_years, renewal_probability, 0)


def largest_acceleration_cost(
    expansion_probability: Exact, expansion_value: Exact, margin_rate: Exact, added_support: Exact = 0
) -> Decimal:
    """Cost at which accelerating a deal is worth nothing, in the currency of the value; below 0 nothing pays."""
    return accelerate_value(expansion_probability, expansion_value, margin_rate, 0, added_support)


def concede_value(won_value: Exact, loss: Exact, win_probability: Exact, win_uplift: Exact = 0) -> Decimal:
    """What a concession adds, `(p + u) * (V - loss) - p * V`, in the currency of the value.

    Args:
        won_value: V, what the deal is worth once won and without the concession.
        loss: margin given away once won.
        win_probability: p, share without the concession.
        win_uplift: u, what the concession adds to it, as a share (0.05 is five points).
    """
    v, p = _decimal(won_value, "won_value"), _decimal(win_probability, "win_probability")
    return (p + _decimal(win_uplift, "win_uplift")) * (v - _decimal(loss, "loss")) - p * v


def needed_win_uplift(won_value: Exact, loss: Exact, win_probability: Exact) -> Decimal | None:
    """Rise of the win probability that pays for a concession, as a share: `p * loss / (V - loss)`.

    None where the concession leaves nothing to win or asks for more than certainty.
    """
    v, p = _decimal(won_value, "won_value"), _decimal(win_probability, "win_probability")
    left = v - _decimal(loss, "loss")
    if left <= 0:
        return None
    needed = p * _decimal(loss, "loss") / left
    return needed if p + needed <= 1 else None


def largest_margin_points(
    arr: Exact, lifetime_years: Exact, won_value: Exact, win_probability: Exact, win_uplift: Exact
) -> Decimal | None:
    """Most percentage points of margin that a rise of the win probability pays for: `u * V / ((p + u) * A * L) * 100`.

    None where nothing is sold or nothing can be won.
    """
    a, years = _decimal(arr, "arr"), _decimal(lifetime_years, "lifetime_years")
    p, u = _decimal(win_probability, "win_probability"), _decimal(win_uplift, "win_uplift")
    per_point = (p + u) * concede_loss(a, 1, years)
    return u * _decimal(won_value, "won_value") / per_point if per_point > 0 else None
