"""The index of actions: found by typing, with the keyboard alone."""

from __future__ import annotations

import re

from dealwright.contract import catalogue
from tests.web.app_page import AppPage
from tests.web.conftest import OpenApp, Site


def test_an_action_is_found_by_typing_and_opened_without_a_mouse(app: AppPage) -> None:
    app.open("/")
    app.heading("Connections").first.wait_for()
    app.page.keyboard.press("Control+k")
    app.page.keyboard.type("acti")
    app.page.keyboard.press("Enter")
    app.wait_for_path("/actions")
    app.action("v2/post_deals").wait_for()
    app.page.keyboard.press("/")
    app.page.keyboard.type("create a deal")
    app.page.wait_for_url(re.compile(r"q=create"))
    row = app.action("v2/post_deals")
    app.page.keyboard.press("ArrowDown")
    for _ in range(40):
        if row.evaluate("row => row === document.activeElement"):
            break
        app.page.keyboard.press("ArrowDown")
    app.page.keyboard.press("Enter")
    app.wait_for_path("/actions/v2/post_deals")
    # And back, to what was typed.
    app.page.go_back()
    app.wait_for_path("/actions")
    assert app.page.get_by_role("searchbox").input_value() == "create a deal"


def test_all_actions_are_there_and_are_narrowed(app: AppPage) -> None:
    app.open("/actions?version=all")
    app.action("v2/post_deals").wait_for()
    # The last ones follow those in sight.
    app.page.locator("[data-row]").nth(len(catalogue.entries()) - 1).wait_for()
    assert app.page.locator("[data-row]").count() == len(catalogue.entries())
    # What axe says of a row it says of the first few: it takes its time for each of hundreds.
    app.open("/actions")
    app.action("v2/post_deals").wait_for()
    app.keep("actions", full_check=False)
    app.open("/actions?q=deal+field")
    app.action("v2/get_deal_fields").or_(app.action("v2/get_dealfields")).first.wait_for()
    app.keep("actions-found")
    app.page.get_by_role("searchbox").fill("no such action at all")
    app.heading("No action like this").wait_for()
    app.keep("actions-none")
    app.button("Show all").click()
    app.action("v2/post_deals").wait_for()


def test_an_address_shows_the_same_to_a_colleague(open_app: OpenApp, site: Site) -> None:
    first, second = open_app(), open_app()
    first.open("/actions")
    first.page.get_by_role("searchbox").fill("lead label")
    first.page.wait_for_url(re.compile(r"q=lead"))
    second.open(first.page.url.removeprefix(site.url))
    second.action("v1/get_lead_labels").wait_for()
    assert second.page.locator("[data-row]").count() == first.page.locator("[data-row]").count() < 20
