"""What a writer of a topic may want to know before saving it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence

from digest.model import Edition, Paper
from digest.selection.index import PHRASE_PLACES, Form, key_of
from digest.selection.matching import Matcher
from digest.selection.reading import read
from subscribers.topics import Field, Node, acronym_of, ambiguities, terms, words
from subscribers.topics.acronyms import MEANINGS

MANY_A_DAY = 4.0  # matches from which on a topic is worth narrowing
_SEVERAL = 2
_LONGEST_MEANING = 7  # words
_OPERATORS = frozenset({"and", "or", "not"})


def advice(tree: Node, editions: Sequence[Edition]) -> tuple[str, ...]:
    """Warnings about a topic, each a sentence; none when all seems well.

    Args:
        tree: the topic.
        editions: of the archive, to see what it would have matched.
    """
    papers = [paper for edition in editions for paper in edition.papers]
    return warned(tree, counts(tree, editions), papers)


def warned(
    tree: Node, found: Sequence[int], papers: Sequence[Paper], *, asked: Container[str] = ()
) -> tuple[str, ...]:
    """As `advice`, where it is known already what the topic matches.

    Args:
        tree: the topic.
        found: how many papers of each edition it matches.
        papers: of these editions.
        asked: acronyms about which the writer is asked anyway.
    """
    acronyms = [known for known in _acronyms(tree) if known not in asked]
    return (*_volume(found), *_meanings(tree, acronyms, papers), *_small_operators(tree))


def counts(tree: Node, editions: Sequence[Edition]) -> list[int]:
    """How many papers of each edition a topic matches."""
    found = []
    for edition in editions:
        readings = [read(paper) for paper in edition.papers]
        found.append(Matcher(edition.papers, readings, [tree]).papers(tree).bit_count())
    return found


def _volume(found: Sequence[int]) -> Iterator[str]:
    if not found:
        return
    mean = sum(found) / len(found)
    if not any(found):
        yield f"It never matched in {len(found)} {_plural('edition', len(found))}."
    elif mean >= MANY_A_DAY:
        yield f"It matches {mean:.0f} papers a day; a longer phrase or NOT would narrow it."


def _meanings(tree: Node, acronyms: Iterable[str], papers: Sequence[Paper]) -> Iterator[str]:
    known = {a.acronym: a.meanings for a in ambiguities(tree)}
    for acronym in acronyms:
        if acronym in MEANINGS and acronym not in known:
            continue  # the topic says which
        found = meanings(acronym, papers)
        told = known.get(acronym, tuple(found))
        count = max(len(told), len(found))
        if count >= _SEVERAL:
            more = ", …" if count > len(told[:3]) else ""
            examples = ", ".join(told[:3]) + more
            yield f"{acronym} means {count} things ({examples}): a phrase says which."


def _acronyms(tree: Node) -> list[str]:
    """The acronyms that stand alone as a phrase, once each."""
    places = (Field.ANY, Field.TITLE, Field.ABSTRACT)
    single = (words(term.text) for term in terms(tree) if term.field in places)
    found = (text[0].written for text in single if len(text) == 1)
    return list(dict.fromkeys(filter(None, map(acronym_of, found))))


def normal_forms(tree: Node) -> Iterator[tuple[str, str]]:
    """Each phrase of a topic as it is written, and as it is looked for."""
    for term in dict.fromkeys((*terms(tree), *terms(tree, wanted=False))):
        if term.field in PHRASE_PLACES:
            key, found = key_of(term), words(term.text)
            if key.form is Form.EXACT:
                yield term.text, f"{key.text}, with these capitals"
            elif key.form is Form.WRITTEN:
                yield term.text, f"{key.text} or {key.text}s, with these capitals"
            else:
                forms = (w.folded if key.form is Form.FOLDED else w.stem for w in found)
                yield term.text, " ".join(forms)


def meanings(acronym: str, papers: Iterable[Paper]) -> list[str]:
    """What papers say an acronym stands for, the most frequent first.

    A meaning is the words before `(RL)` whose first letters spell it, hyphens parting words,
    in at least two papers.
    """
    found: Counter[str] = Counter()
    pattern = re.compile(rf"([^().,;:]+)\({re.escape(acronym)}s?\)")
    for paper in papers:
        if f"({acronym}" not in paper.abstract:
            continue
        found.update(
            meaning
            for match in pattern.finditer(paper.abstract)
            if (meaning := _spelled(acronym, match[1]))
        )
    return [meaning for meaning, count in found.most_common() if count >= _SEVERAL]


def _spelled(acronym: str, before: str) -> str:
    said = [word.stem for word in words(before)][-_LONGEST_MEANING:]
    letters = acronym.casefold()
    tail = said[-len(letters) :]
    initials = "".join(word[0] for word in tail)
    return " ".join(tail) if initials == letters else ""


def _small_operators(tree: Node) -> Iterator[str]:
    for term in terms(tree):
        small = [word for word in term.text.split() if word in _OPERATORS]
        if small and not term.quoted:
            large = small[0].upper()
            yield f"“{small[0]}” is a word of the phrase here; the operator is {large}."


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"
