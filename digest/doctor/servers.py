"""The mail server, what it changes in a message, and the mailbox that bounces come to."""

from __future__ import annotations

from collections.abc import Iterator

from digest.delivery import SmtpMailer, make_mailer, open_mailbox
from digest.doctor.finding import Finding, Level
from digest.presets import PRESETS
from digest.settings import Settings
from subscribers.errors import PaperDigestError


async def sign_in(settings: Settings) -> Finding:
    """Connects, asks for TLS, and signs in once."""
    if settings.mailer.kind != "smtp":
        return Finding("mail server", Level.OK, f"messages go to {settings.mailer.directory}")
    server = f"{settings.smtp.host}:{settings.smtp.port}"
    try:
        mailer = make_mailer(settings)
        if isinstance(mailer, SmtpMailer):
            await mailer.verify()
    except PaperDigestError as error:
        preset = PRESETS.get(settings.smtp.preset)
        remedy = f"[smtp] in {settings.file.name}" + (f": {preset.note}" if preset else "")
        return Finding("mail server", Level.FAULT, str(error), remedy)
    how = "no TLS" if settings.smtp.tls == "none" else f"verified TLS ({settings.smtp.tls})"
    signed = f", signed in as {settings.smtp.user}" if settings.smtp.user else ""
    return Finding("mail server", Level.OK, f"{server} answers, {how}{signed}")


def relay(settings: Settings) -> Iterator[Finding]:
    """What the preset's service changes, and where that is in the way."""
    preset = PRESETS.get(settings.smtp.preset)
    if preset is None or not preset.rewrites:
        return
    name = settings.smtp.preset
    if settings.smtp.verp and not preset.smtp.get("verp", True):
        text = f"{name} makes the return path its own: VERP does not reach a reader's server"
        yield Finding("relay", Level.WARNING, text, "[smtp] verp = false")
    if "message-id" in preset.replaces and not settings.smtp.verp:
        text = f"a bounce by way of {name} names no reader: nobody is suppressed for it here"
        yield Finding("relay", Level.WARNING, text, f"switch on {name}'s own suppression list")
    signed = f"; not signed here: {', '.join(sorted(preset.replaces))}" if preset.replaces else ""
    yield Finding("relay", Level.OK, f"{name}: {'; '.join(preset.rewrites)}{signed}")


def bounce_mailbox(settings: Settings) -> Finding:
    """Whether what comes back is read, and from where."""
    if settings.bounces.kind == "none":
        remedy = f'[bounces] kind = "imap", host, user, password for {settings.sender.address}'
        text = "nobody reads what comes back: late bounces, complaints and replies have no effect"
        return Finding("bounces", Level.WARNING, text, remedy)
    try:
        mailbox = open_mailbox(settings)
        if mailbox is not None:
            mailbox.check()
    except PaperDigestError as error:
        return Finding("bounces", Level.FAULT, str(error), f"[bounces] in {settings.file.name}")
    section = settings.bounces
    place = section.directory or f"{section.user} at {section.host}:{section.port}"
    return Finding("bounces", Level.OK, f"{place} can be read")
