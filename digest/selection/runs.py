"""Words of many texts as numbers in one row, so that any run of words is found in a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from digest.selection.corpus import Integers
from subscribers.topics import Word

_END = 0  # stands after each text: no word has this number


class Row:
    """The words of many texts one after the other, each as its number.

    Args:
        texts: of which the places are numbered in this order.
    """

    def __init__(self, texts: Iterable[Sequence[Word]]) -> None:
        numbers: dict[Word, int] = {}
        row = []
        for text in texts:
            row += [numbers.setdefault(word, len(numbers) + 1) for word in text]
            row.append(_END)
        self.words = list(numbers)
        self.numbers = np.array(row, dtype=np.int64)
        ends = self.numbers == _END
        self.texts: Integers = np.cumsum(ends) - ends


class Runs:
    """Finds runs of words by their letters, in one form of the words.

    Args:
        row: the words.
        form: what of a word is compared.
    """

    def __init__(self, row: Row, form: Callable[[Word], str]) -> None:
        self._known: dict[str, int] = {}
        names = [self._known.setdefault(form(w), len(self._known) + 1) for w in row.words]
        self._row: Integers = np.array([_END, *names], dtype=np.int64)[row.numbers]
        self._texts = row.texts
        # All places of one word stand together, so that they are a slice.
        self._order = np.argsort(self._row, kind="stable")
        self._starts = np.searchsorted(self._row[self._order], np.arange(len(self._known) + 2))
        self._longest = max(map(len, self._known), default=0)

    def alone(self, word: str) -> Integers:
        """The texts that hold a word; one may stand several times."""
        return self._texts[self._places(word)]

    def joined(self, letters: str, cuts: Sequence[int] = ()) -> Integers:
        """The texts that hold words which, joined, are these letters; one may stand several times.

        Where the words part does not count: `pre training` and `pretraining` are the same.
        Letter by letter it is known at which places a run that has come so far goes on.

        Args:
            letters: of the words.
            cuts: letters with which a word begins in any case.
        """
        reached: list[list[Integers]] = [[] for _ in range(len(letters) + 1)]
        for first in range(len(letters)):
            if first and not reached[first]:
                continue
            so_far = np.concatenate(reached[first]) if first else None
            for word in self._beginnings(letters, first, cuts):
                if so_far is None:
                    places = self._places(word)
                else:
                    places = so_far[self._row[so_far] == self._known[word]]
                if places.size:
                    reached[first + len(word)].append(places + 1)
        ends = reached[-1] if letters else []
        return self._texts[np.concatenate(ends) - 1] if ends else np.empty(0, np.int64)

    def _beginnings(self, letters: str, first: int, cuts: Sequence[int]) -> Iterator[str]:
        """The words of the row with which the letters go on from one of them."""
        end = next((cut for cut in cuts if cut > first), len(letters))
        for after in range(first + 1, min(first + self._longest, end) + 1):
            if letters[first:after] in self._known:
                yield letters[first:after]

    def _places(self, word: str) -> Integers:
        number = self._known.get(word)
        if number is None:
            return np.empty(0, np.int64)
        return self._order[self._starts[number] : self._starts[number + 1]]
