"""``dealwright sign-in`` and the link that ``dealwright serve`` prints: they sign in once, and get into no log."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest

from dealwright.crm import provisioning
from dealwright.crm.companies import Companies
from dealwright.storage.platform import Platform
from tests import company
from tests.cli.command_result import Run
from tests.conftest import empty_postgres_database
from tests.sandbox import run_serve_command
from tests.server_process import run_server, wait_until

LINK = re.compile(r"(http://127\.0\.0\.1:[0-9]+)/sign-in\?token=([\w-]{43})")


class Visit(NamedTuple):
    """An answer to a browser: status and session, or error."""

    status: int
    body: Any


def use(url: str, token: str) -> Visit:
    """Opens a link as the page does."""
    with httpx2.Client(base_url=url) as client:
        csrf_token = client.get("/app/api/session").json()["csrf_token"]
        answer = client.post("/app/api/session/link", json={"token": token}, headers={"x-csrf-token": csrf_token})
    return Visit(answer.status_code, answer.json())


def test_a_sandbox_announces_a_link_and_a_log_in() -> None:
    with run_serve_command("--throwaway", "--empty", "--port", "0") as (_, line):
        ready = json.loads(line)
        url, token = LINK.findall(ready["app"]["sign_in"])[0]
        assert url == ready["url"]
        visit = use(url, token)
        assert (visit.status, visit.body["user"]["email"]) == (200, ready["app"]["email"])
        assert visit.body["sandbox"]
        assert use(url, token).status == 410
        with httpx2.Client(base_url=url) as client:
            headers = {"x-csrf-token": client.get("/app/api/session").json()["csrf_token"]}
            body = {"email": ready["app"]["email"], "password": ready["app"]["password"]}
            assert client.post("/app/api/session", json=body, headers=headers).json()["user"]["id"] == 1


def test_a_new_company_has_a_link_and_one_that_was_there_has_not(tmp_path: Path) -> None:
    arguments = ("--database", str(tmp_path / "platform"), "--port", "0")
    output = tmp_path / "output"
    for found in (1, 0):
        with run_serve_command(*arguments, log=tmp_path / "log", output=output):
            links = LINK.findall(output.read_text())
            assert len(links) == found
        output.unlink()
    with run_serve_command(*arguments, "--sign-in-link", output=output):
        [(url, token)] = LINK.findall(output.read_text())
        assert use(url, token).body["user"]["id"] == 1


def test_no_link_is_printed_where_others_reach_the_server_unless_it_is_asked_for(tmp_path: Path) -> None:
    for options, found in (((), False), (("--sign-in-link",), True)):
        with run_serve_command("--throwaway", "--empty", "--host", "0.0.0.0", "--port", "0", *options) as (_, line):
            assert (json.loads(line)["app"]["sign_in"] is not None) == found


def test_a_link_of_an_existing_company(location: str, run: Run) -> None:
    with run_server(location) as server:
        result = run("sign-in", "--database", location, "--url", server.url)
        assert (result.code, result.err) == (0, "")
        [(url, token)] = LINK.findall(result.out)
        assert use(url, token).body["user"]["id"] == 1
        for arguments in (("--user", "nobody@example.com"), ("--company", "none")):
            refused = run("sign-in", "--database", location, *arguments)
            assert (refused.code, refused.out) == (2, "")


def test_a_link_is_for_the_public_address_and_for_one_user(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = str(tmp_path / "platform")
    company.create_company(location)
    platform = Platform(location)
    found = Companies(platform)
    with found.unit_of_work(platform.list_companies()[0], 1, write=True) as crm:
        provisioning.create_user(crm.db, "Rep", "rep@example.com", crm.now, currency="EUR", admin=False, role_id=1)
        crm.invalidate_company_data()
    monkeypatch.setenv("DEALWRIGHT_PUBLIC_URL", "https://crm.example.com")
    result = run("sign-in", "--database", location, "--user", "REP@example.com")
    assert re.fullmatch(r"https://crm\.example\.com/sign-in\?token=[\w-]{43}\n", result.out)
    with found.unit_of_work(platform.list_companies()[0], 1, write=True) as crm:
        from dealwright.crm.team import users

        users.update(crm, 2, {"is_active": False})
    platform.close()
    assert run("sign-in", "--database", location, "--user", "rep@example.com").code == 2


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_token_gets_into_no_log(tmp_path: Path, log_format: str) -> None:
    location, log = str(tmp_path / "platform"), tmp_path / "log"
    with run_server(location, "--log-requests", "--log-format", log_format, log=log) as server:
        token = "A" * 43
        with httpx2.Client(base_url=server.url) as client:
            headers = {"x-csrf-token": client.get("/app/api/session").json()["csrf_token"]}
            client.get(f"/sign-in?token={token}", headers={"accept": "text/html"})
            client.get(f"/app/api/session?token={token}")
            assert client.post("/app/api/session/link", json={"token": token}, headers=headers).status_code == 410
        # A request is logged after its answer has gone.
        wait_until(lambda: "/app/api/session/link" in log.read_text(), "the request was not logged")
        assert token not in log.read_text()


def test_links_work_on_postgresql_too(run: Run) -> None:
    with empty_postgres_database() as url, run_server(url) as server:
        [(base, token)] = LINK.findall(run("sign-in", "--database", url, "--url", server.url).out)
        assert [use(base, token).status for _ in range(2)] == [200, 410]
