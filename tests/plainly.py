"""A digest's message by Jinja alone, as one would write it: nothing kept, spliced or joined.

Slow and obvious, for what the renderer makes of pieces to be held against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from markupsafe import Markup, escape

from digest import words
from digest.links import Links
from digest.model import Digest, Entry, Paper
from digest.rendering import Renderer, letter_of
from digest.rendering.clean import clean
from digest.rendering.fields import ENTRY_LATE, LOOPS, MESSAGE
from digest.rendering.papers import Detail, paper_fields
from digest.rendering.sentences import ADDRESS, schedule_facts, sentences, why
from digest.rendering.shared import Sharing
from digest.rendering.template import Part, _language, wrap
from digest.rendering.views import headings
from digest.returning import told
from digest.words import Words
from tests import emails

Rows = Sequence[dict[str, str]]
LINKS = Links(emails.SENDER.public_url, emails.RING)


def filled(renderer: Renderer, digest: Digest) -> tuple[str, str]:
    """The HTML and the text, with every entry whole."""
    language = words.load(digest.subscriber.locale)
    template = renderer._template(letter_of(digest).template)  # the template itself
    html, text = _why(digest, language)
    said = _said(digest, language)
    in_html = {**said, "why": Markup(html)}  # escaped by `_why`
    in_text = {
        name: value if name.endswith("_url") else wrap(value) for name, value in said.items()
    }
    in_text["why"] = wrap(text)
    return (
        _part(template.html, in_html, _rows(digest, language), digest, language),
        _part(template.text, in_text, _wrapped(digest, language), digest, language),
    )


def _part(part: Part, said: Mapping[str, str], rows: Rows, digest: Digest, language: Words) -> str:
    entries = [entry.paper for entry in digest.entries]
    none = [dict.fromkeys(ENTRY_LATE, "")] * max(len(digest.also), len(digest.missed))
    lists = {
        "entries": _list(part, "entries", entries, rows, language),
        "also": _list(part, "also", digest.also, none, language),
        "missed": _list(part, "missed", digest.missed, none, language),
    }
    none_of_them = dict.fromkeys(MESSAGE | LOOPS.keys(), "")
    return part.frame.render({**none_of_them, **said, **lists, **_language(language)})


def _list(part: Part, loop: str, papers: Sequence[Paper], rows: Rows, language: Words) -> Markup:
    if loop not in part.loops:
        return Markup()
    detail = Detail.FULL if loop == "entries" else Detail.TITLE
    texts = [
        part.render_item(loop, asdict(paper_fields(paper, language, detail)) | row, language)
        for paper, row in zip(papers, rows, strict=False)
    ]
    # Each paper ends where a line ends.
    return Markup("".join(text.removesuffix("\n") + "\n" for text in texts))


def _rows(digest: Digest, language: Words) -> Rows:
    """What differs in an entry for its reader."""
    return [
        {"heading": heading, **_told(entry, language), **_links(digest, entry)}
        for entry, heading in zip(digest.entries, headings(digest, language), strict=True)
    ]


def _wrapped(digest: Digest, language: Words) -> Rows:
    return [
        {name: value if name.endswith("_url") else wrap(value) for name, value in row.items()}
        for row in _rows(digest, language)
    ]


def _told(entry: Entry, language: Words) -> dict[str, str]:
    because = clean(language.reason(entry.reason), 300)
    returned = clean(told(entry.returned, language), 300)
    return {"reason": language("entry.because", reason=because), "returned": returned}


def _links(digest: Digest, entry: Entry) -> dict[str, str]:
    address = LINKS.feedback(digest.subscriber.id, entry.paper.key)
    return {"more_url": f"{address}/more", "less_url": f"{address}/less"}


def _said(digest: Digest, language: Words) -> dict[str, str]:
    reader = digest.subscriber
    welcome = {
        "date": language.date(digest.date, "full"),
        **schedule_facts(reader.schedule, language),
    }
    return {
        **Sharing(emails.SENDER).of(digest, language).fields,
        **sentences(digest, language)._asdict(),
        "unsubscribe_url": LINKS.unsubscribe(reader.id),
        "preferences_url": LINKS.preferences(reader.id),
        "web_copy_url": LINKS.web_copy(reader.id, digest.kind, digest.occasion),
        "welcome_text": language("welcome.text", **welcome) if digest.kind == "welcome" else "",
    }


def _why(digest: Digest, language: Words) -> tuple[str, str]:
    reader, address = digest.subscriber, clean(digest.subscriber.email, 320)
    since = reader.confirmed_at.date() if reader.confirmed_at else None
    html, text = why(reader.topics, reader.schedule, since, language)
    return html.replace(ADDRESS, escape(address)), text.replace(ADDRESS, address)
