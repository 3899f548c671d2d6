"""Other mailers beside the program in `benchmarks/delivery.py`, each installed by its name.

They get the same sink, the same ten connections where they can hold as many, and messages of the
same length.
"""

from __future__ import annotations

import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks import javascript
from benchmarks.peers import CONNECTIONS, OCTETS

LINE = "In-context reinforcement learning, seen from an abstract at length.\r\n"
BODY = LINE * (OCTETS // len(LINE))
NEWSLETTER = Path(__file__).with_name("django_newsletter.py")
#: Messages at most of a mailer that renders each for tens of milliseconds.
RENDERED = 400
NODEMAILER = """
const port = +process.argv[2], count = +process.argv[3], connections = +process.argv[4];
const raw = require('fs').readFileSync(process.argv[5]);
const transport = require('nodemailer').createTransport({
  host: '127.0.0.1', port, secure: false, ignoreTLS: true,
  pool: true, maxConnections: connections, maxMessages: Infinity,
});
const envelope = { from: 'a@digest.example', to: ['b@example.org'] };
let left = count, next = count;
const begun = process.hrtime.bigint();
const one = () => {
  if (next-- <= 0) return;
  transport.sendMail({ envelope, raw }, (error) => {
    if (error) throw error;
    if (--left === 0) {
      console.log(count / (Number(process.hrtime.bigint() - begun) / 1e9));
      transport.close();
    } else one();
  });
};
for (let n = 0; n < 2 * connections; n++) one();
"""
#: Its own delivery to each member with a return path of theirs, as its outgoing runner calls it.
MAILMAN = """
import sys, time
from email import message_from_string
from mailman.core.initialize import initialize
initialize("mailman.cfg")
from mailman.app.lifecycle import create_list
from mailman.email.message import Message
from mailman.interfaces.domain import IDomainManager
from mailman.mta.deliver import deliver
from zope.component import getUtility
count = int(sys.argv[1])
getUtility(IDomainManager).add("digest.example")
papers = create_list("papers@digest.example", ["a@digest.example"])
with open("message", newline="") as file:
    message = message_from_string(file.read(), Message)
readers = {f"reader{number}@example.org" for number in range(count)}
begun = time.perf_counter()
assert not deliver(papers, message, {"recipients": readers, "verp": True})
print(count / (time.perf_counter() - begun))
"""
MAILMAN_SETTINGS = """
[mailman]
layout: here
[paths.here]
var_dir: {folder}/var
[mta]
smtp_host: 127.0.0.1
smtp_port: {port}
max_sessions_per_connection: 0
[logging.smtp]
level: warn
"""


class Mailer(Protocol):
    """A mailer that somebody else wrote."""

    @property
    def name(self) -> str:
        """What the figure is called."""

    def rate(self, port: int, count: int) -> float:
        """Messages a second, of so many."""


@dataclass(frozen=True)
class Nodemailer:
    """JavaScript; its pool of ten connections is given octets that are ready."""

    folder: Path
    name: str = "nodemailer, pool of raw octets"

    def install(self) -> Nodemailer:
        """From npm's registry, into a folder that is thrown away."""
        javascript.install(self.folder, ["nodemailer"])
        (self.folder / "send.js").write_text(NODEMAILER, encoding="utf-8")
        _write_message(self.folder)
        return self

    def rate(self, port: int, count: int) -> float:
        """By its own clock."""
        arguments = [str(port), str(count), str(CONNECTIONS), "message"]
        return _printed(["node", "send.js", *arguments], self.folder)


@dataclass(frozen=True)
class Javascript:
    """JavaScript's whole pipeline: each reader's digest is rendered, inlined and composed."""

    pipeline: javascript.Pipeline

    @property
    def name(self) -> str:
        """As in `benchmarks/render.py`."""
        return self.pipeline.name

    def rate(self, port: int, count: int) -> float:
        """By its own clock, from the first rendering; ten connections wait for one processor."""
        arguments = [str(port), str(min(count, RENDERED)), str(CONNECTIONS), str(OCTETS)]
        return _printed(["node", "pipeline.js", "send", *arguments], self.pipeline.folder)


@dataclass(frozen=True)
class DjangoNewsletter:
    """Python; renders its own templates for each reader, and sends one after the other."""

    folder: Path
    name: str = "django-newsletter"

    def install(self) -> DjangoNewsletter:
        """From PyPI, into an environment that is thrown away."""
        _environment(self.folder, "django-newsletter>=1.2", "sorl-thumbnail")
        return self

    def rate(self, port: int, count: int) -> float:
        """By its own clock, a connection for each message as its submission makes them."""
        arguments = [str(port), str(min(count, RENDERED)), str(OCTETS)]
        python = str(self.folder / "bin" / "python")
        return _printed([python, "-P", str(NEWSLETTER), *arguments], self.folder)


@dataclass(frozen=True)
class Mailman:
    """Python; renders nothing, but makes each member's copy with a return path of its own."""

    folder: Path
    name: str = "Mailman 3, a copy for each reader"

    def install(self) -> Mailman:
        """From PyPI, into an environment that is thrown away."""
        _environment(self.folder, "mailman>=3.3")
        (self.folder / "send.py").write_text(MAILMAN, encoding="utf-8")
        _write_message(self.folder)
        return self

    def rate(self, port: int, count: int) -> float:
        """By its own clock, over the one connection that its delivery holds; a list a run."""
        settings = MAILMAN_SETTINGS.format(folder=self.folder, port=port)
        (self.folder / "mailman.cfg").write_text(settings, encoding="utf-8")
        (self.folder / "var" / "data" / "mailman.db").unlink(missing_ok=True)
        return _printed([str(self.folder / "bin" / "python"), "send.py", str(count)], self.folder)


def _environment(folder: Path, *packages: str) -> None:
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *packages], check=True)


def _write_message(folder: Path) -> None:
    head = ("From: papers@digest.example", "Message-ID: <1@digest.example>", "Subject: Ten papers")
    (folder / "message").write_bytes("\r\n".join((*head, "", BODY)).encode())


def _printed(command: list[str], folder: Path) -> float:
    done = subprocess.run(command, check=True, cwd=folder, capture_output=True, text=True)
    return float(done.stdout)
