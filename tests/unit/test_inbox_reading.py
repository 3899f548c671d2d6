"""The inbox reads any mail: well made, broken or hostile."""

from __future__ import annotations

import unicodedata
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.inbox.preheader import LONGEST, preheader_of
from digest.inbox.reading import MOST_HEADERS, read_mail, visible
from tests.support import keeps_pace


def _digest_mail() -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "Zetta ζ, and three more"
    mail["From"] = "Paper Digest <digest@example.org>"
    mail["To"] = "reader@example.org"
    mail["Date"] = "Fri, 21 Aug 2026 08:00:00 +0200"
    mail.set_content("4 papers on agents.")
    mail.add_alternative("<p>4 papers on <b>agents</b> — for you</p>", subtype="html")
    return mail.as_bytes()


def test_a_digest_is_taken_apart() -> None:
    mail = read_mail(_digest_mail())
    assert mail.subject == "Zetta ζ, and three more"
    assert (mail.sender_name, mail.to) == ("Paper Digest", "reader@example.org")
    assert mail.date
    assert mail.date.isoformat() == "2026-08-21T08:00:00+02:00"
    assert (mail.text or "").strip() == "4 papers on agents."
    assert "<b>agents</b> — for you" in (mail.html or "")
    assert (mail.attachments, mail.faults) == ((), ())


def test_headers_keep_their_order_and_their_repetitions() -> None:
    mail = read_mail(b"X-A: 1\r\nX-B: 2\r\n folded\r\nX-A: 3\r\n\r\n")
    assert mail.headers == (("X-A", "1"), ("X-B", "2 folded"), ("X-A", "3"))


def test_a_utf8_header_is_read_as_such() -> None:
    assert read_mail("Subject: Grüße ζ\r\n\r\n".encode()).subject == "Grüße ζ"


@pytest.mark.parametrize(
    "word", ["=?nonsense?q?a?=", "=?utf-8?b?a?=", "=?utf-8?q?=FF=FE?=", "=?utf-8?x?a?="]
)
def test_an_encoded_word_that_is_none_does_no_harm(word: str) -> None:
    assert read_mail(f"Subject: {word}\r\n\r\n".encode()).subject


def test_an_encoded_line_end_makes_no_second_header() -> None:
    mail = read_mail(b"Subject: =?utf-8?q?a=0D=0ABcc=3A_x?=\r\n\r\n")
    assert mail.subject == "a⟨U+000D⟩⟨U+000A⟩Bcc: x"
    assert len(mail.headers) == 1


def test_a_name_that_runs_backwards_is_written_out() -> None:
    assert visible("a\u202egpj.exe\u0000") == "a⟨U+202E⟩gpj.exe⟨U+0000⟩"
    assert visible("Zetta ζ, 東京, 👩\u200d🔬\n") == "Zetta ζ, 東京, 👩\u200d🔬\n"


def test_an_attachment_is_named_and_not_shown() -> None:
    mail = EmailMessage()
    mail.set_content("See below.")
    mail.add_attachment("<script>", subtype="html", filename="a.html")
    read = read_mail(mail.as_bytes())
    assert read.attachments == ("a.html",)
    assert read.html is None


def test_broken_mime_is_named_as_such() -> None:
    mail = read_mail(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\nlost\r\n")
    assert "start boundary not found" in mail.faults


def test_an_unknown_charset_is_read_as_well_as_can_be() -> None:
    mail = read_mail(b"Content-Type: text/plain; charset=klingon\r\n\r\nqapla\r\n")
    assert (mail.text or "").strip() == "qapla"


def test_ten_thousand_nested_parts_leave_the_headers() -> None:
    level = "Content-Type: multipart/mixed; boundary={0}\r\n\r\n--{0}\r\n"
    data = "Subject: deep\r\n" + "".join(level.format(f"b{n}") for n in range(10_000))
    mail = read_mail(data.encode())
    assert mail.subject == "deep"
    assert mail.faults


def test_ten_thousand_headers_are_counted_and_not_listed() -> None:
    mail = read_mail(b"X-A: 1\r\n" * 10_000 + b"\r\n")
    assert len(mail.headers) == MOST_HEADERS
    assert f"{10_000 - MOST_HEADERS} more headers are not shown" in mail.faults


@given(st.binary(max_size=400))
def test_no_octets_are_too_strange(data: bytes) -> None:
    read_mail(data)


@given(st.data())
def test_no_change_to_a_real_mail_is_too_strange(data: st.DataObject) -> None:
    mail = bytearray(_digest_mail())
    places = st.integers(0, len(mail) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=20)):
        mail[place] = data.draw(st.integers(0, 255))
    read_mail(bytes(mail))


@given(st.text())
def test_visible_text_has_no_control_left(text: str) -> None:
    shown = set(visible(text)) - set("\t\n\u200c\u200d\u00ad")
    assert not [letter for letter in shown if unicodedata.category(letter) in {"Cc", "Cf", "Cs"}]


def test_the_preheader_is_the_hidden_first_block() -> None:
    hidden = "Robots that learn from their own mistakes, and two more&#847;&zwnj;"
    html = f"<head><title>No</title><style>b{{}}</style></head><div>{hidden}</div><p>Masthead</p>"
    assert preheader_of(html, None) == "Robots that learn from their own mistakes, and two more"


def test_a_short_first_block_goes_on_with_the_next() -> None:
    assert preheader_of("<p>Hello</p><p>there</p>", None) == "Hello there"


def test_a_long_preheader_ends_at_a_word() -> None:
    line = preheader_of(None, "word " * 100)
    assert len(line) <= LONGEST
    assert line.endswith("word…")


@pytest.mark.parametrize("piece", ["<", "<!--", "<a ", "</", "<![CDATA[", "&#", "<a b='"])
def test_hostile_markup_takes_as_long_as_it_is(piece: str) -> None:
    assert keeps_pace(lambda html: preheader_of(html, None), piece)
