"""Papers of arXiv by their ids, from its API (`id_list` of its user manual).

By arXiv's terms at most one request in three seconds; a request asks for many ids at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from digest.http import Client
from digest.model import Paper
from digest.settings import ArxivSource
from digest.sources.arxiv.entries import read_results
from digest.sources.arxiv.source import ATOM
from digest.sources.protocol import Malformed

AT_ONCE = 100  # ids in one request, so that its address stays short enough


async def look_up(
    ids: Sequence[str],
    settings: ArxivSource,
    client: Client,
    pace: AbstractAsyncContextManager[object],
) -> dict[str, Paper]:
    """The papers by id, without versions; those that arXiv does not know are left out.

    Raises:
        SourceError: the API cannot be read.
    """
    found: dict[str, Paper] = {}
    for start in range(0, len(ids), AT_ONCE):
        papers = await _ask(ids[start : start + AT_ONCE], settings, client, pace)
        found.update({paper.arxiv_id: paper for paper in papers if paper.arxiv_id})
    return found


async def _ask(
    ids: Sequence[str],
    settings: ArxivSource,
    client: Client,
    pace: AbstractAsyncContextManager[object],
) -> list[Paper]:
    query = {"id_list": ",".join(ids), "max_results": str(len(ids))}
    name = settings.name
    answer = await client.get(name, settings.api_url, params=query, accept=ATOM, gate=pace)
    try:
        _, papers = await asyncio.to_thread(read_results, answer.body, answer.url, name)
    except Malformed as fault:
        raise answer.invalid(fault.reason, f"{answer.url}, {fault.place}") from None
    return papers
