"""Contrast of every text with what is behind it, in the light and in the dark scheme."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from digest.rendering.colours import LEAST_CONTRAST, contrast
from digest.rendering.lint.cascade import Cascade, Setting
from digest.rendering.lint.findings import Finding, Severity
from digest.rendering.lint.page import Element, Page

_DARK = re.compile(r"prefers-color-scheme\s*:\s*dark", re.IGNORECASE)
_LEAST_SIZE = 14.0


def check_contrast(page: Page) -> Iterator[Finding]:
    """Text needs a contrast of 4.5 (WCAG 2.2, 1.4.3) and 14 pixels."""
    shown = [e for e in page.elements if e.text.strip() and not _is_hidden(e)]
    dark = any(_DARK.search(rule.condition) for rule in page.rules)
    seen: set[tuple[str, str, str]] = set()
    small: set[Element] = set()
    for scheme, narrow in product(("light", "dark") if dark else ("light",), (False, True)):
        cascade = Cascade(page, Setting(scheme, narrow))
        for element in shown:
            ink, ground = cascade.ink(element), cascade.ground(element)
            if contrast(ink, ground) < LEAST_CONTRAST and (scheme, ink, ground) not in seen:
                seen.add((scheme, ink, ground))
                yield _too_faint(element, scheme, ink, ground)
            size = cascade.size(element)
            if size is not None and size < _LEAST_SIZE and element not in small:
                small.add(element)
                yield _too_small(element, size)
    if not dark:
        remedy = "Add colours for @media (prefers-color-scheme:dark)."
        yield Finding("contrast", Severity.WARNING, "the HTML", "no dark scheme", remedy)


def _too_faint(element: Element, scheme: str, ink: str, ground: str) -> Finding:
    ratio = contrast(ink, ground)
    problem = f"{ink} on {ground} in the {scheme} scheme has a contrast of {ratio:.1f}"
    remedy = f"Darken or lighten one of them until it is {LEAST_CONTRAST}."
    return Finding("contrast", Severity.WARNING, element.place, problem, remedy)


def _too_small(element: Element, size: float) -> Finding:
    problem = f"text of {size:g} pixels"
    remedy = f"Use {_LEAST_SIZE:g} pixels or more."
    return Finding("contrast", Severity.WARNING, element.place, problem, remedy)


def _is_hidden(element: Element) -> bool:
    return element.tag in {"title", "head", "html"} or any(
        around.style.get("display") == "none" for around in element.upwards()
    )
