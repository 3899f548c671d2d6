"""XML from outside, without anything that it can do beyond holding text.

A document type that declares entities is refused (defusedxml): neither is a small text blown up
to gigabytes nor a local file read into it.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

__all__ = ["Element", "EntitiesRefused", "ParseError", "parse_xml"]


class EntitiesRefused(ValueError):
    """It declares entities."""


def parse_xml(text: bytes | str) -> Element:
    """The root of a whole document.

    Raises:
        EntitiesRefused: it declares entities.
        ParseError: it is no XML; `position` says where.
        ValueError: it cannot be written in the encoding that it names.
        LookupError: nobody knows that encoding.
    """
    try:
        root: Element = ElementTree.fromstring(text)
    except DefusedXmlException:
        raise EntitiesRefused from None
    return root
