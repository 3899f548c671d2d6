"""What is sent: papers, editions, digests, messages and their deliveries. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from subscribers.model import Subscriber


class LinkKind(StrEnum):
    """What a paper's link leads to."""

    PAGE = "page"  # where the paper is read about: the arXiv abstract page, a post
    PDF = "pdf"
    CODE = "code"
    PROJECT = "project"
    DISCUSSION = "discussion"


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a paper."""

    kind: LinkKind
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper as its sources tell of it. Text is plain Unicode: no markup, no LaTeX.

    Attributes:
        key: `arxiv:2608.16590` (without version), else `url:<canonical address>`, else
            `title:<hash of the normalised title and the date>`.
        abstract: the authors' text, whole.
        summary: a short text of two to four sentences where a source has one.
        authors: names in order; may be empty where only their number is known.
        author_count: how many authors there are, at least `len(authors)`.
        published: when the paper came out (not when it was listed).
        upvotes: None where the source has no votes.
        comments: None where the source has no comments.
        keywords: phrases that a source gave.
        categories: arXiv categories, the primary one first.
        links: where to read on, one of a kind and address.
        stars: of the code repository.
        sources: names of the sources that listed it.
        version: of the arXiv text, None where unknown.
    """

    key: str
    title: str
    abstract: str = ""
    summary: str = ""
    authors: tuple[str, ...] = ()
    author_count: int = 0
    organization: str = ""
    published: date | None = None
    upvotes: int | None = None
    comments: int | None = None
    keywords: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    stars: int | None = None
    sources: tuple[str, ...] = ()
    version: int | None = None

    @property
    def arxiv_id(self) -> str | None:
        """The arXiv id without version, where the paper has one."""
        return self.key.removeprefix("arxiv:") if self.key.startswith("arxiv:") else None

    def link(self, kind: LinkKind) -> str | None:
        """The first link of this kind."""
        return next((link.url for link in self.links if link.kind is kind), None)


class DayState(StrEnum):
    """What a source says of one of its days."""

    OPEN = "open"
    CLOSED = "closed"
    EMPTY = "empty"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDay:
    """One answer of a source: the papers of a day, under the source's own date.

    Attributes:
        source: the source's name in the settings.
        date: the source's own date of these papers.
        state: open (may grow), closed, empty (`reason` says why), stale (it repeats
            an earlier day).
        reason: why there is nothing, in words; "" where there is something.
        revisions: new versions of papers that came out earlier; one that the archive knows
            comes back, the others are no papers of this day.
        fetched_at: when the answer came, in UTC.
    """

    source: str
    date: date
    papers: tuple[Paper, ...]
    state: DayState
    revisions: tuple[Paper, ...] = ()
    reason: str = ""
    fetched_at: datetime


class EditionState(StrEnum):
    """How complete an edition is."""

    FILLING = "filling"
    SETTLED = "settled"
    EMPTY = "empty"
    STALE = "stale"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The papers of one source and day; or, combined, of all sources that share the date.

    Attributes:
        date: the source's own date.
        papers: in the source's order; each paper is in one edition only.
        state: filling may grow; settled is frozen; the others say why there is nothing.
        reason: of an empty, stale or failed state, in words a reader understands.
        source: its name, or several joined by "+" in a combined edition.
        returns: keys of papers that were in an earlier edition, with what brought them back.
    """

    date: date
    papers: tuple[Paper, ...]
    state: EditionState
    reason: str = ""
    source: str = ""
    returns: tuple[tuple[str, str], ...] = ()


class Tier(StrEnum):
    """Why a paper stands where it stands in a digest."""

    MATCHED = "matched"
    NEAR = "near"
    TRENDING = "trending"


class Rule(StrEnum):
    """The rule by which a paper was chosen."""

    PHRASE = "phrase"  # `phrase` stands in `field`
    FIELD = "field"  # an author, organisation, category or source is the one asked for
    CONDITION = "condition"  # votes, authors or code satisfy a condition
    NEAR = "near"  # close to the topic: `others` are the words that say so
    LIKED = "liked"  # like `phrase`, a paper's title that the reader liked
    VOTES = "votes"  # among the day's most voted


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an entry was chosen; `digest.words` puts it into words.

    Attributes:
        rule: the kind of reason.
        topic: text of the reader's topic, "" where none.
        phrase: what matched, as its topic writes it.
        field: where: `title`, `abstract`, `keyword`, `author`, `organization`, `category`, …
        others: further words, of a near paper or a condition.
    """

    rule: Rule
    topic: str = ""
    phrase: str = ""
    field: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A paper in a digest, with its reason.

    Attributes:
        topic: the heading it stands under: a topic's label, "" where there are no headings.
        score: orders entries; never shown.
        returned: what brought a paper of an earlier edition back, "" otherwise.
    """

    paper: Paper
    tier: Tier
    reason: Reason
    topic: str = ""
    score: float = 0.0
    returned: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One subscriber's selection: what a message is made of.

    Attributes:
        kind: template family: `daily`, `weekly`, `welcome`.
        occasion: what makes it unique for its subscriber: the edition's date, an ISO week.
        date: the day that the masthead shows.
        entries: in the order in which they are shown.
        also: papers listed by title at the end.
        considered: how many papers it was chosen from.
        catch_up: how many missed days it makes up for, 0 for none.
    """

    subscriber: Subscriber
    kind: str
    occasion: str
    date: date
    entries: tuple[Entry, ...]
    also: tuple[Paper, ...] = ()
    considered: int = 0
    catch_up: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A message ready for the wire.

    Attributes:
        message_id: with its angle brackets; the same at every rendering.
        sender: the envelope's return path.
        recipient: the envelope's address.
        data: the whole RFC 5322 message: CRLF line ends, ASCII only, no line over 998
            octets, no line beginning with a dot (so that DATA needs no stuffing and BDAT
            sends the same octets).
        envelope_id: for DSN (RFC 3461), "" for none.
        dot_free: the maker vouches that no line begins with a dot, which saves a pass
            over `data` where a server takes only DATA.
    """

    message_id: str
    sender: str
    recipient: str
    data: bytes
    envelope_id: str = ""
    dot_free: bool = False


class DeliveryState(StrEnum):
    """Where a delivery stands in the outbox."""

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one attempt to deliver.

    Attributes:
        state: accepted, deferred, bounced, failed or uncertain.
        code: the server's reply code, 0 where there was none.
        enhanced: the enhanced status code (RFC 3463), "" where there was none.
        text: the server's words, or what went wrong.
    """

    state: DeliveryState
    code: int = 0
    enhanced: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One row of the outbox.

    Attributes:
        kind: `daily`, `weekly`, `confirm`, `welcome`, `goodbye`, …
        occasion: never empty; (subscriber_id, kind, occasion) is unique.
        planned_at: gives the message its Date; UTC.
        due_at: before this instant it is not sent.
        expires_at: from this instant on it is not sent any more.
        attempts: how often it was taken up to be sent, the present attempt included.
        uncertain: how many of these ended without the server's answer.
        token: the fencing token of the claim; it grows with each.
        snapshot: key of what the selection was made from, None where nothing is kept.
        selection: what the message is made of, as its maker wrote it.
        template: the template's name; `template_hash` is what it was when it was planned.
        key_id: of the key that the links are derived from.
    """

    id: int
    subscriber_id: int
    kind: str
    occasion: str
    recipient: str
    state: DeliveryState
    planned_at: datetime
    due_at: datetime | None = None
    expires_at: datetime | None = None
    attempts: int = 0
    uncertain: int = 0
    token: int = 0
    next_attempt_at: datetime | None = None
    code: int = 0
    enhanced: str = ""
    text: str = ""
    snapshot: int | None = None
    selection: str = field(default="", repr=False)
    template: str = ""
    template_hash: str = ""
    key_id: int = 0
