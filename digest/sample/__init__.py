"""The sample edition and its readers: what the demo sends, with no network and no account.

Titles, ids, authors, dates, votes, organisations and links are those of real papers, listed
by Hugging Face Daily Papers from 18 to 21 August 2026; the summaries are our own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Any

from digest.model import Edition, EditionState, Link, LinkKind, Paper
from digest.sample.readers import subscribers

__all__ = ["DATE", "SOURCE", "edition", "subscribers"]

SOURCE = "huggingface"
#: The last of the four days from which the papers were taken, a Friday.
DATE = date(2026, 8, 21)


def edition() -> Edition:
    """The sample edition, the most voted paper first; settled, so that it never changes."""
    lines = files(__name__).joinpath("edition.jsonl").read_text(encoding="utf-8").splitlines()
    papers = tuple(_paper(json.loads(line)) for line in lines)
    return Edition(date=DATE, papers=papers, state=EditionState.SETTLED, source=SOURCE)


def _paper(row: Mapping[str, Any]) -> Paper:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row.items()
    }
    values["links"] = tuple(Link(LinkKind(link["kind"]), link["url"]) for link in row["links"])
    values["published"] = date.fromisoformat(row["published"])
    return Paper(**values, sources=(SOURCE,))
