"""What a topic is called where its reader meets it: in a subject, a heading, a footer.

A query such as `has:code upvotes>=20 NOT title:benchmark` is exact, and no title for a section.
Here it is called `code available, 20 votes or more, no benchmark`, in the reader's language.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from babel import Locale
from babel.lists import format_list

from subscribers.errors import TopicError
from subscribers.topics import And, Condition, Has, Node, Not, Or, Term, parse

_LONGEST_TEXT = 10_000


class Catalogue(Protocol):
    """What `digest.words.Words` is for this module."""

    @property
    def locale(self) -> Locale:
        """The language and region."""

    def __call__(self, key: str, **facts: object) -> str:
        """The text of a key."""


def topic_name(text: str, words: Catalogue) -> str:
    """The name of a topic's first line; one that is no query (any more) is called as written."""
    first = next((line.strip() for line in text[:_LONGEST_TEXT].splitlines() if line.strip()), "")
    tree = _tree(first)
    return _name(tree, words) if tree is not None else first


def _lists_of(words: Catalogue) -> str:
    # The English words are British, as in `digest.words`: no comma before the last.
    return "en_GB" if str(words.locale) == "en" else str(words.locale)


@lru_cache(maxsize=65_536)
def _tree(text: str) -> Node | None:
    try:
        return parse(text)
    except TopicError:
        return None


def _name(node: Node, words: Catalogue) -> str:
    match node:
        case Term():
            return node.text
        case Condition():
            counted = words(f"topic.{node.measure.value}", count=node.number)
            return words(f"topic.{node.relation.name.lower()}", counted=counted)
        case Has():
            return words(f"topic.has_{node.what.value}")
        case Not():
            return words("topic.without", item=_name(node.item, words))
        case Or():
            names = [_name(item, words) for item in node.items]
            return format_list(names, style="or", locale=_lists_of(words))
        case And():
            return words("topic.and").join(_name(item, words) for item in node.items)
