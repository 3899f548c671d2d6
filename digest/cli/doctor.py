"""`digest doctor` and `digest bounces`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from digest.cli.acting import acting
from digest.cli.context import Format, FormatOption, settings_of
from digest.cli.output import print_json, say

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.doctor import Finding

BELOW = "\n" + " " * 17  # under the first line of a remedy
MARKS = {"ok": "✓", "warning": "!", "fault": "✗"}


def register(app: typer.Typer) -> None:
    """Mounts the commands."""
    app.command()(doctor)
    app.command()(bounces)


def doctor(ctx: typer.Context, how: FormatOption = Format.TABLE) -> None:
    """Checks whether mail from here will arrive, and says what to add where it will not.

    Ends with 1 where something is at fault.

    Example: digest doctor
    """
    from digest.delivery.secret_commands import ending_with_us
    from digest.doctor import Level, examine

    with ending_with_us():
        findings = asyncio.run(examine(settings_of(ctx)))
    if how is Format.JSON:
        print_json([_plain(finding) for finding in findings])
    else:
        for finding in findings:
            _tell(finding)
    if any(finding.level is Level.FAULT for finding in findings):
        raise typer.Exit(1)


def bounces(ctx: typer.Context, how: FormatOption = Format.TABLE) -> None:
    """Reads what came back (bounces, complaints, replies) and acts on it.

    Example: digest bounces
    """
    from digest.delivery.secret_commands import ending_with_us

    with acting(ctx, "bounces") as (app, _), ending_with_us():
        effects = app.read_bounces()
    if how is Format.JSON:
        print_json({str(effect): count for effect, count in (effects or {}).items()})
    elif effects is None:
        say("Nothing was read: [bounces] in digest.toml names no mailbox.")
    elif not effects:
        say("Nothing has come back.")
    else:
        say(", ".join(f"{count} {effect}" for effect, count in sorted(effects.items())))


def _tell(finding: Finding) -> None:
    say(f"{MARKS[finding.level]} {finding.check:<12} {finding.text}")
    if finding.remedy:
        say(f"  {'':<12} → {finding.remedy.replace(chr(10), BELOW)}")


def _plain(finding: Finding) -> dict[str, str]:
    return {
        "check": finding.check,
        "level": finding.level,
        "text": finding.text,
        "remedy": finding.remedy,
    }
