"""Which colour and size an element's text has, by CSS's cascade (CSS Cascade 4, section 6.1).

Selectors are resolved by cssselect on lxml's tree, so every selector of CSS 3 counts: ids,
attributes, siblings, `:not()`. What depends on the reader's hand (`:hover`) never holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import tinycss2
from cssselect import HTMLTranslator, SelectorError, parse
from lxml.html import HtmlElement
from tinycss2 import color3

from digest.rendering.colours import mix
from digest.rendering.lint.page import Element, Page, Rule

PAPER, INK = "#ffffff", "#000000"  # what a mail client begins with
_FEATURE = re.compile(r"\(\s*([a-z-]+)\s*(?::\s*([^)]*?)\s*)?\)")
_PROPERTIES = frozenset({"background-color", "color", "font-size"})
_HINTS = {"background-color": "bgcolor", "color": "color"}  # attributes that say the same
_PIXELS = re.compile(r"([\d.]+)px")
_TRANSLATOR = HTMLTranslator()


@dataclass(frozen=True, slots=True)
class Setting:
    """Under what a message is looked at.

    Attributes:
        scheme: `light` or `dark`.
        narrow: on a phone.
    """

    scheme: str
    narrow: bool

    def holds(self, condition: str) -> bool:
        """Whether an `@media` counts here; what is not known does not."""
        return not condition or any(self._holds(one) for one in condition.lower().split(","))

    def _holds(self, query: str) -> bool:
        features = _FEATURE.findall(query)
        outside = set(re.findall(r"[a-z]+", _FEATURE.sub(" ", query)))
        if outside & {"not", "print", "or"}:
            return False
        return all(self._has(name, value) for name, value in features)

    def _has(self, feature: str, value: str) -> bool:
        if feature == "prefers-color-scheme":
            return value == self.scheme
        return feature == ("max-width" if self.narrow else "min-width")


class _Weight(NamedTuple):
    """What decides between declarations: the greatest wins."""

    important: bool
    inline: bool
    specificity: tuple[int, int, int]
    place: int


class Cascade:
    """What a page's elements look like in one setting."""

    def __init__(self, page: Page, setting: Setting) -> None:
        self._found: dict[tuple[HtmlElement, str], tuple[_Weight, str]] = {}
        for place, rule in enumerate(page.rules):
            if rule.declared.keys() & _PROPERTIES and setting.holds(rule.condition):
                self._apply(page, rule, place)

    def ink(self, element: Element) -> str:
        """The colour of an element's text on its ground."""
        ground = self.ground(element)
        for around in element.upwards():
            colour = read_colour(self._value(around, "color"))
            if colour is not None:
                return colour.over(ground)
        return INK

    def ground(self, element: Element) -> str:
        """The colour behind an element, each translucent one over the next."""
        ground = PAPER
        for around in reversed(list(element.upwards())):
            colour = read_colour(self._value(around, "background-color"))
            ground = colour.over(ground) if colour else ground
        return ground

    def size(self, element: Element) -> float | None:
        """The height of an element's letters in pixels, None where nothing says it in pixels."""
        for around in element.upwards():
            found = _PIXELS.search(self._value(around, "font-size"))
            if found:
                return float(found[1])
        return None

    def _apply(self, page: Page, rule: Rule, place: int) -> None:
        for node, specificity in _matches(page, rule.selectors):
            for name in _PROPERTIES & rule.declared.keys():
                weight = _Weight(name in rule.important, False, specificity, place)
                known = self._found.get((node, name))
                if known is None or known[0] <= weight:
                    self._found[node, name] = (weight, rule.declared[name])

    def _value(self, element: Element, name: str) -> str:
        ruled = self._found.get((element.node, name))
        own = element.style.get(name)
        if own and (not ruled or name in element.important or not ruled[0].important):
            return own
        return ruled[1] if ruled else element.attributes.get(_HINTS.get(name, ""), "")


class Colour(NamedTuple):
    """A colour with its alpha, 0 to 1."""

    code: str
    alpha: float

    def over(self, ground: str) -> str:
        """What is seen of it on a ground."""
        return mix(ground, self.code, self.alpha)


def read_colour(value: str) -> Colour | None:
    """The colour in a value, also in a shorthand's; None where it says none of its own."""
    for token in tinycss2.parse_component_value_list(value):
        read = color3.parse_color(token)
        if read is not None and read != "currentColor":
            channels = (round(channel * 255) for channel in read[:3])
            return Colour("#" + "".join(f"{channel:02x}" for channel in channels), read.alpha)
    return None


def _matches(page: Page, selectors: str) -> Iterator[tuple[HtmlElement, tuple[int, int, int]]]:
    """The nodes that a selector fits, with its specificity."""
    try:
        for selector in parse(selectors):
            if selector.pseudo_element:
                continue
            path = _TRANSLATOR.selector_to_xpath(selector)
            yield from ((node, selector.specificity()) for node in page.tree.xpath(path))
    except SelectorError:
        return  # a browser, too, leaves out a rule that it does not know
