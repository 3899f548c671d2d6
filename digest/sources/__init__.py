"""Where papers come from: one module a source, each behind the same protocol."""

from __future__ import annotations

from digest.http import Client
from digest.settings import FilesSource, HuggingFaceSource, Settings
from digest.sources.huggingface import HuggingFace
from digest.sources.protocol import Source
from digest.sources.stored import Files

__all__ = ["Source", "make"]


def make(settings: Settings, client: Client) -> tuple[Source, ...]:
    """The sources of the settings, in their order."""
    made: list[Source] = []
    for source in settings.sources:
        if isinstance(source, HuggingFaceSource):
            made.append(HuggingFace(source, client))
        elif isinstance(source, FilesSource):
            made.append(Files(source))
    return tuple(made)
