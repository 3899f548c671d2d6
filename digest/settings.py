"""The settings as a tree of typed values: what `digest.toml` may say.

Every key has a default that works on a laptop, so an empty file is a valid one.
`digest.config` reads the file and the environment into these.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from digest.hosts import as_host
from digest.presets import with_preset


class Section(BaseModel):
    """A table of the file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sender(Section):
    """Who the mail is from, and what stands in every message."""

    name: str = Field("Paper Digest", min_length=1, max_length=80)
    address: str = "digest@localhost"
    reply_to: str = ""
    postal_address: str = ""
    list_id: str = ""  # "" derives it from the address
    public_url: str = ""  # "" for an installation that no reader can reach
    accent: str = Field("#b4401c", pattern=r"^#[0-9a-fA-F]{6}$")
    logo: str = ""  # an https address of a picture; nothing is lost without it
    operator: str = ""  # who is told when a run fails

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            msg = "an address that begins with https://"
            raise ValueError(msg)
        return value.rstrip("/")

    @property
    def domain(self) -> str:
        """The domain of the sender's address: Message-ID, List-Id and VERP stand in it."""
        return self.address.rpartition("@")[2]


Host = Annotated[str, AfterValidator(lambda name: name and as_host(name))]  # "" names none


class Smtp(Section):
    """The submission server.

    `tls` is required wherever a password is set; `none` is for a relay on this machine.
    """

    preset: str = ""
    host: Host = "localhost"
    port: int = Field(587, ge=1, le=65535)
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    ca_file: Path | None = None
    user: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    password_command: str = ""
    auth: Literal["password", "xoauth2"] = "password"
    connections: int = Field(4, ge=1, le=200)
    messages_per_connection: int = Field(100, ge=1, le=1_000_000)
    per_second: float | None = Field(None, ge=0.0001, le=1_000_000)
    per_hour: int | None = Field(None, gt=0, le=1_000_000_000)
    per_day: int | None = Field(None, gt=0, le=1_000_000_000)
    verp: bool | None = None  # None: as the preset says, on where there is none
    hello: str = ""  # the name in EHLO, "" for this machine's
    timeout: float = Field(30.0, gt=0, le=86_400)  # seconds for a command's answer
    data_timeout: float = Field(600.0, gt=0, le=86_400)  # RFC 5321 4.5.3.2.6: the dot's answer

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, values: object) -> object:
        return with_preset(values) if isinstance(values, Mapping) else values


class Mailer(Section):
    """Where messages go: over SMTP, or into a folder as files or a Maildir."""

    kind: Literal["smtp", "files", "maildir"] = "smtp"
    directory: Path | None = None


class Bounces(Section):
    """Where what comes back is read: an IMAP mailbox or a Maildir."""

    kind: Literal["none", "imap", "maildir"] = "none"
    directory: Path | None = None
    host: Host = ""
    port: int = Field(993, ge=1, le=65535)
    user: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    password_command: str = ""
    auth: Literal["password", "xoauth2"] = "password"
    folder: str = "INBOX"


class Signing(Section):
    """DKIM: keys are files `<selector>.pem` in the keys folder; none leaves it to the relay."""

    domain: str = ""  # "" takes the sender's
    rsa_selector: str = ""
    ed25519_selector: str = ""


WebAddress = Annotated[str, Field(pattern=r"^https?://[^\s/]+")]
# Readers see it, the archive keeps it, and a date of several sources joins them by "+".
SourceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$")]


class HuggingFaceSource(Section):
    """Hugging Face Daily Papers."""

    kind: Literal["huggingface"] = "huggingface"
    name: SourceName = "huggingface"
    base_url: WebAddress = "https://huggingface.co"
    limit: int = Field(100, ge=1, le=100)
    settle_after_hours: float = Field(2.0, gt=0, le=8_760)  # unchanged so long past the deadline
    deadline_hour: int = Field(24, ge=0, le=72)  # hours after the day's midnight, UTC


ArxivCategory = Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*(\.[A-Za-z]{2}|\.[a-z-]+)?$")]


class ArxivSource(Section):
    """ArXiv's announcements in some categories."""

    kind: Literal["arxiv"]
    name: SourceName = "arxiv"
    categories: tuple[ArxivCategory, ...] = Field(min_length=1)  # `cs.LG`; `cs` is all of it
    feed_url: WebAddress = "https://rss.arxiv.org/atom"
    api_url: WebAddress = "https://export.arxiv.org/api/query"
    cross_lists: bool = True
    interval: float = Field(3.0, ge=0, le=3_600)  # seconds between requests, by arXiv's terms


class FeedSource(Section):
    """An RSS, Atom or JSON feed."""

    kind: Literal["feed"]
    name: SourceName
    url: WebAddress
    organization: str = ""  # whose blog it is: shown with its posts


class FilesSource(Section):
    """Stored days: API answers, JSON Lines, a saved page."""

    kind: Literal["files"]
    name: SourceName = "files"
    paths: tuple[str, ...] = Field(min_length=1)  # files, folders or patterns


SOURCE_KINDS: dict[str, type[Section]] = {
    "huggingface": HuggingFaceSource,
    "arxiv": ArxivSource,
    "feed": FeedSource,
    "files": FilesSource,
}

AnySource = Annotated[
    HuggingFaceSource | ArxivSource | FeedSource | FilesSource, Field(discriminator="kind")
]


class Network(Section):
    """The rules of the house for what is fetched."""

    timeout: float = Field(20.0, gt=0, le=86_400)  # seconds for one answer to begin and go on
    total_timeout: float = Field(120.0, gt=0, le=86_400)  # seconds for one answer as a whole
    attempts: int = Field(5, ge=1, le=20)
    largest_answer: int = Field(20_000_000, ge=1000, le=1_000_000_000)  # bytes
    contact: str = ""  # in the User-Agent, so that a service can reach the operator


class Delivering(Section):
    """How long a digest is worth sending, and how often it is tried."""

    lease_seconds: float = Field(120.0, ge=10, le=86_400)  # a silent sender's claims end
    stale_after_hours: float = Field(48.0, gt=0, le=8_760)
    first_retry_minutes: float = Field(5.0, gt=0, le=525_600)
    longest_retry_minutes: float = Field(240.0, gt=0, le=525_600)
    soft_bounces: int = Field(5, ge=1, le=1000)  # so many in a row rest an address
    rest_days: float = Field(7.0, gt=0, le=3_650)


class Selection(Section):
    """How papers are ordered.

    `embeddings` is `none`, `wordllama` (extra `semantic`), or the folder of a
    sentence-transformers model of the BERT family.
    """

    embeddings: str = Field("none", pattern=r"\S")


class Web(Section):
    """Where the readers' pages listen."""

    host: str = "127.0.0.1"
    port: int = Field(8750, ge=0, le=65535)
    proxies: tuple[str, ...] = ()  # servers in front, whose X-Forwarded-For is believed


class Run(Section):
    """`digest run`: its loops, and where it tells machines how it is."""

    tick_seconds: float = Field(15.0, ge=0.1, le=300)  # between two looks who is due
    health: bool = True
    host: str = "127.0.0.1"
    port: int = Field(8751, ge=0, le=65535)
    tell: Literal["nobody", "operator", "readers"] = "operator"  # who hears of an outage
    tell_after_hours: float = Field(6.0, gt=0, le=8_760)


class Keeping(Section):
    """How many days `digest database prune` keeps what is over; 0 keeps it for ever."""

    deliveries_days: int = Field(180, ge=0, le=36_500)  # settled, with their selections
    outcomes_days: int = Field(400, ge=0, le=36_500)  # of runs, and of days without mail
    papers_days: int = Field(0, ge=0, le=36_500)  # of editions; ranking looks 250 back

    @field_validator("deliveries_days", "outcomes_days", "papers_days")
    @classmethod
    def _long_enough(cls, days: int, info: ValidationInfo) -> int:
        least = 250 if info.field_name == "papers_days" else 30
        if 0 < days < least:
            msg = f"0 (for ever), or {least} days at least"
            raise ValueError(msg)
        return days


class Settings(Section):
    """All settings of an installation. Paths are absolute once `digest.config` has read them."""

    folder: Path = Path()  # where the file lies; not a key of it
    file: Path = Path("digest.toml")  # what was read, from the folder; not a key of it, either
    database: str = "sqlite:///digest.sqlite3"
    keys: Path = Path("keys")
    templates: Path | None = None
    cache: Path | None = None
    locale: str = "en"
    timezone: str = "UTC"
    sender: Sender = Sender()
    smtp: Smtp = Smtp()
    mailer: Mailer = Mailer()
    bounces: Bounces = Bounces()
    signing: Signing = Signing()
    sources: tuple[AnySource, ...] = (HuggingFaceSource(),)
    network: Network = Network()
    delivery: Delivering = Delivering()
    web: Web = Web()
    run: Run = Run()
    selection: Selection = Selection()
    keep: Keeping = Keeping()

    @field_validator("sources")
    @classmethod
    def _named_apart(cls, sources: tuple[AnySource, ...]) -> tuple[AnySource, ...]:
        names = [source.name for source in sources]
        if len(set(names)) < len(names):
            msg = "sources of different names"
            raise ValueError(msg)
        return sources
