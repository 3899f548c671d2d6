"""What was learnt from a reader's likes, in words and pairs of words: the heaviest of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from math import ceil

from digest.likes import Likes
from digest.model import Paper
from digest.selection.reading import read
from digest.selection.taste import TasteSpace

SHOWN = 12


@dataclass(frozen=True, slots=True)
class LearntWord:
    """One word, or pair of words, that counts in a reader's ranking.

    Attributes:
        stem: by which it can be taken out, a word with all pairs that hold it.
        text: as the papers write it most often.
        share: of the heaviest word's weight; below 0 where it counts against a paper.
    """

    stem: str
    text: str
    share: float

    @property
    def step(self) -> int:
        """How heavy it is, from 1 to 5."""
        return max(1, ceil(abs(self.share) * 5))


def heaviest(space: TasteSpace, likes: Likes, most: int = SHOWN) -> tuple[LearntWord, ...]:
    """The words that count most, the heaviest first: those for a paper, then those against.

    Against a paper speak only words of disliked papers: what merely stands in other papers
    than the liked ones tells a reader nothing.

    Args:
        space: of the papers that the likes are told from.
        likes: one reader's.
        most: so many for, and so many against.
    """
    weights = space.weights(likes)
    liked, disliked = _written(likes.liked), _written(likes.disliked)
    ranked = sorted(weights, key=lambda stem: (-abs(weights[stem]), stem))
    speaking_for = [stem for stem in ranked if weights[stem] > 0 and stem in liked][:most]
    against = [stem for stem in ranked if weights[stem] < 0 and stem in disliked][:most]
    top = max((abs(weights[stem]) for stem in (*speaking_for, *against)), default=1.0)
    return tuple(
        LearntWord(stem, text[stem], weights[stem] / top)
        for stems, text in ((speaking_for, liked), (against, disliked))
        for stem in stems
    )


def _written(papers: Sequence[Paper]) -> dict[str, str]:
    """Each word and pair as it is written most often, without case, by its stems."""
    ways: dict[str, Counter[str]] = {}
    for stems, written in chain.from_iterable(map(_terms, papers)):
        ways.setdefault(stems, Counter())[written] += 1
    return {stems: counted.most_common(1)[0][0] for stems, counted in ways.items()}


def _terms(paper: Paper) -> Iterator[tuple[str, str]]:
    for _, text in read(paper).texts:
        for word in text:
            yield word.stem, word.folded
        for one, two in pairwise(text):
            yield f"{one.stem} {two.stem}", f"{one.folded} {two.folded}"
