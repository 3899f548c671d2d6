"""What the page shows: the form's choices, and the message or what stands in its way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from digest.app import App
from digest.errors import TemplateError
from digest.model import EditionState
from digest.preview.choice import SAMPLE, Choice
from digest.preview.deliveries import labels
from digest.preview.rendering import look
from digest.preview.seen import Preview
from digest.preview.workbench import Workbench
from digest.settings import Settings
from subscribers.errors import PaperDigestError, TopicError

MOST_READERS = 200  # offered while an address is typed; any other can be typed in full
MOST_EDITIONS = 60
_AROUND = 3  # lines of a template before and after the wrong one


@dataclass(frozen=True, slots=True, kw_only=True)
class Chooser:
    """What the form offers.

    Attributes:
        editions: value and label, the latest first.
        deliveries: the same of what the reader's outbox holds.
        destination: where the configured mailer sends.
    """

    readers: tuple[str, ...] = ()
    editions: tuple[tuple[str, str], ...] = ()
    deliveries: tuple[tuple[str, str], ...] = ()
    templates: tuple[str, ...] = ()
    destination: str = ""
    logo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why there is no message.

    Attributes:
        field: of the form, where the fault is there.
        place: the wrong line with a caret under the place.
        excerpt: number and text of the lines around a template's mistake.
        line: the number of the wrong one.
    """

    text: str
    field: str = ""
    place: str = ""
    excerpt: tuple[tuple[int, str], ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The page, before it is put into HTML; either `seen` or `fault` is there."""

    chooser: Chooser
    seen: Preview | None = None
    fault: Fault | None = None


def make_sheet(bench: Workbench, choice: Choice) -> Sheet:
    """Everything that the page shows of a choice; what goes wrong becomes part of it."""
    chooser = Chooser()
    try:
        with bench.app() as app:
            chooser = make_chooser(app)
            seen = look(app, choice)
            chooser = replace(chooser, deliveries=tuple(labels(app, seen.reader)))
            return Sheet(chooser=chooser, seen=seen)
    except PaperDigestError as error:
        return Sheet(chooser=chooser, fault=make_fault(error))


def make_chooser(app: App) -> Chooser:
    """What the form offers at present."""
    rows = [row for row in app.archive.list() if row.papers][:MOST_EDITIONS]
    editions = [(f"{row.date}", _label(row.papers, row.state, f"{row.date}")) for row in rows]
    return Chooser(
        readers=tuple(reader.email for reader in app.subscribers.block(limit=MOST_READERS)),
        editions=(*editions, (SAMPLE, "The sample edition")),
        templates=tuple(app.renderer.templates()),
        destination=destination(app.settings),
        logo=app.settings.sender.logo,
    )


def destination(settings: Settings) -> str:
    """Where mail goes, in words."""
    if settings.mailer.kind == "smtp":
        return f"the mail server {settings.smtp.host}, port {settings.smtp.port}"
    return f"the folder {settings.mailer.directory}"


def make_fault(error: PaperDigestError) -> Fault:
    """An error as the page shows it: at its field, or with the lines of its template."""
    if isinstance(error, TemplateError):
        line = int(str(error.facts.get("line", 1)))
        excerpt = _excerpt(Path(str(error.facts.get("file", ""))), line)
        return Fault(text=str(error), excerpt=excerpt, line=line)
    if isinstance(error, TopicError):
        said = f"{error.facts['reason']}, expected {error.facts['expected']}."
        place = f"{error.facts['text']}\n{error.facts['caret']}"
        return Fault(text=said, field="topics", place=place)
    return Fault(text=str(error))


def _label(papers: int, state: EditionState, day: str) -> str:
    still = ", still filling" if state is EditionState.FILLING else ""
    return f"{day}: {papers} {'paper' if papers == 1 else 'papers'}{still}"


def _excerpt(file: Path, line: int) -> tuple[tuple[int, str], ...]:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    first = max(1, line - _AROUND)
    return tuple(enumerate(lines[first - 1 : line + _AROUND], first))
