"""DNS, as far as the program asks for it."""

from __future__ import annotations

import dns.exception
import dns.resolver

SECONDS = 10.0


class Dns:
    """The machine's resolver."""

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each in one piece; none where it has none."""
        try:
            answer = dns.resolver.resolve(name, "TXT", lifetime=SECONDS)
        except dns.exception.DNSException:
            return []
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
