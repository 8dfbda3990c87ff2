"""Log-in and consent in a real browser, with the app that it goes back to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from dealwright.crm import logins
from dealwright.crm.oauth import apps
from dealwright.crm.oauth.grants import Owner
from dealwright.crm.unit import system_clock
from dealwright.storage.platform import Platform
from tests import company
from tests.connectors.service import Reply, Service, running
from tests.remote import served
from tests.sandbox import serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "a good pass phrase"
CLIENT_ID = "browser-test"
HTML = {"content-type": "text/html"}


@pytest.fixture
def app() -> Iterator[Service]:
    """The app's own site, which shows a page wherever one comes back to it."""
    with running() as service:
        service.answer(Reply(200, b"<h1>Connected</h1>", HTML))
        yield service


def address(url: str, app: Service) -> str:
    asked = {"client_id": CLIENT_ID, "redirect_uri": f"{app.url}/callback", "state": "s 1"}
    return f"{url}/oauth/authorize?{urlencode(asked)}"


def test_from_the_log_in_to_the_app(page: Page, app: Service, tmp_path: Path) -> None:
    location = str(tmp_path / "platform")
    company.found(location)
    platform = Platform(location)
    new = apps.NewApp("Invoice Sync", [f"{app.url}/callback"], ["deals:read"], None, CLIENT_ID)
    apps.register(platform, new, system_clock())
    logins.set_password(platform, Owner(1, 1), "ada@example.com", PASSWORD)
    platform.close()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    with running() as home, served(location) as server:
        # Apps send their users on, often to another host.
        home.answer(Reply(200, b"<h1>Connected</h1>", HTML))
        app.answer(Reply(302, b"", {"location": f"{home.url}/welcome"}))
        page.goto(address(server.url, app))
        assert page.title() == "Log in"
        # No mouse is needed, and the fields say what they are for.
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
        back, landed = app.asked[0], home.asked[0]
        assert (back.method, back.path, back.query["state"]) == ("GET", "/callback", ["s 1"])
        assert re.fullmatch(r"1\.1\.[0-9a-f]{40}", back.query["code"][0])
        assert back.headers["referer"] is None
        assert landed.headers["referer"] is None
        # The log-in is remembered; the answer is asked for again, and may be another one.
        page.goto(address(server.url, app))
        page.get_by_role("button", name="Deny").click()
        page.get_by_role("heading", name="Connected").wait_for()
        assert app.asked[1].query == {"error": ["user_denied"], "state": ["s 1"]}
        page.goto(address(server.url, app))
        page.get_by_role("button", name="Switch account").click()
        page.get_by_label("Password").wait_for()
        assert page.evaluate("document.cookie") == ""
    # The status of the wrong password; no policy kept anything from working.
    assert [said for said in complaints if "401" not in said] == []


def test_pages_are_not_shown_in_frames(page: Page, app: Service) -> None:
    arguments = ("--oauth-client-id", CLIENT_ID, "--oauth-redirect-uri", f"{app.url}/callback")
    with serving("--throwaway", "--empty", "--port", "0", *arguments) as sandbox:
        frame = f'<h1>Win a prize</h1><iframe src="{address(sandbox.url, app)}"></iframe>'.replace("&", "&amp;")
        app.answer(Reply(200, frame.encode(), HTML))
        page.goto(app.url)
        page.get_by_role("heading", name="Win a prize").wait_for()
        assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"]


def test_a_sandbox_asks_for_no_password(page: Page, app: Service) -> None:
    arguments = ("--oauth-client-id", CLIENT_ID, "--oauth-redirect-uri", f"{app.url}/callback")
    with serving("--throwaway", "--empty", "--port", "0", *arguments) as sandbox:
        page.goto(address(sandbox.url, app))
        page.get_by_role("button", name="Allow").click()
        page.get_by_role("heading", name="Connected").wait_for()
    assert set(app.asked[0].query) == {"code", "state"}
