"""Every address in a message that leads a reader back to us, in one place.

A link is `<public_url>/<letter>/<token>`; the token says for whom and for what
(`subscribers.tokens`), the letter only which page reads it. Without a `public_url` there are
no links: `mailto_unsubscribe` is then the way out.

| path | purpose | the token's extra |
|---|---|---|
| `/u/<token>` | unsubscribe page; POST is one-click (RFC 8058) | nothing |
| `/p/<token>` | preferences | nothing |
| `/f/<token>/more`, `/f/<token>/less` | feedback on a paper | the paper's key |
| `/w/<token>` | web copy | kind and occasion |
| `/c/<token>` | confirm a subscription | its end, then the occasion |
| `/a/<token>`, `/n/<token>` | change the address; confirm the new one | its end, then the request |
| `/x/<token>`, `/e/<token>` | export, erasure | its end, then the request |
| `/feed/<token>.atom`, `.json` | one's own digests as a feed | nothing |

A page that a GET opens changes nothing: scanners open every link.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from subscribers.errors import InvalidToken
from subscribers.tokens import (
    Claim,
    Keyring,
    Purpose,
    brief,
    expiring,
    heads,
    issue,
    issue_octets,
    verify,
    verify_brief,
)

#: A List-Unsubscribe URI with its angle brackets; longer ones become encoded words on the way.
LONGEST_LIST_URI = 76
#: The rest of the 76 characters belongs to `<`, `/u/`, a token of 30 characters and `>`.
LONGEST_PUBLIC_URL = LONGEST_LIST_URI - 35
_STOP = re.compile(r"\bstop-([A-Za-z0-9_-]{27})(?![A-Za-z0-9_-])", re.IGNORECASE)
_PLUS = re.compile(r"\+([a-z2-7]{32})@", re.IGNORECASE)  # mail systems may fold its case
CONFIRM_WITHIN = timedelta(hours=48)
_OF_MESSAGE = (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES, Purpose.WEB_COPY, Purpose.FEEDBACK)


@dataclass(frozen=True, slots=True)
class Links:
    """The links of one installation, made with one key.

    Attributes:
        base: the public address without a final slash, "" where readers can reach none;
            every method then returns "".
        key_id: the key that an earlier rendering used; None is the ring's current one.
    """

    base: str
    ring: Keyring
    key_id: int | None = None

    def unsubscribe(self, subscriber_id: int) -> str:
        """The unsubscribe page, which is also the one-click address."""
        return self._link("u", Purpose.UNSUBSCRIBE, subscriber_id)

    def preferences(self, subscriber_id: int) -> str:
        """Topics, times, pause, export."""
        return self._link("p", Purpose.PREFERENCES, subscriber_id)

    def feedback(self, subscriber_id: int, paper_key: str) -> str:
        """Feedback on a paper: `/more` or `/less` is to be added."""
        return self._link("f", Purpose.FEEDBACK, subscriber_id, paper_key.encode())

    def of_message(
        self, subscriber_id: int, message: bytes, paper_keys: Iterable[bytes]
    ) -> list[bytes]:
        """The addresses of one message in ASCII: many at once, for the time that it takes.

        Args:
            subscriber_id: whose they are.
            message: what a web copy's token says of it (`message_octets`).
            paper_keys: of the papers that have links for feedback, in octets.

        Returns:
            `unsubscribe`, `preferences` and `web_copy`, then what `feedback` of each paper has
            behind `feedback_start`; nothing where readers can reach no page.
        """
        if not self.base:
            return []
        used = self.ring.current if self.key_id is None else self.key_id
        leave, prefer, copy, like = heads(used, _OF_MESSAGE, subscriber_id)
        bodies = [leave, prefer, copy + message, *[like + key for key in paper_keys]]
        leave, prefer, copy, *feedback = issue_octets(self.ring, used, bodies)
        base = self.base.encode()
        return [base + b"/u/" + leave, base + b"/p/" + prefer, base + b"/w/" + copy, *feedback]

    @property
    def feedback_start(self) -> bytes:
        """What the addresses of all feedback begin with, in ASCII."""
        return f"{self.base}/f/".encode()

    def web_copy(self, subscriber_id: int, kind: str, occasion: str) -> str:
        """The same message on the web."""
        return self._link("w", Purpose.WEB_COPY, subscriber_id, message_octets(kind, occasion))

    def confirm(self, subscriber_id: int, at: datetime, occasion: str) -> str:
        """The page that confirms a subscription, for 48 hours from `at`."""
        extra = expiring(at + CONFIRM_WITHIN, occasion.encode())
        return self._link("c", Purpose.CONFIRM, subscriber_id, extra)

    def asked(
        self, page: str, purpose: Purpose, subscriber_id: int, until: datetime, of: str
    ) -> str:
        """A page that a reader asked for just now: `of` is the request's id."""
        return self._link(page, purpose, subscriber_id, expiring(until, of.encode()))

    def _link(self, page: str, purpose: Purpose, subscriber_id: int, extra: bytes = b"") -> str:
        if not self.base:
            return ""
        token = issue(self.ring, purpose, subscriber_id, extra, key_id=self.key_id)
        return f"{self.base}/{page}/{token}"


def message_octets(kind: str, occasion: str) -> bytes:
    """What names a message among those to its reader."""
    return f"{kind}\n{occasion}".encode()


def mailto_unsubscribe(
    address: str, ring: Keyring, subscriber_id: int, *, key_id: int | None = None, plus: bool = True
) -> str:
    """A mail to the sender that ends the subscription (RFC 6068).

    It carries the secret of the unsubscribe page, in its subject; where the address is too long
    for the 76 characters of a List-Unsubscribe, behind a plus in the address.

    Args:
        address: the sender's.
        ring: the secrets.
        subscriber_id: whose subscription it ends.
        key_id: the key that an earlier rendering used.
        plus: mail to `sender+anything` arrives, as it has to for VERP.
    """
    raw = brief(ring, Purpose.UNSUBSCRIBE, subscriber_id, key_id=key_id)
    token = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    spoken = f"mailto:{quote(address, safe='@+')}?subject=stop-{token}"
    if not plus or len(spoken) + len("<>") <= LONGEST_LIST_URI:
        return spoken
    local, _, domain = quote(address, safe="@+").rpartition("@")
    return f"mailto:{local}+{base64.b32encode(raw).decode().lower()}@{domain}"


def find_unsubscribe(subject: str, addressed: Iterable[str]) -> str:
    """The token of `mailto_unsubscribe` in a mail that came, unverified; "" without one."""
    found = _STOP.search(subject)
    if found:
        return found[1]
    return next((match[1] for text in addressed if (match := _PLUS.search(text))), "")


def read_unsubscribe(ring: Keyring, token: str) -> int:
    """The subscriber whom a token of `mailto_unsubscribe` is for.

    Raises:
        InvalidToken: it is not ours.
    """
    try:
        if _PLUS.fullmatch(f"+{token}@"):
            raw = base64.b32decode(token.upper())
        else:
            raw = base64.urlsafe_b64decode(token + "=")
    except ValueError:
        raise InvalidToken from None
    return verify_brief(ring, raw, Purpose.UNSUBSCRIBE).subscriber_id


def read_feedback(ring: Keyring, token: str) -> tuple[int, str]:
    """The subscriber's id and the paper's key of a feedback link.

    Raises:
        InvalidToken: it is not ours, or for something else.
    """
    claim = verify(ring, token, Purpose.FEEDBACK)
    return claim.subscriber_id, claim.extra.decode()


def read_web_copy(ring: Keyring, token: str) -> tuple[int, str, str]:
    """The subscriber's id, the kind and the occasion of a web copy.

    Raises:
        InvalidToken: it is not ours, or for something else.
    """
    claim: Claim = verify(ring, token, Purpose.WEB_COPY)
    kind, _, occasion = claim.extra.decode().partition("\n")
    return claim.subscriber_id, kind, occasion
