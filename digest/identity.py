"""By what a paper is known: its arXiv id, else its address, else its title and date.

arXiv ids: https://info.arxiv.org/help/arxiv_identifier.html. Since April 2007 `YYMM.number`
with four, since 2015 five digits; before, `archive/YYMMnumber`, the archive with or without a
subject class (`math.GT/0309136` is `math/0309136`).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import date
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

_YEAR_MONTH = r"\d{2}(?:0[1-9]|1[0-2])"
_NEW = rf"{_YEAR_MONTH}\.\d{{4,5}}"
_OLD = rf"[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{{2}})?/{_YEAR_MONTH}\d{{3}}"
_ID = re.compile(rf"(?P<id>{_NEW}|{_OLD})(?:v(?P<version>[1-9]\d{{0,2}}))?")
_ARXIV_PATH = re.compile(r"^/(?:abs|pdf|html|format|e-print)/(?P<rest>.+?)(?:\.pdf)?/?$")
_PATHS = {
    **dict.fromkeys(("arxiv.org", "www.arxiv.org", "export.arxiv.org"), _ARXIV_PATH),
    **dict.fromkeys(("doi.org", "dx.doi.org", "www.doi.org"), re.compile(r"^/(?P<rest>.+)$")),
    "huggingface.co": re.compile(r"^/papers/(?P<rest>[^/]+)/?$"),
}
_PREFIX = re.compile(r"^(?:arxiv:|oai:arxiv\.org:|(?:doi:)?10\.48550/arxiv\.)", re.IGNORECASE)
_TRACKING = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|mc_[ce]id|ref|ref_src|source|igshid)$", re.IGNORECASE
)
_NO_LETTER = re.compile(r"[\W_]+")
#: Shorter titles ("Introduction") are given to several works: they prove nothing.
TELLING_TITLE = 12


def arxiv_id(text: str) -> tuple[str, int | None] | None:
    """The arXiv id without version, and the version, in an id, a DOI or an address.

    None where there is none: `0000.0000` has no month.
    """
    match = _ID.fullmatch(_bare(text.strip()))
    if match is None:
        return None
    plain = re.sub(r"\.[A-Z]{2}/", "/", match["id"])
    return plain, int(match["version"]) if match["version"] else None


def _bare(text: str) -> str:
    """What could be an id, out of the ways in which one is written."""
    parts = _split(text) if "://" in text else None
    if parts:
        path = unquote(parts.path)
        pattern = _PATHS.get(parts.hostname or "")
        found = pattern.match(path) if pattern else None
        text = found["rest"] if found else text
    return _PREFIX.sub("", text)


def canonical_url(url: str) -> str:
    """One spelling of an address: https, no fragment, no tracking, no trailing slash.

    "" for what is no address of the web.
    """
    parts = _split(url.strip())
    if parts is None or parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        return ""
    host = parts.hostname.lower().rstrip(".")
    host = f"[{host}]" if ":" in host else host
    if parts.port not in {None, 80, 443}:
        host = f"{host}:{parts.port}"
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([pair for pair in pairs if not _TRACKING.match(pair[0])])
    return urlunsplit(("https", host, parts.path.rstrip("/"), query, ""))


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # an impossible one is only noticed when it is asked for
    except ValueError:
        return None
    return parts


def normalised_title(title: str) -> str:
    """Letters and digits alone, folded: spelling, spacing and punctuation play no part."""
    folded = unicodedata.normalize("NFKD", title).casefold()
    return _NO_LETTER.sub("", folded)


def title_hash(title: str) -> str:
    """By which papers of the same title are found."""
    return hashlib.sha256(normalised_title(title).encode()).hexdigest()


def paper_key(title: str, day: date | None, *, arxiv: str = "", url: str = "") -> str:
    """The key of a paper: by the strongest of what is known of it.

    Args:
        title: as shown.
        day: when it came out, or was listed where that is unknown; None where neither is.
        arxiv: an id or an address of arXiv.
        url: where it is read about; one of arXiv's counts as an id.
    """
    known = arxiv_id(arxiv) or arxiv_id(url)
    if known:
        return f"arxiv:{known[0]}"
    if address := canonical_url(url):
        return f"url:{address}"
    text = f"{normalised_title(title)}\n{day.isoformat() if day else ''}"
    return f"title:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def strength(key: str) -> int:
    """How much a key proves: 2 an arXiv id, 1 an address, 0 a title."""
    return {"arxiv": 2, "url": 1}.get(key.partition(":")[0], 0)
