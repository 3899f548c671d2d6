"""The sample's facts are those of the stored days, its summaries are not their words."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from digest import sample

DAYS = ("2026-08-18", "2026-08-19", "2026-08-20", "2026-08-21")
RUN = 8  # so many words in a row are a copy


@pytest.fixture(scope="module")
def stored(shared_data: Path) -> dict[str, dict[str, Any]]:
    """The stored items by arXiv id."""
    files = [shared_data / "daily_papers" / f"{day}.json" for day in DAYS]
    items = [item for file in files for item in json.loads(file.read_text(encoding="utf-8"))]
    return {item["paper"]["id"]: item for item in items}


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def test_titles_authors_counts_and_dates_are_as_they_were_listed(
    stored: dict[str, dict[str, Any]],
) -> None:
    for paper in sample.edition().papers:
        item = stored[paper.arxiv_id or ""]
        told = item["paper"]
        assert paper.title == " ".join(told["title"].split())
        assert list(paper.authors) == [author["name"] for author in told["authors"]]
        assert (paper.upvotes, paper.comments) == (told["upvotes"], item["numComments"])
        assert str(paper.published) == told["publishedAt"][:10]
        assert paper.stars == told.get("githubStars")


def test_no_summary_repeats_eight_words_of_its_source(stored: dict[str, dict[str, Any]]) -> None:
    for paper in sample.edition().papers:
        told = stored[paper.arxiv_id or ""]["paper"]
        ours = _runs(paper.summary)
        assert ours
        assert not ours & (_runs(told["summary"]) | _runs(told.get("ai_summary") or ""))
