"""The access of an app: what the user of a scenario allows on the pages of the server."""

from __future__ import annotations

from typing import NamedTuple

import httpx2

from tests import form_browser
from tests.form_browser import FormBrowser
from tests.sandbox import Sandbox


class Consent(NamedTuple):
    """What a user has allowed an app: the browser, the fields of the page, and the code that the app gets."""

    browser: FormBrowser
    fields: dict[str, str]
    code: str


def issue_access_token(sandbox: Sandbox) -> str:
    """Lets the user of the scenarios allow the app access; returns the app's token."""
    app = sandbox.oauth
    answer = httpx2.post(
        f"{sandbox.url}/oauth/token",
        data={"grant_type": "authorization_code", "code": consent(sandbox).code, "redirect_uri": app["redirect_uri"]},
        auth=(app["client_id"], app["client_secret"]),
        trust_env=False,
    )
    token: str = answer.json()["access_token"]
    return token


def consent(sandbox: Sandbox) -> Consent:
    """Allows the app what it asks for."""
    # The client sends the browser without ``state`` and ``response_type``.
    browser, app = form_browser.over_http(sandbox.url), sandbox.oauth
    page = browser.get("/oauth/authorize", client_id=app["client_id"], redirect_uri=app["redirect_uri"])
    form = page.form("/oauth/consent")
    return Consent(browser, form.fields, browser.submit(form, decision="allow").callback_params["code"])
