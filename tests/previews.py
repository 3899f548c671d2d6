"""An installation to be previewed: the sample edition and its readers, a clock that stands."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from digest import demo
from digest.app import App, make_app
from digest.config import load
from digest.preview import Workbench, make_page
from digest.web.server import serving

NOW = datetime(2026, 8, 22, 6, tzinfo=UTC)
SETTINGS = """\
cache = "cache"
templates = "templates"
[sender]
address = "digest@example.org"
postal_address = "Example Lab, 1 Example Street, 10115 Berlin"
public_url = "https://digest.example.org"
[smtp]
host = "127.0.0.1"
port = {port}
tls = "none"
"""


@dataclass
class Installation:
    """A folder with settings, a database, and room for templates of its own."""

    folder: Path
    at: datetime = NOW

    def set_up(self) -> None:
        """Fills its database; its outbox holds the deliveries that are planned at `at`."""
        self.settle(SETTINGS.format(port=1))
        (self.folder / "templates").mkdir()
        app = self.open()
        demo.prepare(app)
        for row in app.outbox.rows():
            app.publisher.render(row)  # compiles the templates into the cache
        app.close()

    def copy(self, folder: Path, *, smtp_port: int = 1) -> Installation:
        """The same in another folder, with a mail server."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        copied = Installation(folder, self.at)
        copied.settle(SETTINGS.format(port=smtp_port))
        return copied

    def settle(self, text: str) -> None:
        """Writes its settings."""
        (self.folder / "digest.toml").write_text(text, encoding="utf-8")

    def open(self) -> App:
        """As the command opens it."""
        return make_app(load(self.folder / "digest.toml", {}), clock=lambda: self.at)

    def write(self, template: str, text: str) -> Path:
        """Puts a template of its own, such as `daily/subject.txt.j2`, into its folder."""
        file = self.folder / "templates" / "email" / template
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    @contextmanager
    def previewed(self) -> Iterator[str]:
        """Serves the preview; gives its address."""
        bench = Workbench(self.open)
        try:
            with serving(make_page(bench)) as address:
                yield address
        finally:
            bench.close()
