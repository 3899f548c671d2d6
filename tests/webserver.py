"""A web server on loopback that answers as it is told, faults included."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Reply:
    """One answer.

    Attributes:
        declared: the Content-Length, where it is not that of the body: a body cut off.
        parts: a body in parts, with a pause of `pause` seconds before each.
    """

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    declared: int | None = None
    parts: Iterable[bytes] | None = None
    pause: float = 0.0


@dataclass
class Asked:
    """A request that came.

    Attributes:
        ended: when its answer was sent, 0 before.
    """

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    began: float
    ended: float = 0.0


@dataclass
class WebServer:
    """Answers each path with its replies in turn; the last one is repeated."""

    replies: dict[str, list[Reply]] = field(default_factory=lambda: defaultdict(list))
    chosen: dict[str, Callable[[dict[str, str]], Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def answers(self, path: str, *replies: Reply | bytes) -> None:
        """From now on this path is answered so."""
        self.replies[path] = [
            reply if isinstance(reply, Reply) else Reply(reply) for reply in replies
        ]

    def chooses(self, path: str, choose: Callable[[dict[str, str]], Reply]) -> None:
        """From now on this path is answered by what its query asks."""
        self.chosen[path] = choose

    def reply_to(self, path: str, query: dict[str, str]) -> Reply:
        """The next answer for this path."""
        if path in self.chosen:
            return self.chosen[path](query)
        told = self.replies.get(path) or [Reply(b"no such page", 404)]
        return told.pop(0) if len(told) > 1 else told[0]


def serve(server: WebServer) -> ThreadingHTTPServer:
    """Starts it on a free port of loopback; the caller shuts it down."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # a body waits for no acknowledgement of its headers

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(parts.path, query, headers, time.monotonic())
            server.asked.append(asked)
            with suppress(BrokenPipeError, ConnectionResetError):
                self.send(server.reply_to(parts.path, query))
            asked.ended = time.monotonic()

        def send(self, reply: Reply) -> None:
            length = len(reply.body) if reply.declared is None else reply.declared
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            if reply.parts is None:
                self.send_header("Content-Length", str(length))
            else:
                self.close_connection = True
            self.end_headers()
            for part in reply.parts or [reply.body]:
                time.sleep(reply.pause)
                self.wfile.write(part)
            if length != len(reply.body):
                self.close_connection = True

        def log_message(self, *_arguments: object) -> None:
            """Nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    server.url = f"http://127.0.0.1:{listening.server_address[1]}"
    Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return listening
