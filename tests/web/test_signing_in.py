"""The ways in and out: the link of a first start, a password, signing out here and everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import DATABASES
from tests.sandbox import run_serve_command
from tests.web.conftest import OpenApp, Site, database_url, run_site

REFUSED = r"Console: Failed to load resource: the server responded with a status of 4\d\d"


@pytest.fixture(scope="module", params=DATABASES)
def own_site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, screenshots: Path
) -> Iterator[Site]:
    """Yields a server whose sessions may be ended."""
    with run_site(request.param, tmp_path_factory.mktemp("own_site") / "log", screenshots) as running:
        yield running


@pytest.mark.parametrize("database", DATABASES)
def test_a_first_start_leads_to_a_page_for_the_admin(
    database: str, open_app: OpenApp, site: Site, tmp_path: Path
) -> None:
    """As ``make run`` does it: a server that keeps its data, and the link that it prints."""
    with database_url(database) as url:
        options = ("--demo", "--port", "0", "--database", url or str(tmp_path / "data"), "--files", str(tmp_path))
        with run_serve_command(*options, output=tmp_path / "output") as (_, line):
            address = re.search(r"http://[^\s/]+", line)
            assert address, line
            link = re.search(r"\S+/sign-in\?token=\S+", (tmp_path / "output").read_text())
            assert link, (tmp_path / "output").read_text()
            app = open_app(site, signed_in=False, url=address[0])
            app.open("/")
            app.heading("Sign in").wait_for()
            app.keep("sign-in")
            app.page.goto(link[0])
            app.wait_for_path("/connections")
            app.heading("Connections").wait_for()
            assert "token=" not in app.page.url
            # A link that somebody else finds is of no use.
            thief = open_app(site, signed_in=False, url=address[0])
            with thief.expecting(REFUSED):
                thief.page.goto(link[0])
                thief.page.get_by_text(re.compile("link .* used|used .* link", re.I)).wait_for()
            thief.open("/connections")
            thief.wait_for_path("/sign-in")
            app.close()
            thief.close()


def test_a_password_signs_in_and_a_wrong_one_does_not(own_site: Site, open_app: OpenApp) -> None:
    app = open_app(own_site, signed_in=False)
    email, password = own_site.sandbox.app["email"], own_site.sandbox.app["password"]
    app.open("/actions?q=lead")
    app.wait_for_path("/sign-in")
    with app.expecting(REFUSED):
        app.sign_in(email, "not the password")
        app.page.get_by_role("alert").wait_for()
        app.keep("sign-in-wrong")
    app.sign_in(email, password)
    # To where one wanted to go.
    app.wait_for_path("/actions")
    assert app.page.get_by_role("searchbox").input_value() == "lead"
    app.choose(re.compile("^Your account"), "Sign out")
    app.wait_for_path("/sign-in")
    app.open("/actions")
    app.wait_for_path("/sign-in")


def test_keyboard_alone_signs_in_and_out(own_site: Site, open_app: OpenApp) -> None:
    app = open_app(own_site, signed_in=False)
    app.open("/")
    app.page.get_by_label("E-mail").wait_for()
    for typed in (own_site.sandbox.app["email"], own_site.sandbox.app["password"]):
        app.page.keyboard.type(typed)
        app.page.keyboard.press("Tab")
    app.page.keyboard.press("Shift+Tab")
    app.page.keyboard.press("Enter")
    app.wait_for_path("/connections")
    app.page.get_by_role("button", name=re.compile("^Your account")).focus()
    app.page.keyboard.press("Enter")
    item = app.page.get_by_role("menuitem", name="Sign out", exact=True)
    item.wait_for()
    for _ in range(12):
        if item.evaluate("item => item === document.activeElement"):
            break
        app.page.keyboard.press("ArrowDown")
    app.page.keyboard.press("Enter")
    app.wait_for_path("/sign-in")


def test_signing_out_everywhere_ends_a_page_that_is_open_elsewhere(own_site: Site, open_app: OpenApp) -> None:
    email, password = own_site.sandbox.app["email"], own_site.sandbox.app["password"]
    here, elsewhere = (open_app(own_site, signed_in=False) for _ in range(2))
    for one in (here, elsewhere):
        one.open("/")
        one.sign_in(email, password)
        one.wait_for_path("/connections")
    with elsewhere.expecting(REFUSED):
        here.choose(re.compile("^Your account"), "Sign out everywhere")
        here.wait_for_path("/sign-in")
        # Its stream of changes has ended, so that it asks who is signed in, and is told: nobody.
        ended = elsewhere.page.get_by_role("dialog", name="You are signed out")
        ended.wait_for()
        elsewhere.keep("session-ended")
        ended.get_by_label("Password", exact=True).fill(password)
        ended.get_by_role("button", name="Sign in", exact=True).click()
        ended.wait_for(state="hidden")
    elsewhere.page.get_by_role("link", name="Actions", exact=True).first.click()
    elsewhere.action("v2/post_deals").wait_for()
