"""Which papers of an edition a reader gets, in which order and why. Pure: values in and out."""

from __future__ import annotations

from digest.embedding import Embedder
from digest.selection.background import Background
from digest.selection.selector import Selector
from digest.selection.verdict import Verdict, Why

__all__ = ["Background", "Embedder", "Selector", "Verdict", "Why"]
