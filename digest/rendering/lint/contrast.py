"""Contrast of every text with what is behind it, in the light and in the dark scheme."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.rendering.colours import LEAST_CONTRAST, contrast
from digest.rendering.lint.findings import Finding, Severity
from digest.rendering.lint.page import Declarations, Element, Page

_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
_COMPOUND = re.compile(r"([a-z][a-z0-9]*)?((?:\.[\w-]+)*)")
_PAPER, _INK = "#ffffff", "#000000"  # what a mail client begins with
_LEAST_SIZE = 14.0

Rules = tuple[tuple[str, Declarations], ...]


def check_contrast(page: Page) -> Iterator[Finding]:
    """Text needs a contrast of 4.5 (WCAG 2.2, 1.4.3) and 14 pixels."""
    dark = tuple(
        rule
        for condition, rules in page.conditional.items()
        if "prefers-color-scheme" in condition and "dark" in condition
        for rule in rules
    )
    seen: set[tuple[str, str, str]] = set()
    for element in page.elements:
        if not element.text.strip() or _is_hidden(element):
            continue
        for scheme, rules in (("light", ()), ("dark", dark)):
            if scheme == "dark" and not dark:
                continue
            ink, ground = _colours(element, rules)
            if contrast(ink, ground) < LEAST_CONTRAST and (scheme, ink, ground) not in seen:
                seen.add((scheme, ink, ground))
                yield _too_faint(element, scheme, ink, ground)
        yield from _check_size(element)
    if not dark:
        remedy = "Add colours for @media (prefers-color-scheme:dark)."
        yield Finding("contrast", Severity.WARNING, "the HTML", "no dark scheme", remedy)


def _too_faint(element: Element, scheme: str, ink: str, ground: str) -> Finding:
    ratio = contrast(ink, ground)
    problem = f"{ink} on {ground} in the {scheme} scheme has a contrast of {ratio:.1f}"
    remedy = f"Darken or lighten one of them until it is {LEAST_CONTRAST}."
    return Finding("contrast", Severity.WARNING, element.place, problem, remedy)


def _check_size(element: Element) -> Iterator[Finding]:
    for around in element.upwards():
        written = around.style.get("font-size") or around.style.get("font", "")
        size = re.search(r"([\d.]+)px", written)
        if size:
            if float(size[1]) < _LEAST_SIZE:
                problem = f"text of {size[1]} pixels"
                remedy = "Use 14 pixels or more."
                yield Finding("contrast", Severity.WARNING, element.place, problem, remedy)
            return


def _is_hidden(element: Element) -> bool:
    return element.tag in {"title", "head", "html"} or any(
        around.style.get("display") == "none" for around in element.upwards()
    )


def _colours(element: Element, rules: Rules) -> tuple[str, str]:
    return (
        _inherited(element, "color", rules, _INK),
        _inherited(element, "background-color", rules, _PAPER),
    )


def _inherited(element: Element, name: str, rules: Rules, last: str) -> str:
    for around in element.upwards():
        value = _value(around, name, rules)
        if value:
            return value
    return last


def _value(element: Element, name: str, rules: Rules) -> str:
    """The element's own colour: that of the last rule that fits and weighs most, else inline."""
    fitting = [
        (_weight(selector), place, found[0])
        for place, (selector, declared) in enumerate(rules)
        if name in declared
        and (found := _COLOUR.search(declared[name]))
        and _fits(element, selector)
    ]
    if fitting:
        return _long(max(fitting)[2])
    inline = _COLOUR.search(element.style.get(name, ""))
    return _long(inline[0]) if inline else ""


def _long(colour: str) -> str:
    return colour if len(colour) == 7 else "#" + "".join(digit * 2 for digit in colour[1:])


def _weight(selector: str) -> tuple[int, int]:
    return selector.count("."), len(re.findall(r"(?:^|[\s>])[a-z]", selector))


def _fits(element: Element, selector: str) -> bool:
    """Whether a selector of tags and classes, with spaces and `>`, fits."""
    steps = selector.replace(">", " > ").split()
    return bool(steps) and _fits_steps(element, steps)


def _fits_steps(element: Element, steps: list[str]) -> bool:
    *outer, last = steps
    if not _fits_compound(element, last):
        return False
    if not outer:
        return True
    around = list(element.upwards())[1:]
    if outer[-1] == ">":
        return bool(around) and _fits_steps(around[0], outer[:-1])
    return any(_fits_steps(up, outer) for up in around)


def _fits_compound(element: Element, compound: str) -> bool:
    match = _COMPOUND.fullmatch(compound)
    if match is None:
        return False
    classes = set(match[2].split(".")) - {""}
    return (not match[1] or match[1] == element.tag) and classes <= element.classes
