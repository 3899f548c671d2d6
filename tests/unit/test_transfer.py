"""Files of subscribers, read: whose columns they are, what they tell, which lines are bad."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.errors import TransferError
from subscribers.model import Subscriber, Topic
from subscribers.transfer import Incoming, Reader, Reading
from subscribers.transfer.cells import escaped, from_topics, to_topics, unescaped

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
LISTMONK = "uuid,email,name,attributes,status,created_at,updated_at"
MAILCHIMP = (
    '"Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,'
    "CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES"
)
PERSON = 'reader@example.org,R,D,2,"2024-03-14 09:12:31",,"2024-03-14 09:14:00",,,,,,'
PERSON += 'Europe/Berlin,DE,BE,"2024-03-14 09:14:00",1,a,'


def read(text: str, file: str = "a.csv", *, ask: bool = False) -> Reading:
    return Reader(Subscriber(email=""), NOW, ask=ask).read(text.encode(), file)


def one(text: str) -> Incoming:
    reading = read(text)
    assert reading.bad == []
    return reading.good[0]


def why(text: str) -> str:
    return read(text).bad[0].reason


@given(st.text())
def test_an_escaped_cell_is_no_formula_and_comes_back(text: str) -> None:
    cell = escaped(text)
    assert cell[:1] not in set("=+-@\t\r\n")
    assert unescaped(cell) == text


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"])  # noqa: RUF001
def test_formulas_get_an_apostrophe(cell: str) -> None:
    assert escaped(cell) == f"'{cell}"


def test_an_apostrophe_of_a_name_stays() -> None:
    assert unescaped("'t Hooft") == "'t Hooft"


topics = st.builds(
    Topic,
    text=st.text(min_size=1).filter(str.strip),
    excluded=st.booleans(),
    paused=st.booleans(),
    muted_until=st.none() | st.dates(min_value=date(2000, 1, 1)),
)


@given(st.lists(topics).map(tuple))
def test_topics_in_a_cell_come_back(asked: tuple[Topic, ...]) -> None:
    assert to_topics(from_topics(asked), "topics") == asked


def test_a_listmonk_export_is_recognised() -> None:
    found = one(
        f'{LISTMONK}\nu,Reader@Example.org,R,"{{""topics"": [""RL"", ""robots""]}}",enabled,'
        "2025-01-02T03:04:05.678Z,2025-06-02T00:00:00Z"
    )
    assert found.subscriber.email == "Reader@example.org"
    assert [topic.text for topic in found.subscriber.topics] == ["RL", "robots"]
    told = [(line.action, line.source, f"{line.at:%Y-%m-%d}") for line in found.history]
    assert told == [("add", "listmonk", "2025-01-02"), ("import", "listmonk", "2026-08-20")]


@pytest.mark.parametrize(("sign", "times"), [("[", 100_000), ("9", 5000)])
def test_json_beyond_all_measure_makes_a_line_bad(sign: str, times: int) -> None:
    assert "is not JSON" in why(f"{LISTMONK}\nu,a@example.org,R,{sign * times},enabled,,")


@pytest.mark.parametrize(
    ("word", "status", "barred"),
    [
        ("enabled", "confirmed", None),
        ("disabled", "paused", None),
        ("blocklisted", "unsubscribed", "operator"),
    ],
)
def test_listmonks_statuses(word: str, status: str, barred: str | None) -> None:
    found = one(f"{LISTMONK}\nu,a@example.org,R,{{}},{word},,")
    assert found.subscriber.status == status
    assert (found.barred.reason if found.barred else None) == barred


def test_a_mailchimp_export_brings_consent_with_its_times() -> None:
    found = one(f"{MAILCHIMP}\n{PERSON}")
    assert found.subscriber.schedule.timezone == "Europe/Berlin"
    told = [(line.action, f"{line.at:%H:%M}") for line in found.history]
    assert told == [("subscribe", "09:12"), ("confirm", "09:14"), ("import", "08:00")]


def test_mailchimps_unsubscribed_and_cleaned_files() -> None:
    left = one(f'{MAILCHIMP},UNSUB_TIME,UNSUB_REASON\n{PERSON},"2025-01-01 00:00:00",NORMAL')
    assert (left.subscriber.status, left.barred) == ("unsubscribed", None)
    gone = one(f'{MAILCHIMP},CLEAN_TIME\n{PERSON},"2025-01-01 00:00:00"')
    assert gone.barred
    assert (gone.barred.reason, f"{gone.barred.at:%Y}") == ("bounce", "2025")


def test_contacts_that_never_subscribed_are_refused() -> None:
    with pytest.raises(TransferError, match="never subscribed"):
        read(f"{MAILCHIMP}\n{PERSON}", "nonsubscribed_members_export_1.csv")


def test_who_is_asked_first_is_unconfirmed_and_who_left_stays_so() -> None:
    reading = read("email;status\na@example.org;active\nb@example.org;unsubscribed", ask=True)
    assert [found.subscriber.status for found in reading.good] == ["unconfirmed", "unsubscribed"]


def test_every_bad_line_is_named_with_its_number() -> None:
    lines = ["email,status", "a@example.org,confirmed", "no address,confirmed", "", "b@x.org,odd"]
    lines += ["a@example.org,confirmed", "c@example.org", 'd@example.org,"open']
    assert [(bad.line, bad.reason.split(":")[0]) for bad in read("\n".join(lines)).bad] == [
        (3, "'no address' is not an email address"),
        (5, "status"),
        (6, "email"),
        (7, "the line"),
        (8, "this is no CSV"),
    ]


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("topics", "(RL", "topics: '(RL'"),
        ("timezone", "Mars", "timezone: 'Mars' is not a name"),
        ("time", "25:00", "time: '25:00' is not a time of the day"),
        ("max_papers", "0", "max_papers: '0' is not a number from 1 to 100"),
        ("cadence", "hourly", "cadence: 'hourly' is not one of daily"),
        ("history", "[1]", "history: '[1]' is not a history"),
        ("confirmed_at", "soon", "confirmed_at: 'soon' is not a date"),
        ("suppressed", "odd", "suppressed: 'odd' is not a reason"),
    ],
)
def test_a_bad_cell_is_named_by_its_column(column: str, cell: str, said: str) -> None:
    assert said in why(f"email,{column}\na@example.org,{cell}")


def test_octets_that_are_no_utf8_are_a_bad_line_and_not_guessed() -> None:
    reading = Reader(Subscriber(email=""), NOW).read(b"email,topics\na@x.org,r\xe9sum\xe9\n", "a")
    assert "it is not UTF-8" in reading.bad[0].reason


def test_files_of_windows_programs_are_read() -> None:
    assert one("\ufeffEmail\r\na@example.org\r\n").subscriber.email == "a@example.org"
    utf16 = Reader(Subscriber(email=""), NOW).read("email\na@example.org".encode("utf-16"), "a")
    assert len(utf16.good) == 1


@pytest.mark.parametrize("text", ["", "name,phone\na,b", "email,email\na@x.org,b@x.org"])
def test_a_file_without_one_column_of_addresses_is_refused(text: str) -> None:
    with pytest.raises(TransferError):
        read(text)


def test_columns_that_say_nothing_are_told() -> None:
    assert read("email,Shoe size\na@example.org,44").unused == ("Shoe size",)
