"""Acronyms that mean several things in the papers of a day: asked about when a topic is saved.

The table is small and read by people: an acronym stands here when at least two of its
meanings are common in the titles and abstracts of machine-learning papers.
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
    "AD": ("autonomous driving", "anomaly detection", "Alzheimer's disease"),
    "AR": ("autoregressive", "augmented reality"),
    "CD": ("contrastive decoding", "continual distillation", "Chamfer distance"),
    "CL": ("continual learning", "curriculum learning", "contrastive learning"),
    "CoT": ("chain of thought", "contents of thought"),
    "CV": ("computer vision", "cross-validation"),
    "DA": ("data augmentation", "domain adaptation"),
    "DP": ("differential privacy", "diffusion policy", "dynamic programming"),
    "DPO": ("direct preference optimization", "diffusion policy optimization"),
    "GS": ("Gaussian splatting", "grid search"),
    "IR": ("information retrieval", "infrared", "image restoration"),
    "MAS": ("multi-agent system", "model architecture search"),
    "ML": ("machine learning", "maximum likelihood"),
    "MM": ("multimodal", "model merging"),
    "MoE": ("mixture of experts", "mixture of embeddings"),
    "MT": ("machine translation", "multi-turn", "multi-task"),
    "PE": ("positional encoding", "prompt engineering"),
    "PRM": ("process reward model", "probabilistic road map"),
    "RAG": ("retrieval-augmented generation", "region adjacency graph"),
    "RM": ("reward model", "reward machine"),
    "SAM": ("Segment Anything Model", "sharpness-aware minimization"),
    "SFT": ("supervised fine-tuning", "sparse fine-tuning"),
    "SR": ("super-resolution", "speech recognition", "symbolic regression"),
    "TTA": ("test-time adaptation", "test-time augmentation", "text-to-audio"),
    "TTS": ("text to speech", "test-time scaling", "tree search"),
    "TTT": ("test-time training", "text-to-text"),
    "VLA": ("vision-language-action", "vision-language alignment"),
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
