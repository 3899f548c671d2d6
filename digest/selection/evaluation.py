"""Every distinct topic over one edition: what matches, what is vetoed, in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

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
    match_weights,
    phrase_strength,
    phrases_of,
    votes,
)
from digest.selection.sense import Sense
from digest.selection.span import Span
from digest.selection.taste import Leaning, Taste, TasteSpace
from subscribers.errors import TopicError
from subscribers.topics import Node, parse

#: How much it weighs where the phrases stand, beside a topic and likes learnt together.
PHRASE_BESIDE_LIKES = 0.5
#: How much votes weigh beside them.
VOTES_BESIDE_LIKES = 0.3


@dataclass(frozen=True, slots=True)
class Asked:
    """One topic and what it came to in this edition; masks have a bit for each paper.

    Attributes:
        matched: the papers that satisfy it.
        vetoed: the papers that it forbids, where it is an exclusion.
        scores: order its papers.
        near: papers that it does not match but that are close, the closest first.
        matches: how far each earlier paper is a match that tells what the topic is about.
    """

    text: str
    tree: Node
    matched: int
    vetoed: int
    scores: Floats
    near: tuple[int, ...]
    signals: Signals
    matcher: Matcher
    matches: Floats


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
        self._background = background
        self._embedder = embedder
        self._leanings: dict[str, Leaning] = {}
        self.votes = votes(edition.papers, background.used)

    def taste(self, likes: Likes) -> Taste:
        """What a reader's likes say of the edition's papers."""
        return self._space.taste(likes)

    def scores(self, asked: Asked, taste: Taste) -> Floats:
        """What orders a topic's papers for a reader of such a taste."""
        if asked.text not in self._leanings:
            self._leanings[asked.text] = self._space.towards_topic(
                phrases_of(asked.tree), asked.matches
            )
        learnt = self._space.standing(taste.leaning + self._leanings[asked.text])
        return beside_likes(asked.signals, self.votes, learnt)

    @cached_property
    def _space(self) -> TasteSpace:
        """Made for the first reader with likes: older papers are read for nobody else."""
        older = self._background.older
        papers = (*older, *self._papers)
        grams = Grams([*map(read, older), *self.corpus.readings])
        sense = Sense(papers, self._embedder) if self._embedder else None
        return TasteSpace(grams, Span(0, len(older) + self._span.edition, len(papers)), sense)

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
            match_weights(strength[:start], matched[:start]),
        )

    def reason(self, asked: Asked, number: int) -> Reason:
        """Why a topic chose paper `number` of the edition."""
        row = number + self._span.edition
        if asked.matched >> number & 1:
            return asked.matcher.reason(asked.tree, row, asked.text)
        return near_reason(self.corpus, asked.signals, asked.text, row)


def beside_likes(signals: Signals, votes: Floats, learnt: Floats) -> Floats:
    """A topic's scores for a reader with likes.

    Args:
        signals: of the topic. Its words, kin and sense are left out: they are in what was learnt.
        votes: of the edition's papers, in standard deviations.
        learnt: how far the papers stand out towards the likes and the topic together.
    """
    scores: Floats = learnt + PHRASE_BESIDE_LIKES * signals.phrase + VOTES_BESIDE_LIKES * votes
    return scores
