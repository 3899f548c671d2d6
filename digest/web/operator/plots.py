"""Plots drawn on the server as SVG: shapes with attributes and classes alone.

The pages' policy allows no style in the markup, so colours come from the style sheet, in light and
in dark. A plot has a title and a description; the page puts the figures into a table beneath it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup

# Drawn in these units and scaled to the page: text stays readable at a phone's width.
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 360, 190, 44, 24, 10


@dataclass(frozen=True, slots=True)
class Bar:
    """A day's stacked bar: parts by the class of their colour, from the bottom up."""

    day: date
    parts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through a value for each day; None is a gap.

    Attributes:
        look: the class of its colour.
    """

    look: str
    values: Sequence[float | None]


def bars(name: str, title: str, told: str, days: Sequence[Bar]) -> Markup:
    """Stacked bars by day; `told` says in a sentence what they show, to who does not see it.

    Nothing else on the page has the same `name`.
    """
    most = nice(max((sum(day.parts.values()) for day in days), default=0))
    step = (WIDTH - LEFT) / max(len(days), 1)
    drawn = [_scale(most, f"{most:,.0f}"), _dates([day.day for day in days])]
    for at, day in enumerate(days):
        foot = float(HEIGHT - BOTTOM)
        for look, number in day.parts.items():
            tall = (HEIGHT - BOTTOM - TOP) * number / most
            foot -= tall
            drawn.append(_rect(look, LEFT + at * step + step / 8, foot, step * 0.75, tall))
    return _svg(name, title, told, drawn)


def curves(
    name: str,
    title: str,
    told: str,
    days: Sequence[date],
    drawn: Sequence[Curve],
    lines: Mapping[str, float],
) -> Markup:
    """Values by day, with `lines` that they should stay below, each under its label."""
    values = [value for curve in drawn for value in curve.values if value is not None]
    most = max([*values, *lines.values()], default=0) * 1.15 or 1.0
    step = (WIDTH - LEFT) / max(len(days) - 1, 1)
    parts = [_scale(most, ""), _dates(days)]
    for text, value in lines.items():
        y = _height(value, most)
        parts.append(_line("plot-limit", LEFT, y, WIDTH, y))
        parts.append(_text(LEFT - 4, y + 4, text, "end"))
    for curve in drawn:
        for at, (one, two) in enumerate(zip(curve.values, curve.values[1:], strict=False)):
            if one is not None and two is not None:
                x, ones, twos = LEFT + at * step, _height(one, most), _height(two, most)
                parts.append(_line(f"plot-curve {curve.look}", x, ones, x + step, twos))
    return _svg(name, title, told, parts)


def timeline(
    name: str, title: str, told: str, span: tuple[datetime, datetime], marks: Mapping[str, datetime]
) -> Markup:
    """Instants along a line from one instant to another, by the class of their colour."""
    begin, end = span
    whole = (end - begin).total_seconds() or 1.0
    drawn = [_line("plot-axis", 6, 10, 194, 10)]
    for look, at in marks.items():
        share = min(max((at - begin).total_seconds() / whole, 0.0), 1.0)
        drawn.append(_rect(look, 4 + 188 * share, 3, 4, 14))
    return _svg(name, title, told, drawn, size=(200, 20), look="plot small")


def nice(most: float) -> float:
    """The least of 1, 2, 5, 10, 20, … that is not below."""
    unit = 1.0
    while unit * 10 < most:
        unit *= 10
    return next(unit * step for step in (1, 2, 5, 10) if unit * step >= most)


def _scale(most: float, label: str) -> Markup:
    foot, top = HEIGHT - BOTTOM, TOP
    drawn = _line("plot-axis", LEFT, foot, WIDTH, foot)
    zero = _text(LEFT - 4, foot + 4, "0", "end")
    if not label:
        return drawn + zero
    return (
        drawn
        + zero
        + _line("plot-grid", LEFT, top, WIDTH, top)
        + _text(LEFT - 4, top + 4, _short(most), "end")
    )


def _short(number: float) -> str:
    for unit, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= unit:
            return f"{number / unit:g}{letter}"
    return f"{number:g}"


def _dates(days: Sequence[date]) -> Markup:
    if not days:
        return Markup("")
    last = _text(WIDTH, HEIGHT - 5, f"{days[-1]:%d %b}", "end")
    return _text(LEFT, HEIGHT - 5, f"{days[0]:%d %b}", "start") + last


def _height(value: float, most: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / most


def _rect(look: str, x: float, y: float, wide: float, tall: float) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        look, *(f"{value:.1f}" for value in (x, y, wide, tall))
    )


def _line(look: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
        look, *(f"{value:.1f}" for value in (x1, y1, x2, y2))
    )


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    form = Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>')
    return form.format(f"{x:.1f}", f"{y:.1f}", anchor, text)


def _svg(
    name: str,
    title: str,
    told: str,
    drawn: Sequence[Markup],
    *,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    look: str = "plot",
) -> Markup:
    form = Markup(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-told">'
        '<title id="{}-title">{}</title><desc id="{}-told">{}</desc>{}</svg>'
    )
    inner = Markup("").join(drawn)
    return form.format(look, *size, name, name, name, title, name, told, inner)
