"""Papers as JSON and back: one spelling for one paper, so that equal papers hash equally."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from digest.model import Link, LinkKind, Paper, Trend

_DEFAULTS = {field.name: field.default for field in fields(Paper)}


def to_record(paper: Paper) -> dict[str, Any]:
    """The fields of a paper that say something, as JSON has them."""
    record = {name: getattr(paper, name) for name in _DEFAULTS}
    filled = {name: value for name, value in record.items() if value != _DEFAULTS[name]}
    if paper.published:
        filled["published"] = paper.published.isoformat()
    if paper.links:
        filled["links"] = [{"kind": link.kind.value, "url": link.url} for link in paper.links]
    if paper.trend:
        filled["trend"] = asdict(paper.trend)
    return filled


def from_record(record: Mapping[str, Any]) -> Paper:
    """The paper of a record that `to_record` made."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
    }
    if "published" in values:
        values["published"] = date.fromisoformat(values["published"])
    if "trend" in values:
        values["trend"] = Trend(**values["trend"])
    links = record.get("links", ())
    values["links"] = tuple(Link(LinkKind(link["kind"]), link["url"]) for link in links)
    return Paper(**values)


def dumps(value: object) -> str:
    """JSON in one spelling."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
