"""`digest keys`: the keys that sign mail and those that links are made with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.acting import acting, noting, tell
from digest.cli.context import Format, FormatOption, settings_of
from digest.cli.output import note, print_json, say, show, warn

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.keys import StoredKey
    from digest.settings import Settings

app = typer.Typer(
    help="Keys that sign mail (DKIM) and keys that readers' links are made with.",
    no_args_is_help=True,
)

SelectorOption = Annotated[
    str,
    typer.Option(
        "--selector",
        metavar="NAME",
        help="The keys are <NAME>-rsa and <NAME>-ed25519; this month without it.",
    ),
]


@app.command("new")
def new(
    ctx: typer.Context, selector: SelectorOption = "", how: FormatOption = Format.TABLE
) -> None:
    """Makes an RSA and an Ed25519 key and prints what to publish in DNS and to set.

    Example: digest keys new
    """
    from digest import keys

    settings = settings_of(ctx)
    name = selector or f"digest{datetime.now(UTC):%Y%m}"
    with noting(ctx, "keys new", name):
        made = [
            keys.new_signing_key(settings.keys, f"{name}-{algorithm}", algorithm)
            for algorithm in ("rsa", "ed25519")
        ]
    if how is Format.JSON:
        print_json({"keys": [_plain(stored, settings) for stored in made]})
        return
    say("1. Publish these TXT records in DNS:")
    _print_records(made, settings)
    say("2. Once they can be looked up, set in digest.toml:\n")
    say(f'[signing]\nrsa_selector = "{name}-rsa"\ned25519_selector = "{name}-ed25519"\n')
    note(f"The private keys lie in {settings.keys}: whoever reads them can sign as you.")


@app.command("list")
def list_keys(ctx: typer.Context, how: FormatOption = Format.TABLE) -> None:
    """Shows all keys, which of them sign, and their DNS records.

    Example: digest keys list --format json
    """
    from digest import keys
    from digest.errors import SigningKeyError

    settings = settings_of(ctx)
    domain = _domain(settings)
    signing = {settings.signing.rsa_selector, settings.signing.ed25519_selector}
    rows = []
    for selector in keys.stored_selectors(settings.keys):
        try:
            stored = keys.load_signing_key(settings.keys, selector)
        except SigningKeyError as error:  # the others are there all the same
            warn(str(error))
            continue
        record, text = stored.record(domain)
        use = "signs" if selector in signing else "rests"
        rows.append({"key": selector, "kind": stored.algorithm, "use": use, "dns": record})
        if how is Format.JSON:
            rows[-1]["text"] = text
    if (settings.keys / keys.LINKS_FILE).is_file():
        ring = keys.load_links(settings.keys)
        rows += [
            {
                "key": f"links {number}",
                "kind": "hmac",
                "use": "makes links" if number == ring.current else "reads links",
                "dns": "",
            }
            for number in sorted(ring.keys)
        ]
    show(rows, how, empty="No keys yet: `digest keys new` makes some that sign.")


@app.command("rotate")
def rotate(
    ctx: typer.Context,
    selector: SelectorOption = "",
    links: Annotated[
        bool, typer.Option("--links", help="Rotate the key of readers' links instead.")
    ] = False,
    lost: Annotated[
        bool, typer.Option("--lost", help="With --links: the old keys are lost; go on without.")
    ] = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Makes new keys beside the old ones, which go on working.

    Example: digest keys rotate --links
    """
    if lost and not links:
        raise typer.BadParameter("it is about keys of links: --links --lost")
    if links:
        _rotate_links(ctx, how, lost=lost)
        return
    new(ctx, selector, how)
    note("Keep the old DNS records for a week after the change: mail on its way needs them.")
    note("Then `digest keys retire NAME` takes an old key away.")


def _rotate_links(ctx: typer.Context, how: Format, *, lost: bool) -> None:
    from digest import keys, link_keys

    folder = settings_of(ctx).keys
    detail = "the old ones are lost" if lost else ""
    with acting(ctx, "keys rotate", "links", detail) as (opened, _):
        if lost:  # what is there now may be other keys, or none
            ring = keys.load_links(folder)
        else:
            _ = opened.ring  # only where it is the database's
            ring = keys.rotate_links(folder)
        link_keys.remember(opened.engine, ring, anew=lost)
    out = "links that are out are dead" if lost else "links that are out go on working"
    tell(how, f"New links are made with key {ring.current}; {out}.", links=ring.current)
    note("Processes that run already go on with the keys they know until they start again.")
    note("Other machines need the new links.json before they start anything again.")


@app.command("retire")
def retire(
    ctx: typer.Context,
    selector: Annotated[str, typer.Argument(metavar="NAME", help="As `digest keys list` shows.")],
    how: FormatOption = Format.TABLE,
) -> None:
    """Puts a signing key aside and says which DNS record can go.

    The file stays, renamed, until you delete it. Keys of links are not retired: an
    unsubscribe link has to work for as long as the mail is kept.

    Example: digest keys retire digest202601-rsa
    """
    from digest import keys

    settings = settings_of(ctx)
    chosen = settings.signing
    if selector in (chosen.rsa_selector, chosen.ed25519_selector):
        raise typer.BadParameter(f"{selector} still signs: take it out of [signing] first")
    stored = keys.load_signing_key(settings.keys, selector)
    with noting(ctx, "keys retire", selector):
        path = keys.retire_signing_key(settings.keys, selector)
    name, _ = stored.record(_domain(settings))
    if how is Format.JSON:
        empty = f"v=DKIM1; k={stored.algorithm}; p="
        print_json({"key": selector, "file": path, "dns": name, "text": empty})
        return
    say(f"{path} is the retired key.")
    say("Publish an empty key, so that nothing signed with it counts any more (RFC 6376 3.6.1):\n")
    say(f'{name}. IN TXT "v=DKIM1; k={stored.algorithm}; p="')


def _plain(stored: StoredKey, settings: Settings) -> dict[str, str]:
    record, text = stored.record(_domain(settings))
    return {"key": stored.selector, "kind": stored.algorithm, "dns": record, "text": text}


def _print_records(made: list[StoredKey], settings: Settings) -> None:
    for stored in made:
        say(f"\n{stored.zone_line(_domain(settings))}")
    say("")


def _domain(settings: Settings) -> str:
    return settings.signing.domain or settings.sender.domain
