"""What holds for every page: it is complete, readable and reachable, on wide and narrow screens, light and dark."""

from __future__ import annotations

import re

import pytest

from tests.web.app_page import NARROW, AppPage
from tests.web.conftest import OpenApp

PAGES = {"connections": "/connections", "runs": "/runs", "settings": "/settings", "components": "/_components"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_nothing_wrong(name: str, app: AppPage) -> None:
    app.open(PAGES[name])
    app.page.locator("main").wait_for()
    app.page.wait_for_load_state("networkidle" if name == "components" else "load")
    assert app.page.locator("h1").count() == 1
    app.keep(name)


def test_scripts_and_styles_come_compressed(app: AppPage) -> None:
    """First load has a budget; ``make bench-web`` measures it."""
    answers = {}
    app.page.on("response", lambda one: answers.update({one.url: one}))
    app.open("/connections")
    app.heading("Connections").first.wait_for()
    large = [
        one for one in answers.values() if one.request.resource_type in ("script", "stylesheet") and "index-" in one.url
    ]
    assert len(large) >= 2
    assert {one.headers.get("content-encoding") for one in large} == {"gzip"}


def test_what_is_not_there_is_told(app: AppPage) -> None:
    # An address below one of the app's: others are no pages for the server either.
    app.open("/actions/v9/no_such/page")
    app.heading("There is no such page").first.wait_for()
    app.keep("not-found")
    app.page.get_by_role("link", name="To the start").click()
    app.wait_for_path("/connections")


def test_the_command_palette_is_reached_from_anywhere(app: AppPage) -> None:
    app.open("/connections")
    app.heading("Connections").first.wait_for()
    app.page.keyboard.press("Control+k")
    app.page.get_by_role("dialog", name="Search and commands").wait_for()
    app.keep("palette")
    app.page.keyboard.type("dark")
    app.page.keyboard.press("Enter")
    assert app.page.locator("html").get_attribute("data-theme") == "dark"
    app.page.keyboard.press("Control+k")
    app.page.keyboard.press("Escape")
    app.page.get_by_role("dialog").wait_for(state="hidden")


def test_the_content_is_one_key_away(app: AppPage) -> None:
    app.open("/actions")
    app.action("v2/post_deals").wait_for()
    app.page.keyboard.press("Tab")
    app.page.keyboard.press("Enter")
    assert app.page.evaluate("document.activeElement.id") == "main"


def test_a_small_screen_has_its_own_way_to_the_pages(open_app: OpenApp) -> None:
    app = open_app()
    app.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    app.open("/connections")
    navigation = app.page.get_by_role("navigation", name="Main").locator("visible=true")
    for place in ("Actions", "Chat", "Settings", "Editor", "Runs", "Connections"):
        if place in ("Settings", "Editor"):
            app.choose("More", place)
        else:
            navigation.get_by_role("link", name=place, exact=True).click()
        # The settings lead on to their first page.
        app.wait_for_path(re.compile(rf"/{place.lower()}(/\w+)?"))
