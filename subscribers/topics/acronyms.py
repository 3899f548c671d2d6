"""Acronyms that mean several things in the papers of a day: asked about when a topic is saved.

The table is small and read by people: an acronym stands here when two years of daily papers
spell it out in at least two ways that have nothing to do with each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from subscribers.topics.normal import acronym_of, words
from subscribers.topics.tree import Field, Node, Term, terms


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """An acronym of a topic and what it may stand for."""

    acronym: str
    meanings: tuple[str, ...]


MEANINGS: dict[str, tuple[str, ...]] = {
    "ASR": ("automatic speech recognition", "attack success rate"),
    "AST": ("abstract syntax tree", "audio spectrogram transformer"),
    "EM": ("expectation maximization", "exact match"),
    "FL": ("federated learning", "formal language"),
    "FM": ("foundation model", "flow matching"),
    "GS": ("Gaussian splatting", "grid search"),
    "HOI": ("human-object interaction", "hand-object interaction"),
    "ID": ("in-distribution", "in-domain", "intrinsic dimension"),
    "IR": ("information retrieval", "image restoration", "infrared"),
    "IS": ("importance sampling", "information seeking", "inception score"),
    "LRM": ("large reasoning model", "large reconstruction model"),
    "MLE": ("maximum likelihood estimation", "machine learning engineering"),
    "MLM": ("masked language modeling", "multimodal language model"),
    "MoA": ("mixture of agents", "mixture of attention"),
    "OOD": ("out-of-distribution", "out-of-domain"),
    "RF": ("rectified flow", "random forest", "radiance field"),
    "RFT": ("reinforcement fine-tuning", "rejection fine-tuning"),
    "RLM": ("recursive language model", "reasoning language model"),
    "SAM": ("Segment Anything Model", "sharpness-aware minimization"),
    "SD": ("speculative decoding", "Stable Diffusion", "self-distillation"),
    "SLM": ("small language model", "speech language model"),
    "SSL": ("self-supervised learning", "semi-supervised learning"),
    "SVD": ("singular value decomposition", "Stable Video Diffusion"),
    "TTA": ("test-time adaptation", "text-to-audio"),
    "TTS": ("text to speech", "test-time scaling"),
    "VQA": ("visual question answering", "video quality assessment"),
}


def ambiguities(tree: Node) -> tuple[Ambiguity, ...]:
    """The ambiguous acronyms that stand alone as a wanted phrase of the tree.

    A topic that names one of the meanings, for it or against it, has said which.
    """
    alone = dict.fromkeys(filter(None, map(stands_alone_as, terms(tree))))
    found = (Ambiguity(known, MEANINGS[known]) for known in alone)
    return tuple(asked for asked in found if not _says_which(tree, asked))


def stands_alone_as(term: Term) -> str:
    """The ambiguous acronym that a term consists of, "" for none."""
    found = words(term.text)
    if len(found) != 1 or term.field not in (Field.ANY, Field.TITLE, Field.ABSTRACT):
        return ""
    known = acronym_of(found[0].written)
    return known if known in MEANINGS else ""


def _says_which(tree: Node, asked: Ambiguity) -> bool:
    named = {_joined(t.text) for wanted in (True, False) for t in terms(tree, wanted=wanted)}
    return any(_joined(meaning) in named for meaning in asked.meanings)


def _joined(text: str) -> str:
    return "".join(word.stem for word in words(text))
