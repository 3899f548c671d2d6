"""The archive's papers, read once for each state of the archive and asked from then on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy.exc import SQLAlchemyError

from digest.archive import Archive
from digest.model import Paper
from digest.selection.background import WINDOW
from digest.selection.grams import Grams
from digest.selection.reading import read
from digest.selection.shelf import Shelf
from digest.selection.span import Span
from digest.selection.taste import TasteSpace
from digest.web.suggested import suggested
from subscribers.errors import PaperDigestError

logger = logging.getLogger("digest.web")
EDITIONS = 90
_LOOKED_EVERY = 60.0  # seconds between looks at whether the archive has grown


@dataclass
class _Kept:
    """A shelf, of what it was made, and when the archive was last looked at."""

    shelf: Shelf
    state: tuple[tuple[date, int], ...]
    looked_at: float

    @cached_property
    def suggestions(self) -> tuple[str, ...]:
        return suggested(self.shelf)

    @cached_property
    def space(self) -> TasteSpace:
        papers = self.shelf.papers[-WINDOW:]
        grams = Grams([read(paper) for paper in papers])
        return TasteSpace(grams, Span(0, len(papers), len(papers)), None)


class Shelves:
    """Shelves of the latest editions, and of all of them.

    Args:
        archive: of the installation.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._lock = threading.Lock()
        self._kept: dict[int, _Kept] = {}
        self._ready: tuple[str, ...] = ()

    def latest(self) -> Shelf:
        """The papers of the latest editions; about a minute behind the archive."""
        return self._of(EDITIONS).shelf

    def all(self) -> Shelf:
        """The papers of all editions; about a minute behind the archive."""
        return self._of(0).shelf

    def read_ahead(self) -> None:
        """Makes all that pages ask for, so that none has to wait for it."""
        self._make_ready(self._of(EDITIONS))

    def taste_space(self) -> TasteSpace:
        """The latest papers, from which a reader's likes are told."""
        return self._of(EDITIONS).space

    def suggestions(self) -> tuple[str, ...]:
        """Topics to begin with; none until the archive was read once: no page waits for it."""
        return self._ready

    def _of(self, editions: int) -> _Kept:
        """Nobody waits for a newer shelf where one has papers: a thread makes it meanwhile."""
        kept = self._kept.get(editions)
        if kept is None or not kept.shelf.papers:
            with self._lock:
                return self._read(editions)
        stale = time.monotonic() - kept.looked_at >= _LOOKED_EVERY
        if stale and self._lock.acquire(blocking=False):
            threading.Thread(target=self._look_again, args=(editions,), daemon=True).start()
        return kept

    def _look_again(self, editions: int) -> None:
        """In a thread of its own, which was handed the lock."""
        try:
            kept = self._read(editions)
            if editions:
                self._make_ready(kept)
        except (SQLAlchemyError, PaperDigestError) as error:
            logger.warning("the archive could not be read again: %s", type(error).__name__)
        finally:
            self._lock.release()

    def _make_ready(self, kept: _Kept) -> None:
        self._ready = kept.suggestions
        _ = kept.space

    def _read(self, editions: int) -> _Kept:
        rows = [row for row in self._archive.list() if row.papers]
        rows = rows[:editions] if editions else rows
        state = tuple((row.date, row.papers) for row in rows)
        kept = self._kept.get(editions)
        if kept and kept.state == state:
            kept.looked_at = time.monotonic()
        else:
            shelf = Shelf(_best_last(self._archive.listed(rows[-1].date)) if rows else ())
            kept = self._kept[editions] = _Kept(shelf, state, time.monotonic())
        return kept


def _best_last(listed: Iterable[tuple[date, Paper]]) -> list[tuple[date, Paper]]:
    """By day and within it by votes: a shelf is read from its end."""
    papers = list(listed)
    papers.reverse()
    papers.sort(key=lambda pair: (pair[0], pair[1].upvotes or 0))
    return papers
