"""SPF (RFC 7208), DKIM keys (RFC 6376) and DMARC (RFC 7489), as the world sees them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Protocol

from digest import keys
from digest.doctor.finding import Finding, Level
from digest.errors import DnsUnreachable, SigningKeyError
from digest.presets import PRESETS
from digest.settings import Settings


class Lookup(Protocol):
    """Asks the world; a test gives its own answers."""

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name.

        Raises:
            DnsUnreachable: nobody could say.
        """
        ...


def in_dns(settings: Settings, lookup: Lookup) -> Iterator[Finding]:
    """The records of the sender's domain."""
    domain = settings.sender.domain
    if "." not in domain:
        text = f"{settings.sender.address} is no address that a reader's server can check"
        yield Finding("sender", Level.WARNING, text, '[sender] address = "digest@example.org"')
        return
    try:
        yield _spf(settings, lookup, domain)
        yield from _dkim(settings, lookup)
        yield _dmarc(settings, lookup, domain)
    except DnsUnreachable as error:
        yield Finding("DNS", Level.WARNING, str(error), "a nameserver in /etc/resolv.conf")


def _spf(settings: Settings, lookup: Lookup, domain: str) -> Finding:
    preset = PRESETS.get(settings.smtp.preset)
    mechanism = preset.spf if preset and preset.spf else "mx a"
    found = [text for text in lookup.texts(domain) if text.lower().startswith("v=spf1")]
    if len(found) > 1:
        return Finding("SPF", Level.FAULT, f"{domain} has {len(found)} SPF records", "keep one")
    if not found:
        record = f'{domain}. IN TXT "v=spf1 {mechanism} -all"'
        return Finding("SPF", Level.FAULT, f"{domain} has no SPF record", record)
    if preset and preset.spf and preset.spf not in found[0]:
        start, _, rest = found[0].partition(" ")
        record = f'{domain}. IN TXT "{start} {preset.spf} {rest}"'
        return Finding("SPF", Level.FAULT, f"{found[0]!r} does not name the mail server", record)
    return Finding("SPF", Level.OK, found[0])


def _dkim(settings: Settings, lookup: Lookup) -> Iterator[Finding]:
    signing = settings.signing
    domain = signing.domain or settings.sender.domain
    selectors = [s for s in (signing.rsa_selector, signing.ed25519_selector) if s]
    preset = PRESETS.get(settings.smtp.preset)
    if not selectors and preset is not None and preset.signs:
        yield Finding("DKIM", Level.OK, f"{settings.smtp.preset} signs")
    elif not selectors:
        yield from _unsigned(settings, lookup, domain)
    for selector in selectors:
        yield _published(settings, lookup, selector, domain)


def _unsigned(settings: Settings, lookup: Lookup, domain: str) -> Iterator[Finding]:
    """What is missing until messages are signed: keys, their records, or the settings."""
    resting = _resting(settings)
    if not resting:
        yield Finding("DKIM", Level.FAULT, "messages are not signed", "digest keys new")
        return
    records = [_published(settings, lookup, selector, domain) for selector in resting.values()]
    missing = [finding for finding in records if finding.level is not Level.OK]
    yield from missing
    rest = "rests" if len(resting) == 1 else "rest"
    when = f"; once DNS has the record{'s' * (len(missing) > 1)}, set" if missing else ""
    text = f"messages are not signed: {' and '.join(resting.values())} {rest}{when}"
    lines = (f'{algorithm}_selector = "{selector}"' for algorithm, selector in resting.items())
    yield Finding("DKIM", Level.FAULT, text, "\n".join(("[signing]", *lines)))


def _resting(settings: Settings) -> dict[str, str]:
    """The newest selector by the key's algorithm, of keys that could sign."""
    newest: dict[str, tuple[float, str]] = {}
    for selector in keys.stored_selectors(settings.keys):
        with suppress(SigningKeyError):
            stored = keys.load_signing_key(settings.keys, selector)
            made = (settings.keys / f"{selector}.pem").stat().st_mtime
            newest[stored.algorithm] = max((made, selector), newest.get(stored.algorithm, (0, "")))
    return {
        algorithm: selector for algorithm, (_, selector) in sorted(newest.items(), reverse=True)
    }


def _published(settings: Settings, lookup: Lookup, selector: str, domain: str) -> Finding:
    try:
        key = keys.load_signing_key(settings.keys, selector)
    except SigningKeyError as error:
        return Finding("DKIM", Level.FAULT, str(error), "digest keys new")
    name, text = key.record(domain)
    wanted = _tag(text, "p")
    found = [_tag(record, "p") for record in lookup.texts(name)]
    if wanted in found:
        return Finding("DKIM", Level.OK, f"{name} publishes our {key.algorithm} key")
    problem = "publishes another key" if found else "is not there"
    return Finding("DKIM", Level.FAULT, f"{name} {problem}", key.zone_line(domain))


def _dmarc(settings: Settings, lookup: Lookup, domain: str) -> Finding:
    organisation = ".".join(domain.split(".")[-2:])
    names = dict.fromkeys((f"_dmarc.{domain}", f"_dmarc.{organisation}"))
    found = next(
        (t for n in names for t in lookup.texts(n) if t.lower().startswith("v=dmarc1")), ""
    )
    if not found:
        record = f'_dmarc.{domain}. IN TXT "v=DMARC1; p=none; rua=mailto:{settings.sender.address}"'
        return Finding("DMARC", Level.FAULT, f"{domain} has no DMARC record", record)
    signing = settings.signing.domain
    strict = _tag(found, "adkim") == "s"
    aligned = not signing or signing == domain or (not strict and signing.endswith(organisation))
    if not aligned:
        text = f"signatures of {signing} are not aligned with From {domain}"
        return Finding("DMARC", Level.FAULT, text, f'[signing] domain = "{domain}"')
    return Finding("DMARC", Level.OK, found)


def _tag(record: str, name: str) -> str:
    """A tag's value in a `k=v; k=v` record, without white space."""
    for part in record.split(";"):
        tag, _, value = part.partition("=")
        if tag.strip().lower() == name:
            return "".join(value.split())
    return ""
