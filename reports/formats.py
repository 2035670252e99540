"""Numbers and dates as people read them: one formatter per kind, shared by the page and the terminal.

Belongs here: pure text formatting. Unknown is written 'unknown' (money, probabilities) or a dash, never 0.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

MINUS = "\u2212"
UNKNOWN = "unknown"
NOTHING = "\u2013"

# Only symbols that are unambiguous enough to stand alone; every other currency is written with its ISO code.
_SYMBOLS = {"USD": "$", "EUR": "\u20ac", "GBP": "\u00a3", "JPY": "\u00a5"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Number = Decimal | float | int


def _round(value: Number, places: int = 0) -> Decimal:
    """Round half away from zero, as people do by hand; `round()` would turn 2.5 into 2."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def money(value: Number | None, currency: str | None = None, *, compact: bool = False) -> str:
    """Money in major units, e.g. `−$8,336`; the sign stands before the symbol and is a real minus.

    Args:
        value: amount in major units of the reporting currency; None reads 'unknown'.
        currency: upper-case ISO code; None writes the bare number.
        compact: shorten to two or three significant figures (`$48k`, `$4.8k`, `$1.24M`) where a full figure
            would claim more precision than an estimate has.
    """
    if value is None:
        return UNKNOWN
    exact = Decimal(str(value))
    size = abs(exact)
    suffix = ""
    if not compact or _round(size) < 1_000:
        body = f"{_round(size):,}"
    # The bounds are those of the rounded figure, so that 999,600 reads 1.00M and not 1,000k.
    elif _round(size, -3) >= 1_000_000:
        body, suffix = f"{_round(size / 1_000_000, 1 if size >= 9_950_000 else 2):,}", "M"
    elif _round(size, -2) >= 10_000:
        body, suffix = f"{_round(size / 1_000):,}", "k"
    else:
        body, suffix = f"{_round(size / 1_000, 1)}", "k"
    is_zero = suffix == "" and body == "0"
    sign = MINUS if exact < 0 and not is_zero else ""
    prefix = "" if currency is None else _SYMBOLS.get(currency, f"{currency}\u00a0")
    return f"{sign}{prefix}{body}{suffix}"


def percent(rate: Number | None, places: int = 0) -> str:
    """A rate 0-1 as a percentage, e.g. `62%`; None reads 'unknown'."""
    if rate is None:
        return UNKNOWN
    shown = _round(Decimal(str(rate)) * 100, places)
    return f"{MINUS if shown < 0 else ''}{abs(shown):,}%"


def probability(p: Number | None) -> str:
    """A probability 0-1; draws show neither a sure 0 nor a sure 1, so the ends read `<1%` and `>99%`."""
    if p is None:
        return UNKNOWN
    exact = Decimal(str(p))
    if exact < Decimal("0.01"):
        return "<1%"
    if exact > Decimal("0.99"):
        return ">99%"
    return percent(exact)


def score(value: Number | None) -> str:
    """A score 0-100 as a whole number; None reads 'unknown'."""
    return UNKNOWN if value is None else f"{_round(value)}"


def change(value: Number | None) -> str:
    """A change in a score with its sign, e.g. `+8`, `−3`; nothing when unknown or under half a point."""
    if value is None:
        return ""
    shown = _round(value)
    if shown == 0:
        return ""
    return f"{'+' if shown > 0 else MINUS}{abs(shown)}"


def hours(value: Number | None) -> str:
    """Hours with at most one decimal, e.g. `2.5 h`; less than one hour in minutes; None reads as a dash."""
    if value is None:
        return NOTHING
    minutes = _round(Decimal(str(value)) * 60)
    if 0 < minutes < 60:
        return f"{minutes}\u00a0min"
    shown = _round(value, 1)
    body = f"{shown:,.0f}" if shown == shown.to_integral_value() else f"{shown:,}"
    return f"{body}\u00a0h"


def ratio(value: Number | None, places: int = 2) -> str:
    """A plain ratio, e.g. contribution per ARR `0.41`; None reads 'unknown'."""
    if value is None:
        return UNKNOWN
    shown = _round(value, places)
    return f"{MINUS if shown < 0 else ''}{abs(shown):,}"


def day(value: date | None) -> str:
    """A date as `3 Mar 2025`, the same under every locale; None reads as a dash."""
    if value is None:
        return NOTHING
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def weekday(value: date) -> str:
    """English name of the weekday, the same under every locale."""
    return _WEEKDAYS[value.weekday()]


def cut(words: str, length: int) -> str:
    """At most `length` characters, an ellipsis in place of the rest."""
    return words if len(words) <= length else words[: length - 1].rstrip() + "\u2026"


def count(n: int, singular: str, plural: str | None = None) -> str:
    """A count with its noun, e.g. `1 deal`, `1,204 deals`."""
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"
