"""From the bytes of a file to good lines and bad ones; nothing is written."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from subscribers.address import comparable, normalise
from subscribers.errors import PaperDigestError, TopicError, TransferError
from subscribers.model import Subscriber, SubscriptionStatus, Topic
from subscribers.topics import parse
from subscribers.transfer import cells, choices, formats
from subscribers.transfer.incoming import BadLine, Incoming

_EVERY = 1000  # lines between two words on the progress
_LARGEST_CELL = 1_000_000
_USED = {"status", "created_at", "updated_at", "attributes", "uuid", "history"}
_USED |= {"optin_time", "confirm_time", "unsub_time", "clean_time", "confirmed_at"}
_USED |= {"suppressed", "suppressed_at", "suppression", "soft_bounces", "resting_until"}


@dataclass(slots=True)
class Reading:
    """A file as it was read.

    Attributes:
        unused: columns that say nothing here, as the file names them.
    """

    format: formats.Format
    good: list[Incoming] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads files of subscribers.

    Attributes:
        default: what a line that does not say gets: topics, schedule, template.
        now: the clock.
        ask: who receives elsewhere is asked to confirm first.
        templates: the names that a line may choose; None takes any.
    """

    default: Subscriber
    now: datetime
    ask: bool = False
    templates: frozenset[str] | None = None

    def read(self, data: bytes, file: str, done: Callable[[int], None] = lambda _: None) -> Reading:
        """All lines of a file.

        Args:
            data: the file's content: UTF-8, or UTF-16 with its mark.
            file: its name.
            done: hears now and then how many lines were read since.

        Raises:
            TransferError: it is no such file at all.
        """
        lines = _records(_decoded(data, file))
        _, header = next(lines, (1, []))
        if isinstance(header, BadLine):
            raise TransferError(place=f"{file}, line 1", reason=header.reason)
        names = [name.strip().casefold() for name in header]
        reading = Reading(formats.recognise(names, file))
        used = _USED | choices.NAMES | {formats.address_column(names)}
        reading.unused = tuple(h for h, n in zip(header, names, strict=True) if n not in used)
        seen: dict[str, int] = {}
        count = 0
        for count, (line, record) in enumerate(lines, 1):
            self._take(line, record, names, reading, seen)
            if count % _EVERY == 0:
                done(_EVERY)
        done(count % _EVERY)
        return reading

    def _take(
        self,
        line: int,
        record: list[str] | BadLine,
        names: Sequence[str],
        reading: Reading,
        seen: dict[str, int],
    ) -> None:
        if isinstance(record, BadLine):
            reading.bad.append(record)
            return
        kind = reading.format
        try:
            incoming = self._incoming(line, _row(record, names, kind), kind)
            first = seen.setdefault(comparable(incoming.subscriber.email), line)
            if first != line:
                raise TransferError(place="email", reason=f"the same address as in line {first}")
        except PaperDigestError as error:
            reading.bad.append(BadLine(line, _one_line(error)))
            return
        reading.good.append(incoming)

    def _incoming(self, line: int, row: dict[str, str], kind: formats.Format) -> Incoming:
        email = normalise(row[cast("str", formats.address_column(list(row)))])
        told = formats.told(kind, row, self.now)
        told = formats.asked_again(told) if self.ask else told
        given: dict[str, Any] = choices.read(told.more, self.default)
        if kind is formats.Format.OWN:
            given.setdefault("topics", ())  # an export says that there are none
        for topic in given.get("topics", ()):
            _checked(topic)
        status = told.standing.status
        came = told.created_at or self.now
        agreed = cells.instant(row.get("confirmed_at", ""), "confirmed_at")
        if agreed is None and status in (SubscriptionStatus.CONFIRMED, SubscriptionStatus.PAUSED):
            agreed = came
        subscriber = replace(
            self.default, **given, email=email, status=status, created_at=came, confirmed_at=agreed
        )
        if self.templates is not None and subscriber.template not in self.templates:
            allowed = f"a template: {', '.join(sorted(self.templates))}"
            raise cells.wrong("template", subscriber.template, allowed)
        bounced = row.get("soft_bounces", "")
        return Incoming(
            line=line,
            subscriber=subscriber,
            history=told.history,
            barred=told.barred,
            soft_bounces=cells.number(bounced, "soft_bounces", 0, 30000) if bounced else 0,
            resting_until=cells.instant(row.get("resting_until", ""), "resting_until"),
            given=frozenset(given),
        )


def _decoded(data: bytes, file: str) -> str:
    """The text; octets that are no UTF-8 stay as marks, so that their line is named."""
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise TransferError(place=file, reason=f"it is not UTF-16: {error.reason}") from None
    return data.decode("utf-8-sig", errors="surrogateescape")


def _records(text: str) -> Iterator[tuple[int, list[str] | BadLine]]:
    """Records with the number of the line on which each begins; blank lines are passed over."""
    csv.field_size_limit(_LARGEST_CELL)
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, BadLine(line, f"this is no CSV: {error}")
            continue
        if any(cell.strip() for cell in record):
            yield line, record


def _row(record: list[str], names: Sequence[str], kind: formats.Format) -> dict[str, str]:
    """The cells by column; in a file that people wrote, space around them means nothing."""
    if len(record) != len(names):
        reason = f"{len(record)} cells where the header has {len(names)}"
        raise TransferError(place="the line", reason=reason)
    exact = kind is formats.Format.OWN
    row = {
        name: cells.unescaped(cell) if exact else cells.unescaped(cell.strip()).strip()
        for name, cell in zip(names, record, strict=True)
    }
    for name, cell in row.items():
        if "\0" in cell:
            raise TransferError(place=name, reason="it holds a NUL character")
        if not cell.isascii() and any("\udc80" <= letter <= "\udcff" for letter in cell):
            raise TransferError(place=name, reason="it is not UTF-8: save the file as UTF-8")
    return row


@lru_cache(maxsize=10_000)
def _checked(topic: Topic) -> None:
    parse(topic.text)


def _one_line(error: PaperDigestError) -> str:
    if isinstance(error, TopicError):
        facts = error.facts
        return f"topics: {facts['text']!r}: {facts['reason']}, expected {facts['expected']}"
    return " ".join(str(error).split())
