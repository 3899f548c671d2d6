"""What a topic is called where its reader meets it: in a subject, a heading, a footer.

A query such as `has:code upvotes>=20 NOT title:benchmark` is exact, and no title for a section.
Here it is called `code available, 20 votes or more (no benchmark)`, in the reader's language.
Beside other topics an exclusion would read as theirs, and a list as more topics than there are:
`name_parts` gives what `digest.rendering.labels` makes lists of.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple, Protocol

from babel import Locale
from babel.lists import format_list

from subscribers.errors import TopicError
from subscribers.topics import (
    And,
    Condition,
    Has,
    Node,
    Not,
    Or,
    Term,
    all_of,
    fault_of,
    parse,
    without_vetoes,
)

_LONGEST_TEXT = 10_000


class Catalogue(Protocol):
    """What `digest.words.Words` is for this module."""

    @property
    def locale(self) -> Locale:
        """The language and region."""

    def __call__(self, key: str, **facts: object) -> str:
        """The text of a key."""


class NameParts(NamedTuple):
    """A topic's name, in parts.

    Attributes:
        wanted: what it asks for.
        without: what it excludes, "" for nothing.
        brief: `wanted` without any exclusion within it.
        several: `wanted` is a list.
    """

    wanted: str
    without: str = ""
    brief: str = ""
    several: bool = False


def topic_name(text: str, words: Catalogue) -> str:
    """The name of a topic's first line; one that is no query (any more) is called as written."""
    parts = name_parts(text, words)
    return with_exclusions(parts.wanted, parts.without, words)


def with_exclusions(wanted: str, without: str, words: Catalogue) -> str:
    """`RL (no survey)`."""
    return words("topic.but", topic=wanted, without=without) if without else wanted


def name_parts(text: str, words: Catalogue) -> NameParts:
    """The parts of the name of a topic's first line."""
    first = next((line.strip() for line in text[:_LONGEST_TEXT].splitlines() if line.strip()), "")
    tree = _tree(first)
    if tree is None:
        return NameParts(first, brief=first, several="," in first)
    wanted, vetoes = _divided(tree)
    name = _joined(wanted, words)
    brief = without_vetoes(all_of(wanted))
    return NameParts(
        name,
        _joined(vetoes, words),
        _name(brief, words) if brief is not None else name,
        len(wanted) > 1 or isinstance(wanted[0], Or) or "," in name,
    )


def faults_of(texts: Iterable[str]) -> list[str]:
    """Of stored topics those that the language no longer reads, each named with the reason.

    They select nothing: a later version of the program may read less than the one that took them.
    """
    faults = {" | ".join(text.splitlines()): fault_of(text) for text in texts}
    return [
        f"“{text}” is no topic any more: {why.partition(chr(10))[0]}"
        for text, why in faults.items()
        if why
    ]


def _divided(node: Node) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """What a topic asks for and, apart, what it excludes; one of exclusions alone asks for them."""
    items = node.items if isinstance(node, And) else (node,)
    wanted = tuple(item for item in items if not isinstance(item, Not))
    vetoes = tuple(item for item in items if isinstance(item, Not))
    return (wanted, vetoes) if wanted else (vetoes, ())


def _joined(nodes: tuple[Node, ...], words: Catalogue) -> str:
    return words("topic.and").join(_name(node, words) for node in nodes)


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
            wanted, vetoes = _divided(node)
            return with_exclusions(_joined(wanted, words), _joined(vetoes, words), words)
