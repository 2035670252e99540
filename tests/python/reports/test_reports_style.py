"""Contrast of every text colour on every ground it stands on (WCAG 2.1 AA: 4.5 to 1), light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import reports

_STYLE = (Path(reports.__file__).parent / "static" / "site.css").read_text(encoding="utf-8")
_PAIRS = [
    *[(ink, ground) for ink in ("ink", "soft", "bad", "focus") for ground in ("bg", "wash")],
    *[(play, "bg") for play in ("Accelerate", "Protect", "Park")],
    *[(ink, f"{play}-bg") for play in ("Accelerate", "Protect", "Park") for ink in (play, "ink", "soft")],
    *[("bg", mark) for mark in ("Accelerate", "Protect", "bad", "ink")],
]


def _palettes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root\{([^}]*--Park-bg[^}]*)\}", _STYLE)
    return {
        name: dict(re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})", block))
        for name, block in (("light", light), ("dark", dark))
    }


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(scheme: str) -> None:
    colours = _palettes()[scheme]
    too_weak = {}
    for ink, ground in _PAIRS:
        bright, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
        ratio = (bright + 0.05) / (dark + 0.05)
        if ratio < 4.5:
            too_weak[f"{ink} on {ground}"] = round(ratio, 2)
    assert too_weak == {}
