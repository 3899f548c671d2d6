"""What topics are called in messages: one that stands alone, and several in a list."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from digest.naming import name_parts, with_exclusions
from digest.rendering.clean import clean, cut_words
from digest.words import Words

_LONGEST = 60
_LONGEST_EXCLUSIONS = 40


@lru_cache(maxsize=65_536)
def topic_label(text: str, language: Words) -> str:
    """A topic's first alternative where it stands alone: `RL (no survey)`."""
    parts = name_parts(text, language)
    return with_exclusions(_cut(parts.wanted), _excluded(parts.without), language)


def topic_labels(texts: Sequence[str], language: Words) -> list[str]:
    """Topics that are listed: one as it stands alone, of several each told from the next."""
    if len(texts) < 2:
        return [topic_label(text, language) for text in texts]
    return [_listed(text, language) for text in texts]


@lru_cache(maxsize=65_536)
def brief_label(text: str, language: Words) -> str:
    """A topic among several, by what it asks for alone: `RL` and never `RL, no survey`."""
    parts = name_parts(text, language)
    return _marked(_cut(parts.brief), language, several=parts.several)


@lru_cache(maxsize=65_536)
def _listed(text: str, language: Words) -> str:
    parts = name_parts(text, language)
    marked = _marked(_cut(parts.wanted), language, several=parts.several)
    return with_exclusions(marked, _excluded(parts.without), language)


def _marked(name: str, language: Words, *, several: bool) -> str:
    """In quotation marks where it is a list itself."""
    return language("topic.quoted", topic=name) if several else name


def _cut(name: str) -> str:
    return cut_words(clean(name, 200), _LONGEST)


def _excluded(name: str) -> str:
    return cut_words(clean(name, 200), _LONGEST_EXCLUSIONS)
