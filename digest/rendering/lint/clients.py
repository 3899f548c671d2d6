"""Which mail clients ignore what a message uses, by caniemail.com's tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

from digest.rendering.lint.findings import Finding, Severity
from digest.rendering.lint.page import Page

#: Used where it is there, and missed by nobody where it is not.
_ENHANCEMENTS = frozenset(
    {"css-color-scheme", "css-border-radius", "css-text-size-adjust", "html-meta-color-scheme"}
)
_FUNCTIONS = {
    "css-variables": re.compile(r"var\(|--[\w-]+\s*:"),
    "css-unit-calc": re.compile(r"calc\("),
    "css-linear-gradient": re.compile(r"linear-gradient\("),
    "css-radial-gradient": re.compile(r"radial-gradient\("),
    "css-function-clamp": re.compile(r"clamp\("),
    "css-function-light-dark": re.compile(r"light-dark\("),
    "css-at-font-face": re.compile(r"@font-face"),
    "css-at-import": re.compile(r"@import"),
    "css-at-keyframes": re.compile(r"@keyframes"),
    "css-at-supports": re.compile(r"@supports"),
}
_REMOTE = frozenset({"css-at-font-face", "css-at-import", "html-link"})


@cache
def _known() -> tuple[Sequence[str], Mapping[str, Sequence[str]]]:
    values = json.loads(files(__package__).joinpath("clients.json").read_text(encoding="utf-8"))
    return values["clients"], values["ignored_by"]


def check_clients(page: Page) -> Iterator[Finding]:
    """Properties, functions and elements that some mail clients ignore."""
    clients, ignored_by = _known()
    for feature, place in sorted(_features(page).items()):
        missing = ignored_by.get(feature)
        if not missing or feature in _ENHANCEMENTS:
            continue
        many = len(missing) * 2 > len(clients) or feature in _REMOTE
        grave = Severity.WARNING if many else Severity.NOTE
        name = feature.partition("-")[2]
        problem = f"{name} is ignored by {len(missing)} of {len(clients)}: {', '.join(missing)}"
        remedy = "See that nothing is lost without it, or do it another way."
        yield Finding("clients", grave, place, problem, remedy)


def _features(page: Page) -> dict[str, str]:
    """What the page uses, by caniemail's names, and where it is used first."""
    found: dict[str, str] = {}
    for element in page.elements:
        found.setdefault(f"html-{element.tag}", element.place)
        for name, value in element.style.items():
            found.setdefault(_property(name, value), element.place)
    for rule in page.rules:
        for name, value in rule.declared.items():
            found.setdefault(_property(name, value), "the head's styles")
    for feature, pattern in _FUNCTIONS.items():
        if pattern.search(page.css):
            found.setdefault(feature, "the head's styles")
    return found


def _property(name: str, value: str) -> str:
    word = value.partition(" ")[0]
    return f"css-display-{word}" if name == "display" else f"css-{name}"
