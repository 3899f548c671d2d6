"""How fast delivery is, beside C and beside what most people write, in one run.

    python -m benchmarks.delivery [--messages 20000] [--rounds 3] [--sink PROGRAM]
                                  [--nodemailer] [--javascript] [--mailman] [--django]
    python -m benchmarks.delivery --signed [--messages 5000]

The second way takes the signatures alone. Needs `smtp-source` (Debian: postfix), `openssl`, and a
C compiler for the sink. Every figure is taken beside its peer in the same round, since a shared
machine's speed changes by the minute: the ratios are what counts. Their median is told, their
least and their most.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from benchmarks.javascript import Pipeline
from benchmarks.mailers import DjangoNewsletter, Javascript, Mailer, Mailman, Nodemailer
from benchmarks.peers import missing, naive_pipeline, openssl_signatures, sink, smtp_source
from benchmarks.render import facts

ROOT = Path(__file__).resolve().parents[1]
SOURCE, OPENSSL, NAIVE = "smtp-source", "openssl speed rsa2048", "naive pipeline"
UNSIGNED, SHARED = "whole, unsigned", "whole, unsigned, 2 processes"
SIGNED, TOGETHER = "whole, RSA-signed, 1 process", "whole, RSA-signed, 2 processes"
Figures = dict[str, float]


def main() -> None:
    """Runs the rounds and prints ratios."""
    arguments = _arguments()
    if name := missing():
        raise SystemExit(f"needs {name}")
    with sink(arguments.sink) as port, tempfile.TemporaryDirectory() as scratch:
        others = _others(arguments, Path(scratch))
        few = max(arguments.messages // 5, 200)
        rounds = [
            signatures(port, arguments.messages)
            if arguments.signed
            else one_round(port, arguments.messages, few, others)
            for _ in range(arguments.rounds)
        ]
    tell(rounds)
    if arguments.json:
        arguments.json.write_text(json.dumps(rounds, indent=2), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--signed", action="store_true", help="only signatures beside openssl's")
    parser.add_argument("--sink", type=Path, help="a sink's program; compiled from source without")
    parser.add_argument("--nodemailer", action="store_true", help="install it and run it, too")
    parser.add_argument("--javascript", action="store_true", help="with mjml and juice before it")
    parser.add_argument("--mailman", action="store_true", help="install Mailman 3 and run it, too")
    parser.add_argument("--django", action="store_true", help="the same with django-newsletter")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    return parser.parse_args()


def _others(arguments: argparse.Namespace, folder: Path) -> list[Mailer]:
    others: list[Mailer] = []
    if arguments.nodemailer:
        others.append(Nodemailer(folder / "nodemailer").install())
    if arguments.javascript:
        pipeline = Pipeline(folder / "javascript").install(facts())
        others.append(Javascript(pipeline))
    if arguments.django:
        others.append(DjangoNewsletter(folder / "django").install())
    if arguments.mailman:
        others.append(Mailman(folder / "mailman").install())
    return others


def tell(rounds: Sequence[Figures]) -> None:
    """Prints the medians, the ratios to their peers, and the load of the machine."""
    print(f"{'':36}{'a second':>10}{'of smtp-source':>34}")
    for name in rounds[0]:
        rate = statistics.median(figures[name] for figures in rounds)
        beside = _ratio(rounds, name, SOURCE) if SOURCE in rounds[0] else ""
        print(f"{name:36}{rate:10,.0f}{beside:>34}")
    print()
    pairs = ((UNSIGNED, NAIVE), (SHARED, NAIVE), (SIGNED, OPENSSL), (TOGETHER, OPENSSL))
    for name, peer in pairs:
        if name in rounds[0]:
            print(f"{name} of {peer}: {_ratio(rounds, name, peer)}")
    print(f"load at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def signatures(port: int, count: int) -> Figures:
    """What is signed by RSA; openssl's own loop before, between and after, for their mean."""
    loop = "uvloop" if find_spec("uvloop") else "asyncio"
    alone = [openssl_signatures()]
    one = child("whole", loop, "rsa:1", port, count)
    alone.append(openssl_signatures())
    two = child("whole", loop, "rsa:2", port, 2 * count)
    alone.append(openssl_signatures())
    return {SIGNED: one, TOGETHER: two, OPENSSL: statistics.mean(alone)}


def one_round(port: int, count: int, few: int, others: Sequence[Mailer]) -> Figures:
    """Every sender once; `smtp-source` first and last, for its mean."""
    loop = "uvloop" if find_spec("uvloop") else "asyncio"
    figures = {SOURCE: smtp_source(port, count)}
    for each in dict.fromkeys(("asyncio", loop)):
        figures[f"client, {each}, DATA"] = child("client", each, "data", port, count)
        figures[f"client, {each}, BDAT"] = child("client", each, "bdat", port, count)
    figures[UNSIGNED] = child("whole", loop, "plain:1", port, count)
    figures[SHARED] = child("whole", loop, "plain:2", port, 2 * count)
    figures |= signatures(port, count)
    figures["aiosmtplib, sendmail"] = child("library", "asyncio", "-", port, few)
    figures |= {other.name: other.rate(port, few) for other in others}
    figures[NAIVE] = naive_pipeline(port, 50)
    figures[SOURCE] = statistics.mean((figures[SOURCE], smtp_source(port, count)))
    return figures


def child(kind: str, loop: str, way: str, port: int, count: int) -> float:
    """A figure from a process of its own, so that none inherits another's heap."""
    command = [sys.executable, "-m", "benchmarks.senders", kind, loop, way, str(port), str(count)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT).stdout)


def _ratio(rounds: Sequence[Figures], name: str, peer: str) -> str:
    ratios = [figures[name] / figures[peer] for figures in rounds]
    return f"{statistics.median(ratios):.3g} ({min(ratios):.3g} to {max(ratios):.3g})"


if __name__ == "__main__":
    main()
