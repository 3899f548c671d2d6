"""Subscribers in and out as CSV: our own columns, listmonk's, Mailchimp's."""

from __future__ import annotations

from subscribers.transfer.incoming import BadLine, Incoming
from subscribers.transfer.loading import Fate, Loader
from subscribers.transfer.reading import Reader, Reading
from subscribers.transfer.writing import COLUMNS, write

__all__ = ["COLUMNS", "BadLine", "Fate", "Incoming", "Loader", "Reader", "Reading", "write"]
