"""Refuses a template when it is compiled, not when the mail is due.

Every name is looked up, with the file and the line of the one that is wrong: also in the
files that it includes, and in the branches that no sample would reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jinja2 import Environment, TemplateSyntaxError, nodes

from digest.errors import TemplateError
from digest.rendering.fields import COLOURS, ENTRY_LATE, LANGUAGE, LISTS, LOOPS, MESSAGE
from digest.rendering.sources import Source, Sources

WORD = "word"
_STATEMENTS = (nodes.Output, nodes.If, nodes.For, nodes.Include)
_TRUTH = (nodes.And, nodes.Or, nodes.Not, nodes.CondExpr)


class Checker:
    """Checks one template, file by file.

    Attributes:
        knows_word: whether the catalogue has a key.
    """

    def __init__(
        self, environment: Environment, sources: Sources, knows_word: Callable[[str], bool]
    ) -> None:
        self._environment = environment
        self._sources = sources
        self._knows_word = knows_word
        self._loops: set[str] = set()

    def check(self, name: str) -> None:
        """Checks a file and all that it includes.

        Raises:
            TemplateError: names the file, the line and what is wrong there.
        """
        self._loops.clear()
        _File(self, self._sources.read(name), {}).check()

    def begin_loop(self, name: str) -> bool:
        """Whether this is the first loop over papers of that name; they are rendered apart."""
        first = name not in self._loops
        self._loops.add(name)
        return first

    def parse(self, source: Source) -> nodes.Template:
        """The file's syntax tree."""
        try:
            return self._environment.parse(source.text, filename=str(source.path))
        except TemplateSyntaxError as error:
            reason = error.message or "it cannot be read"
            raise TemplateError(file=source.path, line=error.lineno, reason=reason) from None

    def included(self, source: Source, line: int, name: str, loop: dict[str, str]) -> None:
        """Checks a file that another includes, inside the loop where that stands."""
        _File(self, self._sources.included(source, line, name), loop).check()

    def knows(self, key: str) -> bool:
        """Whether the catalogue of words has this key."""
        return self._knows_word(key)

    def has_filter(self, name: str) -> bool:
        """Whether templates may use this filter."""
        return name in self._environment.filters


class _File:
    """One file; `scope` says of each loop's variable what it runs over."""

    def __init__(self, checker: Checker, source: Source, scope: dict[str, str]) -> None:
        self._checker = checker
        self._source = source
        self._scope = scope

    def check(self) -> None:
        for node in self._checker.parse(self._source).body:
            self._statement(node)

    def _statement(self, node: nodes.Node) -> None:
        if not isinstance(node, _STATEMENTS):
            raise self._wrong(node, "only {{ }}, if, for and include are possible here")
        if isinstance(node, nodes.Include):
            self._include(node)
        elif isinstance(node, nodes.For):
            self._loop(node)
        elif isinstance(node, nodes.If):
            self._expression(node.test)
            self._statements([*node.body, *node.elif_, *node.else_])
        else:
            for child in node.iter_child_nodes():
                self._expression(child)

    def _statements(self, found: Iterable[nodes.Node]) -> None:
        for node in found:
            self._statement(node)

    def _include(self, node: nodes.Include) -> None:
        if not isinstance(node.template, nodes.Const):
            raise self._wrong(node, "a file is included by its name, in quotes")
        self._checker.included(self._source, node.lineno, str(node.template.value), self._scope)

    def _loop(self, node: nodes.For) -> None:
        if not isinstance(node.target, nodes.Name) or node.test or node.else_ or node.recursive:
            raise self._wrong(node, "a loop is written {% for name in list %}")
        known = self._list_name(node.iter)
        if known is None:
            raise self._wrong(node, f"a loop runs over one of {_listed(LOOPS)}")
        if known and not self._checker.begin_loop(known):
            raise self._wrong(node, f"a second loop over {known}: there can be one")
        inner = {**self._scope, node.target.name: known}
        outer, self._scope = self._scope, inner
        self._statements(node.body)
        self._scope = outer

    def _list_name(self, node: nodes.Node) -> str | None:
        """The name of the list that a loop may run over, None for none."""
        if isinstance(node, nodes.Name) and node.name in LOOPS and not self._scope:
            return node.name
        if isinstance(node, nodes.Getattr) and node.attr in LISTS:
            self._expression(node)
            return ""
        return None

    def _expression(self, node: nodes.Node, *, printed: bool = True) -> None:
        """Checks an expression; `printed` is false where a late value cannot be used."""
        if isinstance(node, nodes.Name):
            self._name(node, printed=printed)
        elif isinstance(node, nodes.Getattr):
            self._field(node, printed=printed)
        elif isinstance(node, nodes.Call):
            self._word(node)
        elif isinstance(node, nodes.Filter) and not self._checker.has_filter(node.name):
            raise self._wrong(node, f"no filter is called {node.name}")
        else:
            inner = printed and isinstance(node, (*_TRUTH, nodes.TemplateData))
            for child in node.iter_child_nodes():
                self._expression(child, printed=inner)

    def _name(self, node: nodes.Name, *, printed: bool) -> None:
        name = node.name
        if name in LANGUAGE:
            return
        if name in self._scope:
            if self._scope[name]:
                raise self._wrong(node, f"{name} is printed by its fields, such as {name}.title")
        elif self._scope:
            inside = f"{name} is not known inside a loop, only the fields of {_listed(self._scope)}"
            raise self._wrong(node, inside)
        elif name not in MESSAGE | COLOURS | LOOPS.keys():
            raise self._wrong(node, f"{name} is not known here; there are {_listed(MESSAGE)}")
        elif not printed:
            raise self._late(node, name)

    def _field(self, node: nodes.Getattr, *, printed: bool) -> None:
        owner = node.node.name if isinstance(node.node, nodes.Name) else ""
        allowed = LOOPS.get(self._scope.get(owner, ""))
        if allowed is None:
            raise self._wrong(node, f"nothing here has a field {node.attr}")
        if node.attr not in allowed:
            known = f"{owner}.{node.attr} is not known; {owner} has {_listed(allowed)}"
            raise self._wrong(node, known)
        if node.attr in ENTRY_LATE and not printed:
            raise self._late(node, f"{owner}.{node.attr}")

    def _word(self, node: nodes.Call) -> None:
        called = isinstance(node.node, nodes.Name) and node.node.name == WORD
        key = node.args[0] if len(node.args) == 1 else None
        if not called or not isinstance(key, nodes.Const):
            raise self._wrong(node, f'only {WORD}("…") can be called, with a key in quotes')
        if not self._checker.knows(str(key.value)):
            raise self._wrong(node, f"no text is called {key.value}")
        for pair in node.kwargs:
            self._expression(pair.value, printed=False)

    def _late(self, node: nodes.Node, name: str) -> TemplateError:
        reason = f"{name} differs for each reader: it can be printed or asked for, nothing else"
        return self._wrong(node, reason)

    def _wrong(self, node: nodes.Node, reason: str) -> TemplateError:
        # Jinja leaves some statements without a line; what stands in them has one.
        inside = (child.lineno for child in node.find_all(nodes.Node) if child.lineno)
        line = node.lineno or next(inside, 1)
        return TemplateError(file=self._source.path, line=line, reason=reason)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
