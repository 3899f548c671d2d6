"""Common submission services: where they listen, what they allow, and what they change.

The limits are those of an ordinary account, by the services' own documentation; a key of
`[smtp]` that is set wins over its preset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Preset:
    """One service.

    Attributes:
        smtp: keys of the settings' `[smtp]`.
        signs: the service signs with DKIM, under a key that it names.
        rewrites: what it changes in a message or its envelope, in words.
        replaces: header fields that it writes itself, in lower case: they are not signed.
        spf: the mechanism that a sender's SPF record needs, "" for none.
        note: what its account has to have.
    """

    smtp: Mapping[str, Any]
    signs: bool = False
    rewrites: tuple[str, ...] = ()
    replaces: frozenset[str] = frozenset()
    spf: str = ""
    note: str = ""


_STARTTLS = {"port": 587, "tls": "starttls"}

PRESETS: dict[str, Preset] = {
    "gmail": Preset(
        {
            "host": "smtp.gmail.com",
            **_STARTTLS,
            "connections": 2,
            "per_second": 1.0,
            "per_day": 500,
            "verp": False,
        },
        signs=True,
        rewrites=(
            "the return path becomes the account's",
            "From becomes the account's or one of its aliases",
        ),
        spf="include:_spf.google.com",
        note="an app password, or XOAUTH2; 500 recipients a day, 2,000 in Workspace",
    ),
    "fastmail": Preset(
        {
            "host": "smtp.fastmail.com",
            "port": 465,
            "tls": "implicit",
            "connections": 2,
            "per_second": 2.0,
            "per_day": 4000,
            "verp": False,
        },
        signs=True,
        rewrites=("the sender has to be an address of the account",),
        spf="include:spf.messagingengine.com",
        note="an app password with SMTP access",
    ),
    "ses": Preset(
        {
            "host": "email-smtp.us-east-1.amazonaws.com",
            **_STARTTLS,
            "connections": 10,
            "per_second": 14.0,
            "verp": False,
        },
        signs=True,
        rewrites=("Message-ID and Date are its own", "the return path is its own"),
        replaces=frozenset({"message-id", "date"}),
        spf="include:amazonses.com",
        note="SMTP credentials of the region; outside the sandbox, which is 1 a second, 200 a day",
    ),
    "mailgun": Preset(
        {"host": "smtp.mailgun.org", **_STARTTLS, "connections": 5, "verp": False},
        signs=True,
        rewrites=("the return path is its own",),
        spf="include:mailgun.org",
        note="the SMTP credentials of the sending domain; smtp.eu.mailgun.org in the EU",
    ),
    "postmark": Preset(
        {
            "host": "smtp-broadcasts.postmarkapp.com",
            **_STARTTLS,
            "connections": 5,
            "verp": False,
        },
        signs=True,
        rewrites=(
            "Message-ID is its own unless X-PM-KeepID is set",
            "the return path is its own",
            "List-Unsubscribe is added to broadcast streams that manage it",
        ),
        replaces=frozenset({"message-id"}),
        spf="include:spf.mtasv.net",
        note="the token of a broadcast stream as user and password",
    ),
    "postfix": Preset(
        {
            "host": "localhost",
            "port": 25,
            "tls": "none",
            "connections": 10,
            "messages_per_connection": 1000,
            "verp": True,
        },
        note="recipient_delimiter = + in main.cf, so that bounces find their way",
    ),
}


def with_preset(values: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of `[smtp]`, those that are missing taken from its preset.

    Raises:
        ValueError: there is no such preset.
    """
    name = str(values.get("preset", "") or "")
    if name and name not in PRESETS:
        raise ValueError(f"one of {', '.join(sorted(PRESETS))}")
    return {**(PRESETS[name].smtp if name else {}), **values}
