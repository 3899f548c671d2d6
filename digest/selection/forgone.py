"""Papers that no topic brought, and that one would have but for a rule of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from digest.selection.evaluation import Evaluation
from digest.selection.verdict import Why
from subscribers.model import Topic
from subscribers.topics import to_text, without_vetoes

Rule = tuple[Why, str]


def forgone(evaluation: Evaluation, topics: Sequence[Topic], today: date) -> list[Rule | None]:
    """For each paper of the edition: what kept it from the topics that speak of it, and which one.

    A topic that rests, else a veto within a topic; None where no topic speaks of the paper. It is
    asked of papers that matched nothing and were not excluded.
    """
    asked = [topic for topic in topics if not topic.excluded]
    resting = [
        (Why.RESTING, topic.text, topic.text) for topic in asked if not topic.is_active(today)
    ]
    evaluation.ask(topic.text for topic in asked)
    known = ((t.text, evaluation.asked.get(t.text)) for t in asked if t.is_active(today))
    bare = ((text, without_vetoes(one.tree), one.tree) for text, one in known if one)
    vetoed = [
        (Why.VETOED, text, to_text(wanted))
        for text, wanted, tree in bare
        if wanted is not None and wanted != tree
    ]
    evaluation.ask(query for *_, query in (*resting, *vetoed))
    found: list[Rule | None] = [None] * len(evaluation.votes)
    for why, text, query in reversed((*resting, *vetoed)):
        matched = evaluation.asked[query].matched if query in evaluation.asked else 0
        for number in range(len(found)):
            if matched >> number & 1:
                found[number] = (why, text)
    return found
