"""An OAuth app for the tests, with its requests to the application in this process."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from urllib.parse import urlencode

from dealwright.crm.integration.oauth import apps, grants
from dealwright.crm.integration.oauth.apps import App
from dealwright.crm.kernel.unit_of_work import UserRef
from tests import form_browser
from tests.api import Api, Response
from tests.form_browser import Page

CALLBACK = "https://app.example/callback?tenant=7"
SCOPES = ("deals:full", "contacts:read", "search:read")


class Client:
    """A registered app. Its user is the admin, who needs no password here."""

    def __init__(
        self,
        api: Api,
        *,
        name: str = "Test app",
        scopes: Sequence[str] = SCOPES,
        redirect_uris: Sequence[str] = (CALLBACK,),
    ) -> None:
        self.api = api
        self.app, self.secret = apps.register(
            api.companies.platform, apps.NewApp(name, redirect_uris, scopes), api.clock()
        )
        self.owner = UserRef(api.principal.company.id, api.principal.user_id)

    @property
    def id(self) -> str:
        return self.app.client_id

    def authorization_params(self, **more: str) -> dict[str, str]:
        """Returns the query of an authorization request of the app."""
        return {"client_id": self.id, "redirect_uri": CALLBACK, "state": "s t/ä"} | more

    def submit_consent(self, decision: str = "allow", **more: str) -> Page:
        """Submits the user's decision on the consent page; returns the answer."""
        self.api.app.auto_login = self.api.principal
        browser = form_browser.in_process(self.api)
        page = browser.get("/oauth/authorize", **self.authorization_params(**more))
        answer = browser.submit(page.form("/oauth/consent"), decision=decision)
        self.api.app.auto_login = None
        return answer

    def get_code(self, **more: str) -> str:
        return self.submit_consent(**more).callback_params["code"]

    def post_form(self, path: str, *, secret: str | None = None, **form: str) -> Response:
        """Sends a form with the app's credentials."""
        basic = b64encode(f"{self.id}:{secret or self.secret}".encode()).decode()
        return post_form(self.api, path, {"authorization": f"Basic {basic}"}, **form)

    def exchange(self, code: str, /, **more: str) -> Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return self.post_form("/oauth/token", **(form | more))

    def refresh(self, refresh_token: str) -> Response:
        return self.post_form("/oauth/token/", grant_type="refresh_token", refresh_token=refresh_token)

    def get_tokens(self) -> dict[str, str]:
        """Returns the tokens that the app gets after the user's consent."""
        answer = self.exchange(self.get_code())
        assert answer.status == 200, answer.body
        found: dict[str, str] = answer.body
        return found


def post_form(api: Api, path: str, headers: dict[str, str], **form: str) -> Response:
    """Sends a form without a token."""
    return api.send("POST", path, urlencode(form).encode(), "application/x-www-form-urlencoded", headers=headers)


def call_with_token(api: Api, access_token: str, path: str = "/v1/users/me", method: str = "GET") -> Response:
    """Calls the API with an access token."""
    return api.send(method, path, headers={"authorization": f"Bearer {access_token}"})


def issue_access_token(api: Api, app: App) -> str:
    """Issues an access token of an app, without a consent."""
    token, owner = grants.new_access_token(), UserRef(api.principal.company.id, api.principal.user_id)
    grants.create_grant(api.companies.platform, app, owner, token, grants.new_refresh_token(owner), api.clock())
    return token
