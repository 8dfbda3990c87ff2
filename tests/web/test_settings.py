"""Apps, tokens and webhooks of a company, and people from their invitation to signing out everywhere."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pyotp
import pytest

from tests.mcp_client import bearer, call, use
from tests.receiver import Receiver, run_receiver
from tests.server_process import wait_until
from tests.web.app_page import AppPage
from tests.web.conftest import OpenApp, Site

# Names of settings, as the list beside them has them.
SETTINGS = {
    "profile": "Profile and security",
    "users": "Users and sign-in",
    "apps": "Apps",
    "tokens": "API tokens",
    "agents": "Agents",
    "webhooks": "Webhooks",
    "runs": "Runs",
}
PASSWORD = "a good pass phrase"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with run_receiver() as running:
        yield running


@pytest.mark.parametrize("name", SETTINGS)
def test_a_page_of_the_settings_has_nothing_wrong(name: str, app: AppPage) -> None:
    app.open(f"/settings/{name}")
    app.heading(SETTINGS[name]).first.wait_for()
    app.keep(f"settings-{name}")


def test_an_app_is_registered_and_deleted(app: AppPage) -> None:
    app.open("/settings/apps")
    app.button("Register app").first.click()
    dialog = app.page.get_by_role("dialog", name="Register app")
    dialog.get_by_label("Name").fill("Night sync")
    dialog.get_by_label("Redirect URIs").fill("http://localhost:3000/callback")
    dialog.get_by_role("checkbox", name=re.compile("^deals:full")).check()
    app.keep("app-register")
    dialog.get_by_role("button", name="Register app").click()
    once = app.page.get_by_role("dialog", name="Night sync: client id and secret")
    app.keep("app-secret")
    # What is not shown again is not closed by accident.
    app.page.keyboard.press("Escape")
    once.get_by_role("checkbox").check()
    once.get_by_role("button", name="Done").click()
    app.page.get_by_role("row", name=re.compile("Night sync")).wait_for()
    app.choose("More for Night sync", "Delete")
    app.page.get_by_role("alertdialog").or_(app.page.get_by_role("dialog")).get_by_role("button", name="Delete").click()
    app.page.get_by_role("row", name=re.compile("Night sync")).wait_for(state="hidden")


def test_a_token_is_made_and_revoked(site: Site, open_app: OpenApp) -> None:
    link = _invite(open_app(), "scripts@example.com")
    user = open_app(signed_in=False)
    user.page.goto(link)
    user.page.get_by_label("New password").fill(PASSWORD)
    user.page.get_by_label("Once more").fill(PASSWORD)
    user.button("Set password").click()
    user.wait_for_path("/connections")
    user.open("/settings/tokens")
    user.button("Make a token").click()
    once = user.page.get_by_role("dialog", name="Your API token")
    token = once.locator("pre").first.inner_text()
    once.get_by_role("checkbox").check()
    once.get_by_role("button", name="Done").click()
    works = site._replace(sandbox=msgspec.structs.replace(site.sandbox, api_token=token))
    works.call("GET", "/v1/users/me")
    user.button("Revoke").first.click()
    dialog = user.page.get_by_role("alertdialog").or_(user.page.get_by_role("dialog"))
    dialog.get_by_role("button", name="Revoke").click()
    user.button("Make a token").wait_for()
    with pytest.raises(AssertionError, match="unauthorized"):
        works.call("GET", "/v1/users/me")


def test_an_agent_is_let_write_and_what_it_wrote_is_taken_back(site: Site, app: AppPage) -> None:
    def ask(tool: str, **arguments: object) -> Any:
        token = bearer(site.sandbox.api_token)
        # The browser has the loop of this thread.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(use, address, "2026-07-28", call(tool, **arguments), headers=token).result()

    app.open("/settings/agents")
    address = app.page.get_by_text(f"{site.url}/mcp").inner_text()
    deal = {"action": "post_deals", "params": {"data": {"title": "Two ovens"}}}
    assert ask("plan_action", **deal)["status"] == "refused"
    app.page.get_by_role("radio", name=re.compile("^Read and write")).check()
    app.page.get_by_text("Saved").wait_for()
    done = ask("apply_plan", plan_id=ask("plan_action", **deal)["plan_id"])
    assert done["data"]["title"] == "Two ovens"
    app.open(f"/runs/{done['run']}")
    app.button("Undo").click()
    app.page.get_by_role("dialog").or_(app.page.get_by_role("alertdialog")).get_by_role("button", name="Undo").click()
    app.page.get_by_text("Taken back").first.wait_for()
    assert site.call("GET", f"/api/v2/deals?ids={done['data']['id']}") == []


def test_a_delivery_of_a_webhook_is_replayed(site: Site, app: AppPage, receiver: Receiver) -> None:
    app.open("/settings/webhooks")
    app.button("Add webhook").first.click()
    dialog = app.page.get_by_role("dialog", name="Add webhook")
    dialog.get_by_label("Address").fill(f"{receiver.url}/hook")
    dialog.get_by_role("button", name="Add webhook").click()
    app.wait_for_path(re.compile(r"/settings/webhooks/\d+"))
    site.call("POST", "/api/v2/deals", {"title": "Two ovens"})
    wait_until(lambda: receiver.received, "nothing was delivered")
    # The one that was delivered; what is replayed gets a row of its own.
    row = app.page.get_by_role("row", name=re.compile(r"deal\.create.* 200 ")).last
    row.get_by_role("button", name=re.compile("^Replay")).wait_for()
    app.keep("webhook")
    before = len(receiver.received)
    row.get_by_role("button", name=re.compile("^Replay")).click()
    wait_until(lambda: len(receiver.received) > before, "it was not delivered once more")
    assert receiver.bodies[-1]["data"]["title"] == receiver.bodies[0]["data"]["title"] == "Two ovens"
    row.get_by_role("button", name=re.compile("^Details")).first.click()
    app.page.get_by_role("dialog").get_by_text("Two ovens").first.wait_for()
    app.keep("webhook-delivery")


def test_invited_signed_in_with_a_second_factor_and_signed_out_everywhere(open_app: OpenApp, site: Site) -> None:
    email = "mara@example.com"
    link = _invite(open_app(), email)
    mara, elsewhere = (open_app(signed_in=False) for _ in range(2))
    mara.page.goto(link)
    mara.page.get_by_label("New password").wait_for()
    mara.keep("set-password")
    mara.page.get_by_label("New password").fill(PASSWORD)
    mara.page.get_by_label("Once more").fill(PASSWORD)
    mara.button("Set password").click()
    mara.wait_for_path("/connections")
    secret = _set_up_second_factor(mara)
    elsewhere.open("/")
    with elsewhere.expecting(r"status of 401|status of 403"):
        elsewhere.sign_in(email, PASSWORD)
        elsewhere.page.get_by_label("Code").wait_for()
        elsewhere.keep("sign-in-code")
    # The code that switched it on is used up: the next one is taken half a minute before its time, too.
    elsewhere.page.get_by_label("Code").fill(_next_code(secret))
    elsewhere.button("Continue").click()
    elsewhere.wait_for_path("/connections")
    with mara.expecting(r"status of 401"):
        elsewhere.choose(re.compile("^Your account"), "Sign out everywhere")
        elsewhere.wait_for_path("/sign-in")
        mara.page.get_by_role("dialog", name="You are signed out").wait_for()


def _invite(admin: AppPage, email: str) -> str:
    """Invites a user by the page for it; returns the link to hand over."""
    admin.open("/settings/users")
    admin.button("Invite").first.click()
    dialog = admin.page.get_by_role("dialog", name="Invite a user")
    dialog.get_by_label("E-mail").fill(email)
    dialog.get_by_role("button", name="Invite").click()
    link = admin.page.get_by_role("dialog", name=f"Link for {email}").locator("pre").first
    return link.inner_text().strip()


def _next_code(secret: str) -> str:
    totp = pyotp.TOTP(secret)
    return totp.at(int(time.time()) + totp.interval)


def _set_up_second_factor(app: AppPage) -> str:
    """Switches the second factor on in the profile; returns its secret."""
    app.open("/settings/profile")
    app.button("Set up").click()
    dialog = app.page.get_by_role("dialog", name="Set up a second factor")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Continue").click()
    secret = dialog.locator("pre").first.inner_text().replace(" ", "").strip()
    app.keep("second-factor")
    dialog.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).now())
    dialog.get_by_role("button", name="Switch on").click()
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Continue").click()
    dialog.wait_for(state="hidden")
    return secret
