"""Papers that no phrase matches but that are close to a topic, and the words that say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from digest.model import Reason, Rule
from digest.selection.corpus import Corpus, Floats, Profile
from digest.selection.scoring import Signals, has_phrases
from subscribers.topics import Node, Word, label

#: How many standard deviations a paper must stand out by, all its signals together.
NEAR = 6.0
#: So many near papers stand in one digest at most.
MOST_NEAR = 3
_MOST = 3
_LONGEST = 3  # words in one run


def near_papers(tree: Node, signals: Signals, matched: Floats) -> tuple[int, ...]:
    """The papers that a topic does not match but that stand out, the closest first."""
    if not has_phrases(tree):
        return ()
    stand_out = (signals.context >= NEAR) & (matched == 0)
    order = np.argsort(-signals.context, kind="stable")
    return tuple(int(number) for number in order if stand_out[number])


def near_reason(corpus: Corpus, signals: Signals, topic: str, row: int) -> Reason:
    """Why the paper of a row is near a topic."""
    others = telling_words(corpus, signals.kin, row)
    return Reason(rule=Rule.NEAR, topic=topic, phrase=label(topic), others=others)


def telling_words(corpus: Corpus, kin: Profile, row: int) -> tuple[str, ...]:
    """Runs of words of a paper that weigh most among those a topic's earlier matches share."""
    weights = dict(zip(corpus.stems(kin.terms), map(float, kin.weights), strict=True))
    reading = corpus.readings[row]
    runs: dict[str, float] = {}
    for text, factor in ((reading.title, 2.0), (reading.abstract, 1.0)):
        for run in _runs(text, weights):
            phrase = " ".join(word.folded for word in run)
            runs[phrase] = runs.get(phrase, 0) + factor * sum(weights[w.stem] for w in run)
    return _distinct(sorted(runs, key=lambda run: -runs[run]))


def _runs(text: Sequence[Word], weights: Mapping[str, float]) -> Iterator[tuple[Word, ...]]:
    """Neighbouring words that all weigh something, at most three at a time."""
    inside = [n for n, word in enumerate(text) if word.stem in weights and len(word.folded) > 2]
    run: list[int] = inside[:1]
    for before, number in pairwise(inside):
        if number == before + 1 and len(run) < _LONGEST:
            run.append(number)
        else:
            yield tuple(text[n] for n in run)
            run = [number]
    if run:
        yield tuple(text[n] for n in run)


def _distinct(ordered: Sequence[str]) -> tuple[str, ...]:
    """The first few that do not repeat one another's words."""
    kept: list[str] = []
    used: set[str] = set()
    for phrase in ordered:
        words = set(phrase.split())
        if not words & used and len(kept) < _MOST:
            kept.append(phrase)
            used |= words
    return tuple(kept)
