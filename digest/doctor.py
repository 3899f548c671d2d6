"""Is this installation able to deliver? Each finding says what to add, ready to be copied.

Signing in and TLS, SPF (RFC 7208), DKIM keys against DNS (RFC 6376), DMARC and its alignment
(RFC 7489), the one-click endpoint (RFC 8058), the clock, the database, the templates, and who
can read the files that hold secrets.
"""

from __future__ import annotations

import asyncio
import socket
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from digest import keys
from digest.app import App, make_app
from digest.config import FILE_NAME
from digest.delivery import SmtpMailer, make_mailer
from digest.dns import Dns
from digest.errors import SigningKeyError
from digest.presets import PRESETS
from digest.settings import Settings
from subscribers.errors import PaperDigestError

MOST_SECONDS_OFF = 60.0
NTP_SERVER = "pool.ntp.org"
_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970 (RFC 5905)


class Level(StrEnum):
    """How grave a finding is."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        remedy: the record, the setting or the command to add; "" where nothing is missing.
    """

    check: str
    level: Level
    text: str
    remedy: str = ""


class Lookup(Protocol):
    """Asks the world; a test gives its own answers."""

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name."""
        ...


async def examine(settings: Settings, lookup: Lookup | None = None) -> list[Finding]:
    """Every check, in the order in which a person would mend."""
    asked = lookup or Dns()
    findings = await asyncio.to_thread(lambda: list(_here(settings)))
    findings += [await _sign_in(settings)]
    findings += await asyncio.to_thread(lambda: list(_in_dns(settings, asked)))
    findings += await asyncio.to_thread(lambda: [_one_click(settings), _clock()])
    return findings


# On this machine


def _here(settings: Settings) -> Iterator[Finding]:
    app = make_app(settings)
    try:
        yield _tried("database", app.check, f"{app.address} is there", "digest init")
        yield _tried("templates", lambda: _compile(app), "all of them compile", "digest lint")
    except PaperDigestError as error:
        yield Finding("database", Level.FAULT, str(error), "digest init")
    finally:
        app.close()
    yield from _modes(settings)


def _compile(app: App) -> None:
    for name in app.renderer.templates():
        app.renderer.template_hash(name)


def _tried(check: str, action: Callable[[], object], good: str, remedy: str) -> Finding:
    try:
        action()
    except PaperDigestError as error:
        return Finding(check, Level.FAULT, str(error), remedy)
    return Finding(check, Level.OK, good)


def _modes(settings: Settings) -> Iterator[Finding]:
    """Files with secrets are their owner's alone."""
    open_files = [path for path in _secrets(settings) if path.stat().st_mode & 0o077]
    for path in open_files:
        mode = stat.filemode(path.stat().st_mode)
        yield Finding(
            "secrets", Level.FAULT, f"{path} can be read by others ({mode})", f"chmod 600 {path}"
        )
    if not open_files:
        yield Finding("secrets", Level.OK, "only their owner can read the files with secrets")


def _secrets(settings: Settings) -> Iterator[Path]:
    if settings.keys.is_dir():
        yield from sorted(path for path in settings.keys.iterdir() if path.is_file())
    files = [settings.smtp.password_file, settings.bounces.password_file]
    written = (settings.smtp.password, settings.bounces.password)
    if any(password.get_secret_value() for password in written):
        files.append(settings.folder / FILE_NAME)
    yield from (path for path in files if path is not None and path.is_file())


# The mail server


async def _sign_in(settings: Settings) -> Finding:
    if settings.mailer.kind != "smtp":
        return Finding("mail server", Level.OK, f"messages go to {settings.mailer.directory}")
    server = f"{settings.smtp.host}:{settings.smtp.port}"
    try:
        mailer = make_mailer(settings)
        if isinstance(mailer, SmtpMailer):
            await mailer.verify()
    except PaperDigestError as error:
        preset = PRESETS.get(settings.smtp.preset)
        remedy = f"[smtp] in {FILE_NAME}" + (f": {preset.note}" if preset else "")
        return Finding("mail server", Level.FAULT, str(error), remedy)
    how = "no TLS" if settings.smtp.tls == "none" else f"verified TLS ({settings.smtp.tls})"
    signed = f", signed in as {settings.smtp.user}" if settings.smtp.user else ""
    return Finding("mail server", Level.OK, f"{server} answers, {how}{signed}")


# DNS


def _in_dns(settings: Settings, lookup: Lookup) -> Iterator[Finding]:
    domain = settings.sender.domain
    if "." not in domain:
        text = f"{settings.sender.address} is no address that a reader's server can check"
        yield Finding("sender", Level.WARNING, text, '[sender] address = "digest@example.org"')
        return
    yield _spf(settings, lookup, domain)
    yield from _dkim(settings, lookup)
    yield _dmarc(settings, lookup, domain)


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
    if not selectors:
        relay = preset is not None and preset.signs
        text = f"{settings.smtp.preset} signs" if relay else "messages are not signed"
        yield Finding(
            "DKIM", Level.OK if relay else Level.FAULT, text, "" if relay else "digest keys new"
        )
    for selector in selectors:
        yield _published(settings, lookup, selector, domain)


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


# The world around


def _one_click(settings: Settings) -> Finding:
    """Whether the public address answers at all, over TLS where one click needs it."""
    url = settings.sender.public_url
    if not url:
        text = "no public address: readers leave by reply, without one click"
        return Finding("one click", Level.WARNING, text, '[sender] public_url = "https://…"')
    parts = urlsplit(url)
    if parts.scheme != "https":
        return Finding(
            "one click", Level.FAULT, f"{url} is not https", '[sender] public_url = "https://…"'
        )
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 443), timeout=10):
            return Finding("one click", Level.OK, f"{url} answers")
    except OSError as error:
        remedy = "digest run on this machine, behind a web server with a certificate"
        return Finding("one click", Level.FAULT, f"{url} does not answer: {error}", remedy)


def _clock() -> Finding:
    """The clock against a time server (RFC 4330): signatures and links carry the time."""
    try:
        off = abs(_seconds_off())
    except OSError as error:
        return Finding("clock", Level.WARNING, f"{NTP_SERVER} does not answer: {error}")
    if off > MOST_SECONDS_OFF:
        remedy = "timedatectl set-ntp true"
        return Finding("clock", Level.FAULT, f"the clock is {off:.0f} seconds off", remedy)
    return Finding("clock", Level.OK, f"{off:.1f} seconds off at most")


def _seconds_off() -> float:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(3.0)
        asking.sendto(b"\x1b" + 47 * b"\0", (NTP_SERVER, 123))
        answer, _ = asking.recvfrom(48)
    if len(answer) < 48:
        raise OSError("its answer is cut short")
    seconds = int.from_bytes(answer[40:44], "big")
    return time.time() - (seconds - _NTP_EPOCH)
