"""What the operator sees and does on their pages: each act asked for first, done, and noted."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from argon2 import PasswordHasher

from digest.audit import Act, Place
from digest.delivery.pauses import Pause, Pauses
from digest.figures import Tallies
from digest.model import DeliveryState
from digest.signin import SignIn
from subscribers.errors import UnknownSubscriber
from subscribers.model import Subscriber, SubscriptionStatus, SuppressionReason
from tests import crowd
from tests.integration.web.conftest import Installation
from tests.outboxes import add_named, plan

PASSWORD = "correct horse battery staple"
HOSTILE = ["<script>alert(1)</script>", "' OR 1=1 --", "%", "\u202e", "a" * 250, "🦆", "_"]


class Page:
    """A signed-in operator."""

    def __init__(self, web: httpx.Client) -> None:
        self.web = web
        web.post("/operator/sign-in", data={"form": self.form("/sign-in"), "password": PASSWORD})

    def form(self, path: str = "/audit") -> str:
        found = re.search(r'name="form" value="([^"]+)"', self.get(path).text)
        assert found
        return found[1]

    def get(self, path: str = "", **query: str) -> httpx.Response:
        return self.web.get(f"/operator{path}", params=query or None)

    def post(self, path: str, **fields: object) -> httpx.Response:
        return self.web.post(f"/operator{path}", data={"form": self.form(), **fields})


@pytest.fixture
def page(installation: Installation, web: httpx.Client) -> Page:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    SignIn(installation.engine, quick).set_password(PASSWORD, installation.at)
    return Page(web)


def acts(installation: Installation) -> list[Act]:
    found = installation.app.audit.list()
    return [act for act in found if act.action != "operator sign-in"]


def steer(page: Page, do: str, *numbers: int, **fields: str) -> httpx.Response:
    return page.post("/subscribers/act", do=do, id=list(numbers), sure="yes", **fields)


def test_nothing_is_done_before_the_question_is_answered(
    page: Page, installation: Installation, reader: Subscriber
) -> None:
    asked = page.post("/subscribers/act", do="erase", id=reader.id)
    assert "Erase all that is kept of them?" in asked.text
    assert reader.email in asked.text
    assert installation.subscribers.get(reader.email) == reader
    assert acts(installation) == []


def test_pausing_and_resuming_move_the_subscription_and_are_noted(
    page: Page, installation: Installation, reader: Subscriber
) -> None:
    steer(page, "pause", reader.id)
    assert installation.subscribers.by_id(reader.id).status is SubscriptionStatus.PAUSED
    steer(page, "resume", reader.id)
    assert installation.subscribers.by_id(reader.id).status is SubscriptionStatus.CONFIRMED
    (resumed, paused) = acts(installation)
    assert (paused.action, paused.place, paused.subject) == (
        "subscriber pause",
        Place.PAGE,
        reader.email,
    )
    assert resumed.who.startswith("session ")
    assert resumed.outcome == "done"


def test_suppressing_keeps_the_reason_and_is_taken_back(
    page: Page, installation: Installation, reader: Subscriber
) -> None:
    steer(page, "suppress", reader.id, why="asked by telephone")
    found = installation.subscribers.suppression(reader.email)
    assert found
    assert (found.reason, found.detail) == (SuppressionReason.OPERATOR, "asked by telephone")
    steer(page, "unsuppress", reader.id)
    assert installation.subscribers.suppression(reader.email) is None


def test_a_complaint_is_taken_back_by_force_alone(
    page: Page, installation: Installation, reader: Subscriber
) -> None:
    store = installation.subscribers
    store.suppress(reader.email, SuppressionReason.COMPLAINT, installation.at)
    assert "own will (complaint" in steer(page, "unsuppress", reader.id).text
    assert store.suppression(reader.email)
    assert acts(installation)[0].outcome.startswith("failed: ")
    steer(page, "unsuppress", reader.id, force="on")
    assert store.suppression(reader.email) is None


def test_who_is_erased_is_gone_and_named_in_no_log(
    page: Page, installation: Installation, reader: Subscriber
) -> None:
    steer(page, "erase", reader.id)
    with pytest.raises(UnknownSubscriber):
        installation.subscribers.by_id(reader.id)
    assert reader.email not in page.get("/audit").text


def test_many_are_acted_on_at_once_and_each_is_told(
    page: Page, installation: Installation, reader: Subscriber
) -> None:
    page.post("/subscribers/add", email="second@example.org", topics="RL\ndiffusion")
    second = installation.subscribers.get("second@example.org")
    told = steer(page, "pause", reader.id, second.id).text
    assert "Paused." in told
    assert "second@example.org" in told
    assert "unconfirmed" in told
    assert installation.subscribers.by_id(second.id).status is SubscriptionStatus.UNCONFIRMED


def test_somebody_new_is_asked_to_confirm_first(page: Page, installation: Installation) -> None:
    page.post("/subscribers/add", email="new@example.org", topics="")
    assert [letter.kind for letter in installation.letters] == ["confirm"]
    page.post("/subscribers/add", email="agreed@example.org", agreed="on")
    agreed = installation.subscribers.get("agreed@example.org")
    assert agreed.status is SubscriptionStatus.CONFIRMED


def test_a_fresh_confirmation_is_sent_once_a_day(page: Page, installation: Installation) -> None:
    page.post("/subscribers/add", email="new@example.org")
    new = installation.subscribers.get("new@example.org")
    assert "Was asked today already" in steer(page, "confirmation", new.id).text
    installation.later(days=1)
    page = Page(page.web)
    assert "A mail with a fresh link" in steer(page, "confirmation", new.id).text
    assert len(installation.letters) == 2


@pytest.mark.parametrize("typed", [*HOSTILE, "no address", ""])
def test_what_is_no_address_is_told_and_adds_nobody(
    page: Page, installation: Installation, typed: str
) -> None:
    answer = page.post("/subscribers/add", email=typed)
    assert answer.status_code == 422
    assert "<script>" not in answer.text
    assert sum(installation.subscribers.counts().values()) == 0


@pytest.mark.parametrize("typed", HOSTILE)
def test_a_hostile_search_finds_nobody_and_is_shown_as_text(
    page: Page, reader: Subscriber, typed: str
) -> None:
    answer = page.get("/subscribers", q=typed, after=typed)
    assert answer.status_code == 200
    assert reader.email not in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/subscribers/0", "/subscribers/99999999999999999999", "/subscribers/x", "/subscribers/7",
     "?day=x", "?day=0001-01-01", "/subscribers?status=x", "/outbox/deliveries?state=x",
     "/subscribers?q=%00", "/audit?before=x", "/outbox/deliveries?domain=%0a"],
)  # fmt: skip
def test_an_address_that_leads_nowhere_is_told_so(page: Page, path: str) -> None:
    assert page.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/subscribers/act", "/subscribers/add", "/outbox/act"])
def test_a_form_without_its_token_does_nothing(
    page: Page, installation: Installation, reader: Subscriber, path: str
) -> None:
    data = {"do": "erase", "id": str(reader.id), "sure": "yes", "domain": "*", "email": "a@b.org"}
    for form in ("", "forged"):
        assert page.web.post(f"/operator{path}", data={**data, "form": form}).status_code == 403
    assert installation.subscribers.get(reader.email) == reader
    assert acts(installation) == []


@pytest.mark.parametrize("number", ["x", "-1", "1 OR 1=1", "9" * 30, "１"])  # noqa: RUF001  # a digit of another script
def test_what_is_no_number_is_refused(page: Page, number: str) -> None:
    for path in ("/subscribers/act", "/outbox/act"):
        do = "pause" if "sub" in path else "cancel"
        assert page.post(path, do=do, id=number, sure="yes").status_code == 400


def test_an_unknown_button_and_a_choice_of_nothing_do_nothing(page: Page) -> None:
    assert page.post("/subscribers/act", do="burn", id="1").status_code == 400
    assert page.post("/subscribers/act", do="pause").status_code == 422
    assert page.post("/outbox/act", do="cancel", sure="yes").status_code == 400


def waiting(installation: Installation) -> list[DeliveryState]:
    return [letter.state for letter in installation.letters]


def test_a_pause_is_told_with_its_reason_until_it_is_retried(
    page: Page, installation: Installation
) -> None:
    until = installation.at + timedelta(hours=1)
    pause = Pause("example.org", installation.at, until, "550 5.7.1 poor <reputation>")
    Pauses(installation.engine).write("a sender", [pause], installation.at)
    for path in ("", "/deliveries", "/outbox"):
        assert "550 5.7.1 poor &lt;reputation&gt;" in page.get(path).text
    page.post("/outbox/act", do="retry", domain="example.org", sure="yes")
    assert "is paused" not in page.get("/outbox").text


def test_the_outbox_tells_the_largest_heaps_and_counts_the_others(
    page: Page, installation: Installation
) -> None:
    add_named(installation.engine, [f"a@d{n}.example" for n in range(60)])
    app = installation.app
    app.outbox.enqueue(plan(n + 1, recipient=f"a@d{n}.example") for n in range(60))
    text = page.get("/outbox").text
    assert text.count('<th scope="row">') == 50
    assert "And 10 deliveries in 10 smaller heaps" in text


def test_the_outbox_is_held_released_retried_and_cancelled(
    page: Page, installation: Installation
) -> None:
    page.post("/subscribers/add", email="new@example.org")
    place = {"domain": "example.org", "sure": "yes"}
    page.post("/outbox/act", do="hold", why="their server moves", **place)
    assert waiting(installation) == [DeliveryState.HELD]
    assert "their server moves" in page.get("/outbox").text
    page.post("/outbox/act", do="release", **place)
    assert waiting(installation) == [DeliveryState.PLANNED]
    (letter,) = installation.letters
    asked = page.post("/outbox/act", do="cancel", id=letter.id)
    assert waiting(installation) == [DeliveryState.PLANNED]
    assert f"id {letter.id}" in asked.text
    page.post("/outbox/act", do="cancel", id=letter.id, sure="yes")
    assert waiting(installation) == [DeliveryState.SKIPPED]
    page.post("/outbox/act", do="retry", id=letter.id, sure="yes")
    assert waiting(installation) == [DeliveryState.PLANNED]
    names = [act.action for act in acts(installation)]
    assert names[:4] == ["outbox retry", "outbox cancel", "outbox release", "outbox hold"]


def test_a_crowd_is_searched_and_paged_to_its_end(page: Page, installation: Installation) -> None:
    today = datetime(2026, 8, 21, tzinfo=UTC).date()
    crowd.fill(installation.engine, today, readers=130, days=3)
    path, seen = "/subscribers?q=reader1", set()
    while path:
        text = page.get(path).text
        seen |= set(re.findall(r"reader\d+@[a-z.]+(?=</a>)", text))
        more = re.search(r'rel="next" href="/operator([^"]+)"', text)
        path = more[1].replace("&amp;", "&") if more else ""
    wanted = [n for n in range(1, 131) if str(n).startswith("1")]
    assert seen == {crowd.address(n) for n in wanted}


def test_a_day_is_told_paper_by_paper(page: Page, installation: Installation) -> None:
    today = datetime(2026, 8, 21, tzinfo=UTC).date()
    crowd.fill(installation.engine, today, readers=20, days=3)
    found = installation.app.subscribers.block(status=SubscriptionStatus.CONFIRMED)[0]
    text = page.get(f"/subscribers/{found.id}", day="2026-08-21").text
    assert "Why, on 2026-08-21" in text
    assert "chosen" in text
    assert "daily 2026-08-20" in text


def test_today_counts_each_reader_once(page: Page, installation: Installation) -> None:
    today = datetime(2026, 8, 21, tzinfo=UTC).date()
    crowd.fill(installation.engine, today, readers=100, days=3)
    text = page.get("?day=2026-08-21").text
    shown = [int(n) for n in re.findall(r'</dt><dd class="num">(\d+)</dd>', text)]
    counts = installation.subscribers.counts()
    assert sum(shown) == counts[SubscriptionStatus.CONFIRMED] + counts[SubscriptionStatus.PAUSED]
    assert "settled" in text
    told = re.findall(r'<td class="num">(\d+) (digest|reader)s?</td>', text)
    digests = sum(int(number) for number, unit in told if unit == "digest")
    assert digests == counts[SubscriptionStatus.CONFIRMED]


def test_the_last_month_is_drawn_and_told_once_it_was_counted(
    page: Page, installation: Installation
) -> None:
    assert "The last 30 days" not in page.get().text
    today = datetime(2026, 8, 21, tzinfo=UTC).date()
    crowd.fill(installation.engine, today, readers=100, days=3)
    Tallies(installation.engine).count(installation.at)
    text = page.get().text
    assert text.count("<svg") == 1
    assert '<a href="/operator?day=2026-08-20">' in text
