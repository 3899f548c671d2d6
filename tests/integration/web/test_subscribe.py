"""Subscribing, confirming, and what both do not tell."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import event, update

from digest.model import Edition
from digest.web.limits import sign_up
from subscribers.errors import UnknownSubscriber
from subscribers.limits import Limits, counters, network
from subscribers.model import Consent, Subscriber, SuppressionReason
from subscribers.topics import answered
from tests.integration.web.conftest import Installation
from tests.integration.web.pages import Page, open_page, submit

EMAIL = "reader@example.org"


def _ask(web: httpx.Client, email: str = EMAIL, **fields: str) -> Page:
    return submit(web, open_page(web, "/"), 0, press="", email=email, **fields)


def _link(installation: Installation) -> str:
    return installation.mailed_link("confirm")


def test_from_the_form_to_the_first_digest(
    installation: Installation, edition: Edition, web: httpx.Client
) -> None:
    assert edition.papers
    page = _ask(web, topics="agent harness\nRL", cadence="weekly", weekday="4", hour="7")
    assert "Look into your inbox" in page.text
    asked = open_page(web, _link(installation))
    assert "agent harness" in asked.text
    assert "every Friday at 07:00" in asked.text
    assert installation.subscribers.get(EMAIL).status == "unconfirmed"
    assert "Welcome" in submit(web, asked).text
    reader = installation.subscribers.get(EMAIL)
    assert [topic.text for topic in reader.topics] == ["agent harness", "RL"]
    assert reader.status == "confirmed"
    assert [letter.kind for letter in installation.letters] == ["confirm", "welcome"]


@pytest.mark.parametrize("meaning", ["text to speech", "", "a lie"])
def test_an_acronym_is_asked_about_where_the_subscription_is_confirmed(
    installation: Installation, edition: Edition, web: httpx.Client, meaning: str
) -> None:
    assert edition.papers
    _ask(web, topics="TTS\nagent harness")
    asked = open_page(web, _link(installation))
    assert "TTS stands for several things" in asked.text
    assert asked.forms[0]["meaning-TTS"] == ""  # as it is, where nobody answers
    submit(web, asked, **{"meaning-TTS": meaning})
    saved = [topic.text for topic in installation.subscribers.get(EMAIL).topics]
    exact = answered("TTS", {"TTS": [meaning]}) if meaning == "text to speech" else "TTS"
    assert saved == [exact, "agent harness"]


def test_a_link_works_once(installation: Installation, edition: Edition, web: httpx.Client) -> None:
    assert edition.papers
    _ask(web)
    asked = open_page(web, _link(installation))
    submit(web, asked)
    assert "done already" in submit(web, asked).text
    assert "done already" in open_page(web, _link(installation)).text
    assert len(installation.letters) == 2


def test_a_link_ends_after_48_hours(installation: Installation, web: httpx.Client) -> None:
    _ask(web)
    link = _link(installation)
    installation.later(hours=48)
    assert web.get(link).status_code == 410
    assert "Ask for a new one" in web.get(link).text


def test_the_mail_holds_nothing_that_the_visitor_typed(
    installation: Installation, web: httpx.Client
) -> None:
    _ask(web, topics="buy cheap things at example", excluded="nothing")
    (letter,) = installation.letters
    assert b"cheap" not in installation.app.publisher.render(letter).data
    assert "cheap" not in letter.selection


def _unknown(_: Installation) -> None:
    pass


def _reader(installation: Installation) -> None:
    given = Consent(action="add", at=installation.at, source="operator")
    installation.subscribers.add(Subscriber(email=EMAIL), given)


def _bounced(installation: Installation) -> None:
    installation.subscribers.suppress(EMAIL, SuppressionReason.BOUNCE, installation.at)


def _asked_today(installation: Installation) -> None:
    installation.subscribers.add(
        Subscriber(email=EMAIL), Consent(action="subscribe", at=installation.at, source="web")
    )


def _left(installation: Installation) -> None:
    _reader(installation)
    number = installation.subscribers.get(EMAIL).id
    given = Consent(action="unsubscribe", at=installation.at, source="web")
    installation.subscribers.change(number, given)


def _erased(installation: Installation) -> None:
    _reader(installation)
    installation.subscribers.remove(installation.subscribers.get(EMAIL).id, installation.at)


@pytest.mark.parametrize("who", [_reader, _bounced, _asked_today, _left, _erased])
def test_the_answer_the_statements_and_the_work_are_the_same_for_everybody(
    installation: Installation,
    web: httpx.Client,
    who: Callable[[Installation], None],
) -> None:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    who(installation)
    page = open_page(web, "/")
    event.listen(installation.engine, "before_cursor_execute", note)
    answers = []
    for email in (EMAIL, "other@example.org"):
        answer = submit(web, page, email=email).response
        answers.append((answer.status_code, answer.text.replace(email, "…"), seen.copy()))
        seen.clear()
    assert answers[0] == answers[1]
    assert [letter.kind for letter in installation.letters] == ["confirm", "confirm"]


def test_an_address_is_written_to_once_a_day(installation: Installation, web: httpx.Client) -> None:
    for _ in range(3):
        assert "Look into your inbox" in _ask(web).text
    assert len(installation.letters) == 1
    installation.later(days=1)
    _ask(web)
    assert len(installation.letters) == 2


def test_a_network_can_only_ask_so_often(installation: Installation, web: httpx.Client) -> None:
    answers = [_ask(web, f"r{n}@example.org").response.status_code for n in range(11)]
    assert answers == [200] * 10 + [429]
    assert len(installation.letters) == 10
    installation.later(hours=1)
    assert _ask(web, "late@example.org").response.status_code == 200


@pytest.mark.parametrize("number", range(len(sign_up(EMAIL, ""))))
def test_each_limit_holds_by_itself(
    installation: Installation, web: httpx.Client, number: int
) -> None:
    full = sign_up(EMAIL, network("127.0.0.1"))[number]
    Limits(installation.engine, installation.ring).exceeded([full], installation.at)
    with installation.engine.begin() as connection:
        connection.execute(update(counters).values(count=full.limit.most))
    assert _ask(web).response.status_code == 429
    assert installation.letters == []


def test_what_limits_count_is_an_address_a_network_a_domain_and_all() -> None:
    counted = {one.what for one in sign_up(EMAIL, "127.0.0.0/24")}
    assert counted == {"address", "network", "domain", "all"}


def test_consent_is_kept_with_its_time_source_and_wording(
    installation: Installation, edition: Edition, web: httpx.Client
) -> None:
    assert edition.papers
    _ask(web)
    installation.later(minutes=5)
    submit(web, open_page(web, _link(installation)))
    kept = installation.subscribers.history(installation.subscribers.get(EMAIL).id)
    assert [line.action for line in kept] == ["subscribe", "confirm"]
    assert [line.source for line in kept] == ["web", "web"]
    assert kept[1].at - kept[0].at == timedelta(minutes=5)
    assert all(line.text_version for line in kept)


def test_a_machine_that_fills_every_field_is_answered_and_ignored(
    installation: Installation, web: httpx.Client
) -> None:
    assert "Look into your inbox" in _ask(web, website="https://spam.example").text
    assert installation.letters == []
    with pytest.raises(UnknownSubscriber):
        installation.subscribers.get(EMAIL)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "nobody"}, "not an email address"),
        ({"email": ""}, "An address is needed"),
        ({"topics": "(RL"}, "Topics, line 1"),
        ({"topics": "RL\nNOT x"}, "Topics, line 2"),
        ({"timezone": "Mars/Olympus"}, "no time zone"),
        ({"topics": "\n".join(f"topic {n}" for n in range(50))}, "At most 40 topics"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(
    installation: Installation, web: httpx.Client, fields: dict[str, str], said: str
) -> None:
    page = _ask(web, **{"topics": "RL", **fields})
    assert page.response.status_code == 422
    assert said in page.text
    assert page.forms[0]["topics"] == fields.get("topics", "RL")
    assert installation.letters == []


def test_a_form_from_elsewhere_begins_nothing_and_loses_nothing(
    installation: Installation, web: httpx.Client
) -> None:
    answer = web.post("/", data={"email": EMAIL, "topics": "RL"})
    assert answer.status_code == 403
    assert Page(answer).forms[0]["topics"] == "RL"
    assert installation.letters == []


def test_the_trial_says_what_would_have_been_sent(edition: Edition, web: httpx.Client) -> None:
    page = submit(web, open_page(web, "/"), topics="agent harness", press="try")
    assert "of the last 1 edition" in page.text
    assert "“agent harness” in the title" in page.text
    piece = web.post("/topics/trial", data={"topics": "quantum basket weaving\nTTS"})
    assert "quantum basket weaving : It never matched in 1 edition." in Page(piece).text
    assert edition.papers


def test_the_trial_warns_of_what_is_too_much(edition: Edition, web: httpx.Client) -> None:
    piece = Page(web.post("/topics/trial", data={"topics": "agent OR model\nRL and video"}))
    assert "papers a day; a longer phrase or NOT would narrow it." in piece.text
    assert "the operator is AND" in piece.text
    assert edition.papers


def test_an_ambiguous_acronym_is_asked_about_and_the_answer_makes_the_topic_exact(
    edition: Edition, web: httpx.Client
) -> None:
    tried = submit(web, open_page(web, "/"), topics="RL\nTTS\n(", press="try")
    assert "TTS stands for several things: which do you mean?" in tried.text
    page = submit(web, tried, mean="TTS=text to speech")
    exact = answered("TTS", {"TTS": ["text to speech"]})
    assert page.forms[0]["topics"] == f"RL\n{exact}\n("
    assert "which do you mean?" not in page.text
    assert edition.papers


def test_a_suggestion_is_added_without_a_script(edition: Edition, web: httpx.Client) -> None:
    page = submit(web, open_page(web, "/"), topics="RL", add="speech")
    assert page.forms[0]["topics"] == "RL\nspeech"
    again = submit(web, page, add="speech")
    assert again.forms[0]["topics"] == "RL\nspeech"
    assert edition.papers


def test_a_sample_of_who_wants_a_weekly_digest_is_of_a_week(
    edition: Edition, web: httpx.Client
) -> None:
    form = open_page(web, "/")
    answer = submit(web, form, topics="agent harness", cadence="weekly", sample="yes").response
    assert "The week to 21 August" in answer.text
    assert "of this week’s" in answer.text
    assert edition.papers


def test_a_sample_is_the_real_digest_of_these_choices(edition: Edition, web: httpx.Client) -> None:
    answer = submit(web, open_page(web, "/"), topics="agent harness", sample="yes").response
    assert "agent harness" in answer.text.casefold()
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert f"{edition.date:%-d %B}" in answer.text


def test_the_links_of_a_sample_say_that_it_was_one(edition: Edition, web: httpx.Client) -> None:
    answer = submit(web, open_page(web, "/"), topics="agent harness", sample="yes").response
    paths = set(re.findall(r'href="[^"]*(/[pwf]/[^"]+)"', answer.text))
    assert {path[1] for path in paths} == {"p", "w", "f"}
    for path in paths:
        assert "This was a sample" in web.get(path).text
    assert edition.papers


def test_the_time_zone_is_guessed_from_the_browsers_language(web: httpx.Client) -> None:
    for language, zone in (("de-DE,de;q=0.9", "Europe/Berlin"), ("ja-JP", "Asia/Tokyo")):
        page = Page(web.get("/", headers={"Accept-Language": language}))
        assert page.forms[0]["timezone"] == zone
    assert open_page(web, "/").forms[0]["timezone"] == "UTC"


def test_who_reads_already_decides_between_the_choices(
    installation: Installation, web: httpx.Client
) -> None:
    _reader(installation)
    _ask(web, topics="RL")
    asked = open_page(web, _link(installation))
    assert "You receive digests already" in asked.text
    submit(web, asked, keep="yes")
    assert installation.subscribers.get(EMAIL).topics == ()
    assert [letter.kind for letter in installation.letters] == ["confirm"]
