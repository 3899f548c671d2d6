"""The accent of an installation in both schemes, and the contrast of colours (WCAG 2.2)."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable

CARD, DARK_CARD = "#fffdf8", "#1d2024"
LEAST_CONTRAST = 4.5
_STEPS = 20

Channels = tuple[float, float, float]


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two `#rrggbb` colours, 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(colour: str, other: str, part: float) -> str:
    """`colour` with `part` (0 to 1) of the other in it."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return _written(a + (b - a) * part for a, b in pairs)


def palette(accent: str) -> dict[str, str]:
    """The colours a template may name: readable on the card, and on its tint, in each scheme."""
    tint, dark_tint = mix(accent, CARD, 0.9), mix(accent, DARK_CARD, 0.88)
    return {
        "accent": _readable(accent, "#000000", CARD, tint),
        "accent_tint": tint,
        "accent_dark": _readable(_lighter(accent), "#ffffff", DARK_CARD, dark_tint),
        "accent_dark_tint": dark_tint,
    }


def _lighter(colour: str) -> str:
    """The same hue, bright enough to glow on a dark card."""
    red, green, blue = (channel / 255 for channel in _channels(colour))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    bright = colorsys.hls_to_rgb(hue, max(lightness, 0.68), saturation)
    return _written(channel * 255 for channel in bright)


def _readable(colour: str, towards: str, *grounds: str) -> str:
    """The colour, moved no further than it takes to be read on all grounds."""
    for step in range(_STEPS + 1):
        moved = mix(colour, towards, step / _STEPS)
        if all(contrast(moved, ground) >= LEAST_CONTRAST for ground in grounds):
            return moved
    return towards


def _channels(colour: str) -> Channels:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _written(channels: Iterable[float]) -> str:
    return "#" + "".join(f"{round(channel):02x}" for channel in channels)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
