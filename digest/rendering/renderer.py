"""A digest and a reader's state → the octets of a message, the same at every rendering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path

import platformdirs

from digest import keys, words
from digest.errors import RenderError
from digest.links import Links, message_octets
from digest.model import Digest, Message
from digest.presets import PRESETS
from digest.rendering import mime, views
from digest.rendering.assembly import Forms, keys_of, notice
from digest.rendering.budget import LARGEST_HTML
from digest.rendering.clean import clean_header
from digest.rendering.colours import palette
from digest.rendering.fragments import ENTRIES, Fragments
from digest.rendering.heads import Heads, Occasion
from digest.rendering.letter import Letter, letter_of
from digest.rendering.shared import Sharing
from digest.rendering.signing import Signer, Unsigned
from digest.rendering.sources import Sources
from digest.rendering.template import Compiled, compile_template
from digest.rendering.views import Own
from digest.settings import Settings
from digest.words import Words
from subscribers.model import Subscriber
from subscribers.tokens import Keyring

_UNLIMITED = 1 << 40
_KEPT = 4096
_KEPT_FORMS = 2048  # about 5 KB each


class Renderer:
    """Makes messages of digests. One is made per installation and shared; it keeps pieces.

    Args:
        settings: sender, templates, keys and cache folders.
        ring: what links, return paths and message ids are derived from.
        mark: stands before every subject, so that a test is known as one.

    Attributes:
        signing_keys: what the hashes of a message are signed with, by their numbers.

    Raises:
        ConfigError: a setting leaves no room for a header that mail clients can read.
        SigningKeyError: a key that the settings name cannot be used.
    """

    def __init__(self, settings: Settings, ring: Keyring, *, mark: str = "") -> None:
        self._settings = settings
        self._ring = ring
        self._sources = Sources(settings.templates)
        self._heads = Heads(settings, ring)
        self._signer = _signer(settings, self._heads.domain)
        self.signing_keys = self._signer.keys
        self._cache = settings.cache or Path(platformdirs.user_cache_dir("paper-digest"))
        self._sharing = Sharing(settings.sender)
        self._made_links = lru_cache(partial(Links, settings.sender.public_url, ring))
        self._colours = palette(settings.sender.accent)
        self._compiled: dict[str, Compiled] = {}
        self._fragments: dict[tuple[str, str], Fragments] = {}
        self._forms: dict[tuple[str, str], Forms] = {}
        self._form = lru_cache(maxsize=_KEPT_FORMS)(Forms.whole)
        self._subject = lru_cache(maxsize=_KEPT)(partial(_subject, mark))

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
        return self.compose(letter_of(digest), at, key_id=key_id).sign()

    def compose(self, letter: Letter, at: datetime, *, key_id: int | None = None) -> Unsigned:
        """The message of a digest but for its signatures: `render`'s, once it is signed.

        Args:
            letter: the digest.
            at: as in `render`.
            key_id: as in `render`.

        Raises:
            RenderError: the message cannot be made.
            TemplateError: its template cannot be compiled.
        """
        return self._compose(letter, at, key_id, LARGEST_HTML)

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
        room = _UNLIMITED if whole else LARGEST_HTML
        message = self._compose(letter_of(digest), at, key_id, room).sign()
        headers = [(name, str(value)) for name, value in mime.to_email(message).items()]
        return mime.part(message, "html"), mime.part(message, "plain"), headers

    def compose_notice(
        self,
        kind: str,
        subscriber: Subscriber,
        at: datetime,
        *,
        occasion: str,
        facts: Mapping[str, str],
        key_id: int | None = None,
    ) -> Unsigned:
        """A message without papers but for its signatures: `confirm`, `goodbye`.

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
        of = self._occasion(subscriber.id, subscriber.email, kind, occasion, at, key_id)
        pieces, links = self._pieces(kind, subscriber.locale), self._made_links(of.key_id)
        fields = views.present(
            views.notice_fields(
                of, subscriber.topics, pieces.language, links, self._settings, facts
            )
        )
        title, html, text = notice(pieces, fields, self._sharing.notice)
        unsubscribe = views.leaving(of, links, self._settings) if kind in views.LEAVABLE else ""
        return self._message(of, title, unsubscribe.encode(), "", mime.body([text], [html]))

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

    def _compose(self, letter: Letter, at: datetime, key_id: int | None, room: int) -> Unsigned:
        selection = letter.selection
        kind, occasion = selection.kind, selection.occasion
        of = self._occasion(letter.subscriber_id, letter.email, kind, occasion, at, key_id)
        forms = self._forms_of(letter.template, letter.wishes.locale)
        form = self._form(forms, selection)
        leave, own = self._own(of, letter, forms.language, form.keys)
        html = form.html.filled(own.html)
        if form.html.size(html) > room:  # its decoded form may still be within it
            _, own = self._own(of, letter, forms.language, keys_of(selection.entries))
            form = forms.shrunk(form, selection, own, room)
            html = form.html.filled(own.html)
        body = mime.body(form.text.filled(own.text), html)
        return self._message(of, form.title(own), leave, form.about, body)

    def _own(
        self, of: Occasion, letter: Letter, language: Words, paper_keys: Sequence[bytes]
    ) -> tuple[bytes, Own]:
        """The reader's way out, and what is their own in a form that asks for these papers."""
        links, message = self._made_links(of.key_id), message_octets(of.kind, of.occasion)
        leave, *ways = links.of_message(of.subscriber_id, message, paper_keys) or [
            views.leaving(of, links, self._settings).encode()
        ]
        return leave, views.own(letter, of.at, language, links, leave, ways)

    def _message(
        self, of: Occasion, title: str, leave: bytes, about: str, body: Sequence[bytes]
    ) -> Unsigned:
        sender, to, envelope_id = self._heads.envelope(of)
        message_id = self._heads.message_id(of)
        fields = self._heads.fields(of, to, self._subject(title), message_id, leave, about)
        head = b"".join((*fields, b"\r\n"))
        seal = self._signer.seal(fields, body, of.at)
        return Unsigned(message_id, sender, to, envelope_id, head, body, seal)

    def _occasion(
        self,
        subscriber_id: int,
        email: str,
        kind: str,
        occasion: str,
        at: datetime,
        key_id: int | None,
    ) -> Occasion:
        used = self._ring.current if key_id is None else key_id
        if used not in self._ring.keys:
            reason = f"the link key {used} is not in {keys.LINKS_FILE}"
            raise RenderError(kind=kind, recipient=email, reason=reason)
        return Occasion(subscriber_id, email, kind, occasion, at, used)

    def _forms_of(self, name: str, locale: str) -> Forms:
        found = self._forms.get((name, locale))
        if found is None:
            public = bool(self._settings.sender.public_url)
            found = Forms(name, self._pieces(name, locale), self._sharing, public=public)
            self._forms[name, locale] = found
        return found

    def _pieces(self, name: str, locale: str) -> Fragments:
        found = self._fragments.get((name, locale))
        if found is None:
            language = words.load(locale, self._settings.templates)
            found = Fragments(self._template(name), language)
            self._fragments[name, locale] = found
        return found

    def _template(self, name: str) -> Compiled:
        found = self._compiled.get(name)
        if found is None:
            found = compile_template(
                name, self._sources, self._colours, self._cache, self._settings.templates
            )
            self._compiled[name] = found
        return found


def _subject(mark: str, title: str) -> str:
    return clean_header(mark + title, 200)


def _signer(settings: Settings, domain: str) -> Signer:
    """Signs with the keys that the settings name; without any it signs nothing."""
    chosen = settings.signing
    named = {"rsa": chosen.rsa_selector, "ed25519": chosen.ed25519_selector}
    stored = [
        keys.load_signing_key(settings.keys, selector, algorithm)
        for algorithm, selector in named.items()
        if selector
    ]
    preset = PRESETS.get(settings.smtp.preset)
    return Signer(chosen.domain or domain, stored, preset.replaces if preset else frozenset())
