"""DNS, as far as the program asks for it."""

from __future__ import annotations

import dns.exception
import dns.resolver

from digest.errors import DnsUnreachable

SECONDS = 10.0


class Dns:
    """The machine's resolver."""

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each in one piece; none where it has none.

        Raises:
            DnsUnreachable: nobody could say whether it has any.
        """
        try:
            answer = dns.resolver.resolve(name, "TXT", lifetime=SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise DnsUnreachable(name=name, reason=reason) from None
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
