"""A message of every template, filled with the sample edition: for checks, without a reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from digest import sample
from digest.model import DAILY, WEEKLY, WELCOME, Digest, Entry, Message, Reason, Rule, Tier, Trend
from digest.rendering.renderer import Renderer

_AT = datetime(2026, 8, 21, 6, tzinfo=UTC)
_TOPICS = (("agent harness", "agent harnesses"), ("RL", "reinforcement learning"))
_OF_THEIR_OWN_KIND = frozenset({WELCOME, WEEKLY})
_ENTRIES = 10
_MAKES_ITS_LINK = "confirm"
_ACTION = "https://papers.example.org/"


def specimen(renderer: Renderer, template: str) -> Message:
    """The message that a template makes of the sample edition.

    Raises:
        TemplateError: the template cannot be compiled.
    """
    reader = replace(sample.subscribers()[0], template=template)
    if renderer.is_notice(template):
        facts = {} if template == _MAKES_ITS_LINK else {"action_url": _ACTION}
        return renderer.compose_notice(
            template, reader, _AT, occasion="specimen", facts=facts
        ).sign()
    kind = template if template in _OF_THEIR_OWN_KIND else DAILY
    edition = sample.edition()
    digest = Digest(
        subscriber=reader,
        kind=kind,
        occasion=f"{edition.date}",
        date=edition.date,
        entries=tuple(_entry(place) for place in range(_ENTRIES)),
        also=edition.papers[_ENTRIES : _ENTRIES + 3],
        missed=edition.papers[_ENTRIES + 3 : _ENTRIES + 8] if kind == WEEKLY else (),
        considered=len(edition.papers),
    )
    return renderer.render(digest, _AT)


def _entry(place: int) -> Entry:
    text, label = _TOPICS[place * len(_TOPICS) // _ENTRIES]
    reason = Reason(rule=Rule.PHRASE, topic=text, phrase=text, field="title")
    paper = sample.edition().papers[place]
    if place == 0:
        paper = replace(paper, trend=Trend(gained=30, hours=24))
    return Entry(paper=paper, tier=Tier.MATCHED, reason=reason, topic=label)
