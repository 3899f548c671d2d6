"""For how long a server asks to be left alone: pure reading of headers."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_PARAMETER = re.compile(r"\b(r|t|remaining|reset)\s*=\s*(\d{1,9})\b")


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for, as a number or a date; None for none."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())


def quota_reset(value: str) -> float | None:
    """Seconds until a used-up quota is full again, by a `RateLimit` header; else None.

    Read are `"api";r=0;t=240` (several, separated by commas) and the older
    `limit=500, remaining=0, reset=240`.
    """
    waits = [
        float(found["t"])
        for policy in value.split(",")
        if (found := dict(_PARAMETER.findall(policy))).get("r") == "0" and "t" in found
    ]
    older = dict(_PARAMETER.findall(value))
    if older.get("remaining") == "0" and "reset" in older:
        waits.append(float(older["reset"]))
    return max(waits, default=None)
