"""Topics: who asks for what, what it matches, and which papers readers liked."""

from __future__ import annotations

from fastapi import APIRouter, Response

from digest.figures import TopicFigures
from digest.web.operator.frame import At
from digest.web.operator.gate import HOME

router = APIRouter()


@router.api_route(f"{HOME}/topics", methods=["GET", "HEAD"])
def show(at: At) -> Response:
    """The last 30 days."""
    app = at.here.app
    topics = TopicFigures(app.engine, app.now().date())
    values = {
        "days": topics.days(),
        "wanted": topics.most_wanted(),
        "never": topics.never(),
        "papers": (
            ("matched", "Most matched", "Readers’ topics", topics.most_matched()),
            ("liked", "Most liked", "Likes", topics.most_liked(liked=True)),
            ("disliked", "Most disliked", "Dislikes", topics.most_liked(liked=False)),
        ),
    }
    return at.page("topics.html.j2", values)
