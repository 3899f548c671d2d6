"""How long a million readers' selection takes: 5,000 topics over 100 papers, ten papers each.

usage: python benchmarks/selection.py [--readers 1000000] [--topics 5000] [--papers 100]

Printed are the processor's seconds and the memory of matching all topics and joining all
readers, on one core, and beside it, in the same run, a plain loop over readers and papers
with the same compiled topics, measured on some readers and multiplied.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse  # noqa: E402  # numpy reads the variables above when it is imported
import sys  # noqa: E402
import time  # noqa: E402
import tracemalloc  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from digest.model import Paper  # noqa: E402
from digest.selection.many import Ranked, Readers, ranked, select_many  # noqa: E402
from digest.selection.matching import Matcher  # noqa: E402
from digest.selection.reading import Reading, read  # noqa: E402
from digest.selection.scoring import phrase_strengths  # noqa: E402
from subscribers.topics import Node, parse  # noqa: E402

MOST = 10
WORDS = 4000  # the vocabulary, its frequencies falling as those of a language do


def made_papers(count: int, random: np.random.Generator) -> list[Paper]:
    """Papers of made words: twelve in the title, two hundred in the abstract."""
    share = 1 / np.arange(20, WORDS + 20)
    share /= share.sum()
    drawn = random.choice(WORDS, size=(count, 212), p=share)
    texts = [[f"w{number}x" for number in row] for row in drawn]
    return [
        Paper(key=f"title:{n}", title=" ".join(text[:12]), abstract=" ".join(text[12:]))
        for n, text in enumerate(texts)
    ]


def made_topics(count: int, papers: list[Paper], random: np.random.Generator) -> list[str]:
    """Pairs of words, half of which stand in a paper, some with an alternative or a veto."""
    topics: dict[str, None] = {}
    while len(topics) < count:
        words = papers[int(random.integers(len(papers)))].abstract.split()
        at = int(random.integers(len(words) - 1))
        other = f"w{random.integers(WORDS)}x"
        pair = f"{words[at]} {words[at + 1]}" if random.random() < 0.5 else f"{words[at]} {other}"
        form = random.choice(["{}", "{} OR {}", "{} -{}"], p=[0.7, 0.2, 0.1])
        topics[form.format(pair, other)] = None
    return list(topics)


def made_readers(count: int, topics: int, random: np.random.Generator) -> Readers:
    """One to nine topics each, the popular ones more often; one in twenty excludes."""
    each = random.integers(1, 10, size=count)
    starts = np.concatenate(([0], np.cumsum(each)))
    chosen = (topics * random.random(int(starts[-1])) ** 2).astype(np.int32)
    excluded = random.random(int(starts[-1])) < 0.05
    return Readers(starts, chosen, excluded, np.full(count, MOST, dtype=np.int16))


def evaluate(papers: list[Paper], readings: list[Reading], trees: list[Node]) -> Ranked:
    """All topics over all papers, once."""
    matcher = Matcher(papers, readings, trees)
    matched = [matcher.papers(tree) for tree in trees]
    vetoed = [matcher.papers(tree, veto=True) for tree in trees]
    return ranked(matched, vetoed, phrase_strengths(matcher, trees), len(papers))


def loop(matchers: list[Matcher], trees: list[Node], readers: Readers, some: int) -> float:
    """Seconds for one reader: every topic of theirs against every paper, one after the other.

    Args:
        matchers: of one paper each, with the same compiled topics.
        trees: the topics.
        readers: whose first `some` are gone through.
        some: how many.
    """
    began = time.process_time()
    for reader in range(some):
        cut = slice(readers.starts[reader], readers.starts[reader + 1])
        own = [
            (trees[n], x) for n, x in zip(readers.topics[cut], readers.excluded[cut], strict=True)
        ]
        found = []
        for number, matcher in enumerate(matchers):
            if any(x and matcher.papers(tree, veto=True) for tree, x in own):
                continue
            held = sum(bool(matcher.papers(tree)) for tree, x in own if not x)
            if held:
                found.append((held, number))
        found.sort(reverse=True)
        del found[MOST:]
    return (time.process_time() - began) / some


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--topics", type=int, default=5000)
    parser.add_argument("--papers", type=int, default=100)
    parser.add_argument("--looped", type=int, default=1000, help="readers of the plain loop")
    arguments = parser.parse_args()
    random = np.random.default_rng(1)
    papers = made_papers(arguments.papers, random)
    trees = [parse(text) for text in made_topics(arguments.topics, papers, random)]
    readers = made_readers(arguments.readers, arguments.topics, random)
    readings = [read(paper) for paper in papers]
    began = time.process_time()
    topics = evaluate(papers, readings, trees)
    matched = time.process_time()
    chosen = select_many(topics, readers)
    ended = time.process_time()
    tracemalloc.start()
    select_many(evaluate(papers, readings, trees), readers)
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    alone = [Matcher([p], [r], trees) for p, r in zip(papers, readings, strict=True)]
    once = loop(alone, trees, readers, arguments.looped)
    print(f"matching {len(trees)} topics over {len(papers)} papers: {matched - began:.3f} s")
    print(f"joining {arguments.readers} readers: {ended - matched:.3f} s")
    print(f"together {ended - began:.3f} s, {memory / 2**20:.0f} MiB")
    print(f"{int((chosen.counts > 0).sum())} readers get {int(chosen.counts.sum())} papers")
    whole = once * arguments.readers
    print(f"plain loop: {whole:.0f} s, {whole / (ended - began):.0f} times as long")


if __name__ == "__main__":
    main()
