"""Where papers come from: one module a source, each behind the same protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from digest.http import Client
from digest.model import Paper
from digest.settings import (
    AnySource,
    ArxivSource,
    FeedSource,
    FilesSource,
    Settings,
)
from digest.sources import arxiv
from digest.sources.feeds import Feed
from digest.sources.huggingface import HuggingFace
from digest.sources.pace import Pace
from digest.sources.protocol import Source
from digest.sources.stored import Files

__all__ = ["Source", "look_up", "make"]

#: In the installation's folder: keeps arXiv's pause between the processes that share it.
ARXIV_LOCK = "arxiv.lock"

Clock = Callable[[], datetime]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def make(settings: Settings, client: Client, clock: Clock = _utc_now) -> tuple[Source, ...]:
    """The sources of the settings, in their order; `clock` says which days are over."""
    return tuple(_make(source, settings, client, clock) for source in settings.sources)


async def look_up(ids: Sequence[str], settings: Settings, client: Client) -> dict[str, Paper]:
    """Papers of arXiv by their ids, whether arXiv is a source of the settings or not.

    Raises:
        SourceError: arXiv's API cannot be read.
    """
    named = (source for source in settings.sources if isinstance(source, ArxivSource))
    source = next(named, ArxivSource(kind="arxiv", categories=("cs.LG",)))
    return await arxiv.look_up(ids, source, client, _pace(source, settings))


def _pace(source: ArxivSource, settings: Settings) -> Pace:
    return Pace(settings.folder / ARXIV_LOCK, source.interval, source.name)


def _make(source: AnySource, settings: Settings, client: Client, clock: Clock) -> Source:
    if isinstance(source, ArxivSource):
        return arxiv.Arxiv(source, client, _pace(source, settings), clock)
    if isinstance(source, FeedSource):
        return Feed(source, client, clock)
    if isinstance(source, FilesSource):
        return Files(source, clock)
    return HuggingFace(source, client, clock)
