"""Where papers come from: one module a source, each behind the same protocol."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from digest.http import Client
from digest.settings import (
    AnySource,
    ArxivSource,
    FeedSource,
    FilesSource,
    Settings,
)
from digest.sources.arxiv import Arxiv
from digest.sources.feeds import Feed
from digest.sources.huggingface import HuggingFace
from digest.sources.pace import Pace
from digest.sources.protocol import Source
from digest.sources.stored import Files

__all__ = ["Source", "make"]

#: In the installation's folder: keeps arXiv's pause between the processes that share it.
ARXIV_LOCK = "arxiv.lock"

Clock = Callable[[], datetime]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def make(settings: Settings, client: Client, clock: Clock = _utc_now) -> tuple[Source, ...]:
    """The sources of the settings, in their order; `clock` says which days are over."""
    return tuple(_make(source, settings, client, clock) for source in settings.sources)


def _make(source: AnySource, settings: Settings, client: Client, clock: Clock) -> Source:
    if isinstance(source, ArxivSource):
        pace = Pace(settings.folder / ARXIV_LOCK, source.interval, source.name)
        return Arxiv(source, client, pace, clock)
    if isinstance(source, FeedSource):
        return Feed(source, client, clock)
    if isinstance(source, FilesSource):
        return Files(source, clock)
    return HuggingFace(source, client, clock)
