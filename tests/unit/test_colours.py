"""Colours can be read on what they stand on."""

from __future__ import annotations

import pytest

from digest.rendering.colours import CARD, DARK_CARD, contrast, palette


def test_black_on_white_has_the_largest_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("accent", ["#b4401c", "#ffff00", "#000000", "#ffffff", "#00aaff"])
def test_any_accent_becomes_readable_in_both_schemes(accent: str) -> None:
    colours = palette(accent)
    for ground in (CARD, colours["accent_tint"]):
        assert contrast(colours["accent"], ground) >= 4.5
    for ground in (DARK_CARD, colours["accent_dark_tint"]):
        assert contrast(colours["accent_dark"], ground) >= 4.5


def test_an_accent_that_can_be_read_is_kept() -> None:
    assert palette("#b4401c")["accent"] == "#b4401c"
