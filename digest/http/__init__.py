"""One HTTP client with the rules of the house; httpx stands nowhere else."""

from __future__ import annotations

from digest.http.answer import Answer
from digest.http.client import Client
from digest.http.waits import quota_reset, retry_after

__all__ = ["Answer", "Client", "quota_reset", "retry_after"]
