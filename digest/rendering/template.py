"""A template, compiled: its frame and its loops, each rendered no more often than needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import StrictUndefined, Template, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from digest import words
from digest.rendering.checker import WORD, Checker
from digest.rendering.compiler import VERSION, load_or_compile
from digest.rendering.fields import LOOPS, MESSAGE
from digest.rendering.sources import HTML, SUBJECT, TEXT, Sources
from digest.rendering.splice import Hole
from digest.words import Words

WIDTH = 72  # columns of the text part
#: `safe` and its like would let a paper's title write HTML.
_FORBIDDEN_FILTERS = ("safe", "xmlattr", "tojson", "pprint", "random", "map", "attr")


@dataclass(frozen=True, slots=True)
class Part:
    """One of a template's three texts.

    Attributes:
        frame: everything outside the loops, each of which has become a hole.
        loops: the body of each loop and the name of its variable.
    """

    frame: Template
    loops: Mapping[str, tuple[str, Template]]

    def render_frame(self, shown: frozenset[str], language: Words) -> str:
        """The frame for those readers for whom exactly these fields are there."""
        values = {name: Hole(name) if name in shown else "" for name in MESSAGE | LOOPS.keys()}
        return self.frame.render({**values, **_language(language)})

    def render_item(self, loop: str, fields: Mapping[str, object], language: Words) -> str:
        """The body of a loop for one paper."""
        variable, template = self.loops[loop]
        return template.render({variable: fields, **_language(language)})


def _language(language: Words) -> dict[str, object]:
    start, end = ("left", "right") if language.direction == "ltr" else ("right", "left")
    sides = {"start": start, "end": end}
    return {WORD: language, "lang": language.language, "dir": language.direction, **sides}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template ready to be rendered; `hash` changes with any of its sources."""

    name: str
    hash: str
    subject: Part
    html: Part
    text: Part


def compile_template(
    name: str, sources: Sources, colours: Mapping[str, str], cache: Path, own: Path | None
) -> Compiled:
    """Checks and compiles a template.

    Args:
        name: a folder of `templates/email`.
        sources: where its files are found.
        colours: put in before MJML.
        cache: where the compiled HTML is kept.
        own: an installation's templates folder.

    Raises:
        TemplateError: names the file, the line and what is wrong there.
    """
    plain, escaping = _environment(escape=False), _environment(escape=True)
    checker = Checker(plain, sources, words.load(words.FALLBACK, own).knows)
    for file in (SUBJECT, HTML, TEXT):
        checker.check(f"{name}/{file}")
    key = sources.digest(name)
    text = sources.whole(f"{name}/{HTML}")
    coloured = f"{key}-{'-'.join(value.strip('#') for value in colours.values())}-{VERSION}"
    html = load_or_compile(cache, coloured, sources.read(f"{name}/{HTML}"), text, colours)
    return Compiled(
        name,
        key,
        _part(plain, sources.whole(f"{name}/{SUBJECT}").strip()),
        _part(escaping, html),
        _part(plain, sources.whole(f"{name}/{TEXT}")),
    )


def _environment(*, escape: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=escape, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    for name in _FORBIDDEN_FILTERS:
        environment.filters.pop(name)
    environment.filters["wrap"] = wrap
    environment.globals.clear()
    return environment


def wrap(text: object, width: int = WIDTH) -> str:
    """Lines of at most `width` characters, addresses kept whole.

    The standard library's `textwrap` does more and takes ten times as long, for each reader.
    """
    rest = " ".join(str(text).split())
    lines = []
    while len(rest) > width:
        place = rest.rfind(" ", 0, width + 1)
        if place < 0:
            place = rest.find(" ")  # a word that is longer than a line stays whole
        if place < 0:
            break
        lines.append(rest[:place])
        rest = rest[place + 1 :]
    return "\n".join([*lines, rest])


def _part(environment: ImmutableSandboxedEnvironment, source: str) -> Part:
    tree = environment.parse(source)
    extractor = _LoopExtractor()
    frame = extractor.visit(tree)
    loops = {
        name: (variable, environment.from_string(nodes.Template(body, lineno=1)))
        for name, (variable, body) in extractor.loops.items()
    }
    return Part(environment.from_string(frame), loops)


class _LoopExtractor(NodeTransformer):
    """Takes the loops over papers out of a tree and leaves their names in their places."""

    def __init__(self) -> None:
        self.loops: dict[str, tuple[str, list[nodes.Node]]] = {}

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802  # Jinja calls it by this name
        if not isinstance(node.iter, nodes.Name) or not isinstance(node.target, nodes.Name):
            return node
        self.loops[node.iter.name] = (node.target.name, node.body)
        return nodes.Output([node.iter], lineno=node.lineno)
