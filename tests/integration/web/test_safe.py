"""What every page and form keeps to: its headers, its form token, no cookie, no trace."""

from __future__ import annotations

import httpx
from sqlalchemy import inspect

from digest.model import Edition
from subscribers.model import Subscriber
from tests.integration.web.conftest import Installation
from tests.integration.web.pages import Page, open_page, submit
from tests.integration.web.test_hostile import form_paths

PUBLIC = ["/archive", "/archive/2026-08-21", "/search?q=RL", "/search.atom?q=RL", "/nowhere"]


def test_every_page_is_guarded_and_only_the_front_page_sets_a_cookie(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client
) -> None:
    for path in (*form_paths(installation, reader, edition), *PUBLIC):
        for answer in (web.get(path), web.post(path, data={"do": "x"})):
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
            assert ("set-cookie" in answer.headers) <= (path == "/"), path
        assert "style=" not in answer.text
        assert "<script>" not in answer.text


def test_no_form_is_taken_without_its_token_or_with_that_of_another(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client
) -> None:
    paths = form_paths(installation, reader, edition)[1:]
    forms = [Page(web.get(path)).forms[0] for path in paths]
    for place, path in enumerate(paths):
        for token in ("", forms[place - 1]["form"]):
            assert web.post(path, data={**forms[place], "form": token}).status_code == 403
    assert installation.subscribers.by_id(reader.id) == reader
    assert installation.letters == []


def test_erasing_leaves_the_address_in_no_table(
    installation: Installation, reader: Subscriber, edition: Edition, web: httpx.Client
) -> None:
    installation.app.publisher.prepare(edition.date)
    link = installation.path(installation.links.preferences(reader.id))
    form = Page(web.get(link)).forms[0]["form"]
    web.post(link, data={"form": form, "do": "link-erase"})
    assert reader.email in _everything(installation)
    assert "Erased" in submit(web, open_page(web, installation.mailed_link("erase"))).text
    assert reader.email not in _everything(installation)


def _everything(installation: Installation) -> str:
    """All that the database holds, as text."""
    with installation.engine.connect() as connection:
        names = inspect(connection).get_table_names()
        read = connection.exec_driver_sql
        return "".join(str(read(f'SELECT * FROM "{name}"').all()) for name in names)
