"""Interval lines on one shared scale, as inline SVG: a point, its interval, and zero.

Belongs here: geometry only. The same figures always stand beside the line as text, so the drawing itself is
hidden from screen readers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH = 150
HEIGHT = 14
_MARGIN = 6
_TIP = 4


@dataclass(frozen=True)
class Scale:
    """A scale from `low` to `high` over the drawing's width; the rest is cut off at the edge.

    `is_root` places values by their square root on either side of zero: deals of very different size stay readable on
    one scale. Seen from zero, a quarter of `high` stands half way to it.
    """

    low: float
    high: float
    is_root: bool = False

    def x(self, value: float) -> int:
        """Horizontal place of a value, in whole pixels (finer would only cost bytes)."""
        low, high = self._place(self.low), self._place(self.high)
        share = (self._place(value) - low) / (high - low)
        return round(_MARGIN + min(max(share, 0.0), 1.0) * (WIDTH - 2 * _MARGIN))

    def _place(self, value: float) -> float:
        return math.copysign(math.sqrt(abs(value)), value) if self.is_root else value


def shared_scale(lows: Sequence[float], highs: Sequence[float], *, cut: float = 0.1) -> Scale:
    """One scale for all rows, so that lines can be compared; zero is always on it.

    Args:
        lows, highs: interval ends of all rows (any units, same units).
        cut: share of the rows that may run off the upper end. Without it one very large deal would squeeze
            all the others into a dot; a line cut off ends in an arrow head. The side below zero gets at
            most a third of the width, for the same reason.
    """
    if not lows or not highs:
        return Scale(0.0, 1.0)
    low = min(0.0, *lows)
    high = max(0.0, sorted(highs)[len(highs) - 1 - int(cut * len(highs))])
    if high > 0.0:
        low = max(low, -high / 2)
    return Scale(low, high) if high > low else Scale(low - 1.0, high + 1.0)


def whole_scale(lows: Sequence[float], highs: Sequence[float]) -> Scale:
    """A square-root scale that reaches the largest of `highs`, however large; the side below zero gets at most a third.

    Args:
        lows, highs: interval ends of the rows that must not run off the upper end (any units, same units).
    """
    if not lows or not highs:
        return Scale(0.0, 1.0, is_root=True)
    low, high = min(0.0, *lows), max(0.0, *highs)
    if high > 0.0:
        low = max(low, -high / 4)
    return Scale(low, high, is_root=True) if high > low else Scale(low - 1.0, high + 1.0, is_root=True)


def forest_svg(scale: Scale, mean: float, low: float | None, high: float | None) -> Markup:
    """A forest line: interval, point estimate (absent when itself off the scale) and the zero mark."""
    middle = HEIGHT // 2
    parts = [f'<path class=z d="M{scale.x(0.0)} 0v{HEIGHT}"/>']
    if low is not None and high is not None:
        path = f"M{scale.x(low)} {middle}H{scale.x(high)}"
        if high > scale.high:
            path += f"m-{_TIP}-3l{_TIP} 3l-{_TIP} 3"
        if low < scale.low:
            path += f"M{scale.x(low) + _TIP} {middle - 3}l-{_TIP} 3l{_TIP} 3"
        parts.append(f'<path class=l d="{path}"/>')
    if scale.low <= mean <= scale.high:
        kind = "n" if mean < 0 else "m"
        parts.append(f"<circle class={kind} cx={scale.x(mean)} cy={middle} r=3.5 />")
    # Every part is built from whole numbers and fixed text, so there is nothing to escape.
    return Markup(f'<svg class=f viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden=true>{"".join(parts)}</svg>')
