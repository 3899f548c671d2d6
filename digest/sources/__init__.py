"""Where papers come from: one module a source, each behind the same protocol."""

from __future__ import annotations

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


def make(settings: Settings, client: Client) -> tuple[Source, ...]:
    """The sources of the settings, in their order."""
    return tuple(_make(source, settings, client) for source in settings.sources)


def _make(source: AnySource, settings: Settings, client: Client) -> Source:
    if isinstance(source, ArxivSource):
        return Arxiv(
            source, client, Pace(settings.folder / ARXIV_LOCK, source.interval, source.name)
        )
    if isinstance(source, FeedSource):
        return Feed(source, client)
    if isinstance(source, FilesSource):
        return Files(source)
    return HuggingFace(source, client)
