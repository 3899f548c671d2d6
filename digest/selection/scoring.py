"""What orders the papers of a topic: several signals, each in standard deviations.

* phrase: where the topic's phrases stand, title and abstract each counting once;
* words: BM25 of the phrases' words, the title counting double;
* kin: words that set apart the earlier papers which the topic matched (the relevance
  weighting of Robertson and Sparck Jones, 1976, with the matches taken for relevant);
* sense: nearness of embeddings, where there is an embedder;
* votes, which weigh little.

Every statistic comes from papers before the edition that is scored.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digest.model import Paper
from digest.selection.background import ENOUGH, standardised
from digest.selection.corpus import Corpus, Floats, Integers, Profile
from digest.selection.index import PHRASE_PLACES
from digest.selection.matching import Matcher
from digest.selection.reading import Place
from digest.selection.sense import Sense
from digest.selection.span import Span
from subscribers.topics import And, Node, Not, Or, Term, terms, words

#: How much votes weigh: at 1.0 they cost 3 points of nDCG.
VOTES = 0.2
#: How much nearness of sense weighs beside words and kin.
SENSE = 1.0
_KIN_TERMS = 100  # the strongest terms of a topic's earlier matches
_KIN_PRIOR = 3.0  # papers' worth of belief that the matches are like all papers
_KIN_LEAST = 3.0  # weight of matches from which on they say something
_ABSTRACT_MATCH = 0.3  # how far a match outside the title tells what the topic is about


@dataclass(frozen=True, slots=True)
class Signals:
    """One topic's scores for the papers of an edition.

    Attributes:
        phrase: in standard deviations, as are the others.
        context: all signals that need no match, together.
        kin: the terms by which earlier matches are known, for the words of a reason.
    """

    phrase: Floats
    context: Floats
    kin: Profile

    @property
    def total(self) -> Floats:
        """What the topic's papers are ordered by, votes aside."""
        total: Floats = self.phrase + self.context
        return total


class Scorer:
    """Scores topics over the papers of a corpus, edition by edition.

    Args:
        corpus: all papers in the order of their editions.
        sense: of the same papers; None ranks by words alone.
    """

    def __init__(self, corpus: Corpus, sense: Sense | None = None) -> None:
        self._corpus = corpus
        self._sense = sense
        self._frequencies: dict[tuple[int, int], Integers] = {}

    def signals(self, tree: Node, span: Span, strength: Floats, matched: Floats) -> Signals:
        """A topic's signals for the edition of a span.

        Args:
            tree: the topic.
            span: which papers are earlier, and which are scored.
            strength: the topic's `phrase_strength` for all papers of the corpus.
            matched: 1.0 for each paper of the corpus that the topic matches, else 0.0.
        """
        earlier = slice(span.first, span.edition)
        edition = slice(span.edition, span.after)
        phrase = standardised(
            strength[edition], strength[earlier], mean=0.0, spread=1 / 3, least=1 / 3
        )
        kin = self._kin(span, match_weights(strength[earlier], matched[earlier]))
        context = self._standard(self._words(tree, span), span) + self._standard(kin, span)
        if self._sense is not None and has_phrases(tree):
            context = context + SENSE * self._nearness(
                tree, span, strength[earlier] * matched[earlier]
            )
        return Signals(phrase, context, kin)

    def _nearness(self, tree: Node, span: Span, weights: Floats) -> Floats:
        assert self._sense is not None  # noqa: S101  # the caller has looked
        near = self._split(self._sense.to_phrases(phrases_of(tree), span.first, span.after), span)
        if float(weights.sum()) < _KIN_LEAST:
            return near
        centre = self._sense.to_centre(weights, span.first, span.edition, span.after)
        return (near + self._split(centre, span)) / 2

    def _split(self, scores: Floats, span: Span) -> Floats:
        cut = span.edition - span.first
        return standardised(scores[cut:], scores[:cut], mean=0.2, spread=0.12, least=0.02)

    def _standard(self, profile: Profile, span: Span) -> Floats:
        if not len(profile.terms):
            return np.zeros(span.after - span.edition)
        scores = self._corpus.scores(profile, span.first, span.after)
        cut = span.edition - span.first
        return standardised(scores[cut:], scores[:cut], mean=1.0, spread=4.0, least=0.25)

    def _words(self, tree: Node, span: Span) -> Profile:
        stems = {word.stem for term in _phrases(tree) for word in words(term.text)}
        known = [
            n for stem in sorted(stems) if (n := self._corpus.vocabulary.get(stem)) is not None
        ]
        numbers = np.array(known, dtype=np.int64)
        count = span.edition - span.first
        holding = self._earlier(span)[numbers]
        return Profile(numbers, np.log1p((count - holding + 0.5) / (holding + 0.5)))

    def _kin(self, span: Span, weights: Floats) -> Profile:
        """The terms that earlier matches hold and other papers do not."""
        count = span.edition - span.first
        total = float(weights.sum())
        if count < ENOUGH or total < _KIN_LEAST:
            return Profile(np.empty(0, np.int64), np.empty(0))
        rows = np.flatnonzero(weights)
        found, shares = self._corpus.shares(rows + span.first, weights[rows])
        everywhere = self._earlier(span)[found]
        within = (shares + _KIN_PRIOR * everywhere / count) / (total + _KIN_PRIOR)
        gain = within * np.log(within * (count + 1) / (everywhere + 0.5))
        best = np.argsort(-gain, kind="stable")[:_KIN_TERMS]
        best = best[gain[best] > 0]
        return Profile(found[best], gain[best])

    def _earlier(self, span: Span) -> Integers:
        bounds = span.first, span.edition
        if bounds not in self._frequencies:
            self._frequencies[bounds] = self._corpus.frequencies(*bounds)
        return self._frequencies[bounds]


def phrase_strength(matcher: Matcher, tree: Node) -> Floats:
    """Where a topic's phrases stand in each paper: 1 for the title, 1 for the rest.

    The best alternative counts of an OR, the mean of an AND.
    """
    if isinstance(tree, Or):
        best: Floats = np.max([phrase_strength(matcher, item) for item in tree.items], axis=0)
        return best
    if isinstance(tree, And):
        held = [item for item in tree.items if any(_phrases(item))]
        parts = [phrase_strength(matcher, item) for item in held]
        return np.mean(parts, axis=0) if parts else np.zeros(matcher.index.count)
    if isinstance(tree, Term) and tree.field in PHRASE_PLACES:
        title, *rest = _by_place(matcher, tree)
        strength: Floats = title + np.max(rest, axis=0)
        return strength
    return np.zeros(matcher.index.count)


def phrase_strengths(matcher: Matcher, trees: Sequence[Node]) -> list[Floats]:
    """The strength of each topic in each paper."""
    return [phrase_strength(matcher, tree) for tree in trees]


def match_weights(strength: Floats, matched: Floats) -> Floats:
    """How far each paper is a match that tells what a topic is about; 0 for no match."""
    weights: Floats = matched * np.where(strength >= 1.0, 1.0, _ABSTRACT_MATCH)
    return weights


def _by_place(matcher: Matcher, term: Term) -> list[Floats]:
    hits, places = matcher.index.hits(term), PHRASE_PLACES[term.field]
    masks = [hits.masks[place] if place in places else 0 for place in Place]
    return [as_array(mask, matcher.index.count) for mask in masks]


def _phrases(tree: Node) -> list[Term]:
    if isinstance(tree, Not):
        return []
    return [term for term in terms(tree) if term.field in PHRASE_PLACES]


def phrases_of(tree: Node) -> list[str]:
    """The phrases that a topic asks for."""
    return [term.text for term in _phrases(tree)]


def has_phrases(tree: Node) -> bool:
    """Whether the topic speaks of what papers are about, and not of their fields alone."""
    return bool(_phrases(tree))


def votes(papers: Sequence[Paper], earlier: Sequence[Paper]) -> Floats:
    """Votes of each paper in standard deviations of their logarithm; 0 where unknown."""
    known = np.array([math.log1p(p.upvotes) for p in earlier if p.upvotes is not None])
    unknown = np.array([paper.upvotes is None for paper in papers], dtype=bool)
    counts = np.log1p(np.array([paper.upvotes or 0 for paper in papers], dtype=np.float64))
    scores = standardised(counts, known, mean=3.0, spread=1.2, least=0.2)
    return np.where(unknown, 0.0, scores)


def as_array(mask: int, count: int) -> Floats:
    """A mask as 1.0 and 0.0 for each of `count` papers."""
    data = np.frombuffer(mask.to_bytes((count + 7) // 8, "little"), dtype=np.uint8)
    return np.unpackbits(data, bitorder="little", count=count).astype(np.float64)
