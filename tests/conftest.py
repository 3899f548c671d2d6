"""Real parts for the tests: databases, a browser, the real data. Each skips where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sqlalchemy import Engine

from digest.database import open_database
from tests.databases import new_postgres, new_sqlite
from tests.support import (
    SHARED,
    PostgresServer,
    chromium_program,
    missing,
    postgres_programs,
)

# No test depends on a time, and a machine under load is no defect.
hypothesis.settings.register_profile(
    "digest", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("digest")


#: Fixtures that take seconds and are shared: pytest-xdist gives one process all that share one.
COSTLY = {"chromium", "messages", "servers", "minilm", "wordllama"}
WHEEL = "built"


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if WHEEL in used:
            item.add_marker(pytest.mark.xdist_group("wheel"))
        elif used & COSTLY and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; its tests are skipped where a checkout stands alone."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the real data beside the checkout (../shared/data)")
    return SHARED / "data"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    programs = postgres_programs()
    if programs is None:
        missing("PostgreSQL's programs (Debian: postgresql)")
    server = PostgresServer(programs)
    server.start()
    yield server
    server.stop()
    server.remove()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A new PostgreSQL database with the whole schema."""
    url = new_postgres(postgres_server)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database with the whole schema: each test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        return new_sqlite(tmp_path)
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on it."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """The same, on SQLite alone, for tests in which the kind of database plays no part."""
    engine = open_database(new_sqlite(tmp_path))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright.

    It ends with its module, because while it runs, Playwright's event loop stands in the way of
    those of other tests.
    """
    program = chromium_program()
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic"]
    flags += ["--disable-component-update", "--disable-sync", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium: Any) -> Iterator[Callable[..., Any]]:
    """`browser(width=390, dark=True, scripts=False)` opens a page of its own."""
    contexts = []

    def open_page(
        *, width: int = 1280, height: int = 900, dark: bool = False, scripts: bool = True
    ) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
