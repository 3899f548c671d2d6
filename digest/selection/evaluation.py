"""Every distinct topic over one edition: what matches, what is vetoed, in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from digest.embedding import Embedder
from digest.likes import Likes
from digest.model import Edition, Reason
from digest.selection.background import Background
from digest.selection.corpus import Corpus, Floats
from digest.selection.grams import Grams
from digest.selection.matching import Matcher
from digest.selection.near import near_papers, near_reason
from digest.selection.reading import read
from digest.selection.scoring import (
    VOTES,
    Scorer,
    Signals,
    as_array,
    phrase_strength,
    votes,
)
from digest.selection.sense import Sense
from digest.selection.span import Span
from digest.selection.taste import Taste, TasteSpace
from subscribers.errors import TopicError
from subscribers.topics import Node, parse

#: How much a reader's likes weigh beside a topic's signals.
LIKES = 1.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One topic and what it came to in this edition; masks have a bit for each paper.

    Attributes:
        matched: the papers that satisfy it.
        vetoed: the papers that it forbids, where it is an exclusion.
        scores: order its papers.
        near: papers that it does not match but that are close, the closest first.
    """

    text: str
    tree: Node
    matched: int
    vetoed: int
    scores: Floats
    near: tuple[int, ...]
    signals: Signals
    matcher: Matcher


class Evaluation:
    """Reads an edition once and evaluates topics over it.

    Args:
        edition: papers without repetition.
        background: papers of earlier editions.
        embedder: None ranks by words alone.
    """

    def __init__(self, edition: Edition, background: Background, embedder: Embedder | None) -> None:
        papers = (*background.used, *edition.papers)
        start = len(background.used)
        self.broken: dict[str, TopicError] = {}
        self.asked: dict[str, Asked] = {}
        self._papers = papers
        self._span = Span(0, start, len(papers))
        self.corpus = Corpus([*background.readings, *map(read, edition.papers)])
        self.sense = Sense(papers, embedder) if embedder else None
        self._tastes: TasteSpace | None = None
        self.votes = votes(edition.papers, background.used)

    def taste(self, likes: Likes) -> Taste:
        """What a reader's likes say of the edition's papers."""
        if self._tastes is None:
            self._tastes = TasteSpace(Grams(self.corpus.readings), self._span, self.sense)
        return self._tastes.taste(likes)

    def ask(self, texts: Iterable[str]) -> None:
        """Evaluates topics that were not asked before; what no longer parses is kept apart."""
        trees: dict[str, Node] = {}
        for text in texts:
            if text in self.asked or text in self.broken:
                continue
            try:
                trees[text] = parse(text)
            except TopicError as error:
                self.broken[text] = error
        if not trees:
            return  # as for every reader of whose topics another has made use
        matcher = Matcher(self._papers, self.corpus.readings, trees.values())
        scorer = Scorer(self.corpus, self.sense)
        for text, tree in trees.items():
            self.asked[text] = self._evaluated(text, tree, matcher, scorer)

    def _evaluated(self, text: str, tree: Node, matcher: Matcher, scorer: Scorer) -> Asked:
        start = self._span.edition
        mask = matcher.papers(tree)
        strength = phrase_strength(matcher, tree)
        matched = as_array(mask, len(self._papers))
        signals = scorer.signals(tree, self._span, strength, matched)
        vetoed = matcher.papers(tree, veto=True) >> start
        return Asked(
            text,
            tree,
            mask >> start,
            vetoed,
            signals.total + VOTES * self.votes,
            near_papers(tree, signals, matched[start:]),
            signals,
            matcher,
        )

    def reason(self, asked: Asked, number: int) -> Reason:
        """Why a topic chose paper `number` of the edition."""
        row = number + self._span.edition
        if asked.matched >> number & 1:
            return asked.matcher.reason(asked.tree, row, asked.text)
        return near_reason(self.corpus, asked.signals, asked.text, row)
