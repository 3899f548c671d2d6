"""From ranked candidates to the entries of one digest."""

from __future__ import annotations

from collections.abc import Sequence


def round_robin(ranked: Sequence[Sequence[int]], most: int) -> list[tuple[int, int]]:
    """Takes the best of each list in turn, until there are `most` or the lists are empty.

    Args:
        ranked: a list of papers for each topic, the best first.
        most: how many are taken in all, so that no topic fills the digest alone while
            another still has a paper.

    Returns:
        (list, paper) in the order in which they were taken; each paper once.
    """
    taken: list[tuple[int, int]] = []
    seen: set[int] = set()
    waiting = [iter(papers) for papers in ranked]
    numbers = list(range(len(ranked)))
    while numbers and len(taken) < most:
        for number in list(numbers):
            paper = next((p for p in waiting[number] if p not in seen), None)
            if paper is None:
                numbers.remove(number)
            elif len(taken) < most:
                seen.add(paper)
                taken.append((number, paper))
    return taken
