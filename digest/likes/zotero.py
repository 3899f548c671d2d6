"""Zotero's plainer exports, which others write, too: CSV, CSL JSON and RIS."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from digest.likes.references import Problem, reference
from digest.model import Paper
from digest.text import clean, clean_html
from subscribers.errors import TransferError

_CSV_IDS = ("Number", "Archive Location", "Archive ID", "Extra", "Report Number")
_CSL_IDS = ("number", "archive_location", "note", "arxiv", "eprint")
#: A tag, two spaces, a hyphen, a space (Research Information Systems, RIS format).
_RIS_LINE = re.compile(r"^([A-Z][A-Z0-9])  ?- ?(.*)$")
_RIS_IDS = ("M1", "N1", "AN", "C1", "IS", "VL", "JO", "T2", "L1", "L2")
_LARGEST_FIELD = 1_000_000  # an attached note can be long


def read_csv(text: str) -> Iterator[Paper | Problem]:
    """The rows of Zotero's CSV.

    Raises:
        TransferError: it is no table with a column Title.
    """
    csv.field_size_limit(_LARGEST_FIELD)
    rows = csv.DictReader(io.StringIO(text), strict=True)
    try:
        if "Title" not in (rows.fieldnames or ()):
            raise TransferError(place="line 1", reason="Zotero's CSV has a column Title")
        for number, row in enumerate(rows, 1):
            yield _csv_paper({k: v or "" for k, v in row.items() if isinstance(k, str)}, number)
    except csv.Error as error:
        raise TransferError(
            place=f"line {rows.reader.line_num}", reason=f"it is no CSV: {error}"
        ) from None


def _csv_paper(row: Mapping[str, str], number: int) -> Paper | Problem:
    return reference(
        f"row {number}",
        title=clean_html(row["Title"]),
        abstract=clean_html(row.get("Abstract Note", "")),
        doi=clean(row.get("DOI", "")),
        url=clean(row.get("Url", "")),
        ids=[clean(row.get(name, "")) for name in _CSV_IDS],
    )


def read_csl(text: str) -> Iterator[Paper | Problem]:
    """The items of CSL JSON.

    Raises:
        TransferError: it is no list of items.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is the first
        raise TransferError(place=_place(error), reason=f"it is no JSON: {error}") from None
    items = value.get("items") if isinstance(value, dict) else value
    if not isinstance(items, list):
        raise TransferError(place="the file", reason="CSL JSON is a list of items")
    for number, item in enumerate(items, 1):
        yield _csl_paper(item, f"entry {number}")


def _csl_paper(item: Any, place: str) -> Paper | Problem:  # noqa: ANN401  # whatever JSON holds
    if not isinstance(item, dict):
        return Problem(place, "it is no object")
    texts = {name: str(value) for name, value in item.items() if isinstance(value, str | int)}
    return reference(
        place,
        title=clean_html(texts.get("title", "")),
        abstract=clean_html(texts.get("abstract", "")),
        doi=clean(texts.get("DOI", "")),
        url=clean(texts.get("URL", "")),
        ids=[clean(texts.get(name, "")) for name in _CSL_IDS],
    )


def _place(error: Exception) -> str:
    return f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "the file"


def read_ris(text: str) -> Iterator[Paper | Problem]:
    """The entries of RIS, each from TY to ER."""
    fields: dict[str, list[list[str]]] = {}  # of each tag its values, of each value its lines
    begun = 0
    for number, line in enumerate(text.splitlines(), 1):
        match = _RIS_LINE.match(line)
        if match is None:
            if line.strip() and fields:
                next(reversed(fields.values()))[-1].append(line)  # a long field goes on
            continue
        tag, value = match.groups()
        if tag == "TY":
            if fields:
                yield _unclosed(begun)
            fields, begun = {}, number
        elif tag == "ER":
            yield _ris_paper(fields, f"line {begun}")
            fields = {}
            continue
        fields.setdefault(tag, []).append([value])
    if fields:
        yield _unclosed(begun)


def _unclosed(begun: int) -> Problem:
    return Problem(f"line {begun}", "the entry has no end (ER)")


def _ris_paper(fields: Mapping[str, list[list[str]]], place: str) -> Paper | Problem:
    def first(*tags: str) -> str:
        return next((clean(" ".join(fields[tag][0])) for tag in tags if tag in fields), "")

    return reference(
        place,
        title=first("TI", "T1"),
        abstract=first("AB", "N2"),
        doi=first("DO"),
        url=first("UR"),
        ids=[clean(" ".join(lines)) for tag in _RIS_IDS for lines in fields.get(tag, ())],
    )
