"""A message's HTML as the checks see it: elements with their styles, and the head's rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import tinycss2
from lxml.html import HtmlElement, HTMLParser, document_fromstring

_LONGHANDS = {"background": "background-color", "font": "font-size"}

#: Values by property; the shorthands of backgrounds and fonts count as their colour and size, too.
Declarations = Mapping[str, str]


@dataclass(slots=True, eq=False)
class Element:
    """An element, with the text that stands directly in it.

    Attributes:
        style: what its style attribute declares.
        important: the properties of these that are `!important`.
        node: the same in the tree of lxml, on which selectors are resolved.
    """

    tag: str
    attributes: Mapping[str, str]
    line: int
    parent: Element | None
    node: HtmlElement = field(repr=False)
    style: Declarations = field(default_factory=dict)
    important: frozenset[str] = frozenset()
    text: str = ""

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
class Rule:
    """A rule of the head's styles.

    Attributes:
        selectors: as they are written, with their commas.
        condition: of the `@media` around it, "" outside of any.
    """

    selectors: str
    declared: Declarations
    important: frozenset[str]
    condition: str


@dataclass(frozen=True, slots=True)
class Page:
    """A message's HTML.

    Attributes:
        tree: the root of lxml's tree.
        rules: of the head's styles, in their order.
        css: all of the head's styles as they are written.
    """

    html: str
    tree: HtmlElement
    elements: tuple[Element, ...]
    rules: tuple[Rule, ...]
    css: str

    def all(self, *tags: str) -> list[Element]:
        """The elements of some tags, in their order."""
        return [element for element in self.elements if element.tag in tags]

    def text_of(self, element: Element) -> str:
        """All text inside an element."""
        return " ".join(str(element.node.text_content()).split())


def parse(html: str) -> Page:
    """Reads a page; what is malformed is read as a browser would, as far as needed."""
    # Conditional comments are comments, as they are outside Outlook.
    parser = HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    tree = document_fromstring(html or "<html></html>", parser=parser)
    elements: dict[HtmlElement, Element] = {}
    for node in tree.iter():
        elements[node] = _element(node, elements.get(node.getparent()))
    css = "\n".join(node.text or "" for node in elements if node.tag == "style")
    rules = tuple(_rules(tinycss2.parse_stylesheet(css, True, True)))
    return Page(html, tree, tuple(elements.values()), rules, css)


def _element(node: HtmlElement, parent: Element | None) -> Element:
    attributes = {str(name): str(value) for name, value in node.attrib.items()}
    style, important = _declarations(attributes.get("style", ""))
    element = Element(str(node.tag), attributes, node.sourceline or 1, parent, node)
    element.style, element.important = style, important
    if node.tag not in {"style", "script"}:
        element.text = (node.text or "") + "".join(child.tail or "" for child in node)
    return element


def _rules(found: list[tinycss2.ast.Node], condition: str = "") -> Iterator[Rule]:
    for rule in found:
        if rule.type == "qualified-rule":
            selectors = tinycss2.serialize(rule.prelude).strip()
            yield Rule(selectors, *_declarations(rule.content), condition)
        elif rule.type == "at-rule" and rule.lower_at_keyword == "media" and rule.content:
            inner = tinycss2.serialize(rule.prelude).strip()
            joined = f"{condition} and {inner}" if condition else inner
            yield from _rules(tinycss2.parse_rule_list(rule.content, True, True), joined)


def _declarations(css: str | list[tinycss2.ast.Node]) -> tuple[Declarations, frozenset[str]]:
    """What is declared, the last of a name; what is no declaration is left out, as by a browser."""
    found: dict[str, str] = {}
    important: set[str] = set()
    for item in tinycss2.parse_blocks_contents(css, True, True):
        if item.type != "declaration" or (item.lower_name in important and not item.important):
            continue
        value = tinycss2.serialize(item.value).strip()
        for name in {item.lower_name, _LONGHANDS.get(item.lower_name, item.lower_name)}:
            found[name] = value
            if item.important:
                important.add(name)
    return found, frozenset(important)
