"""The imports go one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

# A layer may import what stands below it, never what stands above or beside it.
LAYERS: list[set[str]] = [
    {"__main__"},
    {"cli"},
    {"demo", "schedule", "workers", "preview", "web", "doctor"},
    {"inbox", "processes", "rehearsal"},
    {"children"},
    {"app"},
    {"parts"},
    {"publish", "upkeep", "figures"},
    {"sources", "editions", "archive", "selection", "rendering", "delivery", "likes"}
    | {"outcomes", "audit", "signin", "link_keys"},
    {
        "embedding",
        "words",
        "links",
        "returnpath",
        "keys",
        "text",
        "identity",
        "sample",
        "pages",
        "naming",
    }
    | {"calendars", "occasions", "logs", "metrics", "returning"},
    {"database", "dns", "http", "config", "settings", "folders", "loop"},
    {"model", "errors", "migrations", "presets", "testing", "signing_process"},
]
# What may import a sibling of its own layer, and why.
SIBLINGS = {
    ("words", "naming"),  # a reason names the conditions that it is about
    ("archive", "editions"),  # the archive stores what editions decides
    ("config", "settings"),
    ("http", "settings"),
    ("schedule", "web"),  # `digest run` is the scheduler and the site in one process
    ("web", "workers"),  # the operator's page of jobs
    ("demo", "web"),  # the demo's mails have working links
    ("selection", "likes"),
}
HOMES = {
    "aiosmtplib": "digest.delivery",
    "apscheduler": "digest.schedule",
    "procrastinate": "digest.workers",
    "mjml": "digest.rendering.compiler",
    "premailer": "digest.rendering.compiler",
    "cssselect": "digest.rendering.lint",
    "lxml": "digest.rendering.lint",
    "tinycss2": "digest.rendering.lint",
    "httpx": "digest.http",
    "dns": "digest.dns",
    "bibtexparser": "digest.likes.bibtex",
    "stamina": "digest.http",
    "argon2": "digest.signin",
    "feedparser": "digest.sources.xml",
    "defusedxml": "digest.text.xml",
    "pylatexenc": "digest.text.latex",
}


def _modules() -> Iterator[tuple[str, Path]]:
    for package in ("digest", "subscribers"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts).removesuffix(".__init__"), path


MODULES = list(_modules())


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _part(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def _layer(part: str) -> int:
    return next((number for number, parts in enumerate(LAYERS) if part in parts), -1)


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_imports_go_down(module: str, path: Path) -> None:
    if module.startswith(("digest.testing", "digest.migrations")):
        return
    for name in _imports(path):
        if module.startswith("subscribers"):
            assert not name.startswith("digest"), f"{module} imports {name}"
        elif name.startswith("digest.") and _part(name) != _part(module):
            above, below = _layer(_part(module)), _layer(_part(name))
            if below == -1:
                continue  # a name of `digest` itself, such as __version__
            assert above != -1, f"{module} stands in no layer"
            sibling = (_part(module), _part(name)) in SIBLINGS
            assert above < below or sibling, f"{module} imports {name}"


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_a_third_party_has_one_home(module: str, path: Path) -> None:
    for name in _imports(path):
        home = HOMES.get(name.partition(".")[0])
        assert home is None or module.startswith(home), f"{module} imports {name}, not {home}"
