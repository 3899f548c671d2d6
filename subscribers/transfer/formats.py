"""The columns of a file, by which it is known, and what they tell of a subscriber's standing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from subscribers.errors import TransferError
from subscribers.model import Consent, SubscriptionStatus, SuppressionReason
from subscribers.transfer import cells
from subscribers.transfer.incoming import STANDINGS, Barred, Standing

Cells = Mapping[str, str]
_ADDRESS = ("email", "email address", "e-mail", "e-mail address", "mail")
_MAILCHIMP = {"optin_time", "confirm_time", "leid", "euid", "member_rating"}
_LISTMONK = {"uuid", "email", "status", "attributes"}
_NEVER_SUBSCRIBED = "nonsubscribed"
_LONGEST_DETAIL = 2000


class Format(StrEnum):
    """Whose columns a file has."""

    OWN = "paper digest"
    LISTMONK = "listmonk"
    MAILCHIMP = "mailchimp"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Told:
    """What a line tells of a subscriber's standing."""

    standing: Standing
    history: tuple[Consent, ...] = ()
    barred: Barred | None = None
    created_at: datetime | None = None
    more: Cells = field(default_factory=dict)


def recognise(names: Sequence[str], file: str) -> Format:
    """Whose columns these are.

    Args:
        names: the header's, in lower case.
        file: the file's name, by which alone Mailchimp tells who never subscribed.

    Raises:
        TransferError: no column holds addresses, one stands there twice, or nobody in the file
            has agreed to anything.
    """
    known = set(names)
    twice = sorted({name for name in names if names.count(name) > 1 and name})
    if address_column(names) is None:
        reason = "no column is called email or Email Address"
        raise TransferError(place=f"{file}, line 1", reason=reason)
    if "history" in known:
        found = Format.OWN
    elif known >= _LISTMONK:
        found = Format.LISTMONK
    else:
        found = Format.MAILCHIMP if known & _MAILCHIMP else Format.PLAIN
    if found is Format.MAILCHIMP and file.casefold().startswith(_NEVER_SUBSCRIBED):
        reason = "these contacts never subscribed, so none of them agreed to be written to"
        raise TransferError(place=file, reason=reason)
    if twice and found is not Format.MAILCHIMP:  # whose merge fields may repeat a name
        raise TransferError(place=f"{file}, line 1", reason=f"{twice[0]} stands there twice")
    return found


def address_column(names: Sequence[str]) -> str | None:
    """The column that holds addresses."""
    return next((name for name in _ADDRESS if name in names), None)


def told(kind: Format, row: Cells, now: datetime) -> Told:
    """What a line of this format tells.

    Raises:
        TransferError: names the column.
    """
    if kind is Format.LISTMONK:
        return _listmonk(row, now)
    if kind is Format.MAILCHIMP:
        return _mailchimp(row, now)
    return _plain(kind, row, now)


def _listmonk(row: Cells, now: datetime) -> Told:
    standing = _standing(row["status"])
    created = cells.instant(row.get("created_at", ""), "created_at")
    changed = cells.instant(row.get("updated_at", ""), "updated_at")
    history = [Consent(action="add", at=created, source="listmonk")] if created else []
    return Told(
        standing,
        _imported(history, Format.LISTMONK, now),
        _barred(standing, changed or now, f"{row['status']} in listmonk"),
        created,
        _attributes(row["attributes"]),
    )


def _attributes(cell: str) -> Cells:
    """Of listmonk's free attributes those that are choices here: `topics` and `timezone`."""
    try:
        values = json.loads(cell) if cell else {}
    except (ValueError, RecursionError):
        raise cells.wrong("attributes", cell, "JSON") from None
    if not isinstance(values, dict):
        raise cells.wrong("attributes", cell, "a JSON object")
    topics, zone = values.get("topics"), values.get("timezone")
    lines = topics if isinstance(topics, list) else [topics] if isinstance(topics, str) else []
    found = {"topics": "\n".join(str(line) for line in lines)}
    return found | ({"timezone": zone} if isinstance(zone, str) else {})


def _mailchimp(row: Cells, now: datetime) -> Told:
    asked, agreed, left, cleaned = (
        cells.instant(row.get(name, ""), name.upper())
        for name in ("optin_time", "confirm_time", "unsub_time", "clean_time")
    )
    word = "cleaned" if "clean_time" in row else "unsubscribed" if left else "subscribed"
    standing = STANDINGS[word]
    came = asked or agreed
    steps = [("subscribe", came), ("confirm", agreed if asked else None), ("unsubscribe", left)]
    history = [
        Consent(action=action, at=at, source="mailchimp") for action, at in steps if at is not None
    ]
    return Told(
        standing,
        _imported(history, Format.MAILCHIMP, now),
        _barred(standing, cleaned or now, f"{word} in Mailchimp"),
        came,
        {"timezone": row.get("timezone", "")},
    )


def _plain(kind: Format, row: Cells, now: datetime) -> Told:
    standing = _standing(row.get("status") or "confirmed")
    history = _history(row["history"]) if row.get("history") else ()
    created = cells.instant(row.get("created_at", ""), "created_at")
    barred = _barred(standing, now, row.get("status", ""))
    if row.get("suppressed"):
        barred = _suppression(row, now)
    if kind is not Format.OWN:
        history = _imported(list(history), kind, now)
    return Told(standing, history, barred, created, row)


def _standing(word: str) -> Standing:
    found = STANDINGS.get(word.strip().casefold())
    if found is None:
        raise cells.wrong("status", word, f"one of {', '.join(STANDINGS)}")
    return found


def _imported(history: list[Consent], kind: Format, now: datetime) -> tuple[Consent, ...]:
    """The last line says how they came here: the text that they agreed to is not ours."""
    return (*history, Consent(action="import", at=now, source=kind.value[:32]))


def _barred(standing: Standing, at: datetime, detail: str) -> Barred | None:
    return Barred(standing.barred, at, detail) if standing.barred else None


def _suppression(row: Cells, now: datetime) -> Barred:
    try:
        reason = SuppressionReason(row["suppressed"])
    except ValueError:
        raise cells.wrong("suppressed", row["suppressed"], "a reason such as bounce") from None
    at = cells.instant(row.get("suppressed_at", ""), "suppressed_at") or now
    return Barred(reason, at, row.get("suppression", "")[:_LONGEST_DETAIL])


def _history(cell: str) -> tuple[Consent, ...]:
    try:
        lines = json.loads(cell)
        return tuple(
            Consent(
                action=str(action)[:32],
                at=cells.instant(at, "history") or _none(),
                source=str(source)[:32],
                text_version=str(version)[:32],
            )
            for action, at, source, version in lines
        )
    except (ValueError, TypeError, RecursionError):
        raise cells.wrong("history", cell, "a history as an export writes it") from None


def _none() -> datetime:
    raise ValueError


def asked_again(told_: Told) -> Told:
    """The same, for an operator who asks each person before the first digest."""
    if told_.standing.status is not SubscriptionStatus.CONFIRMED or told_.barred:
        return told_
    standing = STANDINGS["unconfirmed"]
    return Told(standing, told_.history, told_.barred, told_.created_at, told_.more)
