"""What the page's template is filled with."""

from __future__ import annotations

from typing import Any

from digest import words
from digest.inbox.reading import read_mail, visible
from digest.model import DAILY, Message
from digest.preview.choice import Choice, View
from digest.preview.seen import Preview
from digest.preview.sheet import Sheet
from digest.publish.reasons import in_words, wishes_of
from digest.rendering.budget import LARGEST_HTML
from digest.rendering.lint import Severity
from digest.rendering.mime import part
from digest.selection import Verdict, Why
from digest.words import Words
from subscribers.model import Cadence, SubscriptionStatus

NO_EDITION = "No edition is archived yet, so this is of the sample edition; `digest pull` asks."
NAMES = {
    View.DESKTOP: "Desktop",
    View.PHONE: "Phone",
    View.DARK: "Dark",
    View.TEXT: "Text",
    View.SOURCE: "Source",
    View.HEADERS: "Headers",
    View.CHECKS: "Checks",
    View.WHY: "Why",
}


def page_values(sheet: Sheet, choice: Choice, view: View) -> dict[str, Any]:
    """Everything that `preview.html.j2` asks for, but what belongs to the request."""
    seen = sheet.seen
    findings = seen.findings if seen else []
    open_ = sum(finding.severity is not Severity.NOTE for finding in findings)
    counted = f"Checks ({open_})" if open_ else "Checks"
    names = {**NAMES, View.CHECKS: counted}
    # The planned time goes into every link, so that all views show one and the same message.
    fixed = choice.query(at=seen.at.isoformat()) if seen else choice.query()
    return {
        "chooser": sheet.chooser,
        "choice": choice,
        "fault": sheet.fault,
        "view": view,
        "views": [(name, names[name], choice.query(view=name)) for name in View],
        "query": choice.query(view=view),
        "why_query": choice.query(view=View.WHY),
        "watched": choice.query(),
        "fixed": fixed,
        "seen": seen,
        "message": _message_values(seen.message, view) if seen and seen.message else None,
        "findings": [(_SEVERITIES[finding.severity], finding) for finding in findings],
        "why": _why(seen) if seen and view is View.WHY else [],
        "remarks": _remarks(seen) if seen else [],
        "standing": _standing(seen) if seen else "",
    }


def _message_values(message: Message, view: View) -> dict[str, Any]:
    html = part(message, "html")
    shown = {
        View.TEXT: lambda: part(message, "plain"),
        View.SOURCE: lambda: message.data.decode("ascii", "backslashreplace"),
    }.get(view)
    return {
        "mail": read_mail(message.data),
        "envelope": message,
        "size": len(message.data),
        "html_size": len(html.encode()),
        "budget": LARGEST_HTML,
        "content": visible(shown().replace("\r\n", "\n")) if shown else "",
    }


def _standing(seen: Preview) -> str:
    """How the message stands to the ledger, "" where it does not."""
    if seen.due:
        return "due: a plain `digest send` delivers this now"
    row = seen.delivery
    if row is None:
        return ""
    said = f"{row.id} of the outbox: {row.kind} of {row.occasion}, {row.state}"
    return f"{said}, {row.code} {row.text}".strip() if row.code else said


def _remarks(seen: Preview) -> list[str]:
    """What would keep `send` from sending this message, or make it another."""
    found = [NO_EDITION] if seen.sampled else []
    if seen.digest is not None and not seen.digest.entries:
        considered = seen.digest.considered
        found.append(f"Nothing would be sent: none of the {considered} papers matches.")
    if seen.due or seen.delivery is not None:
        return found
    status = seen.reader.status
    if seen.digest is not None and status is not SubscriptionStatus.CONFIRMED:
        found.append(f"Nothing would be sent to {seen.reader.email}: it is {status}.")
    weekly = seen.reader.schedule.cadence is Cadence.WEEKLY
    if weekly and seen.kind == DAILY and seen.reader.id:
        found.append("This reader gets a weekly digest: the template “weekly” shows that one.")
    return found


def _why(seen: Preview) -> list[dict[str, str]]:
    """The edition, paper by paper: first what is in the digest, in its order."""
    language = words.load(words.FALLBACK)
    place = {e.paper.key: n for n, e in enumerate(seen.digest.entries)} if seen.digest else {}
    ordered = sorted(
        seen.verdicts,
        key=lambda verdict: (
            list(Why).index(verdict.why),
            place.get(verdict.paper.key, 0),
        ),
    )
    return [
        {
            "title": verdict.paper.title,
            "url": verdict.paper.links[0].url if verdict.paper.links else "",
            "why": verdict.why.value,
            "tone": _TONES.get(verdict.why, ""),
            "rule": _rule(verdict, language, seen),
        }
        for verdict in ordered
    ]


_SEVERITIES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.NOTE: ""}
_TONES = {Why.CHOSEN: "good", Why.ALSO: "accent", Why.MISSED: "accent", Why.VETOED: "bad"}


def _rule(verdict: Verdict, language: Words, seen: Preview) -> str:
    told = in_words(verdict, wishes_of(seen.digest) if seen.digest else seen.reader, language)
    if verdict.entry is not None:
        return language("entry.because", reason=told)
    return f"{told[0].upper()}{told[1:]}."
