"""A digest and a reader's state → the octets of a message, the same at every rendering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path

import platformdirs

from digest import keys, words
from digest.errors import RenderError
from digest.links import Links
from digest.model import Digest, Message
from digest.presets import PRESETS
from digest.rendering import mime, views
from digest.rendering.assembly import Draft, Pieces
from digest.rendering.budget import LARGEST_HTML
from digest.rendering.clean import clean_header
from digest.rendering.colours import palette
from digest.rendering.fragments import ENTRIES, Fields, Fragments
from digest.rendering.heads import Heads, Occasion
from digest.rendering.papers import Detail
from digest.rendering.shared import Sharing
from digest.rendering.signing import Signer
from digest.rendering.sources import Sources
from digest.rendering.template import Compiled, compile_template
from digest.settings import Settings
from digest.words import Words
from subscribers.model import Subscriber
from subscribers.tokens import Keyring

DAILY = "daily"
_UNLIMITED = 1 << 40


class Renderer:
    """Makes messages of digests. One is made per installation and shared; it keeps pieces.

    Args:
        settings: sender, templates, keys and cache folders.
        ring: what links, return paths and message ids are derived from.
        mark: stands before every subject, so that a test is known as one.

    Raises:
        ConfigError: a setting leaves no room for a header that mail clients can read.
        SigningKeyError: a key that the settings name cannot be used.
    """

    def __init__(self, settings: Settings, ring: Keyring, *, mark: str = "") -> None:
        self._settings = settings
        self._ring = ring
        self._mark = mark
        self._sources = Sources(settings.templates)
        self._heads = Heads(settings, ring)
        self._signer = _signer(settings, self._heads.domain)
        self._cache = settings.cache or Path(platformdirs.user_cache_dir("paper-digest"))
        self._sharing = Sharing(settings.sender)
        self._made_links = lru_cache(partial(Links, settings.sender.public_url, ring))
        self._colours = palette(settings.sender.accent)
        self._compiled: dict[str, Compiled] = {}
        self._fragments: dict[tuple[str, str], Fragments] = {}

    def render(self, digest: Digest, at: datetime, *, key_id: int | None = None) -> Message:
        """The message of a digest: the same arguments give the same octets.

        Args:
            digest: a daily one takes its subscriber's template, another that of its kind.
            at: the planned time, which gives Date and the signature's time.
            key_id: the key of an earlier rendering, so that its links come out again.

        Raises:
            RenderError: the message cannot be made.
            TemplateError: its template cannot be compiled.
        """
        return self._render(digest, at, key_id, LARGEST_HTML)

    def parts(
        self, digest: Digest, at: datetime, *, key_id: int | None = None, whole: bool = False
    ) -> tuple[str, str, Sequence[tuple[str, str]]]:
        """The HTML, the text and the headers of the message that `render` makes.

        Args:
            digest: as in `render`.
            at: as in `render`.
            key_id: as in `render`.
            whole: leave nothing out for the sake of size: for the web copy.

        Raises:
            RenderError: the message cannot be made.
            TemplateError: its template cannot be compiled.
        """
        message = self._render(digest, at, key_id, _UNLIMITED if whole else LARGEST_HTML)
        headers = [(name, str(value)) for name, value in mime.to_email(message).items()]
        return mime.part(message, "html"), mime.part(message, "plain"), headers

    def render_notice(
        self,
        kind: str,
        subscriber: Subscriber,
        at: datetime,
        *,
        occasion: str,
        facts: Mapping[str, str],
        key_id: int | None = None,
    ) -> Message:
        """A message without papers: `confirm`, `goodbye`.

        Args:
            kind: its template and its words.
            subscriber: to whom.
            at: the planned time; a confirmation's link ends 48 hours later.
            occasion: what makes it unique for its subscriber.
            facts: replaces fields of the notice, such as `action_url` or `note`.
            key_id: as in `render`.

        Raises:
            RenderError: the message cannot be made, or a fact is no field.
            TemplateError: its template cannot be compiled.
        """
        of = self._occasion(subscriber, kind, occasion, at, key_id)
        language, links = self._language(subscriber), self._links(of)
        fields = views.present(views.notice_fields(of, language, links, self._settings, facts))
        draft = Draft(self._pieces(kind, subscriber), self._sharing.notice, fields, (), ())
        html, text = draft.join(())
        unsubscribe = views.leaving(of, links, self._settings) if kind in views.LEAVABLE else ""
        return self._message(of, draft, html, text, unsubscribe, "")

    def templates(self) -> list[str]:
        """The names of all templates: the program's and the installation's own."""
        return self._sources.names()

    def is_notice(self, name: str) -> bool:
        """Whether a template shows no papers.

        Raises:
            TemplateError: there is no such template, or it cannot be compiled.
        """
        return ENTRIES not in self._template(name).html.loops

    def template_hash(self, name: str) -> str:
        """Changes with any file that the template is made of.

        Raises:
            TemplateError: there is no such template, or it cannot be compiled.
        """
        return self._template(name).hash

    def _render(self, digest: Digest, at: datetime, key_id: int | None, room: int) -> Message:
        subscriber = digest.subscriber
        of = self._occasion(subscriber, digest.kind, digest.occasion, at, key_id)
        language, links = self._language(subscriber), self._links(of)
        name = template_name(digest)
        unsubscribe = views.leaving(of, links, self._settings)
        fields = views.present(views.digest_fields(digest, of, language, links, unsubscribe))
        shared = self._sharing.of(digest, language)
        items = views.items(digest, language, links)
        draft = Draft(
            self._pieces(name, subscriber), shared, fields, items, digest.also, digest.missed
        )
        html, text = draft.join((Detail.FULL,) * len(items))
        if _size(html) > room:  # its decoded form may still be within it
            draft, html, text = _shrunk(draft, room, language)
        feedback = f"{digest.date}:{digest.kind}:{name}"
        return self._message(of, draft, html, text, unsubscribe, feedback)

    def _message(
        self,
        of: Occasion,
        draft: Draft,
        html: Pieces,
        text: Pieces,
        unsubscribe: str,
        feedback: str,
    ) -> Message:
        sender, to, envelope_id = self._heads.envelope(of)
        title = draft.subject()
        message_id = self._heads.message_id(of)
        subject = clean_header(self._mark + title, 200)
        head = self._heads.block(of, to, subject, message_id, unsubscribe, feedback)
        if not mime.is_meant(head):
            reason = "a header would be read as another than is meant"
            raise RenderError(kind=of.kind, recipient=to, reason=reason)
        body = mime.body(text, html)
        signatures = self._signer.sign(head, body, of.at)
        data = b"".join((signatures, head, b"\r\n", *body))
        # No line of an encoded part begins with a dot (`quoted`), and no header does.
        return Message(message_id, sender, to, data, envelope_id, vouched=True)

    def _occasion(
        self, subscriber: Subscriber, kind: str, occasion: str, at: datetime, key_id: int | None
    ) -> Occasion:
        used = self._ring.current if key_id is None else key_id
        if used not in self._ring.keys:
            reason = f"the link key {used} is not in {keys.LINKS_FILE}"
            raise RenderError(kind=kind, recipient=subscriber.email, reason=reason)
        return Occasion(subscriber=subscriber, kind=kind, occasion=occasion, at=at, key_id=used)

    def _language(self, subscriber: Subscriber) -> Words:
        return words.load(subscriber.locale, self._settings.templates)

    def _links(self, of: Occasion) -> Links:
        return self._made_links(of.key_id)

    def _pieces(self, name: str, subscriber: Subscriber) -> Fragments:
        found = self._fragments.get((name, subscriber.locale))
        if found is None:
            found = Fragments(self._template(name), self._language(subscriber))
            self._fragments[name, subscriber.locale] = found
        return found

    def _template(self, name: str) -> Compiled:
        found = self._compiled.get(name)
        if found is None:
            found = compile_template(
                name, self._sources, self._colours, self._cache, self._settings.templates
            )
            self._compiled[name] = found
        return found


def template_name(digest: Digest) -> str:
    """The template of a digest: the reader's choice for a daily one, else that of its kind."""
    return digest.subscriber.template if digest.kind == DAILY else digest.kind


def _size(pieces: Pieces) -> int:
    return sum(map(len, pieces))


def _shrunk(draft: Draft, room: int, language: Words) -> tuple[Draft, Pieces, Pieces]:
    """The same message with entries at the end shortened, and a note that says so."""
    noted: Fields = {**draft.fields, "cut_note": views.cut_note(len(draft.items), language)}
    frame, _ = replace(draft, fields=noted, items=()).join(())
    details = draft.fit(room, _size(frame))
    if all(detail is Detail.FULL for detail in details) and len(details) == len(draft.items):
        return draft, *draft.join(details)
    missing = len(draft.items) - len(details)
    noted = {**draft.fields, "cut_note": views.cut_note(missing, language)}
    shorter = replace(draft, fields=noted)
    return shorter, *shorter.join(details)


def _signer(settings: Settings, domain: str) -> Signer:
    """Signs with the keys that the settings name; without any it signs nothing."""
    chosen = settings.signing
    selectors = [name for name in (chosen.rsa_selector, chosen.ed25519_selector) if name]
    stored = [keys.load_signing_key(settings.keys, name) for name in selectors]
    preset = PRESETS.get(settings.smtp.preset)
    return Signer(chosen.domain or domain, stored, preset.replaces if preset else frozenset())
