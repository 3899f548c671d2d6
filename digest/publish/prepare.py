"""From an edition to planned deliveries, and from a delivery to its message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from digest.archive import Archive
from digest.delivery import GOODBYE, Outbox, Plan
from digest.model import DAILY, WELCOME, Delivery, Digest, Edition, Message
from digest.publish import readers
from digest.publish.letters import Letters
from digest.publish.packing import pack, pack_notice, unpack, unpack_notice
from digest.rendering import Renderer, Unsigned
from digest.selection import MakeSelector, Selector
from digest.settings import Settings
from subscribers.model import Subscriber, SubscriptionStatus, WhenNothing
from subscribers.signup import RECEIVING
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What preparing an edition came to.

    Attributes:
        edition: of all sources that share the date.
        planned: deliveries that are new in the outbox.
        already: readers whose delivery of this edition stood there before.
        nothing: readers none of whose topics matched; no mail for them, by their own choice.
        digests: what was selected; filled only where asked for.
    """

    edition: Edition
    planned: int = 0
    already: int = 0
    nothing: int = 0
    digests: tuple[Digest, ...] = field(default=(), repr=False)


class Publisher:
    """Selects, plans and renders, on the stores of one installation.

    Args:
        selector: makes the selector of an edition.
        now: the clock; every planned time is read from it.

    Attributes:
        signing_keys: those of the renderer.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        archive: Archive,
        subscribers: SubscriberStore,
        outbox: Outbox,
        renderer: Renderer,
        ring: Keyring,
        selector: MakeSelector,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._archive = archive
        self._subscribers = subscribers
        self._outbox = outbox
        self._renderer = renderer
        self._ring = ring
        self._selector = selector
        self._now = now
        self.signing_keys = renderer.signing_keys
        self._papers = lru_cache(maxsize=8)(archive.thaw)
        self._letters = lru_cache(maxsize=8)(lambda snapshot: Letters(self._papers(snapshot)))

    def edition(self, day: date) -> Edition:
        """What a digest of this day is chosen from, with how the papers' votes grew.

        Raises:
            UnknownEdition: no edition of this day is in the archive.
        """
        return self._archive.with_trends(self._archive.edition(day), day, self._now())

    def select(self, edition: Edition, readers: Iterable[Subscriber]) -> Iterator[Digest]:
        """Each reader's digest of an edition, empty where nothing matched."""
        readers = list(readers)
        texts = {topic.text for reader in readers for topic in reader.topics}
        yield from _select(self._selector(edition, sorted(texts)), edition, readers)

    def prepare(
        self, day: date, *, to: Sequence[Subscriber] | None = None, dry_run: bool = False
    ) -> Prepared:
        """Plans a delivery for every reader who has none of this day yet, or for those of `to`.

        Running it again plans nothing again: the outbox holds one row for each reader and day.

        Raises:
            UnknownEdition: no edition of this day is in the archive.
        """
        edition = self.edition(day)
        texts = self._subscribers.topics_in_use() if to is None else _texts(to)
        selector = self._selector(edition, texts)
        blocks = self._subscribers.receiving() if to is None else [_receiving(to)]
        counts: Counter[str] = Counter()
        kept: list[Digest] = []
        for block in blocks:
            digests = list(_select(selector, edition, block))
            counts["nothing"] += sum(not digest.entries for digest in digests)
            if dry_run:
                kept += digests
                continue
            planned = self._plan(digests, edition)
            counts["planned"] += planned
            counts["already"] += len(digests) - planned
        return Prepared(
            edition=edition,
            planned=counts["planned"],
            already=counts["already"],
            nothing=counts["nothing"],
            digests=tuple(kept),
        )

    def render(self, delivery: Delivery) -> Message:
        """The message of a planned delivery: the same bytes at every call."""
        return self.compose(delivery).sign()

    def compose(self, delivery: Delivery) -> Unsigned:
        """The message of a planned delivery but for its signatures.

        To sign it takes as long as several are composed, and can be left to another process.
        """
        at, key_id, snapshot = delivery.planned_at, delivery.key_id, delivery.snapshot
        if snapshot is not None:
            letter = self._letters(snapshot).read(delivery.selection)
            return self._renderer.compose(letter, at, key_id=key_id)
        reader, facts = unpack_notice(delivery.selection)
        occasion = delivery.occasion
        return self._renderer.compose_notice(
            delivery.kind, reader, at, occasion=occasion, facts=facts, key_id=key_id
        )

    def digest_of(self, delivery: Delivery) -> Digest | None:
        """What was selected for a delivery; None for a notice, which has no papers."""
        if delivery.snapshot is None:
            return None
        return unpack(delivery.selection, self._papers(delivery.snapshot))

    def welcome(self, reader: Subscriber, occasion: str) -> bool:
        """Plans a new reader's first digest, of the latest edition; False without any.

        Where none of their topics matched that day, it holds the most voted papers. What it was
        chosen from counts as given to them.
        """
        day = self._archive.latest()
        if day is None:
            return False
        edition = self.edition(day)
        planned = self._plan([self.select_welcome(edition, reader, occasion)], edition)
        if planned:
            readers.welcomed(self._archive.engine, reader.id, day)
        return bool(planned)

    def select_welcome(self, edition: Edition, reader: Subscriber, occasion: str) -> Digest:
        """A new reader's first digest: where nothing matches, the most voted papers."""
        shown = replace(reader, when_nothing=WhenNothing.TOP)
        selector = self._selector(edition, _texts([reader]))
        digest = selector.select(shown, kind=WELCOME, occasion=occasion, today=edition.date)
        return replace(digest, subscriber=reader)

    def notify(
        self, kind: str, reader: Subscriber, occasion: str, facts: Mapping[str, str] | None = None
    ) -> bool:
        """Plans a notice (`confirm`, `goodbye`, …); False where this occasion had its own."""
        row = self._row_of(reader, kind, occasion, template=kind)
        return bool(
            self._outbox.enqueue([replace(row, selection=pack_notice(reader, facts or {}))])
        )

    def goodbye(self, reader: Subscriber) -> bool:
        """Plans the last mail, at most one a day; False for who received no digests anyway.

        It tells the reader where somebody else left for them by a mail that was forwarded.

        Args:
            reader: as they were before they left.
        """
        if reader.status not in RECEIVING:
            return False
        base = self._settings.sender.public_url
        facts = {"action_url": f"{base}/"} if base else {}
        return self.notify(GOODBYE, reader, f"left {self._now():%Y-%m-%d}", facts)

    def _plan(self, digests: Sequence[Digest], edition: Edition) -> int:
        snapshot = self._archive.freeze(edition.papers)
        frozen = self._papers(snapshot)
        places = {paper.key: place for place, paper in enumerate(frozen)}
        return self._outbox.enqueue(self.row(digest, snapshot, places) for digest in digests)

    def row(self, digest: Digest, snapshot: int, places: Mapping[str, int]) -> Plan:
        """The outbox row of a digest: of its frozen copy and the places of papers in it."""
        reader = digest.subscriber
        template = reader.template if digest.kind == DAILY else digest.kind
        return replace(
            self._row_of(reader, digest.kind, digest.occasion, template=template),
            snapshot=snapshot,
            selection=pack(digest, places),
            skip="" if digest.entries else nothing_matched(digest),
        )

    def _row_of(self, reader: Subscriber, kind: str, occasion: str, *, template: str) -> Plan:
        now = self._now()
        return Plan(
            subscriber_id=reader.id,
            kind=kind,
            occasion=occasion,
            recipient=reader.email,
            planned_at=now,
            due_at=now,
            expires_at=now + timedelta(hours=self._settings.delivery.stale_after_hours),
            template=template,
            template_hash=self._renderer.template_hash(template),
            key_id=self._ring.current,
        )


def nothing_matched(digest: Digest, nearest: str = "") -> str:
    """Why a reader got no mail, for the status; `nearest` is the title that came closest."""
    return nothing_of(digest.considered, nearest)


def nothing_of(considered: int, nearest: str) -> str:
    """The same of so many papers."""
    close = f", nearest: {nearest}" if nearest else ""
    return f"nothing matched (0 of {considered}{close})"


def _select(
    selector: Selector, edition: Edition, readers: Iterable[Subscriber]
) -> Iterator[Digest]:
    for reader in readers:
        yield selector.select(
            reader, kind=DAILY, occasion=edition.date.isoformat(), today=edition.date
        )


def _texts(readers: Iterable[Subscriber]) -> list[str]:
    return sorted({topic.text for reader in readers for topic in reader.topics})


def _receiving(readers: Iterable[Subscriber]) -> list[Subscriber]:
    return [reader for reader in readers if reader.status is SubscriptionStatus.CONFIRMED]
