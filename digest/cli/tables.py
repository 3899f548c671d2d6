"""Rows as a table that breaks no word; where even that is too wide, one value a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.markup import escape
from rich.table import Table

_GAP = 2  # columns of the terminal between two of the table
_SHORT = 24  # what is no longer is kept on one line where there is room


def as_table(rows: Sequence[Mapping[str, Any]], title: str, width: int) -> Table:
    """Rows with the same names for a terminal of so many columns.

    Args:
        rows: one at least.
        title: above the table; "" for none.
        width: of the terminal.
    """
    names = [name.replace("_", " ") for name in rows[0]]
    cells = [[_cell(value) for value in row.values()] for row in rows]
    widths = _widths([names, *cells], width)
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    if widths is None:
        return _one_below_the_other(table, names, cells)
    for name, key, columns in zip(names, rows[0], widths, strict=True):
        numbers = all(isinstance(row[key], int | float) for row in rows)
        table.add_column(
            name, justify="right" if numbers else "left", overflow="fold", width=columns
        )
    for row in cells:
        table.add_row(*map(escape, row))
    return table


def _one_below_the_other(table: Table, names: list[str], cells: list[list[str]]) -> Table:
    table.show_header = False
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for number, row in enumerate(cells):
        if number:
            table.add_row()
        for name, cell in zip(names, row, strict=True):
            if cell:
                table.add_row(escape(name), escape(cell))
    return table


def _widths(lines: list[list[str]], width: int) -> list[int] | None:
    """How wide each column is; None where a word would have to be broken."""
    columns = list(zip(*lines, strict=True))
    room = width - _GAP * (len(columns) - 1)
    whole = [_longest(column, "\n") for column in columns]
    words = [_longest(column, None) for column in columns]
    kept = [n if n <= _SHORT else least for n, least in zip(whole, words, strict=True)]
    found = next((least for least in (kept, words) if sum(least) <= room), None)
    if found is None:
        return None
    for _ in range(min(room, sum(whole)) - sum(found)):
        # To the column that still lacks the most of what it would like.
        lacking = [wanted / has for wanted, has in zip(whole, found, strict=True)]
        found[lacking.index(max(lacking))] += 1
    return found


def _longest(column: Sequence[str], separator: str | None) -> int:
    """The widest line of a column, or word where no separator is given."""
    parts = (part for cell in column for part in cell.split(separator))
    return max(map(cell_len, parts), default=0) or 1


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, Mapping):
        return " ".join(_cell(item) for item in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(_cell(item) for item in value)
    return str(value)
