"""Editions as they were published: what was listed where, how it stands, and who came back."""

from __future__ import annotations

from digest.archive.records import from_record, to_record
from digest.archive.store import Archive
from digest.archive.values import DateRow, SourceRow, StoreResult

__all__ = ["Archive", "DateRow", "SourceRow", "StoreResult", "from_record", "to_record"]
