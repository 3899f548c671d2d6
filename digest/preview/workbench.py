"""An installation that is opened anew when its files change.

Compiled templates, words and the style sheet are kept by the parts that use them for as long
as those live; so a change on disk means new parts. Changes are found by the files' times and
sizes: a few dozen of them cost less than a millisecond, and that works on every file system,
network and container mounts included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from threading import RLock

from digest import words
from digest.app import App
from digest.folders import templates_folder
from digest.pages import stylesheet
from digest.preview.choice import Choice
from digest.preview.rendering import chosen
from subscribers.errors import PaperDigestError


class Workbench:
    """Gives the installation as its files say now; one request at a time.

    Args:
        open_app: makes it, from settings that it reads anew.
    """

    def __init__(self, open_app: Callable[[], App]) -> None:
        self._open = open_app
        self._lock = RLock()
        self._app: App | None = None
        self._watched: list[Path] = [templates_folder()]
        self._seen = ""

    @contextmanager
    def app(self) -> Iterator[App]:
        """The installation, for the length of the block.

        Raises:
            ConfigError: its settings are wrong at present.
        """
        with self._lock:
            if self._app is None or fingerprint(self._watched) != self._seen:
                self._renew()
            assert self._app is not None  # noqa: S101  # for the type checker
            yield self._app

    def version(self, choice: Choice) -> str:
        """Changes with a template, the style, the settings, or the chosen reader's topics."""
        with self._lock:
            try:
                with self.app() as app:
                    state = f"{app.archive.latest()} {chosen(app, choice)!r}"
            except PaperDigestError as error:
                state = str(error)
            return sha256(f"{fingerprint(self._watched)} {state}".encode()).hexdigest()[:16]

    def close(self) -> None:
        """Closes the installation."""
        with self._lock:
            if self._app is not None:
                self._app.close()
            self._app = None

    def _renew(self) -> None:
        self.close()
        stylesheet.cache_clear()
        words.load.cache_clear()
        self._app = self._open()
        settings = self._app.settings
        own = [settings.templates] if settings.templates else []
        self._watched = [templates_folder(), *own, *settings.folder.glob("*.toml")]
        self._seen = fingerprint(self._watched)


def fingerprint(places: Iterable[Path]) -> str:
    """Changes when a file of these folders, or one of these files, does."""
    found = sha256()
    for place in places:
        for path in (place, *sorted(place.rglob("*"))):
            with suppress(OSError):  # deleted in between: the next look says so
                stat = path.stat()
                found.update(f"{path} {stat.st_mtime_ns} {stat.st_size}\n".encode())
    return found.hexdigest()
