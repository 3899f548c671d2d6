"""Programs that judge a message, none of them ours. Each test skips where its judge is not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support import ROOT, SHARED, missing


def program(name: str, package: str) -> str:
    """The path of a program, also of one that npm installed in the project's folder."""
    places = f"{ROOT / 'node_modules' / '.bin'}:/usr/sbin:/usr/bin:/usr/local/bin"
    found = shutil.which(name) or shutil.which(name, path=places)
    if found is None:
        missing(f"{name} ({package})")
    return str(found)


def spam_score(data: bytes) -> tuple[float, str]:
    """SpamAssassin's points, by its local rules, and what they are for."""
    tool = program("spamassassin", "Debian: spamassassin")
    report = subprocess.run([tool, "-L", "-t"], input=data, capture_output=True, check=True)
    text = report.stdout.decode("utf-8", "replace")
    points = re.search(r"Content analysis details:\s+\((-?[\d.]+) points", text)
    assert points, text
    return float(points[1]), text[points.start() :]


def opendkim(data: bytes, records: Mapping[str, str], folder: Path) -> str:
    """What opendkim-testmsg says against a signature, "" where it accepts all."""
    tool = program("opendkim-testmsg", "Debian: opendkim-tools")
    unshare = program("unshare", "Debian: util-linux")
    setup = "ip link set lo up && mount --bind resolv.conf /etc/resolv.conf"
    alone = [unshare, "--mount", "--net", "sh", "-c"]
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    if subprocess.run([*alone, setup], cwd=folder, capture_output=True, check=False).returncode:
        missing("the right to make a namespace (run as root, with Debian's iproute2)")
    zone = folder / "records.json"
    zone.write_text(json.dumps(records))
    ours = f"{sys.executable} -m tests.nameserver {zone} {tool}"
    done = subprocess.run(
        [*alone, f"cd {folder} && {setup} && cd {ROOT} && exec {ours}"],
        input=data,
        capture_output=True,
        check=False,
    )
    said = (done.stdout + done.stderr).decode()
    return said or ("refused" if done.returncode else "")


def html_findings(html: str, folder: Path) -> list[str]:
    """What html-validate finds, by the rules for email that are shared."""
    tool = program("html-validate", "npm: html-validate@10")
    rules = SHARED / "bench" / "htmlvalidate.json"
    if not rules.is_file():
        missing("the shared rules for html-validate")
    page = folder / "page.html"
    page.write_text(html, encoding="utf-8")
    done = subprocess.run(
        [tool, "-c", str(rules), "-f", "json", str(page)], capture_output=True, check=False
    )
    results = json.loads(done.stdout)
    return [f"{m['line']}: {m['message']}" for r in results for m in r["messages"]]


def mjml_strict(source: str, folder: Path) -> str:
    """What npm's mjml says in strict mode against a source, "" where it accepts it."""
    tool = program("mjml", "npm: mjml@5")
    path = folder / "source.mjml"
    path.write_text(source, encoding="utf-8")
    command = [tool, str(path), "--config.validationLevel=strict", "-o", str(folder / "out.html")]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.stderr.decode() if done.returncode or done.stderr else ""
