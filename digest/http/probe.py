"""One request to an address of our own, and its answer as it came: nothing is followed or repeated.

`digest doctor` asks so what a mail client will meet (RFC 8058).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Probed:
    """An answer, or why there is none.

    Attributes:
        status: 0 where there is no answer.
        location: where a redirect leads.
        media_type: of the answer.
        problem: why there is none.
    """

    status: int = 0
    location: str = ""
    media_type: str = ""
    problem: str = ""


def probe(
    method: str, url: str, trust: ssl.SSLContext, form: Mapping[str, str] | None = None
) -> Probed:
    """Asks once, without cookies or sign-in.

    Args:
        method: of the request.
        url: of the request.
        trust: whose certificates count.
        form: is posted URL-encoded.
    """
    try:
        with httpx.Client(verify=trust, timeout=SECONDS, follow_redirects=False) as client:
            answer = client.request(method, url, data=form)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Probed(problem=" ".join(str(error).split()) or type(error).__name__)
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Probed(answer.status_code, answer.headers.get("location", ""), media_type)


def certificate_ends(host: str, port: int, trust: ssl.SSLContext) -> datetime:
    """When a server's certificate ends.

    Raises:
        ssl.SSLCertVerificationError: it cannot be trusted.
        OSError: the server does not answer, or speaks no TLS.
    """
    with (
        socket.create_connection((host, port), timeout=SECONDS) as plain,
        trust.wrap_socket(plain, server_hostname=host) as connection,
    ):
        certificate = connection.getpeercert() or {}
    seconds = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return datetime.fromtimestamp(seconds, UTC)
