"""Reading pages as a person does: what they say, which forms they hold, where links lead."""

from __future__ import annotations

from html.parser import HTMLParser

import httpx


class Page(HTMLParser):
    """A page's text, links and forms."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.response = response
        self.words: list[str] = []
        self._area = ""
        self._select = ""
        self.links: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.buttons: list[dict[str, str]] = []
        self.feed(response.text)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag == "form":
            self.forms.append({})
        if tag == "button":
            self.buttons.append({given.get("name", ""): given.get("value", "")})
        boxed = given.get("type") in ("radio", "checkbox")
        unticked = boxed and "checked" not in given
        if tag == "input" and "name" in given and self.forms and not unticked:
            self.forms[-1][given["name"]] = given.get("value", "on" if boxed else "")

        if tag == "textarea" and self.forms:
            self._area = given["name"]
            self.forms[-1][self._area] = ""
        if tag == "option" and "selected" in given and self._select and self.forms:
            self.forms[-1][self._select] = given["value"]
        if tag == "select":
            self._select = given["name"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1][self._area] += data.removeprefix("\n")
        self.words.append(data)


def open_page(web: httpx.Client, path: str) -> Page:
    return Page(web.get(path))


def submit(
    web: httpx.Client, page: Page, form: int = 0, /, *, press: str = "", **fields: str
) -> Page:
    """Sends a form of a page as a browser would, filled in, by its button of this name."""
    pressed = {press: "yes"} if press else {}
    return Page(web.post(page.response.url, data={**page.forms[form], **fields, **pressed}))
