"""The DMARC record that speaks for the sender, and whether our signatures are aligned with it.

RFC 7489 says which record counts and what alignment is. Whose domain a name belongs to is found
by asking upwards, as DMARC's revision (draft-ietf-dmarc-dmarcbis 4.10) does: no list is needed.
"""

from __future__ import annotations

import re

from digest.doctor.finding import Finding, Level
from digest.doctor.lookup import Lookup, parents
from digest.settings import Settings

MOST_ASKED = 8  # names of one walk upwards

_VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)")
# Below these of a country anybody registers a name, whether or not their registry says "psd=y".
_REGISTRY = re.compile(r"(?:ac|co|com|edu|go|gob|gov|mil|ne|net|or|org)\.[a-z]{2}|[^.]+")


def dmarc(settings: Settings, lookup: Lookup, domain: str) -> Finding:
    """Whether there is one record that counts, and whether signatures are aligned with From."""
    domain = domain.lower()
    owner = _organisation(lookup, domain)
    at = next((n for n in dict.fromkeys((domain, owner)) if _records(lookup, n)), domain)
    records = _records(lookup, at)
    if not records:
        record = f'_dmarc.{domain}. IN TXT "v=DMARC1; p=none; rua=mailto:{settings.sender.address}"'
        return Finding("DMARC", Level.FAULT, f"{domain} has no DMARC record", record)
    if len(records) > 1:
        text = f"_dmarc.{at} has {len(records)} DMARC records, so none counts"
        return Finding("DMARC", Level.FAULT, text, "keep one")
    signing = (settings.signing.domain or domain).lower()
    strict = tag(records[0], "adkim").lower() == "s"
    if signing != domain and (strict or _organisation(lookup, signing) != owner):
        text = f"signatures of {signing} are not aligned with From {domain}"
        return Finding("DMARC", Level.FAULT, text, f'[signing] domain = "{domain}"')
    return Finding("DMARC", Level.OK, records[0])


def _organisation(lookup: Lookup, domain: str) -> str:
    """The domain that its owner registered: the topmost that speaks of DMARC."""
    found = below = domain
    for name in parents(domain, MOST_ASKED):
        if name != domain and _REGISTRY.fullmatch(name):
            break
        records = _records(lookup, name)
        says = tag(records[0], "psd").lower() if len(records) == 1 else ""
        if says == "y":
            return below
        found = name if records else found
        if says == "n":
            break
        below = name
    return found


def _records(lookup: Lookup, name: str) -> list[str]:
    return [text for text in lookup.texts(f"_dmarc.{name}") if _VERSION.match(text)]


def tag(record: str, name: str) -> str:
    """A tag's value in a `k=v; k=v` record, without white space."""
    for part in record.split(";"):
        key, _, value = part.partition("=")
        if key.strip().lower() == name:
            return "".join(value.split())
    return ""
