"""The clock: signatures and links carry the time."""

from __future__ import annotations

import socket
import time

from digest.doctor.finding import Finding, Level

MOST_SECONDS_OFF = 60.0
NTP_SERVER = "pool.ntp.org"
_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970 (RFC 5905)


def clock() -> Finding:
    """The clock against a time server (RFC 4330)."""
    try:
        off = abs(seconds_off())
    except OSError as error:
        return Finding("clock", Level.WARNING, f"{NTP_SERVER} does not answer: {error}")
    if off > MOST_SECONDS_OFF:
        remedy = "timedatectl set-ntp true"
        return Finding("clock", Level.FAULT, f"the clock is {off:.0f} seconds off", remedy)
    return Finding("clock", Level.OK, f"{off:.1f} seconds off at most")


def seconds_off() -> float:
    """How far the clock is ahead of the time server's.

    Raises:
        OSError: it does not answer.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(3.0)
        asking.sendto(b"\x1b" + 47 * b"\0", (NTP_SERVER, 123))
        answer, _ = asking.recvfrom(48)
    if len(answer) < 48:
        raise OSError("its answer is cut short")
    seconds = int.from_bytes(answer[40:44], "big")
    return time.time() - (seconds - _NTP_EPOCH)
