"""All distinct topics against one edition, once; then one reader after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from digest.embedding import Embedder
from digest.likes import Likes
from digest.model import DAILY, Digest, Edition, Entry, Paper, Reason, Rule, Tier
from digest.selection.background import Background
from digest.selection.choosing import round_robin
from digest.selection.corpus import Floats
from digest.selection.evaluation import Asked, Evaluation
from digest.selection.forgone import forgone
from digest.selection.many import Ranked, ranked
from digest.selection.near import MOST_NEAR
from digest.selection.reader import Choice, Reader
from digest.selection.taste import Taste
from digest.selection.verdict import Verdict, Why
from subscribers.errors import TopicError
from subscribers.model import Subscriber, Topic, WhenNothing
from subscribers.topics import label

MOST_VOTED = 10  # for readers without a topic
TOP_WHEN_NOTHING = 3
MOST_ALSO = 3


class Selector:
    """All distinct topics against one (combined) edition, evaluated once.

    Args:
        edition: papers without repetition.
        topics: texts of all topics of all readers, exclusions among them. A text that is no
            topic (any more) is kept in `broken` and matches nothing.
        background: earlier papers, against which scores are standardised.
        embedder: of the extra `semantic`; None ranks by words alone.
        likes_of: what a subscriber of this id liked, where none is handed to `select`.
    """

    def __init__(
        self,
        edition: Edition,
        topics: Iterable[str],
        *,
        background: Background | None = None,
        embedder: Embedder | None = None,
        likes_of: Callable[[int], Likes | None] = lambda _: None,
    ) -> None:
        self.edition = edition
        self._evaluation = Evaluation(edition, background or Background(), embedder)
        self._evaluation.ask(topics)
        self._returns = dict(edition.returns)
        self._likes_of = likes_of

    @property
    def broken(self) -> Mapping[str, TopicError]:
        """The texts that are no topics (any more), with what is wrong."""
        return self._evaluation.broken

    @property
    def evaluation(self) -> Evaluation:
        """What each topic came to, for those who ask for many readers at once."""
        return self._evaluation

    @property
    def likes_of(self) -> Callable[[int], Likes | None]:
        """What a subscriber liked; None of those who gave too little to learn from."""
        return self._likes_of

    def most_voted(self) -> list[int]:
        """The numbers of the papers that have votes, the most voted first."""
        places = {paper.key: number for number, paper in enumerate(self.edition.papers)}
        return [places[paper.key] for paper in self._most_voted(~0) if paper.upvotes]

    def table(self, topics: Sequence[str]) -> Ranked:
        """The topics as `select_many` takes them, numbered in this order.

        Raises:
            KeyError: one of them is broken.
        """
        self._evaluation.ask(topics)
        asked = [self._evaluation.asked[text] for text in topics]
        return ranked(
            [one.matched for one in asked],
            [one.vetoed for one in asked],
            [one.scores for one in asked],
            len(self.edition.papers),
        )

    def select(
        self,
        subscriber: Subscriber,
        *,
        kind: str = DAILY,
        occasion: str = "",
        today: date | None = None,
        likes: Likes | None = None,
        had: frozenset[str] = frozenset(),
        also: int = MOST_ALSO,
    ) -> Digest:
        """One reader's digest; without entries when nothing is to be sent.

        Args:
            subscriber: whose topics and wishes count; a topic new to this selector is added.
            kind: the template family.
            occasion: the edition's date where empty.
            today: decides which topics rest; the edition's date where None.
            likes: what the reader liked and disliked.
            had: keys of the papers that the reader has had.
            also: at most so many of the most voted at the end.
        """
        choice = self._choose(subscriber, today, likes, had)
        entries = choice.entries
        return Digest(
            subscriber=subscriber,
            kind=kind,
            occasion=occasion or self.edition.date.isoformat(),
            date=self.edition.date,
            entries=entries,
            also=self._also(subscriber, choice)[:also] if entries else (),
            considered=len(self.edition.papers),
        )

    def explain(
        self,
        subscriber: Subscriber,
        *,
        today: date | None = None,
        likes: Likes | None = None,
        had: frozenset[str] = frozenset(),
    ) -> tuple[Verdict, ...]:
        """Paper by paper, in the edition's order: chosen or left out, and by which rule."""
        choice = self._choose(subscriber, today, likes, had)
        chosen = {entry.paper.key: entry for entry in choice.entries}
        listed = self._also(subscriber, choice)[:MOST_ALSO] if choice.entries else ()
        also = {paper.key for paper in listed}
        verdicts = [
            self._verdict(number, paper, choice, chosen, also)
            for number, paper in enumerate(self.edition.papers)
        ]
        rules = forgone(self._evaluation, subscriber.topics, today or self.edition.date)
        return tuple(
            replace(verdict, why=rule[0], topic=rule[1])
            if verdict.why is Why.NO_MATCH and rule
            else verdict
            for verdict, rule in zip(verdicts, rules, strict=True)
        )

    def _verdict(
        self,
        number: int,
        paper: Paper,
        choice: Choice,
        chosen: dict[str, Entry],
        also: set[str],
    ) -> Verdict:
        if paper.key in chosen:
            entry = chosen[paper.key]
            return Verdict(paper=paper, why=Why.CHOSEN, entry=entry, topic=entry.reason.topic)
        if paper.key in also:
            return Verdict(paper=paper, why=Why.ALSO)
        if number in choice.vetoed:
            return Verdict(paper=paper, why=Why.VETOED, topic=choice.vetoed[number])
        if choice.had >> number & 1:
            return Verdict(paper=paper, why=Why.HAD)
        if number in choice.matched:
            return Verdict(paper=paper, why=Why.FULL, topic=choice.matched[number])
        return Verdict(paper=paper, why=Why.NO_MATCH)

    def _choose(
        self,
        subscriber: Subscriber,
        today: date | None,
        likes: Likes | None,
        had: frozenset[str],
    ) -> Choice:
        today = today or self.edition.date
        wanted = [topic for topic in subscriber.topics if not topic.excluded]
        active = self._known(topic for topic in wanted if topic.is_active(today))
        vetoes = self._known(t for t in subscriber.topics if t.excluded and t.is_active(today))
        vetoed = {n: asked.text for asked in vetoes for n in _ones(asked.vetoed)}
        had_mask = sum(1 << n for n, p in enumerate(self.edition.papers) if p.key in had)
        open_ = ~had_mask & ~sum(1 << n for n in vetoed)
        matched = {n: a.text for a in reversed(active) for n in _ones(a.matched & open_)}
        if not wanted:
            entries = self._trending(open_, min(MOST_VOTED, subscriber.max_papers))
        else:
            likes = likes or self._likes_of(subscriber.id)
            taste = self._evaluation.taste(likes) if likes and likes.suffice else None
            scores = {a.text: self._scores(a, taste) for a in active}
            reader = Reader(subscriber, active, open_, taste, scores, headings=len(wanted) > 1)
            entries = self._entries(reader)
            if not entries and subscriber.when_nothing is WhenNothing.TOP:
                most = min(TOP_WHEN_NOTHING, subscriber.max_papers)
                entries = self._trending(open_, most)
        return Choice(entries, matched, vetoed, had_mask)

    def _known(self, topics: Iterable[Topic]) -> list[Asked]:
        """What the topics came to; those that are no topics any more are left out."""
        texts = [topic.text for topic in topics]
        self._evaluation.ask(texts)
        return [self._evaluation.asked[text] for text in texts if text not in self.broken]

    def _entries(self, reader: Reader) -> tuple[Entry, ...]:
        ranked = [self._ranked(asked, reader) for asked in reader.active]
        taken = round_robin(ranked, reader.subscriber.max_papers)
        by_topic = sorted(taken, key=lambda pair: pair[0])
        entries = [self._entry(reader.active[at], n, reader) for at, n in by_topic]
        return (*entries, *self._near(reader, taken))

    def _near(self, reader: Reader, taken: Sequence[tuple[int, int]]) -> tuple[Entry, ...]:
        """Papers that no topic matches but that are close, where the reader wants them."""
        subscriber = reader.subscriber
        asked_for = not taken and subscriber.when_nothing is WhenNothing.NEAR
        room = min(MOST_NEAR, subscriber.max_papers - len(taken))
        if not (subscriber.near or asked_for) or room <= 0:
            return ()
        open_ = reader.open_
        for asked in reader.active:
            open_ &= ~asked.matched
        lists = [[n for n in asked.near if open_ >> n & 1] for asked in reader.active]
        liked = [n for n in reader.likest() if open_ >> n & 1]
        return tuple(
            self._entry(reader.active[at], n, reader, tier=Tier.NEAR)
            if at < len(lists)
            else self._liked(n, reader)
            for at, n in round_robin([*lists, liked], room)
        )

    def _scores(self, asked: Asked, taste: Taste | None) -> Floats:
        return self._evaluation.scores(asked, taste) if taste else asked.scores

    def _ranked(self, asked: Asked, reader: Reader) -> list[int]:
        scores = reader.scores[asked.text]
        return sorted(_ones(asked.matched & reader.open_), key=lambda n: -scores[n])

    def _entry(self, asked: Asked, number: int, reader: Reader, tier: Tier = Tier.MATCHED) -> Entry:
        paper = self.edition.papers[number]
        return Entry(
            paper=paper,
            tier=tier,
            reason=self._evaluation.reason(asked, number),
            topic=label(asked.text) if reader.headings else "",
            score=float(reader.scores[asked.text][number]),
            returned=self._returns.get(paper.key, ""),
        )

    def _liked(self, number: int, reader: Reader) -> Entry:
        assert reader.taste is not None  # noqa: S101  # only a taste finds such papers
        paper = self.edition.papers[number]
        return Entry(
            paper=paper,
            tier=Tier.NEAR,
            reason=Reason(rule=Rule.LIKED, phrase=reader.taste.likest[number]),
            score=float(reader.taste.scores[number]),
            returned=self._returns.get(paper.key, ""),
        )

    def _trending(self, open_: int, most: int) -> tuple[Entry, ...]:
        return tuple(
            Entry(
                paper=paper,
                tier=Tier.TRENDING,
                reason=Reason(rule=Rule.VOTES),
                score=float(paper.upvotes or 0),
                returned=self._returns.get(paper.key, ""),
            )
            for paper in self._most_voted(open_)[:most]
        )

    def _most_voted(self, open_: int) -> list[Paper]:
        """Papers with votes, the most voted first; all in their order where none has votes."""
        papers = [p for n, p in enumerate(self.edition.papers) if open_ >> n & 1]
        voted = [p for p in papers if p.upvotes is not None]
        return sorted(voted or papers, key=lambda p: -(p.upvotes or 0))

    def _also(self, subscriber: Subscriber, choice: Choice) -> tuple[Paper, ...]:
        if not subscriber.also_trending:
            return ()
        shut = sum(1 << n for n in choice.vetoed) | choice.had
        chosen = {entry.paper.key for entry in choice.entries}
        rest = [p for p in self._most_voted(~shut) if p.key not in chosen and p.upvotes]
        return tuple(rest)


def _ones(mask: int) -> list[int]:
    """The papers in a mask, in the edition's order."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
