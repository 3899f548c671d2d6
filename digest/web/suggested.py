"""Topics to begin with: what papers of late are about, each thing once."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from digest.model import Paper
from digest.selection.advice import MANY_A_DAY
from digest.selection.shelf import Shelf
from subscribers.errors import TopicError
from subscribers.topics import Node, Word, ambiguities, is_acronym, parse, words

SHOWN = 12
_TRIED = 300  # the most frequent candidates
_SEVERAL = 2
_SAME_PAPERS = 0.5  # share of two phrases' papers from which on they are one topic
_LENGTHS = range(3, 41)  # letters, so that it fits on a button
_TITLE_WORDS = (2, 3)
_PAUSE = re.compile(r"[^\w\s'-]+")
_TELLING = re.compile(r"[^\W\d_][\w-]{2,}")
# What titles are joined by, and what stands in any of them: in no topic.
_IDLE = frozenset((
    "and", "are", "autonomous", "beyond", "can", "does", "empirical", "efficient",
    "effective", "end-to-end", "enhanced", "enhancing", "for", "from", "general",
    "high-quality", "how", "improving", "into", "large-scale", "long-horizon", "method",
    "methods", "more", "new", "novel", "open", "open-source", "our", "real", "real-world", "report",
    "scalable", "study", "system", "systems", "technical", "that", "the", "their", "through",
    "toward", "towards", "under", "unified", "using", "via", "what", "when", "where", "why",
    "with", "without",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A phrase that could be suggested, and the papers that it matches as a topic."""

    text: str
    words: tuple[Word, ...]
    mask: int

    @property
    def stems(self) -> tuple[str, ...]:
        return tuple(word.stem for word in self.words)

    @property
    def initials(self) -> str:
        return "".join(word.folded[0] for word in self.words)

    def like(self, other: _Phrase) -> bool:
        """Whether both would be the same topic: one within the other, or on the same papers."""
        one, two = self.stems, other.stems
        short, long = sorted((one, two), key=len)
        if any(long[at : at + len(short)] == short for at in range(len(long) - len(short) + 1)):
            return True
        if (self.initials,) == two or (other.initials,) == one:  # LLMs: large language models
            return True
        both, either = (self.mask & other.mask).bit_count(), (self.mask | other.mask).bit_count()
        return both >= _SAME_PAPERS * either


def suggested(shelf: Shelf) -> tuple[str, ...]:
    """The phrases that papers are most often given as keywords, or hold in their titles.

    Each is a topic that causes no question and no warning, and no two are about the same.
    What the most papers say comes first where not all have room.

    Args:
        shelf: of the latest editions.
    """
    most = MANY_A_DAY * len(shelf.days)
    chosen: list[_Phrase] = []
    for candidates in (_keywords(shelf.papers), _title_phrases(shelf.papers)):
        for phrase in filter(None, (_tried(shelf, text) for text in candidates)):
            seldom = not _SEVERAL <= phrase.mask.bit_count() < most
            if seldom or any(phrase.like(other) for other in chosen):
                continue
            if len(chosen) < SHOWN:
                chosen.append(phrase)
    return tuple(sorted((phrase.text for phrase in chosen), key=str.casefold))


def _tried(shelf: Shelf, text: str) -> _Phrase | None:
    """The phrase with its papers; None where it is no topic as it stands, or an ambiguous one."""
    tree = _plain(text)
    if tree is None:
        return None
    return _Phrase(text, words(text), shelf.pick({text: tree}).mask)


def _plain(text: str) -> Node | None:
    try:
        tree = parse(text)
    except TopicError:
        return None
    return tree if words(text) and not ambiguities(tree) else None


def _keywords(papers: Iterable[Paper]) -> list[str]:
    return _frequent(chain.from_iterable(dict.fromkeys(paper.keywords) for paper in papers))


def _title_phrases(papers: Iterable[Paper]) -> list[str]:
    """For sources that give no keywords."""
    return _frequent(chain.from_iterable(dict.fromkeys(_runs(paper.title)) for paper in papers))


def _runs(title: str) -> Iterator[str]:
    for part in _PAUSE.split(title):
        found = part.split()
        for length in _TITLE_WORDS:
            for at in range(len(found) - length + 1):
                run = found[at : at + length]
                if all(_TELLING.fullmatch(word) and word.lower() not in _IDLE for word in run):
                    yield " ".join(word if is_acronym(word) else word.lower() for word in run)


def _frequent(given: Iterable[str]) -> list[str]:
    """Each phrase as it is written most often, the most frequent first."""
    written: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for text in given:
        if len(text) in _LENGTHS:
            written[tuple(word.stem for word in words(text))][text] += 1
    several = (ways for ways in written.values() if ways.total() >= _SEVERAL)
    ranked = sorted(several, key=lambda ways: -ways.total())[:_TRIED]
    return [ways.most_common(1)[0][0] for ways in ranked]
