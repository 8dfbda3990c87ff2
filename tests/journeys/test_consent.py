"""Log-in and consent in a real browser, with the app that it goes back to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from dealwright.crm.companies import system_clock
from dealwright.crm.integration.oauth import apps
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins
from dealwright.storage.platform import Platform
from tests import company
from tests.connectors.service import StubResponse, StubService, run_service
from tests.sandbox import run_sandbox
from tests.server_process import run_server

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "a good pass phrase"
CLIENT_ID = "browser-test"
HTML = {"content-type": "text/html"}


@pytest.fixture
def app() -> Iterator[StubService]:
    """Yields the app's own site, which shows a page at every path."""
    with run_service() as service:
        service.respond_with(StubResponse(200, b"<h1>Connected</h1>", HTML))
        yield service


def authorize_url(url: str, app: StubService) -> str:
    params = {"client_id": CLIENT_ID, "redirect_uri": f"{app.url}/callback", "state": "s 1"}
    return f"{url}/oauth/authorize?{urlencode(params)}"


def test_from_the_log_in_to_the_app(page: Page, app: StubService, tmp_path: Path) -> None:
    location = str(tmp_path / "platform")
    company.create_company(location)
    platform = Platform(location)
    new = apps.NewApp("Invoice Sync", [f"{app.url}/callback"], ["deals:read"], None, CLIENT_ID)
    apps.register(platform, new, system_clock())
    logins.set_password(platform, UserRef(1, 1), "ada@example.com", PASSWORD)
    platform.close()
    console_messages: list[str] = []
    page.on("console", lambda message: console_messages.append(message.text))
    with run_service() as home, run_server(location) as server:
        # Apps redirect their users after the callback, often to another host.
        home.respond_with(StubResponse(200, b"<h1>Connected</h1>", HTML))
        app.respond_with(StubResponse(302, b"", {"location": f"{home.url}/welcome"}))
        page.goto(authorize_url(server.url, app))
        assert page.title() == "Log in"
        # The form can be used with the keyboard alone, and its fields have labels.
        page.keyboard.type("ada@example.com")
        page.keyboard.press("Tab")
        page.keyboard.type("not the pass phrase")
        page.keyboard.press("Enter")
        page.get_by_role("alert").wait_for()
        assert page.get_by_role("alert").inner_text() == "E-mail address or password is wrong."
        assert page.get_by_label("E-mail address").input_value() == "ada@example.com"
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Allow Invoice Sync to access Tests?"
        assert (
            page.get_by_role("listitem").all_inner_texts()[1]
            == "See deals, pipelines and stages, with their notes and files"
        )
        page.get_by_role("button", name="Allow").click()
        page.get_by_role("heading", name="Connected").wait_for()
        callback, last = app.requests[0], home.requests[0]
        assert (callback.method, callback.path, callback.query["state"]) == ("GET", "/callback", ["s 1"])
        assert re.fullmatch(r"1\.1\.[0-9a-f]{40}", callback.query["code"][0])
        assert callback.headers["referer"] is None
        assert last.headers["referer"] is None
        # The user is still logged in, but must consent again, and may deny it.
        page.goto(authorize_url(server.url, app))
        page.get_by_role("button", name="Deny").click()
        page.get_by_role("heading", name="Connected").wait_for()
        assert app.requests[1].query == {"error": ["user_denied"], "state": ["s 1"]}
        page.goto(authorize_url(server.url, app))
        page.get_by_role("button", name="Switch account").click()
        page.get_by_label("Password").wait_for()
        assert page.evaluate("document.cookie") == ""
    # Only the status of the wrong password is logged; no policy blocked anything.
    assert [text for text in console_messages if "401" not in text] == []


def test_pages_are_not_shown_in_frames(page: Page, app: StubService) -> None:
    arguments = ("--oauth-client-id", CLIENT_ID, "--oauth-redirect-uri", f"{app.url}/callback")
    with run_sandbox("--throwaway", "--empty", "--port", "0", *arguments) as sandbox:
        frame = f'<h1>Win a prize</h1><iframe src="{authorize_url(sandbox.url, app)}"></iframe>'.replace("&", "&amp;")
        app.respond_with(StubResponse(200, frame.encode(), HTML))
        page.goto(app.url)
        page.get_by_role("heading", name="Win a prize").wait_for()
        assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"]


def test_a_sandbox_asks_for_no_password(page: Page, app: StubService) -> None:
    arguments = ("--oauth-client-id", CLIENT_ID, "--oauth-redirect-uri", f"{app.url}/callback")
    with run_sandbox("--throwaway", "--empty", "--port", "0", *arguments) as sandbox:
        page.goto(authorize_url(sandbox.url, app))
        page.get_by_role("button", name="Allow").click()
        page.get_by_role("heading", name="Connected").wait_for()
    assert set(app.requests[0].query) == {"code", "state"}
