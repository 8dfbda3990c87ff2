"""A connection by OAuth from the first consent to its removal, with the command line, the server and a real browser."""

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
from tests.connectors.isolated_user import isolated_environment
from tests.connectors.test_authorization import free_port
from tests.sandbox import Sandbox, run_sandbox

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECRET = "a-secret-of-the-test"


@pytest.fixture(autouse=True)
def isolated_user(tmp_path: Path) -> Iterator[None]:
    with isolated_environment(tmp_path):
        yield


@pytest.fixture(scope="module", params=DATABASES)
def provider(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    arguments = ["--throwaway", "--empty", "--port", "0", "--oauth-client-secret", SECRET]
    arguments += ["--oauth-redirect-uri", f"http://127.0.0.1:{free_port()}/callback"]
    if request.param == "sqlite":
        with run_sandbox(*arguments) as sandbox:
            yield sandbox
    else:
        with empty_postgres_database() as url, run_sandbox(*arguments, "--database", url) as sandbox:
            yield sandbox


def start_command(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dealwright", *arguments],
        env={**os.environ, "DEALWRIGHT_CLIENT_SECRET": SECRET},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_exit(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, errors = process.communicate(timeout=60)
    return process.returncode, out, errors


def run_command(*arguments: str) -> tuple[int, str, str]:
    return wait_for_exit(start_command(*arguments))


def connect_in_browser(page: Page, answer: str, *arguments: str) -> tuple[int, str, str]:
    """Runs ``dealwright connect``, and answers in the browser."""
    process = start_command("connect", *arguments, "--no-browser")
    assert process.stdout is not None
    page.goto(process.stdout.readline().strip())
    page.get_by_role("button", name=answer).click()
    page.get_by_role("heading", name="Connected" if answer == "Allow" else "Not connected").wait_for()
    return wait_for_exit(process)


def first_connect_arguments(provider: Sandbox) -> tuple[str, ...]:
    app = provider.oauth
    options = ("--provider", provider.url, "--redirect-uri", app["redirect_uri"])
    return ("crm", *options, "--client-id", app["client_id"])


def expire_access_token() -> str:
    """Marks the stored access token as expired, on this machine only; returns it."""
    stored = connections.find_stored("crm")
    assert stored is not None
    assert stored.grant is not None
    old = msgspec.structs.replace(stored.grant, expires_at=stored.grant.renewed_at)
    assert connections.update_grant(connections.from_grant("crm", stored.url, stored.authorization or "", old))
    return old.access_token


def test_allowed_used_renewed_revoked_and_allowed_again(page: Page, provider: Sandbox) -> None:
    code, out, errors = connect_in_browser(page, "Allow", *first_connect_arguments(provider))
    assert (code, out) == (0, ""), errors
    assert f"Connection 'crm' leads to {provider.url}" in errors

    code, out, errors = run_command("run", "get_users_me", "-c", "crm")
    assert code == 0, errors
    me = json.loads(out)["data"]
    assert me["company_domain"] == provider.company_domain
    assert run_command("run", "post_deals", "-c", "crm", "-p", "title=New roof")[0] == 0
    assert f"by OAuth 2.0 at {provider.url}" in run_command("connections", "show", "crm")[1]

    old = expire_access_token()
    both = [start_command("run", "get_deals", "-c", "crm") for _ in range(2)]
    assert [wait_for_exit(process)[0] for process in both] == [0, 0]
    stored = connections.find_stored("crm")
    assert stored is not None
    assert stored.grant is not None
    assert stored.grant.access_token != old

    # The user revokes the consent.
    authorization.revoke(stored)
    code, _, errors = run_command("run", "get_users_me", "-c", "crm")
    assert code == 3
    assert errors.endswith("; authorise it anew: dealwright connect crm\n")
    assert connect_in_browser(page, "Allow", "crm")[0] == 0
    assert run_command("connections", "test", "crm")[0] == 0

    assert run_command("connections", "remove", "crm", "--revoke")[0] == 0
    assert run_command("run", "get_users_me", "-c", "crm")[0] == 3


def test_denied(page: Page, provider: Sandbox) -> None:
    code, out, errors = connect_in_browser(page, "Deny", *first_connect_arguments(provider))
    assert (code, out) == (3, "")
    assert errors.endswith("Error: Connection 'crm' is not authorised: consent was denied\n")
    assert "consent was denied" in page.inner_text("body")
    assert connections.find_stored("crm") is None


def test_the_last_page_is_readable(page: Page, provider: Sandbox) -> None:
    """Its content security policy allows its style, in the light and in the dark colour scheme."""
    console_messages: list[str] = []
    page.on("console", lambda message: console_messages.append(message.text))
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        assert connect_in_browser(page, "Allow", *first_connect_arguments(provider), "--replace")[0] == 0
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == {"light": "rgb(246, 247, 249)", "dark": "rgb(20, 24, 29)"}[scheme]
    assert [one for one in console_messages if "favicon" not in one and "404" not in one] == []
