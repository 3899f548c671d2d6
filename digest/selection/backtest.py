"""What a topic would have selected from earlier editions, each scored by what came before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from digest.embedding import Embedder
from digest.model import Edition, Paper, Reason, Tier
from digest.selection.background import WINDOW
from digest.selection.corpus import Corpus
from digest.selection.matching import Matcher
from digest.selection.near import MOST_NEAR, near_papers, near_reason
from digest.selection.reading import read
from digest.selection.scoring import VOTES, Scorer, Span, as_array, phrase_strength, votes
from digest.selection.sense import Sense
from subscribers.topics import Node


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


def backtest(
    tree: Node, text: str, editions: Sequence[Edition], embedder: Embedder | None = None
) -> Iterator[list[Scored]]:
    """Each edition's papers, scored; the editions oldest first."""
    papers = [paper for edition in editions for paper in edition.papers]
    corpus = Corpus([read(paper) for paper in papers])
    matcher = Matcher(papers, corpus.readings, [tree])
    scorer = Scorer(corpus, Sense(papers, embedder) if embedder else None)
    strength = phrase_strength(matcher, tree)
    matched = as_array(matcher.papers(tree), len(papers))
    bounds = np.cumsum([0, *(len(edition.papers) for edition in editions)])
    for start, after in pairwise(map(int, bounds)):
        span = Span(max(0, start - WINDOW), start, after)
        signals = scorer.signals(tree, span, strength, matched)
        voted = votes(papers[start:after], papers[span.first : start])
        total = signals.total + VOTES * voted
        near = set(near_papers(tree, signals, matched[start:after])[:MOST_NEAR])
        rows = []
        for n in range(start, after):
            reason, tier = None, None
            if matched[n]:
                reason, tier = matcher.reason(tree, n, text), Tier.MATCHED
            elif n - start in near:
                reason, tier = near_reason(corpus, signals, text, n), Tier.NEAR
            rows.append(Scored(papers[n], float(total[n - start]), bool(matched[n]), reason, tier))
        yield rows
