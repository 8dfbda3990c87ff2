"""The bell: a colleague hands a record over, the page says so by itself, and all tabs know what was read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from json import dumps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from tests.web.app_page import AppPage
from tests.web.conftest import OpenApp, Site, open_session

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PASSWORD = "a good pass phrase"


@pytest.fixture
def colleague(site: Site) -> Iterator[Callable[..., Any]]:
    """Yields what calls the public API as a colleague of the admin, who has a session of her own."""
    email = "grace@example.com"
    users: Any = site.call("GET", "/v1/users")
    id = next((one["id"] for one in users if one["email"] == email), None)
    if id is None:
        made: Any = site.call("POST", "/v1/users", {"email": email})
        id = made["id"]
    with closing(open_session(site.url, site.cookies)) as admin:
        link = admin.post(f"/app/api/users/{id}/invitation").json()["link"]
    with closing(open_session(site.url)) as client:
        answer = client.post("/app/api/password", json={"token": link.partition("token=")[2], "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["x-csrf-token"] = answer.json()["csrf_token"]

        def call(method: str, path: str, body: object = None) -> Any:
            answer = client.request(method, path, json=body)
            assert answer.status_code < 300, answer.text
            return answer.json()["data"]

        yield call


def bell(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("^Notifications"))


def read_all(app: AppPage) -> None:
    """Begins with nothing unread."""
    bell(app.page).click()
    app.page.get_by_role("dialog", name="Notifications").wait_for()
    app.settle()
    button = app.button("Mark all as read")
    if button.count() and button.is_enabled():
        button.click()
    app.page.keyboard.press("Escape")
    app.page.get_by_role("button", name="Notifications", exact=True).wait_for()


def test_a_record_handed_over_shows_by_itself_and_is_read(
    site: Site, open_app: OpenApp, colleague: Callable[..., Any]
) -> None:
    app = open_app()
    app.open("/runs")
    app.heading("Runs").wait_for()
    read_all(app)
    other_tab = app.context.new_page()
    other_tab.goto(f"{site.url}/settings/profile")
    other_tab.get_by_role("button", name="Notifications", exact=True).wait_for()
    me: Any = site.call("GET", "/v1/users/me")
    deal = colleague("POST", "/api/v2/deals", {"title": "Two deck ovens for the harbour bakery"})
    colleague("PATCH", f"/api/v2/deals/{deal['id']}", {"owner_id": me["id"]})
    mention = (
        f'<a data-mentions="{me["id"]}">@{me["name"]}</a> could you look at the <b>second</b> offer before Friday?'
    )
    colleague("POST", "/v1/notes", {"content": mention, "deal_id": deal["id"]})
    for page in (app.page, other_tab):
        page.get_by_role("button", name="Notifications, 2 unread").wait_for(timeout=3000)
    # With the keyboard alone.
    bell(app.page).focus()
    app.page.keyboard.press("Enter")
    dialog = app.page.get_by_role("dialog", name="Notifications")
    entry = dialog.get_by_role("button", name=re.compile("Two deck ovens"))
    entry.first.wait_for()
    assert dialog.get_by_text(re.compile("could you look at the second offer")).count() == 1
    app.keep("bell")
    entry.first.focus()
    app.page.keyboard.press("Enter")
    for page in (app.page, other_tab):
        page.get_by_role("button", name="Notifications, 1 unread").wait_for(timeout=3000)
    app.button("Mark all as read").press("Enter")
    other_tab.get_by_role("button", name="Notifications", exact=True).wait_for(timeout=3000)
    app.keep("bell-read")
    app.page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert bell(app.page).evaluate("bell => bell === document.activeElement")
    # It is kept on the server.
    app.page.reload()
    app.page.get_by_role("button", name="Notifications", exact=True).wait_for()


def test_what_leads_somewhere_leads_there(site: Site, open_app: OpenApp) -> None:
    app = open_app()
    app.open("/runs")
    read_all(app)
    person: Any = site.call("POST", "/api/v2/persons", {"name": "Lena Holm"})
    lead: Any = site.call("POST", "/v1/leads", {"title": "A proofer with two doors", "person_id": person["id"]})
    app.open(f"/actions/v2/post_leads_by_id_convert_deal?{urlencode({'params': dumps({'id': lead['id']})})}")
    app.page.get_by_text("A proofer with two doors").or_(app.page.locator(f"[value='{lead['id']}']")).first.wait_for()
    app.button("Run").click()
    app.page.get_by_role("button", name="Notifications, 1 unread").wait_for(timeout=10_000)
    bell(app.page).click()
    dialog = app.page.get_by_role("dialog", name="Notifications")
    dialog.get_by_role("link", name=re.compile("Converted into the deal A proofer")).click()
    app.wait_for_path(re.compile(r"/runs/.+"))
    dialog.wait_for(state="hidden")
    app.page.get_by_role("button", name="Notifications", exact=True).wait_for()


def test_a_bell_with_nothing_to_tell_and_one_that_fails(open_app: OpenApp) -> None:
    app = open_app()
    empty = '{"items": [], "next_cursor": null, "unread": 0}'
    app.page.route(
        "**/app/api/notifications*", lambda route: route.fulfill(body=empty, content_type="application/json")
    )
    app.open("/runs")
    bell(app.page).click()
    app.heading("Nothing to know yet").wait_for()
    app.keep("bell-empty")
    app.page.unroute_all()
    app.page.route("**/app/api/notifications*", lambda route: route.fulfill(status=500, body="{}"))
    with app.expecting("500"):
        app.page.reload()
        bell(app.page).click()
        app.heading("This did not load").wait_for()
        app.page.unroute_all()
        app.button("Try again").click()
        app.heading("This did not load").wait_for(state="hidden")
