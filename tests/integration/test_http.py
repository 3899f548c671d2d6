from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse

from digest.errors import SourceAnswerInvalid, SourceRefused, SourceUnreachable
from digest.http import Client, quota_reset, retry_after
from digest.settings import Network
from tests.certificates import Authority
from tests.tlssite import serving_tls
from tests.webserver import Reply, WebServer

pytestmark = pytest.mark.anyio


async def test_an_answer_comes_whole_and_says_who_asks(web: WebServer) -> None:
    web.answers("/", b'{"a": 1}')
    async with Client(Network(contact="operator@example.org")) as client:
        answer = await client.get("hub", web.url + "/?x=1")
    assert answer.json() == {"a": 1}
    assert web.asked[0].query == {"x": "1"}
    assert "paper-digest/" in web.asked[0].headers["user-agent"]
    assert "operator@example.org" in web.asked[0].headers["user-agent"]


async def test_authorities_are_those_that_the_environment_names_at_that_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    authority.server()
    with serving_tls(PlainTextResponse("[]"), tmp_path / "server-False-False.pem") as url:
        for known in (False, True, False):
            monkeypatch.setenv("SSL_CERT_FILE", str(authority.file) if known else "")
            expected = nullcontext() if known else pytest.raises(SourceUnreachable)
            async with Client(Network(attempts=1)) as client:
                with expected:
                    assert (await client.get("hub", url)).json() == []


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_passing_refusal_is_tried_again(
    web: WebServer, client: Client, status: int
) -> None:
    web.answers("/", Reply(status=status), Reply(status=status), b"[]")
    assert (await client.get("hub", web.url)).json() == []
    assert len(web.asked) == 3


async def test_another_attempt_is_told_to_the_log_alone(
    web: WebServer,
    client: Client,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    web.answers("/", Reply(status=503), b"[]")
    with caplog.at_level("INFO", "digest.http"):
        await client.get("hub", web.url)
    assert "answered 503: Service Unavailable. Again in 0.0 s." in caplog.text
    assert capfd.readouterr().out == ""


async def test_a_lasting_refusal_says_what_the_server_said(web: WebServer, client: Client) -> None:
    web.answers("/", Reply(b'{"error": "too  much"}', 503))
    with pytest.raises(SourceRefused, match=r"hub: http.* answered 503: too much"):
        await client.get("hub", web.url)
    assert len(web.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_refusal_for_good_is_not_tried_again(
    web: WebServer, client: Client, status: int
) -> None:
    web.answers("/", Reply(b"<html>no</html>", status))
    with pytest.raises(SourceRefused, match=f"answered {status}"):
        await client.get("hub", web.url)
    assert len(web.asked) == 1


async def test_it_waits_as_long_as_the_server_asks(web: WebServer) -> None:
    web.answers("/", Reply(status=429, headers=(("Retry-After", "1"),)), b"[]")
    async with Client(Network(attempts=2)) as client:
        await client.get("hub", web.url)
    assert web.asked[1].began - web.asked[0].began >= 1


async def test_it_does_not_wait_for_hours(web: WebServer, client: Client) -> None:
    web.answers("/", Reply(status=503, headers=(("Retry-After", "86400"),)))
    with pytest.raises(SourceRefused):
        await client.get("hub", web.url)
    assert len(web.asked) == 1


async def test_a_quota_that_is_used_up_is_waited_for(web: WebServer) -> None:
    web.answers("/", Reply(b"[]", headers=(("RateLimit", '"api";r=0;t=1'),)), b"[]")
    async with Client(Network()) as client:
        await client.get("hub", web.url)
        await client.get("hub", web.url)
    assert web.asked[1].began - web.asked[0].began >= 1


async def test_a_quota_that_is_used_up_for_long_is_told(web: WebServer, client: Client) -> None:
    web.answers("/", Reply(b"[]", headers=(("RateLimit", "limit=500, remaining=0, reset=900"),)))
    await client.get("hub", web.url)
    with pytest.raises(SourceUnreachable, match="quota is used up for another"):
        await client.get("hub", web.url)


async def test_a_body_that_is_cut_off_is_no_answer(web: WebServer, client: Client) -> None:
    web.answers("/", Reply(b"[1, 2", declared=500))
    with pytest.raises(SourceUnreachable, match=r"hub: .*could not be reached"):
        await client.get("hub", web.url)
    assert len(web.asked) == 3


async def test_a_slow_answer_ends_after_its_time(web: WebServer) -> None:
    web.answers("/", Reply(parts=[b" "] * 100, pause=0.05))
    network = Network(total_timeout=0.3, attempts=1)
    async with Client(network) as client:
        with pytest.raises(SourceUnreachable, match=r"no whole answer within 0\.3 s"):
            await client.get("hub", web.url)


async def test_a_server_that_is_silent_is_not_waited_for(web: WebServer) -> None:
    web.answers("/", Reply(b"[]", pause=3))
    async with Client(Network(timeout=0.2, attempts=1)) as client:
        with pytest.raises(SourceUnreachable, match="ReadTimeout"):
            await client.get("hub", web.url)


async def test_redirects_are_followed_and_loops_are_not(web: WebServer, client: Client) -> None:
    web.answers("/old", Reply(status=301, headers=(("Location", "/new"),)))
    web.answers("/new", b"[]")
    web.answers("/loop", Reply(status=302, headers=(("Location", "/loop"),)))
    assert (await client.get("hub", web.url + "/old")).url == web.url + "/new"
    with pytest.raises(SourceUnreachable, match="redirects more than 5 times"):
        await client.get("hub", web.url + "/loop")


def hundred_megabytes() -> Iterator[bytes]:
    return (b"x" * 1_000_000 for _ in range(100))


async def test_a_huge_body_is_not_read_to_its_end(web: WebServer, client: Client) -> None:
    web.answers("/", Reply(parts=hundred_megabytes()))
    with pytest.raises(SourceAnswerInvalid, match=r"larger than 2000000 bytes.*largest_answer"):
        await client.get("hub", web.url)


async def test_a_small_body_that_unpacks_to_a_huge_one_is_refused(
    web: WebServer, client: Client
) -> None:
    packed = gzip.compress(b" " * 30_000_000)
    web.answers("/", Reply(packed, headers=(("Content-Encoding", "gzip"),)))
    with pytest.raises(SourceAnswerInvalid, match="larger than"):
        await client.get("hub", web.url)


async def test_a_server_that_is_not_there_is_named(client: Client) -> None:
    with pytest.raises(SourceUnreachable, match=r"http://127\.0\.0\.1:9/x could not be reached"):
        await client.get("hub", "http://127.0.0.1:9/x")


@pytest.mark.parametrize("url", ["http://[::bad", "http://a\x00b", "ftp://e.org/x"])
async def test_an_impossible_address_is_named(client: Client, url: str) -> None:
    with pytest.raises(SourceUnreachable):
        await client.get("hub", url)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"a": ', "line 1, column 7: no JSON"),
        (b"<!DOCTYPE html><p>Down", "HTML where JSON was expected"),
        (b"", "no JSON"),
        (b'"\xff"', "byte 2: is not UTF-8"),
        (b"[" * 100_000, "beyond all measure"),
        (b"9" * 10_000, "beyond all measure"),
    ],
)
async def test_what_is_no_json_says_where_it_breaks(
    web: WebServer, client: Client, body: bytes, words: str
) -> None:
    web.answers("/", body)
    with pytest.raises(SourceAnswerInvalid, match=words):
        (await client.get("hub", web.url)).json()


async def test_the_next_page_is_on_the_same_server(web: WebServer, client: Client) -> None:
    web.answers("/a", Reply(headers=(("Link", '</b?p=1>; rel="next", </z>; rel="last"'),)))
    web.answers("/c", Reply(headers=(("Link", '<http://e.org/>; rel="next"'),)))
    web.answers("/d", b"")
    assert (await client.get("hub", web.url + "/a")).next_url() == web.url + "/b?p=1"
    assert (await client.get("hub", web.url + "/d")).next_url() is None
    with pytest.raises(SourceAnswerInvalid, match="another server"):
        (await client.get("hub", web.url + "/c")).next_url()


async def test_every_attempt_passes_the_gate(web: WebServer, client: Client) -> None:
    passed: list[int] = []

    class Gate:
        async def __aenter__(self) -> None:
            passed.append(len(web.asked))

        async def __aexit__(self, *_error: object) -> None:
            return None

    web.answers("/", Reply(status=503), b"[]")
    await client.get("hub", web.url, gate=Gate())
    assert len(passed) == 2
    assert web.asked[1].headers["connection"] == "close"


NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("Thu, 20 Aug 2026 12:01:00 GMT", 60),
        ("Thu, 20 Aug 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-3", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ('"api";r=499;t=280', None),
        ('"api";r=0;t=280', 280),
        ('"pages";r=10;t=9, "api";r=0;t=4', 4),
        ("limit=500, remaining=0, reset=12", 12),
        ("limit=500, remaining=10, reset=12", None),
        ("", None),
    ],
)
def test_a_quota_is_read_in_both_spellings(value: str, seconds: float | None) -> None:
    assert quota_reset(value) == seconds
