"""The way to the operator's page: off unless set, one password, sessions that end."""

from __future__ import annotations

import re

import httpx
import pytest
from argon2 import PasswordHasher

from digest.signin import SignIn
from tests.integration.web.conftest import Installation

PASSWORD = "correct horse battery staple"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PATHS = ["/operator", "/operator/audit", "/operator/sign-in", "/operator/no-such-page"]


@pytest.fixture
def desk(installation: Installation) -> SignIn:
    """A password is set."""
    made = SignIn(installation.engine, QUICK)
    made.set_password(PASSWORD, installation.at)
    return made


def form_of(page: httpx.Response) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page.text)
    assert found
    return found[1]


def sign_in(web: httpx.Client, password: str = PASSWORD) -> httpx.Response:
    form = form_of(web.get("/operator/sign-in"))
    return web.post("/operator/sign-in", data={"form": form, "password": password})


@pytest.mark.parametrize("path", [*PATHS, "/operator/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_without_a_password_there_is_no_such_page(
    web: httpx.Client, path: str, method: str
) -> None:
    assert web.request(method, path).status_code == 404


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("path", [path for path in PATHS if "sign-in" not in path])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("cookie", ["", "forged", "é" * 50, "a" * 3000])
def test_without_signing_in_nothing_is_shown_or_done(
    web: httpx.Client, path: str, method: str, cookie: str
) -> None:
    answer = web.request(method, path, headers=[(b"cookie", f"operator={cookie}".encode())])
    assert (answer.status_code, answer.text) == (303, "")
    assert answer.headers["location"] == "/operator/sign-in"


@pytest.mark.usefixtures("desk")
def test_the_password_opens_the_page(web: httpx.Client) -> None:
    answer = sign_in(web)
    assert (answer.status_code, answer.headers["location"]) == (303, "/operator")
    page = web.get("/operator")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.usefixtures("desk")
def test_the_cookie_is_kept_from_scripts_and_other_sites(web: httpx.Client) -> None:
    given = sign_in(web).headers.get_list("set-cookie")
    cookie = next(line.lower() for line in given if line.startswith("operator="))
    assert {"httponly", "samesite=strict", "path=/operator"} <= set(cookie.split("; "))


@pytest.mark.usefixtures("desk")
def test_behind_tls_the_cookie_is_for_tls_alone(installation: Installation) -> None:
    from starlette.testclient import TestClient

    from digest.web import make_site

    with TestClient(make_site(installation.app), base_url="https://papers.example.org") as web:
        assert "secure" in web.get("/operator/sign-in").headers["set-cookie"].lower()


@pytest.mark.usefixtures("desk")
def test_another_password_is_refused(web: httpx.Client) -> None:
    answer = sign_in(web, PASSWORD + " ")
    assert answer.status_code == 403
    assert "That is not the password" in answer.text
    assert web.get("/operator").status_code == 303


@pytest.mark.usefixtures("desk")
def test_a_form_from_elsewhere_signs_nobody_in(web: httpx.Client) -> None:
    web.get("/operator/sign-in")
    for form in ("", "forged"):
        data = {"form": form, "password": PASSWORD}
        assert web.post("/operator/sign-in", data=data).status_code == 403
    web.cookies.clear()
    assert web.post("/operator/sign-in", data={"password": PASSWORD}).status_code == 403


@pytest.mark.usefixtures("desk")
def test_guessing_ends_after_ten_times(web: httpx.Client, installation: Installation) -> None:
    answers = [sign_in(web, f"guess number {n}").status_code for n in range(11)]
    assert answers == [403] * 10 + [429]
    assert sign_in(web).status_code == 429
    installation.later(minutes=15)
    assert sign_in(web).status_code == 303


@pytest.mark.usefixtures("desk")
def test_a_cookie_set_before_signing_in_is_no_session_afterwards(web: httpx.Client) -> None:
    web.cookies.set("operator", "chosen-by-an-attacker", path="/operator")
    web.cookies.set("operator-visit", "chosen-too", path="/operator")
    sign_in(web)
    for chosen in ("chosen-by-an-attacker", "chosen-too"):
        answer = httpx.get(f"{web.base_url}/operator", headers={"cookie": f"operator={chosen}"})
        assert answer.status_code == 303


@pytest.mark.usefixtures("desk")
def test_signing_out_ends_the_session_itself(web: httpx.Client) -> None:
    sign_in(web)
    token = web.cookies["operator"]
    form = form_of(web.get("/operator"))
    assert web.post("/operator/sign-out", data={"form": "forged"}).status_code == 403
    assert web.post("/operator/sign-out", data={"form": form}).status_code == 303
    answer = web.get("/operator", headers={"cookie": f"operator={token}"})
    assert answer.status_code == 303


@pytest.mark.usefixtures("desk")
def test_a_session_ends_when_idle_and_in_any_case_after_half_a_day(
    web: httpx.Client, installation: Installation
) -> None:
    sign_in(web)
    for _ in range(14):
        installation.later(minutes=50)
        assert web.get("/operator").status_code == 200
    installation.later(minutes=30)
    assert web.get("/operator").status_code == 303
    sign_in(web)
    installation.later(minutes=61)
    assert web.get("/operator").status_code == 303


def test_a_revoked_session_and_a_new_password_ask_anew(
    desk: SignIn, web: httpx.Client, installation: Installation
) -> None:
    sign_in(web)
    (session,) = desk.sessions(installation.at)
    assert desk.end(session.id) == 1
    assert web.get("/operator").status_code == 303
    sign_in(web)
    desk.set_password("another one altogether", installation.at)
    assert web.get("/operator").status_code == 303
    assert sign_in(web).status_code == 403


@pytest.mark.usefixtures("desk")
def test_a_form_of_one_session_does_nothing_in_another(web: httpx.Client) -> None:
    sign_in(web)
    form = form_of(web.get("/operator"))
    web.cookies.clear()
    sign_in(web)
    assert web.post("/operator/sign-out", data={"form": form}).status_code == 403


@pytest.mark.usefixtures("desk")
def test_the_database_holds_neither_password_nor_token(
    web: httpx.Client, installation: Installation
) -> None:
    sign_in(web)
    with installation.engine.connect() as connection:
        rows = [
            connection.exec_driver_sql(f"SELECT * FROM {name}").all()
            for name in ("operator_passwords", "operator_sessions")
        ]
    assert "$argon2id$" in str(rows)
    assert PASSWORD not in str(rows)
    assert web.cookies["operator"] not in str(rows)


@pytest.mark.usefixtures("desk")
def test_who_signs_in_and_out_stands_in_the_audit_log(web: httpx.Client) -> None:
    sign_in(web)
    page = web.get("/operator/audit").text
    assert "operator sign-in" in page
    assert "127.0.0.0/24" in page
