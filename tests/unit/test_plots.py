"""Plots are shapes that say what they show, and nothing that the pages' policy forbids."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.web.operator.plots import HEIGHT, Bar, Curve, bars, curves, nice, timeline

DAYS = [date(2026, 8, 1) + timedelta(days=n) for n in range(30)]
NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # our own drawing


def test_a_bar_is_as_high_as_its_part() -> None:
    drawn = parsed(bars("a", "Title", "told", [Bar(DAYS[0], {"good": 75, "bad": 25})]))
    good, bad = (float(rect.attrib["height"]) for rect in drawn.iter("rect"))
    assert good == pytest.approx(3 * bad, rel=0.01)
    assert sum(float(rect.attrib["height"]) for rect in drawn.iter("rect")) < HEIGHT


def test_a_plot_is_named_and_told() -> None:
    drawn = parsed(bars("a", "By <day>", "told & read aloud", []))
    named = [drawn.find(f"*[@id='{name}']") for name in drawn.attrib["aria-labelledby"].split()]
    assert [one.text for one in named if one is not None] == ["By <day>", "told & read aloud"]


def test_no_style_stands_in_the_markup() -> None:
    lines = curves("a", "T", "d", DAYS, [Curve("bad", [0.001] * 30)], {"0.1 %": 0.001})
    times = timeline("b", "T", "d", (NOON, NOON + timedelta(days=2)), {"good": NOON})
    for drawn in map(parsed, (lines, times)):
        assert all(not {"style", "onload"} & one.attrib.keys() for one in drawn.iter())


def test_a_day_without_a_value_is_a_gap() -> None:
    drawn = parsed(curves("a", "T", "d", DAYS[:4], [Curve("bad", [1.0, None, 1.0, 2.0])], {}))
    assert len(drawn.findall("line[@class='plot-curve bad']")) == 1


def test_an_instant_past_the_end_stands_at_the_end() -> None:
    late = {"good": NOON + timedelta(days=9)}
    drawn = parsed(timeline("a", "T", "d", (NOON, NOON + timedelta(days=2)), late))
    assert float(drawn.findall("rect")[0].attrib["x"]) == 192.0


@pytest.mark.parametrize(("most", "scale"), [(0, 1), (1, 1), (3, 5), (99, 100), (2001, 5000)])
def test_a_scale_ends_at_a_round_figure(most: float, scale: float) -> None:
    assert nice(most) == scale
