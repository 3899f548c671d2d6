"""The client: GET with the rules of the house.

Time-outs for each step and for an answer as a whole; answers are read only up to a largest
size; at most five redirects; 429, 408, 5xx and broken connections are tried again, later and
later, with jitter, or when `Retry-After` says (RFC 9110, 10.2.3). Where a server tells by
`RateLimit` (draft-ietf-httpapi-ratelimit-headers) that a quota is used up, the next request
to it waits for the reset.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from types import TracebackType
from typing import Self

import httpx
import stamina
import stamina.instrumentation

import digest
from digest.errors import SourceAnswerInvalid, SourceRefused, SourceUnreachable
from digest.http.answer import Answer
from digest.http.waits import quota_reset, retry_after
from digest.settings import Network

_log = logging.getLogger(__name__)

LARGEST_REDIRECTS = 5
LONGEST_WAIT = 300.0  # seconds that a server may ask for; beyond it the pull has failed
FIRST_WAIT, LARGEST_BACKOFF = 1.0, 60.0
_TOLD = 200  # characters of a refusal that are repeated


class _Retry(Exception):
    """An answer that another attempt may better."""

    def __init__(self, final: Exception, wait: float | None = None) -> None:
        super().__init__(str(final))
        self.final = final
        self.wait = wait


@dataclass(slots=True)
class Client:
    """Fetches with the rules of the house; used as `async with Client(network) as client`."""

    network: Network
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _http: httpx.AsyncClient = field(init=False)
    _resets: dict[str, datetime] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        trusted = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        self._http = httpx.AsyncClient(
            verify=_trust(*trusted),
            timeout=self.network.timeout,
            follow_redirects=True,
            max_redirects=LARGEST_REDIRECTS,
            headers={"User-Agent": _user_agent(self.network.contact)},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def get(
        self,
        source: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        accept: str = "*/*",
        gate: AbstractAsyncContextManager[object] | None = None,
    ) -> Answer:
        """An answer of status 200.

        Args:
            source: whose name errors bear.
            url: http or https.
            params: of the query.
            accept: the media types that are understood.
            gate: is held during each attempt, on a connection of its own.

        Raises:
            SourceUnreachable: no whole answer in all attempts.
            SourceRefused: any other status, with what the server says.
            SourceAnswerInvalid: it is larger than is allowed.
        """
        headers = {"Accept": accept} | ({"Connection": "close"} if gate else {})
        try:
            request = self._http.build_request("GET", url, params=params, headers=headers)
            async for attempt in self._attempts():
                with attempt:
                    async with gate or nullcontext():
                        return await self._attempt(source, request)
        except _Retry as last:
            raise last.final from None
        except httpx.InvalidURL as error:
            raise SourceUnreachable(source=source, url=url, reason=error) from None
        raise AssertionError  # pragma: no cover  # the loop returns or raises

    def _attempts(self) -> AsyncIterator[stamina.Attempt]:
        return aiter(
            stamina.retry_context(
                on=_backoff,
                attempts=self.network.attempts,
                timeout=None,
                wait_initial=FIRST_WAIT,
                wait_max=LARGEST_BACKOFF,
                wait_jitter=FIRST_WAIT,
            )
        )

    async def _attempt(self, source: str, request: httpx.Request) -> Answer:
        url = str(request.url)
        await self._wait_for_quota(source, request.url)
        try:
            async with asyncio.timeout(self.network.total_timeout):
                response = await self._http.send(request, stream=True)
                try:
                    body = await self._body(source, response)
                finally:
                    await response.aclose()
        except TimeoutError:
            reason = f"no whole answer within {self.network.total_timeout:g} s"
            raise _Retry(SourceUnreachable(source=source, url=url, reason=reason)) from None
        except httpx.TooManyRedirects:
            reason = f"it redirects more than {LARGEST_REDIRECTS} times"
            raise SourceUnreachable(source=source, url=url, reason=reason) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            reason = _told(error)
            raise _Retry(SourceUnreachable(source=source, url=url, reason=reason)) from None
        self._note_quota(response)
        if response.status_code != httpx.codes.OK:
            raise self._refusal(source, response, body)
        return Answer(source, str(response.url), 200, _headers(response), body, self.now())

    async def _body(self, source: str, response: httpx.Response) -> bytes:
        """The body, unpacked, as far as its size is allowed."""
        parts, size, largest = [], 0, self.network.largest_answer
        async for part in response.aiter_bytes():
            size += len(part)
            if size > largest:
                reason = f"is larger than {largest} bytes (network.largest_answer)"
                raise SourceAnswerInvalid(source=source, place=response.url, reason=reason)
            parts.append(part)
        return b"".join(parts)

    def _refusal(self, source: str, response: httpx.Response, body: bytes) -> Exception:
        status = response.status_code
        refused = SourceRefused(
            source=source, url=response.url, status=status, reason=_words(response, body)
        )
        if status not in {408, 429} and status < 500:
            return refused
        wait = retry_after(response.headers.get("retry-after", ""), self.now())
        if wait is not None and wait > LONGEST_WAIT:
            return refused
        return _Retry(refused, wait)

    def _note_quota(self, response: httpx.Response) -> None:
        wait = quota_reset(response.headers.get("ratelimit", ""))
        if wait is not None:
            self._resets[response.url.netloc.decode()] = self.now() + timedelta(seconds=wait)

    async def _wait_for_quota(self, source: str, url: httpx.URL) -> None:
        reset = self._resets.pop(url.netloc.decode(), None)
        wait = (reset - self.now()).total_seconds() if reset else 0
        if wait > LONGEST_WAIT:
            reason = f"its quota is used up for another {wait:.0f} s"
            raise SourceUnreachable(source=source, url=url, reason=reason)
        if wait > 0:
            await asyncio.sleep(wait)


def _tell(details: stamina.instrumentation.RetryDetails) -> None:
    """Instead of the library's own hooks, of which one writes to standard output."""
    _log.info("%s Again in %.1f s.", details.caused_by, details.wait_for)


stamina.instrumentation.set_on_retry_hooks([_tell])


def _backoff(error: Exception) -> bool | float:
    if not isinstance(error, _Retry):
        return False
    return True if error.wait is None else error.wait


def _user_agent(contact: str) -> str:
    return f"paper-digest/{digest.__version__}" + (f" ({contact})" if contact else "")


def _headers(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _told(error: Exception) -> str:
    """What went wrong, in one line; some errors of httpx have no words."""
    return " ".join(str(error).split()) or type(error).__name__


def _words(response: httpx.Response, body: bytes) -> str:
    """What the server says of its refusal: a JSON error, or the status in words."""
    text = body[:2000].decode("utf-8", "replace")
    try:
        value = json.loads(text)
        said = value["error"] if isinstance(value, dict) else ""
    except (json.JSONDecodeError, KeyError, RecursionError):
        said = ""
    if isinstance(said, str) and said.strip():
        return " ".join(said.split())[:_TOLD]
    return response.reason_phrase or "no reason given"


@cache
def _trust(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Whom a client trusts, by httpx's own rules, of which these two variables are a part.

    They are what it is kept by: to read the authorities takes 50 ms.
    """
    return httpx.create_ssl_context()
