"""A connection by OAuth from the first consent to its end: our command line, our provider, a real browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
import pytest

from dealwright.connectors import authorization, connections
from tests.conftest import DATABASES, empty_postgres_database
from tests.connectors.isolation import new_user
from tests.connectors.test_authorization import free_port
from tests.sandbox import Sandbox, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECRET = "a-secret-of-the-test"


@pytest.fixture(autouse=True)
def user(tmp_path: Path) -> Iterator[None]:
    with new_user(tmp_path):
        yield


@pytest.fixture(scope="module", params=DATABASES)
def provider(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    arguments = ["--throwaway", "--empty", "--port", "0", "--oauth-client-secret", SECRET]
    arguments += ["--oauth-redirect-uri", f"http://127.0.0.1:{free_port()}/callback"]
    if request.param == "sqlite":
        with serving(*arguments) as sandbox:
            yield sandbox
    else:
        with empty_postgres_database() as url, serving(*arguments, "--database", url) as sandbox:
            yield sandbox


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dealwright", *arguments],
        env={**os.environ, "DEALWRIGHT_CLIENT_SECRET": SECRET},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, said = process.communicate(timeout=60)
    return process.returncode, out, said


def run(*arguments: str) -> tuple[int, str, str]:
    return ended(start(*arguments))


def connect(page: Page, answer: str, *arguments: str) -> tuple[int, str, str]:
    """Runs ``dealwright connect``, and answers in the browser."""
    process = start("connect", *arguments, "--no-browser")
    assert process.stdout is not None
    page.goto(process.stdout.readline().strip())
    page.get_by_role("button", name=answer).click()
    page.get_by_role("heading", name="Connected" if answer == "Allow" else "Not connected").wait_for()
    return ended(process)


def first(provider: Sandbox) -> tuple[str, ...]:
    app = provider.oauth
    where = ("--provider", provider.url, "--redirect-uri", app["redirect_uri"])
    return ("crm", *where, "--client-id", app["client_id"])


def expire() -> str:
    """Makes the stored access token one that has expired, as far as this machine knows; gives it."""
    stored = connections.stored("crm")
    assert stored is not None
    assert stored.grant is not None
    old = msgspec.structs.replace(stored.grant, expires_at=stored.grant.renewed_at)
    assert connections.renew(connections.granted("crm", stored.url, stored.authorization or "", old))
    return old.access_token


def test_allowed_used_renewed_revoked_and_allowed_again(page: Page, provider: Sandbox) -> None:
    code, out, said = connect(page, "Allow", *first(provider))
    assert (code, out) == (0, ""), said
    assert f"Connection 'crm' leads to {provider.url}" in said

    code, out, said = run("run", "get_users_me", "-c", "crm")
    assert code == 0, said
    me = json.loads(out)["data"]
    assert me["company_domain"] == provider.company_domain
    assert run("run", "post_deals", "-c", "crm", "-p", "title=New roof")[0] == 0
    assert f"by OAuth 2.0 at {provider.url}" in run("connections", "show", "crm")[1]

    old = expire()
    both = [start("run", "get_deals", "-c", "crm") for _ in range(2)]
    assert [ended(process)[0] for process in both] == [0, 0]
    stored = connections.stored("crm")
    assert stored is not None
    assert stored.grant is not None
    assert stored.grant.access_token != old

    # The user takes it back.
    authorization.revoke(stored)
    code, _, said = run("run", "get_users_me", "-c", "crm")
    assert code == 3
    assert said.endswith("; authorise it anew: dealwright connect crm\n")
    assert connect(page, "Allow", "crm")[0] == 0
    assert run("connections", "test", "crm")[0] == 0

    assert run("connections", "remove", "crm", "--revoke")[0] == 0
    assert run("run", "get_users_me", "-c", "crm")[0] == 3


def test_denied(page: Page, provider: Sandbox) -> None:
    code, out, said = connect(page, "Deny", *first(provider))
    assert (code, out) == (3, "")
    assert said.endswith("Error: Connection 'crm' is not authorised: consent was denied\n")
    assert "consent was denied" in page.inner_text("body")
    assert connections.stored("crm") is None


def test_the_last_page_is_readable(page: Page, provider: Sandbox) -> None:
    """Its style is let through by its own policy, in the light and in the dark."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        assert connect(page, "Allow", *first(provider), "--replace")[0] == 0
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == {"light": "rgb(246, 247, 249)", "dark": "rgb(20, 24, 29)"}[scheme]
    assert [one for one in complaints if "favicon" not in one and "404" not in one] == []
