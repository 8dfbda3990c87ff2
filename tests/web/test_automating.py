"""Who automates: a connection to a second company by OAuth, an action by its form, its run, run again, undone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox import Sandbox, run_sandbox
from tests.web.app_page import AppPage
from tests.web.conftest import OpenApp, Site

CALLBACK = "/app/connections/callback"


@pytest.fixture(scope="module")
def second(site: Site) -> Iterator[Sandbox]:
    """Yields a server of another company, with an OAuth app for the connections of the first one."""
    with run_sandbox(
        "--throwaway", "--empty", "--port", "0", "--oauth-redirect-uri", f"{site.url}{CALLBACK}"
    ) as running:
        yield running


def test_connected_by_oauth_run_and_removed(site: Site, second: Sandbox, open_app: OpenApp) -> None:
    app = open_app(other_hosts=(second.url,))
    app.open("/connections")
    app.page.get_by_role("link", name="Add connection").or_(app.button("Add connection")).first.click()
    app.page.get_by_role("button", name=re.compile("^Any URL")).or_(
        app.page.get_by_role("link", name=re.compile("^Any URL"))
    ).first.click()
    app.page.get_by_label("Address").fill(second.url)
    app.page.get_by_label("Client ID").fill(second.oauth["client_id"])
    app.page.get_by_label("Client secret").fill(second.oauth["client_secret"])
    app.page.get_by_label("Send secrets without encryption").check()
    app.keep("connection-sign-in")
    app.button("Next").click()
    app.page.get_by_label("Name", exact=True).fill("second")
    app.keep("connection-rights")
    app.button(re.compile("^Continue to ")).click()
    # The page of the other server asks for consent.
    app.page.get_by_role("button", name="Allow").click()
    app.wait_for_path("/connections")
    app.page.get_by_text(re.compile("second is connected")).first.wait_for()
    app.keep("connections")
    run = _run_create_a_deal(app, "Two ovens", connection="second")
    there = _deals(site, second)
    assert [deal["title"] for deal in there] == ["Two ovens"]
    # What it changed is not this company's to take back.
    app.open(f"/runs/{run}")
    app.page.get_by_text("the connection leads elsewhere").wait_for()
    assert app.button("Undo").count() == 0
    app.open("/connections")
    app.choose("More for second", "Remove…")
    dialog = app.page.get_by_role("alertdialog").or_(app.page.get_by_role("dialog"))
    dialog.get_by_role("button", name="Remove connection").click()
    app.button("More for second").wait_for(state="hidden")


def test_run_again_and_undone(site: Site, app: AppPage) -> None:
    app.open("/actions")
    app.page.get_by_role("searchbox").fill("create a deal")
    app.action("v2/post_deals").click()
    app.wait_for_path("/actions/v2/post_deals")
    run = _run_create_a_deal(app, "Twelve chairs", connection=None)
    app.open("/runs")
    app.page.get_by_text("post_deals").first.wait_for()
    app.keep("runs")
    app.open(f"/runs/{run}")
    app.heading("What it changed").wait_for()
    app.keep("run")
    app.button("Run again").click()
    app.wait_for_path(re.compile(rf"/runs/(?!{run}$).+"))
    assert _titles(site).count("Twelve chairs") == 2
    for address in (app.page.url, f"/runs/{run}"):
        app.page.goto(address)
        app.button("Undo").click()
        app.page.get_by_role("alertdialog").or_(app.page.get_by_role("dialog")).get_by_role(
            "button", name="Undo"
        ).click()
        app.page.get_by_text("Taken back").first.wait_for()
    assert "Twelve chairs" not in _titles(site)
    app.open(f"/runs/{run}")
    app.page.get_by_text("It was taken back by another run.").wait_for()
    app.keep("run-undone")


def _run_create_a_deal(app: AppPage, title: str, *, connection: str | None) -> str:
    """Fills the form of the action, runs it, and returns the id of the run."""
    app.open(f"/actions/v2/post_deals{f'?connection={connection}' if connection else ''}")
    app.page.get_by_role("textbox", name=re.compile("title", re.I)).first.wait_for()
    app.keep("action")
    if connection:
        app.page.get_by_label("Connection").first.click()
        app.page.get_by_role("option", name=re.compile(connection)).click()
    app.page.get_by_role("textbox", name=re.compile("title", re.I)).first.fill(title)
    app.button("Run").click()
    # Of what was changed elsewhere the run tells nothing.
    link = app.page.get_by_role("link", name="This run" if connection else "What it changed")
    link.wait_for()
    app.button("Copy").wait_for()
    app.keep("action-answer")
    return str(link.get_attribute("href")).rpartition("/")[2]


def _deals(site: Site, sandbox: Sandbox) -> list[dict[str, Any]]:
    found = site._replace(sandbox=sandbox).call("GET", "/api/v2/deals?limit=500&sort_by=id&sort_direction=desc")
    assert isinstance(found, list)
    return found


def _titles(site: Site) -> list[str]:
    return [deal["title"] for deal in _deals(site, site.sandbox)]
