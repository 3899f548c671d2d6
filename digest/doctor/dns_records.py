"""SPF (RFC 7208), DKIM keys (RFC 6376) and DMARC (RFC 7489), as the world sees them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from digest import keys
from digest.doctor.dmarc import dmarc, tag
from digest.doctor.finding import Finding, Level
from digest.doctor.lookup import Lookup, of_provider
from digest.doctor.spf import spf
from digest.errors import DnsUnreachable, SigningKeyError
from digest.presets import PRESETS
from digest.settings import Settings


def in_dns(settings: Settings, lookup: Lookup) -> Iterator[Finding]:
    """The records of the sender's domain."""
    domain = settings.sender.domain
    if "." not in domain:
        text = f"{settings.sender.address} is no address that a reader's server can check"
        yield Finding("sender", Level.WARNING, text, '[sender] address = "digest@example.org"')
        return
    try:
        for finding in _records(settings, lookup, domain):
            yield _within_reach(finding, domain)
    except DnsUnreachable as error:
        yield Finding("DNS", Level.WARNING, str(error), "a nameserver in /etc/resolv.conf")


def _records(settings: Settings, lookup: Lookup, domain: str) -> Iterator[Finding]:
    yield spf(settings, lookup, domain)
    yield from _dkim(settings, lookup)
    yield dmarc(settings, lookup, domain)


def _within_reach(finding: Finding, domain: str) -> Finding:
    """The finding with what its reader can do: nobody adds records to a provider's domain."""
    if finding.level is not Level.FAULT or not of_provider(domain):
        return finding
    text = f"{finding.text}; {domain} is its provider's own, nobody else adds records to it"
    remedy = f"[sender] address in a domain of your own, or [smtp] by the server of {domain}"
    return replace(finding, text=text, remedy=remedy)


def _dkim(settings: Settings, lookup: Lookup) -> Iterator[Finding]:
    signing = settings.signing
    domain = signing.domain or settings.sender.domain
    named = {"rsa": signing.rsa_selector, "ed25519": signing.ed25519_selector}
    selectors = {algorithm: selector for algorithm, selector in named.items() if selector}
    preset = PRESETS.get(settings.smtp.preset)
    if not selectors and preset is not None and preset.signs:
        yield Finding("DKIM", Level.OK, f"{settings.smtp.preset} signs")
    elif not selectors:
        yield from _unsigned(settings, lookup, domain)
    for algorithm, selector in selectors.items():
        yield _published(settings, lookup, selector, domain, algorithm)


def _unsigned(settings: Settings, lookup: Lookup, domain: str) -> Iterator[Finding]:
    """What is missing until messages are signed: keys, their records, or the settings."""
    resting = _resting(settings)
    if not resting:
        yield Finding("DKIM", Level.FAULT, "messages are not signed", "digest keys new")
        return
    records = [
        _published(settings, lookup, selector, domain, algorithm)
        for algorithm, selector in resting.items()
    ]
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


def _published(
    settings: Settings, lookup: Lookup, selector: str, domain: str, algorithm: str
) -> Finding:
    try:
        key = keys.load_signing_key(settings.keys, selector, algorithm)
    except SigningKeyError as error:
        there = (settings.keys / f"{selector}.pem").exists()
        remedy = "`digest keys list`, and name another in [signing]" if there else "digest keys new"
        return Finding("DKIM", Level.FAULT, str(error), remedy)
    name, text = key.record(domain)
    wanted = tag(text, "p")
    found = [tag(record, "p") for record in lookup.texts(name)]
    if wanted in found:
        return Finding("DKIM", Level.OK, f"{name} publishes our {key.algorithm} key")
    problem = "publishes another key" if found else "is not there"
    return Finding("DKIM", Level.FAULT, f"{name} {problem}", key.zone_line(domain))
