"""arXiv by categories: its announcements, its calendar, and the API for gaps."""

from __future__ import annotations

from digest.sources.arxiv.lookup import look_up
from digest.sources.arxiv.source import Arxiv

__all__ = ["Arxiv", "look_up"]
