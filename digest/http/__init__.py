"""One HTTP client with the rules of the house; httpx stands nowhere else."""

from __future__ import annotations

from digest.http.answer import Answer
from digest.http.client import Client
from digest.http.probe import Probed, certificate_ends, probe
from digest.http.waits import quota_reset, retry_after

__all__ = [
    "Answer",
    "Client",
    "Probed",
    "certificate_ends",
    "probe",
    "quota_reset",
    "retry_after",
]
