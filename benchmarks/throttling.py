"""What the readers of other domains lose while one domain asks for patience.

    python -m benchmarks.throttling [--messages 3000] [--rounds 3]

A server on this machine answers for twenty domains; one of them gets half of all messages. In
the first run of a round it takes everything, in the second it answers 451 4.7.0 to that domain,
in the third it takes a second for each of that domain's messages. Compared is how many messages
a second the other nineteen got, until the last of theirs was taken: at least as many as in the
first run, where they shared the connections with a domain that took its messages.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from digest.delivery import Limits, SmtpMailer
from digest.delivery.connect import Server
from digest.model import Message, Outcome

BUSY = "busy.example"
DOMAINS = [f"domain{number}.example" for number in range(19)]
SLOW_SECONDS = 1.0
DATA = b"Subject: Ten papers\r\n\r\n" + b"A line of a digest.\r\n" * 200
Answer = Callable[[], Awaitable[bytes]]


async def taken() -> bytes:
    """As any domain answers."""
    return b"250 2.0.0 Ok\r\n"


async def patience() -> bytes:
    """As a domain that throttles answers."""
    return b"451 4.7.0 Too many messages, come back later\r\n"


async def slowly() -> bytes:
    """As a domain that answers late."""
    await asyncio.sleep(SLOW_SECONDS)
    return b"250 2.0.0 Ok\r\n"


WAYS: dict[str, Answer] = {"taken": taken, "throttled": patience, "slow": slowly}


def main() -> None:
    """Runs the rounds and prints the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    rounds = [asyncio.run(one_round(chosen.messages)) for _ in range(chosen.rounds)]
    for name in WAYS:
        rate = statistics.median(figures[name] for figures in rounds)
        ratios = [figures[name] / figures["taken"] for figures in rounds]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"{name:12}{rate:10,.0f} a second to the others   "
              f"{statistics.median(ratios):.2f} ({spread})")  # fmt: skip


async def one_round(count: int) -> dict[str, float]:
    """The others' rates, by what becomes of the busy domain."""
    return {name: await others_rate(count, answer) for name, answer in WAYS.items()}


async def others_rate(count: int, busy: Answer) -> float:
    """Messages a second to the other domains, of a pool of ten connections."""
    async with await asyncio.start_server(_server(busy), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        where = Server(host="127.0.0.1", port=port, tls="none", hello="bench")
        mailer = SmtpMailer(where, Limits(connections=10, messages=10**9))
        rate = await _send(mailer, count)
        await mailer.aclose()
    return rate


async def _send(mailer: SmtpMailer, count: int) -> float:
    left, done = count - count // 2, asyncio.Event()

    def other(_outcome: Outcome | None) -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set()

    def ignored(_outcome: Outcome | None) -> None:
        return

    begun = time.perf_counter()
    for number in range(count):
        mine = number % 2 == 1 and number < 2 * (count // 2)
        domain = BUSY if mine else DOMAINS[number // 2 % len(DOMAINS)]
        recipient = f"reader{number}@{domain}"
        message = Message(f"<{number}@d.example>", "a@d.example", recipient, DATA, vouched=True)
        mailer.submit(message, ignored if mine else other)
    await done.wait()
    return (count - count // 2) / (time.perf_counter() - begun)


def _server(
    busy: Answer,
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """A server that speaks as little SMTP as a client needs."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):  # a round ends as it will
            await _talk(reader, writer, busy)
        writer.close()

    return serve


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, busy: Answer) -> None:
    writer.write(b"220 bench ESMTP\r\n")
    answer = taken
    while (line := await reader.readline()) and (verb := line[:4].upper()) != b"QUIT":
        if verb == b"EHLO":
            writer.write(b"250-bench\r\n250-PIPELINING\r\n250 CHUNKING\r\n")
        elif verb == b"BDAT":
            await reader.readexactly(int(line.split()[1]))
            writer.write(await answer())
        else:
            if verb == b"RCPT":
                answer = busy if BUSY.encode() in line else taken
            writer.write(b"250 2.0.0 Ok\r\n")
        await writer.drain()


if __name__ == "__main__":
    main()
