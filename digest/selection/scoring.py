"""What orders the papers of a topic: several signals, each in standard deviations."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.model import Paper
from digest.selection.index import PHRASE_PLACES, PaperIndex, Place
from subscribers.topics import Node, terms

Scores = NDArray[np.float64]

#: How much votes weigh: at 1.0 they cost 3 points of nDCG.
VOTES = 0.2
_STRENGTH = {Place.TITLE: 2.0, Place.KEYWORD: 1.5, Place.ABSTRACT: 1.0}


def votes(papers: Sequence[Paper]) -> Scores:
    """Votes of each paper in standard deviations of their logarithm; 0 where unknown."""
    known = [math.log1p(p.upvotes) for p in papers if p.upvotes is not None]
    if len(known) < 2:
        return np.zeros(len(papers))
    mean, spread = float(np.mean(known)), float(np.std(known)) or 1.0
    values = [mean if p.upvotes is None else math.log1p(p.upvotes) for p in papers]
    return (np.array(values) - mean) / spread


def phrase_strength(index: PaperIndex, tree: Node) -> Scores:
    """How strongly the phrases of a topic stand in each paper: the title counts double."""
    scores = np.zeros(len(index.papers))
    for term in terms(tree):
        if term.field not in PHRASE_PLACES:
            continue
        masks = index.hits(term).masks
        for place in PHRASE_PLACES[term.field]:
            scores += _STRENGTH[place] * _bits(masks[place], len(scores))
    return scores


def _bits(mask: int, count: int) -> Scores:
    data = np.frombuffer(mask.to_bytes((count + 7) // 8, "little"), dtype=np.uint8)
    return np.unpackbits(data, bitorder="little", count=count).astype(np.float64)
