"""Fields that an edition's readers have alike: made once, and bound into the frame once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from digest.model import WEEKLY, WELCOME, papers_of
from digest.rendering import sentences
from digest.rendering.clean import clean, clean_url
from digest.rendering.letter import Selected
from digest.settings import Sender
from digest.words import Words

_KEPT = 1024

Sources = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """Text fields that are there for many readers; two are the same if they are one object."""

    fields: Mapping[str, str]


class Sharing:
    """Makes the shared fields of one installation's digests.

    Args:
        sender: what stands in every message is of it.
    """

    def __init__(self, sender: Sender) -> None:
        self._hint = not sender.public_url
        self._constant = {
            "brand": clean(sender.name, 80),
            "logo_url": clean_url(sender.logo) if sender.logo else "",
            "postal_address": clean(sender.postal_address, 300),
        }
        self.notice = _present(self._constant)
        self._made = lru_cache(maxsize=_KEPT)(self._make)

    def of(self, digest: Selected, language: Words) -> Shared:
        """The fields of a digest that are not its reader's own."""
        sources = tuple(dict.fromkeys([paper.sources for paper in papers_of(digest)]))
        missed = bool(digest.missed)
        return self._made(digest.kind, digest.date, sources, also_key(digest), missed, language)

    def _make(
        self, kind: str, day: date, sources: Sources, also: str, missed: bool, language: Words
    ) -> Shared:
        weekly = kind == WEEKLY
        return _present(
            {
                **self._constant,
                "title": language("weekly.title", date=language.date(day, "day"))
                if weekly
                else language.date(day),
                "welcome_title": language("welcome.title") if kind == WELCOME else "",
                "sources": _named(sources, language),
                "also_heading": language(also) if also else "",
                "missed_heading": language("section.missed") if missed else "",
                "reply_hint": language("footer.reply") if self._hint else "",
            }
        )


def _present(fields: Mapping[str, str]) -> Shared:
    return Shared({name: text for name, text in fields.items() if text})


def also_key(digest: Selected) -> str:
    """The key of the word for the list at the end, "" without one."""
    if not digest.also:
        return ""
    if digest.kind == WEEKLY:
        return "section.week"
    span = sentences.span_of(digest.kind, digest.catch_up)
    which = "also" if digest.entries else "trending"
    return f"section.{which}" if span == "day" else f"section.{which}_{span}"


def _named(sources: Sources, language: Words) -> str:
    """Where the papers are from; names that the catalogue does not know stand as they are."""
    names = dict.fromkeys(name for listed in sources for name in listed)
    known = [
        language(f"source.{name}") if language.knows(f"source.{name}") else clean(name, 80)
        for name in names
    ]
    return language("footer.sources", sources=language.list(known)) if known else ""
