"""On this machine: the database, the templates, and who can read what is private."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy.engine import make_url

from digest.app import App, make_app
from digest.doctor.finding import Finding, Level
from digest.keys import links_at_hand
from digest.naming import faults_of
from digest.rendering import Renderer
from digest.settings import Settings
from subscribers.errors import PaperDigestError


def on_this_machine(settings: Settings) -> Iterator[Finding]:
    """What can be seen without asking anybody."""
    app = make_app(settings)
    try:
        database = _tried("database", app.check, f"{app.address} is there", "digest init")
        yield database
        if database.level is Level.OK:
            good, lost = "links that were sent go on working", "copy links.json from where it is"
            yield _tried("link keys", lambda: app.ring, good, lost)
            yield from _topics(app)
        yield _tried("templates", lambda: _compile(app), "all of them compile", "digest lint")
    except PaperDigestError as error:
        yield Finding("database", Level.FAULT, str(error), "digest init")
    finally:
        app.close()
    yield from _modes(settings)


def _compile(app: App) -> None:
    renderer = Renderer(app.settings, links_at_hand(app.settings.keys))
    for name in renderer.templates():
        renderer.template_hash(name)


def _topics(app: App) -> Iterator[Finding]:
    """Topics that once were, and that the language no longer reads: they select nothing."""
    texts = app.subscribers.topics_in_use()
    faults = faults_of(texts)
    for told in faults:
        remedy = "digest topic remove EMAIL QUERY, and add what was meant"
        yield Finding("topics", Level.WARNING, told, remedy)
    if not faults:
        yield Finding("topics", Level.OK, f"all {len(texts)} can be read")


def _tried(check: str, action: Callable[[], object], good: str, remedy: str) -> Finding:
    try:
        action()
    except PaperDigestError as error:
        return Finding(check, Level.FAULT, str(error), remedy)
    return Finding(check, Level.OK, good)


def _modes(settings: Settings) -> Iterator[Finding]:
    """Files with secrets, addresses or readers' links are their owner's alone."""
    open_ones = [path for path in _private(settings) if path.stat().st_mode & 0o077]
    for path in open_ones:
        mode = stat.filemode(path.stat().st_mode)
        change = 700 if path.is_dir() else 600
        yield Finding(
            "secrets",
            Level.FAULT,
            f"{path} can be read by others ({mode})",
            f"chmod {change} {path}",
        )
    if not open_ones:
        text = "only their owner can read the files with secrets, addresses or readers' links"
        yield Finding("secrets", Level.OK, text)


def _private(settings: Settings) -> Iterator[Path]:
    """What others must not read, as far as it is there; a folder stands for all that is in it."""
    if settings.keys.is_dir():
        yield from sorted(path for path in settings.keys.iterdir() if path.is_file())
    database = make_url(settings.database)
    files = [settings.smtp.password_file, settings.bounces.password_file]
    if database.get_backend_name() == "sqlite" and database.database:
        files += [Path(database.database + end) for end in ("", "-wal", "-shm")]
    if _has_secrets(settings):
        files.append(settings.folder / settings.file)
    yield from (path for path in files if path is not None and path.is_file())
    out = settings.mailer.directory
    if settings.mailer.kind != "smtp" and out is not None and out.is_dir():
        yield out


def _has_secrets(settings: Settings) -> bool:
    """Whether passwords stand in the settings themselves, the database's address among them."""
    database = make_url(settings.database)
    written = [
        password.get_secret_value()
        for password in (settings.smtp.password, settings.bounces.password)
    ]
    return any((*written, database.password, database.query.get("password")))
