"""What a template may ask for.

The names are a promise to those who write their own templates; `docs/templates.md` explains
them. A field of the message or of a reader is put in late, for each reader: a template can
print it and ask whether it is there, no more. A field of a paper is plain text, rendered once.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

#: Colours, put in when a template is compiled.
COLOURS = frozenset({"accent", "accent_tint", "accent_dark", "accent_dark_tint"})

#: Fields of the language, known everywhere: its tag, its direction, and the sides on which a
#: line starts and ends.
LANGUAGE = frozenset({"lang", "dir", "start", "end"})

#: Fields of every message.
COMMON = frozenset(
    {
        "brand", "subject", "preheader", "title", "intro", "why", "sources",
        "logo_url", "postal_address", "web_copy_url", "preferences_url", "unsubscribe_url",
        "reply_hint",
    }
)  # fmt: skip
#: Fields of a digest.
DIGEST = frozenset({"welcome_title", "welcome_text", "also_heading", "missed_heading", "cut_note"})
#: Fields of a notice: confirm, goodbye.
NOTICE = frozenset({"topics", "note", "action", "action_url"})
MESSAGE = COMMON | DIGEST | NOTICE

#: Fields of an entry that differ from reader to reader.
ENTRY_LATE = frozenset({"heading", "reason", "returned", "more_url", "less_url"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFields:
    """A paper as a template sees it: clean text, "" for what is not known."""

    title: str
    url: str
    votes: str
    votes_aloud: str
    trend: str
    who: str
    comments: str
    summary: str
    pdf_url: str
    code_url: str
    stars: str
    project_url: str
    discussion_url: str
    keywords: tuple[str, ...] = ()


PAPER = frozenset(field.name for field in fields(PaperFields))
LISTS = frozenset({"keywords"})
#: The loops that a template may have, with the fields of what they run over.
LOOPS = {"entries": PAPER | ENTRY_LATE, "also": PAPER, "missed": PAPER}
