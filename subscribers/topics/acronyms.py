"""Acronyms that mean several things in the papers of a day: asked about when a topic is saved.

The table is small and read by people: an acronym stands here when two years of daily papers
spell it out in at least two ways that have nothing to do with each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from subscribers.topics.normal import words
from subscribers.topics.tree import Field, Node, terms


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
    """The ambiguous acronyms that stand alone as a wanted phrase of the tree."""
    alone = {}
    for term in terms(tree):
        found = words(term.text)
        if len(found) == 1 and term.field in (Field.ANY, Field.TITLE, Field.ABSTRACT):
            acronym = found[0].written
            if acronym in MEANINGS:
                alone[acronym] = Ambiguity(acronym, MEANINGS[acronym])
    return tuple(alone.values())
