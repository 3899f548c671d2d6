"""`digest topic`: the topics of a subscriber; `digest.cli.trying` tries one before."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

import typer

from digest.cli.acting import acting, tell
from digest.cli.asking import YesOption, made_exact
from digest.cli.context import Format, FormatOption, opened
from digest.cli.output import show
from digest.cli.queries import QueryArgument, QueryCommand
from digest.cli.topic_uses import use_of
from digest.cli.trying import backtest, check
from subscribers.model import Subscriber, Topic
from subscribers.topics import Term, parse, to_text

app = typer.Typer(help="What a topic selects, and who asked for it.", no_args_is_help=True)

Address = Annotated[str, typer.Argument(metavar="EMAIL")]
app.command(cls=QueryCommand)(check)
app.command(cls=QueryCommand)(backtest)


@app.command("list")
def list_topics(ctx: typer.Context, email: Address, how: FormatOption = Format.TABLE) -> None:
    """The topics of a subscriber."""
    with opened(ctx) as opened_app:
        topics, today = opened_app.subscribers.get(email).topics, opened_app.now().date()
    rows = [
        {"number": number, "topic": topic.text, "use": use_of(topic, today)}
        for number, topic in enumerate(topics, 1)
    ]
    show(rows, how, empty=f"{email} has no topic: the day's ten most voted papers are sent.")


@app.command(cls=QueryCommand)
def add(
    ctx: typer.Context,
    email: Address,
    query: QueryArgument,
    yes: YesOption = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Adds a topic to a subscriber's; asks what an acronym means that stands for several things.

    Example: digest topic add reader@example.org 'world model OR world simulator'
    """
    parse(query)
    with opened(ctx) as opened_app:
        opened_app.subscribers.get(email)  # nobody is asked about a topic for nobody
    _add(ctx, email, made_exact(query.strip(), yes=yes), how, excluded=False)


@app.command(cls=QueryCommand)
def exclude(
    ctx: typer.Context, email: Address, query: QueryArgument, how: FormatOption = Format.TABLE
) -> None:
    """Keeps papers out of all topics of a subscriber: a phrase vetoes by the title.

    Example: digest topic exclude reader@example.org survey
    """
    _add(ctx, email, _excluded(query), how, excluded=True)


@app.command()
def remove(
    ctx: typer.Context,
    email: Address,
    topic: Annotated[str, typer.Argument(help="Its number in `digest topic list`, or its text.")],
    how: FormatOption = Format.TABLE,
) -> None:
    """Takes a topic from a subscriber's."""
    with acting(ctx, "topic remove", email) as (opened_app, _):
        subscriber = opened_app.subscribers.get(email)
        gone = _named(subscriber, topic)
        rest = tuple(t for t in subscriber.topics if t != gone)
        opened_app.subscribers.edit(replace(subscriber, topics=rest), opened_app.now())
    tell(how, f"{email} no longer has the topic {gone.text}", email=email, topics=rest)


def _excluded(query: str) -> str:
    """What is to be kept out; the minus of `-survey` says no more than the command does.

    Raises:
        BadParameter: it begins with a minus, and is not one phrase.
    """
    found = re.match(r"\s*(?:-|NOT\s+)(?=\S)", query)
    if not found:
        return query
    bare = query[found.end() :]
    if not isinstance(parse(bare), Term):
        raise typer.BadParameter(
            f"{query!r}: write what is excluded without a minus, each with a command of its own: "
            "digest topic exclude EMAIL survey"
        )
    return bare


def _add(ctx: typer.Context, email: str, query: str, how: Format, *, excluded: bool) -> None:
    tree = parse(query)
    action = f"topic {'exclude' if excluded else 'add'}"
    with acting(ctx, action, email) as (opened_app, _):
        subscriber = opened_app.subscribers.get(email)
        topic = Topic(text=query.strip(), excluded=excluded)
        if topic in subscriber.topics:
            done = f"{email} has this topic already."
        else:
            subscriber = replace(subscriber, topics=(*subscriber.topics, topic))
            opened_app.subscribers.edit(subscriber, opened_app.now())
            done = f"{email} now {'excludes' if excluded else 'has'}: {to_text(tree)}"
    tell(how, done, email=email, topics=subscriber.topics)


def _named(subscriber: Subscriber, topic: str) -> Topic:
    for number, known in enumerate(subscriber.topics, 1):
        if topic in (str(number), known.text):
            return known
    raise typer.BadParameter(
        f"{subscriber.email} has no topic {topic!r}: `digest topic list {subscriber.email}`"
    )
