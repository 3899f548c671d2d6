"""A mailbox of bounces on an IMAP server."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from imapclient import SEEN, IMAPClient
from imapclient.exceptions import IMAPClientError

from digest.delivery.bounces import LARGEST
from digest.delivery.mailboxes import MOST
from digest.errors import MailboxUnreadable
from digest.settings import Bounces

SECONDS = 60.0


class Imap:
    """An IMAP mailbox over TLS: what has no flag for "seen" is new.

    Args:
        section: of the settings.
        password: of its user, or with `auth = "xoauth2"` an access token.
        context: for TLS; the system's certificates by default.
    """

    def __init__(
        self, section: Bounces, password: str, context: ssl.SSLContext | None = None
    ) -> None:
        self._section = section
        self._password = password
        self._context = context or ssl.create_default_context()

    def unread(self) -> Iterator[tuple[bytes, Callable[[], None]]]:
        """Mails that were not seen, one after the other."""
        with self._opened() as client:
            for number in client.search("UNSEEN")[:MOST]:
                key = f"BODY.PEEK[]<0.{LARGEST}>"
                found = client.fetch([number], [key]).get(number, {})
                data = next((v for k, v in found.items() if k.startswith(b"BODY[]")), b"")
                yield data, lambda number=number: client.add_flags([number], [SEEN])  # type: ignore[misc]

    def check(self) -> None:
        """Signs in and opens the folder."""
        with self._opened():
            pass

    @contextmanager
    def _opened(self) -> Iterator[IMAPClient]:
        section = self._section
        try:
            with IMAPClient(
                section.host, section.port, ssl=True, ssl_context=self._context, timeout=SECONDS
            ) as client:
                if section.auth == "xoauth2":
                    client.oauth2_login(section.user, self._password)
                else:
                    client.login(section.user, self._password)
                client.select_folder(section.folder)
                yield client
        except (IMAPClientError, OSError) as error:
            mailbox = f"{section.folder} at {section.host}:{section.port}"
            raise MailboxUnreadable(mailbox=mailbox, reason=error) from error
