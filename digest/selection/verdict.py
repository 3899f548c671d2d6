"""Why a paper is in a reader's digest, or is not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from digest.model import Entry, Paper


class Why(StrEnum):
    """The rule that decided about a paper."""

    CHOSEN = "chosen"
    ALSO = "also"  # in the short list of the most voted at the end
    MISSED = "missed"  # by title in a weekly digest: it matched, and came in no mail before
    VETOED = "vetoed"  # an exclusion forbids it, or what a topic itself forbids
    HAD = "had"  # the reader has had it
    FULL = "full"  # it matched, but better ones filled the digest
    RESTING = "resting"  # the topic that matches it is paused, or rests until a day
    NO_MATCH = "no match"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One paper of an edition, for one reader.

    Attributes:
        entry: as it stands in the digest; None where it was left out.
        topic: the topic that chose it or, left out, that matched or vetoed it, or rests; "" for
            none.
    """

    paper: Paper
    why: Why
    entry: Entry | None = None
    topic: str = ""
