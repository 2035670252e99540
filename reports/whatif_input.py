"""Numbers as people write them for `segments whatif`, read exactly, and refused where they may be meant otherwise.

Belongs here: reading one text into one Decimal. 65% and 0.65 are both a share; 65 is refused, since it may be either.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from orchestration.errors import WrongUse

_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
# in some countries a full stop groups thousands
_MAYBE_GROUPED = re.compile(r"\d{1,3}(\.\d{3})+")
_SYMBOLS = "$€£¥"
_LARGEST = Decimal(10) ** 15


def read_money(option: str, text: str) -> Decimal:
    """An amount of zero or more in major units: 30000, 30,000, 30k or 1.5m.

    Raises:
        WrongUse: names the option.
    """
    hint = f"Write it as {option} 30000, or 30k."
    plain = text.strip().lower().lstrip(_SYMBOLS).strip()
    if _MAYBE_GROUPED.fullmatch(plain):
        raise WrongUse(f"{option} {text!r} may be {plain.replace('.', '')} or {plain}.", hint)
    factor = {"k": 1_000, "m": 1_000_000}.get(plain[-1:], 1)
    value = _number(option, plain[:-1] if factor > 1 else plain, text, hint) * factor
    if not 0 <= value < _LARGEST:
        raise WrongUse(f"{option} {text!r} must be an amount of 0 or more.", hint)
    return value


def read_years(option: str, text: str) -> Decimal:
    """Years above 0, at most 60.

    Raises:
        WrongUse: names the option.
    """
    hint = f"Write it in years, as {option} 3."
    value = _number(option, text.strip(), text, hint)
    if not 0 < value <= 60:
        raise WrongUse(f"{option} {text!r} must be above 0 and at most 60 years.", hint)
    return value


def read_share(option: str, text: str, *, lowest: int = 0) -> Decimal:
    """A share of `lowest` to 1: 65% and 0.65 are the same.

    Args:
        lowest: -1 where a share may be negative, as a gross margin.

    Raises:
        WrongUse: names the option; a bare number above 1 gets a hint how to write it.
    """
    plain = text.strip()
    hint = f"Write it as {option} 65% or {option} 0.65."
    is_percent = plain.endswith("%")
    value = _number(option, plain[:-1].strip() if is_percent else plain, text, hint)
    if is_percent:
        value /= 100
    elif 1 < value <= 100:
        raise WrongUse(
            f"{option} {text!r} may be a share or a per cent.", f"Write {option} {plain}% or {option} {value / 100}."
        )
    if not lowest <= value <= 1:
        raise WrongUse(f"{option} {text!r} must be {lowest * 100} % to 100 %.", hint)
    return value


def read_points(option: str, text: str) -> Decimal:
    """Percentage points from 0 to 100: 10 and 10% are ten points.

    Raises:
        WrongUse: names the option; a bare 0.10 is refused, since it may be meant as ten points.
    """
    plain = text.strip()
    is_percent = plain.endswith("%")
    hint = f"Write {option} 10 for ten points, {option} 0.5% for half a point."
    value = _number(option, plain[:-1].strip() if is_percent else plain, text, hint)
    if not is_percent and 0 < value < 1:
        raise WrongUse(f"{option} {text!r} may be a share or points.", hint)
    if not 0 <= value <= 100:
        raise WrongUse(f"{option} {text!r} must be 0 to 100 points.", hint)
    return value


def _number(option: str, plain: str, text: str, hint: str) -> Decimal:
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise WrongUse(f"{option} {text!r} is not a number.", hint)
    return value
