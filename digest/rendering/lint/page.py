"""A message's HTML as the checks see it: elements with their styles, and the head's rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source"})
_DECLARATION = re.compile(r"([\w-]+)\s*:\s*([^;]+)")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_MEDIA = re.compile(r"@media([^{]+)\{((?:[^{}]+\{[^{}]*\}\s*)*)\}")
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)

Declarations = Mapping[str, str]


@dataclass(slots=True)
class Element:
    """An element, with the text that stands directly in it."""

    tag: str
    attributes: Mapping[str, str]
    line: int
    parent: Element | None
    style: Declarations = field(default_factory=dict)
    text: str = ""

    @property
    def classes(self) -> frozenset[str]:
        """The names in its class attribute."""
        return frozenset(self.attributes.get("class", "").split())

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"line {self.line} of the HTML"

    def upwards(self) -> Iterator[Element]:
        """The element and all around it, from inside out."""
        element: Element | None = self
        while element is not None:
            yield element
            element = element.parent


@dataclass(frozen=True, slots=True)
class Page:
    """A message's HTML.

    Attributes:
        rules: selectors and declarations of the head, outside of any condition.
        conditional: the same inside of each `@media`, by its condition.
        css: all of the head's styles as they are written.
    """

    html: str
    elements: tuple[Element, ...]
    rules: tuple[tuple[str, Declarations], ...]
    conditional: Mapping[str, tuple[tuple[str, Declarations], ...]]
    css: str

    def all(self, *tags: str) -> list[Element]:
        """The elements of some tags, in their order."""
        return [element for element in self.elements if element.tag in tags]

    def text_of(self, element: Element) -> str:
        """All text inside an element."""
        inside = [e.text for e in self.elements if any(up is element for up in e.upwards())]
        return " ".join(" ".join(inside).split())


def declarations(css: str) -> Declarations:
    """`name: value` pairs; a shorthand for the background counts as its colour."""
    found = {name.lower(): value.strip() for name, value in _DECLARATION.findall(css)}
    colour = re.search(r"#[0-9a-fA-F]{6}\b", found.get("background", ""))
    return {"background-color": colour[0], **found} if colour else found


def parse(html: str) -> Page:
    """Reads a page; what is malformed is read as a browser would, as far as needed."""
    parser = _Parser()
    parser.feed(html)
    css = re.sub(r"/\*.*?\*/", "", "\n".join(_STYLE.findall(html)), flags=re.DOTALL)
    conditional = {condition.strip(): _rules(body) for condition, body in _MEDIA.findall(css)}
    return Page(html, tuple(parser.elements), _rules(_MEDIA.sub("", css)), conditional, css)


def _rules(css: str) -> tuple[tuple[str, Declarations], ...]:
    return tuple(
        (selector.strip(), declarations(body))
        for selectors, body in _RULE.findall(css)
        for selector in selectors.split(",")
    )


class _Parser(HTMLParser):
    """Collects the elements; conditional comments are comments, as they are outside Outlook."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        parent = self._open[-1] if self._open else None
        element = Element(tag, known, self.getpos()[0], parent)
        element.style = declarations(known.get("style", ""))
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self._open):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].tag not in {"style", "script"}:
            self._open[-1].text += data
