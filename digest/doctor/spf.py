"""The sender's SPF record (RFC 7208), followed through what it includes and redirects to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.doctor.finding import Finding, Level
from digest.doctor.lookup import Lookup
from digest.presets import PRESETS
from digest.settings import Settings

MOST_LOOKUPS = 10  # RFC 7208 4.6.4: beyond, a record counts as an error

_VERSION = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_TERM = re.compile(r"([+?~-]?)([a-z][a-z0-9._-]*)(?:([:=/])(.*))?", re.IGNORECASE | re.DOTALL)
_ASKING = ("include", "a", "mx", "ptr", "exists")


class _Wrong(Exception):
    """What makes receivers take the record for an error; says what to do about it."""

    def __init__(self, text: str, remedy: str) -> None:
        super().__init__(text)
        self.remedy = remedy


class _Walk:
    """One evaluation: which domains a record leads to, and how often DNS is asked for it.

    Args:
        lookup: asks DNS.
        known: a domain that has a record, by its provider's own word.
    """

    def __init__(self, lookup: Lookup, known: str) -> None:
        self.led_to: set[str] = set()  # domains whose servers may send
        self.allows = False  # anybody at all
        self._lookup = lookup
        self._known = known
        self._asked = 0

    def follow(self, domain: str) -> str:
        """The record of a domain, after all that it leads to was followed.

        Raises:
            _Wrong: it counts as an error, or the domain has none.
        """
        records = records_of(self._lookup, domain)
        if len(records) > 1:
            raise _Wrong(f"{domain} has {len(records)} SPF records, so none counts", "keep one")
        if not records and domain == self._known:
            return ""
        if not records:
            raise _Wrong(f"{domain} has no SPF record", "")
        terms = list(_terms(records[0]))
        ended = any(name == "all" for _, name, _, _ in terms)
        for qualifier, name, sign, target in terms:
            if name == "redirect" and sign == "=" and ended:
                continue  # RFC 7208 6.1: it is not looked at beside an "all"
            self._term(qualifier in ("", "+"), name, target)
            if name == "all":
                break  # nothing behind it is looked at
        return records[0]

    def _term(self, passes: bool, name: str, target: str) -> None:
        leads = name in ("include", "redirect")
        if leads or name in _ASKING:
            self._asked += 1
        if self._asked > MOST_LOOKUPS:
            raise _Wrong(
                f"its SPF record asks DNS more than {MOST_LOOKUPS} times, so it does not count",
                "fewer include:, a and mx; ip4: and ip6: ask nothing",
            )
        self.allows = self.allows or (passes and name in (*_ASKING, "ip4", "ip6", "all"))
        if leads and passes:
            self.led_to.add(target)
        if leads and "%" not in target:
            self.follow(target)
        elif leads:  # a macro: its target is known to the receiver alone
            self.allows = True


def spf(settings: Settings, lookup: Lookup, domain: str) -> Finding:
    """Whether the record counts, and names the servers that the preset sends by."""
    preset = PRESETS.get(settings.smtp.preset)
    mechanism = preset.spf if preset and preset.spf else "mx a"
    wanted = preset.spf.partition(":")[2] if preset else ""
    if not records_of(lookup, domain):
        record = f'{domain}. IN TXT "v=spf1 {mechanism} -all"'
        return Finding("SPF", Level.FAULT, f"{domain} has no SPF record", record)
    walk = _Walk(lookup, wanted)
    try:
        found = walk.follow(domain)
    except _Wrong as error:
        remedy = error.remedy or f"remove what leads to it from the SPF record of {domain}"
        return Finding("SPF", Level.FAULT, str(error), remedy)
    named = wanted in walk.led_to if wanted else walk.allows
    if named:
        return Finding("SPF", Level.OK, found)
    start, _, rest = found.partition(" ")
    record = f'{domain}. IN TXT "{" ".join(filter(None, (start, mechanism, rest.strip())))}"'
    return Finding("SPF", Level.FAULT, f"{found!r} does not name the mail server", record)


def records_of(lookup: Lookup, domain: str) -> list[str]:
    """The SPF records among the texts of a domain."""
    return [text for text in lookup.texts(domain) if _VERSION.match(text)]


def _terms(record: str) -> Iterator[tuple[str, str, str, str]]:
    """Qualifier, name in lower case, sign and target of each term behind the version."""
    for word in record.split(" ")[1:]:
        if term := _TERM.fullmatch(word):
            target = (term[4] or "").lower().rstrip(".")
            yield term[1], term[2].lower(), term[3] or "", target
