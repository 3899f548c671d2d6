"""The archive's papers, read once for each state of the archive and asked from then on."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import SQLAlchemyError

from digest.archive import Archive
from digest.selection.shelf import Shelf
from digest.web.suggested import suggested
from subscribers.errors import PaperDigestError

logger = logging.getLogger("digest.web")
EDITIONS = 90
_LOOKED_EVERY = 60.0  # seconds between looks at whether the archive has grown


@dataclass(frozen=True, slots=True)
class _Kept:
    """A shelf, of what it was made, and when the archive was last looked at."""

    shelf: Shelf
    suggestions: tuple[str, ...]
    state: tuple[tuple[date, int], ...]
    looked_at: float


class Shelves:
    """Shelves of the latest editions, and of all of them.

    Args:
        archive: of the installation.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._lock = threading.Lock()
        self._kept: dict[int, _Kept] = {}

    def latest(self) -> Shelf:
        """The papers of the latest editions; about a minute behind the archive."""
        return self._of(EDITIONS).shelf

    def all(self) -> Shelf:
        """The papers of all editions; about a minute behind the archive."""
        return self._of(0).shelf

    def suggestions(self) -> tuple[str, ...]:
        """Topics to begin with; none until the archive was read once: no page waits for it."""
        kept = self._kept.get(EDITIONS)
        return kept.suggestions if kept else ()

    def _of(self, editions: int) -> _Kept:
        """Nobody waits for a newer shelf where there is one: a thread makes it meanwhile."""
        kept = self._kept.get(editions)
        if kept is None:
            with self._lock:
                return self._kept.get(editions) or self._read(editions)
        if time.monotonic() - kept.looked_at >= _LOOKED_EVERY and self._lock.acquire(
            blocking=False
        ):
            threading.Thread(target=self._look_again, args=(editions,), daemon=True).start()
        return kept

    def _look_again(self, editions: int) -> None:
        """In a thread of its own, which was handed the lock."""
        try:
            self._read(editions)
        except (SQLAlchemyError, PaperDigestError) as error:
            logger.warning("the archive could not be read again: %s", type(error).__name__)
        finally:
            self._lock.release()

    def _read(self, editions: int) -> _Kept:
        rows = [row for row in self._archive.list() if row.papers]
        rows = rows[:editions] if editions else rows
        state = tuple((row.date, row.papers) for row in rows)
        before = self._kept.get(editions)
        if before and before.state == state:
            shelf, suggestions = before.shelf, before.suggestions
        else:
            shelf = Shelf(self._archive.listed(rows[-1].date) if rows else ())
            suggestions = suggested(shelf) if editions else ()
        kept = _Kept(shelf, suggestions, state, time.monotonic())
        self._kept[editions] = kept
        return kept
