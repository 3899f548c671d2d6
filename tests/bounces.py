"""Mails that came back, written by a form."""

from __future__ import annotations

from dataclasses import dataclass

COPY = """
Return-Path: <digest+token@digest.example>
Message-ID: <name@digest.example>
To: reader@example.org
Subject: Unknown users, spam and quotas: three papers

Full mailboxes and blocked senders, a survey: 550 5.7.1.
"""


@dataclass(frozen=True)
class Form:
    """A mail that came back.

    Attributes:
        type: of its content; a report's parts are written out in the text.
    """

    text: str
    sender: str = "MAILER-DAEMON@mx.example.net"
    subject: str = "Undelivered mail"
    type: str = "text/plain; charset=utf-8"
    extra: str = ""

    @property
    def octets(self) -> bytes:
        """The mail on the wire."""
        head = f"From: {self.sender}\nTo: digest+abc@digest.example\nSubject: {self.subject}\n"
        mail = f"{head}MIME-Version: 1.0\nContent-Type: {self.type}\n{self.extra}\n{self.text}"
        return mail.replace("\n", "\r\n").encode()
