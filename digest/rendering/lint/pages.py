"""Checks of the HTML: its size, links, images, headings and language."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from digest.rendering.budget import LARGEST_HTML
from digest.rendering.lint.findings import Finding, Severity
from digest.rendering.lint.page import Element, Page

_GENERIC = frozenset({"here", "click here", "link", "this", "more", "hier", "mehr"})
#: Where half the budget is gone, a day with longer texts may go over it.
_LARGE_HTML = LARGEST_HTML // 2


def check_size(page: Page) -> Iterator[Finding]:
    """Gmail clips at about 102 KB, and the unsubscribe link is what it hides first."""
    size = len(page.html.encode())
    if size <= _LARGE_HTML:
        return
    grave = Severity.ERROR if size > LARGEST_HTML else Severity.NOTE
    problem = f"{size:,} octets of HTML, of {LARGEST_HTML:,} before Gmail may clip it"
    yield Finding("size", grave, "the HTML", problem, "Fewer papers, or leaner markup.")


def check_links(page: Page) -> Iterator[Finding]:
    """Each link leads somewhere, safely, and says where."""
    links = [element for element in page.all("a") if "href" in element.attributes]
    for link in links:
        yield from _check_link(page, link)
    yield from _check_plain(links)


def _check_plain(links: list[Element]) -> Iterator[Finding]:
    """Links by plain http, each host once: it is one setting, or one template, that is wrong."""
    hosts: dict[str, list[Element]] = {}
    for link in links:
        address = urlsplit(link.attributes["href"])
        if address.scheme == "http":
            hosts.setdefault(f"http://{address.netloc}", []).append(link)
    for host, found in hosts.items():
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        remedy = "Use https: filters count plain http against the sender."
        place, problem = f"{found[0].place}{more}", f"{host[:60]} is not https"
        yield Finding("links", Severity.WARNING, place, problem, remedy)


def check_way_out(page: Page, way: str) -> Iterator[Finding]:
    """What List-Unsubscribe names stands in the message, too: `way`, "" where it names nothing."""
    linked = any(link.attributes.get("href") == way for link in page.all("a"))
    if way and not linked and way not in page.tree.text_content():
        remedy = "Print unsubscribe_url at the top and in the footer."
        yield Finding("links", Severity.ERROR, "the HTML", "no unsubscribe link", remedy)


def _check_link(page: Page, link: Element) -> Iterator[Finding]:
    address, name = link.attributes["href"], page.text_of(link)
    scheme = urlsplit(address).scheme
    if scheme not in {"https", "http", "mailto"}:
        problem = f"a link to {address[:60]!r}"
        remedy = "Links of a mail need https:// and a host."
        yield Finding("links", Severity.ERROR, link.place, problem, remedy)
    named = name or link.attributes.get("aria-label") or link.attributes.get("title")
    if not named or (name.casefold() in _GENERIC and not link.attributes.get("aria-label")):
        problem = f"the link {name!r} does not say where it leads"
        remedy = "Say it in the link's text."
        yield Finding("links", Severity.WARNING, link.place, problem, remedy)


def check_images(page: Page) -> Iterator[Finding]:
    """Images are often off: nothing may depend on one, and none may count its readers."""
    for image in page.all("img"):
        sizes = {image.attributes.get(side, image.style.get(side, "")) for side in _SIDES}
        if "alt" not in image.attributes:
            remedy = 'Add alt="…", or alt="" for decoration.'
            yield Finding("images", Severity.ERROR, image.place, "an image without alt", remedy)
        if sizes & {"0", "1", "0px", "1px"}:
            remedy = "Leave it out: it tells when a mail is read."
            yield Finding("images", Severity.ERROR, image.place, "a tracking pixel", remedy)
        if not image.attributes.get("src", "").startswith(("https://", "data:", "cid:")):
            remedy = "Use an https address."
            yield Finding("images", Severity.WARNING, image.place, "an image not by https", remedy)


_SIDES = ("width", "height")


def check_headings(page: Page) -> Iterator[Finding]:
    """One h1, and no level is left out: people move through a mail by its headings."""
    headings = page.all("h1", "h2", "h3", "h4", "h5", "h6")
    count = sum(element.tag == "h1" for element in headings)
    if count != 1:
        remedy = "Have one h1, the masthead's title."
        yield Finding("headings", Severity.WARNING, "the HTML", f"{count} h1 headings", remedy)
    level = 0
    for element in headings:
        own = int(element.tag[1])
        if own > level + 1:
            problem = (
                f"an {element.tag} after an h{level}" if level else f"begins with {element.tag}"
            )
            remedy = f"Use h{level + 1}."
            yield Finding("headings", Severity.WARNING, element.place, problem, remedy)
        level = own


def check_language(page: Page) -> Iterator[Finding]:
    """Screen readers and translators need the language, right-to-left ones the direction."""
    for tag in ("html", "body"):
        for element in page.all(tag)[:1]:
            for name in ("lang", "dir"):
                if not element.attributes.get(name):
                    problem = f"<{tag}> without {name}"
                    remedy = 'Write <mjml lang="{{ lang }}" dir="{{ dir }}">.'
                    yield Finding("language", Severity.WARNING, element.place, problem, remedy)
