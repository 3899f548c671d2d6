"""What a topic would have selected from earlier editions, each scored by what came before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from digest.embedding import Embedder
from digest.model import Edition, Paper, Reason, Tier
from digest.selection.background import WINDOW
from digest.selection.corpus import Corpus, Floats
from digest.selection.matching import Matcher
from digest.selection.near import MOST_NEAR, near_papers, near_reason
from digest.selection.reading import read
from digest.selection.scoring import VOTES, Scorer, Signals, as_array, phrase_strength, votes
from digest.selection.sense import Sense
from digest.selection.span import Span
from subscribers.topics import Node, parse


@dataclass(frozen=True, slots=True)
class Scored:
    """One paper under one topic.

    Attributes:
        reason: None where the topic would not have selected it.
        tier: matched, near, or None.
    """

    paper: Paper
    score: float
    matched: bool
    reason: Reason | None
    tier: Tier | None


class Backtest:
    """Earlier editions, read once for any number of topics.

    Args:
        editions: the oldest first.
        embedder: None ranks by words alone.
    """

    def __init__(self, editions: Sequence[Edition], embedder: Embedder | None = None) -> None:
        self._papers = [paper for edition in editions for paper in edition.papers]
        self._bounds = [0, *accumulate(len(edition.papers) for edition in editions)]
        self.corpus = Corpus([read(paper) for paper in self._papers])
        self.sense = Sense(self._papers, embedder) if embedder else None
        self._scorer = Scorer(self.corpus, self.sense)

    def run(self, text: str) -> Iterator[list[Scored]]:
        """Each edition's papers under one topic.

        Raises:
            TopicError: the text is no topic.
        """
        tree = parse(text)
        matcher = Matcher(self._papers, self.corpus.readings, [tree])
        strength = phrase_strength(matcher, tree)
        matched = as_array(matcher.papers(tree), len(self._papers))
        for start, after in pairwise(self._bounds):
            span = Span(max(0, start - WINDOW), start, after)
            signals = self._scorer.signals(tree, span, strength, matched)
            yield self._scored(_Asked(text, tree, matcher, matched), signals, span)

    def _scored(self, asked: _Asked, signals: Signals, span: Span) -> list[Scored]:
        start, matched = span.edition, asked.matched[span.edition : span.after]
        papers = self._papers[start : span.after]
        total = signals.total + VOTES * votes(papers, self._papers[span.first : start])
        near = set(near_papers(asked.tree, signals, matched)[:MOST_NEAR])
        rows = []
        for n, paper in enumerate(papers):
            reason, tier = None, None
            if matched[n]:
                reason, tier = asked.matcher.reason(asked.tree, start + n, asked.text), Tier.MATCHED
            elif n in near:
                reason, tier = near_reason(self.corpus, signals, asked.text, start + n), Tier.NEAR
            rows.append(Scored(paper, float(total[n]), bool(matched[n]), reason, tier))
        return rows


@dataclass(frozen=True, slots=True)
class _Asked:
    """A topic and which of all papers it matches."""

    text: str
    tree: Node
    matcher: Matcher
    matched: Floats
