"""The table of faults in `docs/reliability.md`, from what the trials noted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

BEGIN = "<!-- faults: written by the tests -->"
END = "<!-- end of faults -->"
HEAD = ("fault", "database", "deliveries", "lost", "repeated", "wrongly suppressed", "ended as")


def write_table(trials: Path, document: Path) -> None:
    """Puts the table between the marks of the document, and removes the notes."""
    if not trials.exists():
        return
    found = [json.loads(line) for line in trials.read_text(encoding="utf-8").splitlines()]
    trials.unlink()
    rows = [_cells(one) for one in sorted(found, key=lambda o: (o["fault"], o["database"]))]
    lines = ["| " + " | ".join(cells) + " |" for cells in (HEAD, ("---",) * len(HEAD), *rows)]
    text = document.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join([BEGIN, "", *lines, "", END])
    document.write_text(before + table + after, encoding="utf-8")


def _cells(one: dict[str, Any]) -> tuple[str, ...]:
    states = ", ".join(f"{name} {count}" for name, count in sorted(one["states"].items()))
    numbers = (one[name] for name in ("deliveries", "lost", "repeated", "suppressed"))
    return one["fault"], one["database"], *(f"{n:,}" for n in numbers), states
