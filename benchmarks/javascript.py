"""What JavaScript programs do for each reader: mjml, juice and nodemailer, from npm by name.

`benchmarks/pipeline.js` is the program; it gets the papers, the templates and the key of the
Python pipeline as values, so that both make the same digests with the same links.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digest.model import Digest

SCRIPT = Path(__file__).with_name("pipeline.js")
PACKAGES = ("juice", "mjml", "nodemailer", "nunjucks")


def install(folder: Path, packages: Sequence[str]) -> None:
    """From npm's registry, into a new folder; each package's newest release for this Node.js."""
    folder.mkdir()
    (folder / "package.json").write_text(json.dumps({"private": True}), encoding="utf-8")
    command = ["npm", "install", "--no-audit", "--no-fund", "--silent", *packages]
    subprocess.run(command, check=True, cwd=folder)


@dataclass(frozen=True)
class Pipeline:
    """The installed program."""

    folder: Path
    name: str = "JavaScript: mjml, juice, nodemailer"

    def install(self, facts: Mapping[str, object]) -> Pipeline:
        """Into a folder that is thrown away.

        Args:
            facts: what the digests say (`benchmarks.render.facts`).
        """
        install(self.folder, PACKAGES)
        shutil.copy(SCRIPT, self.folder)
        (self.folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
        return self

    @contextmanager
    def renderer(self) -> Iterator[Renderer]:
        """A process that renders and composes, and sends nothing; warm after the first rounds."""
        with subprocess.Popen(
            ["node", "pipeline.js", "render"],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            yield Renderer(process)


@dataclass(frozen=True)
class Renderer:
    """A pipeline that waits for work on its standard input."""

    process: subprocess.Popen[str]

    def microseconds(self, some: Sequence[Digest]) -> float:
        """Processor time of one message, by its own count."""
        return self._asked(some)["microseconds"]

    def octets(self, digest: Digest) -> int:
        """How long its message is."""
        return int(self._asked([digest])["octets"])

    def _asked(self, some: Sequence[Digest]) -> dict[str, float]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{some[0].subscriber.id - 1} {len(some)}\n")
        self.process.stdin.flush()
        answer: dict[str, float] = json.loads(self.process.stdout.readline())
        return answer
