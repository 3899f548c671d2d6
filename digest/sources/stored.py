"""Files as a source: a day is looked up in folders and files of the settings."""

from __future__ import annotations

import asyncio
import glob
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from digest.errors import EditionFileInvalid, SourceAnswerInvalid, SourceUnreachable
from digest.model import DayState, Paper, SourceDay
from digest.settings import FilesSource
from digest.sources.files import SUFFIXES, day_in_name, held_by, read


class Files:
    """The source for stored days."""

    def __init__(
        self, settings: FilesSource, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._settings = settings
        self._clock = clock

    @property
    def name(self) -> str:
        """The source's name in the settings."""
        return self._settings.name

    async def fetch(self, day: date) -> SourceDay:
        """The day's papers of all files; see `Source.fetch`.

        Raises:
            SourceUnreachable: none of the paths is there.
            SourceAnswerInvalid: one of the files cannot be read; names it and the place.
        """
        try:
            return await asyncio.to_thread(self._fetch, day)
        except EditionFileInvalid as fault:
            place = f"{fault.facts['file']}, {fault.facts['place']}"
            reason = fault.facts["reason"]
            raise SourceAnswerInvalid(source=self.name, place=place, reason=reason) from None

    def _fetch(self, day: date) -> SourceDay:
        papers: list[Paper] = []
        for path in self._files():
            # A name that tells another day spares the reading.
            if day_in_name(path) in {None, day}:
                found = read(path, self.name, now=self._clock())
                papers += [paper for own in found if own.date == day for paper in own.papers]
        return SourceDay(
            source=self.name,
            date=day,
            papers=tuple(papers),
            state=DayState.CLOSED if papers else DayState.EMPTY,
            reason="" if papers else "no file holds papers of this day",
            fetched_at=self._clock(),
        )

    def _files(self) -> list[Path]:
        found = sorted({path for pattern in self._settings.paths for path in _expanded(pattern)})
        if not found:
            patterns = ", ".join(self._settings.paths)
            reason = "there is no such file, or none that ends in " + ", ".join(sorted(SUFFIXES))
            raise SourceUnreachable(source=self.name, url=patterns, reason=reason)
        return found


def _expanded(pattern: str) -> Iterator[Path]:
    """The files of a path, a folder or a pattern."""
    for name in glob.glob(pattern, recursive=True) if glob.has_magic(pattern) else [pattern]:  # noqa: PTH207  # an absolute pattern, which Path.glob refuses
        path = Path(name)
        if path.is_dir():
            yield from held_by(path)
        elif path.is_file():
            yield path
