"""The topic language: text to syntax tree and back. No paper is known here.

A topic is one or more lines, each an alternative. `docs/topics.md` teaches the language.
"""

from __future__ import annotations

from subscribers.topics.acronyms import Ambiguity, ambiguities
from subscribers.topics.asking import Choice, Question, answered, questions
from subscribers.topics.describe import in_words
from subscribers.topics.normal import MARK, Word, acronym_of, is_acronym, marked, words
from subscribers.topics.parser import fault_of, parse
from subscribers.topics.printing import label, to_text
from subscribers.topics.tree import (
    And,
    Condition,
    Field,
    Has,
    Measure,
    Node,
    Not,
    Or,
    Possession,
    Relation,
    Term,
    all_of,
    any_of,
    terms,
    without_vetoes,
)

__all__ = [
    "MARK",
    "Ambiguity",
    "And",
    "Choice",
    "Condition",
    "Field",
    "Has",
    "Measure",
    "Node",
    "Not",
    "Or",
    "Possession",
    "Question",
    "Relation",
    "Term",
    "Word",
    "acronym_of",
    "all_of",
    "ambiguities",
    "answered",
    "any_of",
    "fault_of",
    "in_words",
    "is_acronym",
    "label",
    "marked",
    "parse",
    "questions",
    "terms",
    "to_text",
    "without_vetoes",
    "words",
]
