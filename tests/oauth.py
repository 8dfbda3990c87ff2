"""An OAuth app of the tests and what it does, in this process."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from urllib.parse import urlencode

from dealwright.crm.oauth import apps, grants
from dealwright.crm.oauth.apps import App
from dealwright.crm.oauth.grants import Owner
from tests import visitor
from tests.api import Answer, Api
from tests.visitor import Page

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
        self.owner = Owner(api.bearer.company.id, api.bearer.user_id)

    @property
    def id(self) -> str:
        return self.app.client_id

    def asked(self, **more: str) -> dict[str, str]:
        """The query with which the app sends a browser."""
        return {"client_id": self.id, "redirect_uri": CALLBACK, "state": "s t/ä"} | more

    def decide(self, decision: str = "allow", **more: str) -> Page:
        """What the user's browser gets for the decision."""
        self.api.app.visitor = self.api.bearer
        browser = visitor.in_process(self.api)
        page = browser.get("/oauth/authorize", **self.asked(**more))
        answer = browser.submit(page.form("/oauth/consent"), decision=decision)
        self.api.app.visitor = None
        return answer

    def code(self, **more: str) -> str:
        return self.decide(**more).back["code"]

    def post(self, path: str, *, secret: str | None = None, **form: str) -> Answer:
        """Sends a form with the app's credentials."""
        basic = b64encode(f"{self.id}:{secret or self.secret}".encode()).decode()
        return post(self.api, path, {"authorization": f"Basic {basic}"}, **form)

    def exchange(self, code: str, /, **more: str) -> Answer:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return self.post("/oauth/token", **(form | more))

    def refresh(self, refresh_token: str) -> Answer:
        return self.post("/oauth/token/", grant_type="refresh_token", refresh_token=refresh_token)

    def tokens(self) -> dict[str, str]:
        """What the app gets after the user's consent."""
        answer = self.exchange(self.code())
        assert answer.status == 200, answer.body
        found: dict[str, str] = answer.body
        return found


def post(api: Api, path: str, headers: dict[str, str], **form: str) -> Answer:
    """Sends a form without anybody's token."""
    return api.send("POST", path, urlencode(form).encode(), "application/x-www-form-urlencoded", headers=headers)


def use(api: Api, access_token: str, path: str = "/v1/users/me", method: str = "GET") -> Answer:
    """Calls the API with an access token."""
    return api.send(method, path, headers={"authorization": f"Bearer {access_token}"})


def granted(api: Api, app: App) -> str:
    """An access token of an app, without asking anybody."""
    token, owner = grants.new_access_token(), Owner(api.bearer.company.id, api.bearer.user_id)
    grants.give(api.companies.platform, app, owner, token, grants.new_refresh_token(owner), api.clock())
    return token
