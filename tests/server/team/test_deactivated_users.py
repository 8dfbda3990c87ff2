"""A deactivated user: what was given to the user before gives nothing any more, whichever door it opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from dealwright.crm.integration import webhook_deliveries
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins
from dealwright.jobs.run_due import run_due
from dealwright.storage.platform_tables import oauth_access_tokens, oauth_grants
from tests import form_browser
from tests.api import Api
from tests.company import add_user
from tests.oauth import Client, call_with_token
from tests.receiver import run_receiver

EMAIL, PASSWORD = "rep@example.com", "a good pass phrase"


class Doors:
    """Everything that a user has been given; each door tells whether it still gives anything."""

    def __init__(self, api: Api, user: Api) -> None:
        self.api = api
        platform, owner = api.companies.platform, UserRef(user.principal.company.id, user.principal.user_id)
        self.client = Client(user)
        tokens, code = self.client.get_tokens(), self.client.get_code()
        api_token = platform.issue_token(*owner)
        logins.set_password(platform, owner, EMAIL, PASSWORD)
        self.browser = form_browser.in_process(api)
        self.log_in(self.browser)
        # Those that change nothing first, and the code last, which can be used once.
        self.all: Mapping[str, Callable[[], bool]] = {
            "API token": lambda: self.call(api_token),
            "token of the process": lambda: self.call(user.token),
            "access token": lambda: call_with_token(api, tokens["access_token"]).status == 200,
            "browser session": self.has_consent_page,
            "log-in": lambda: self.log_in(form_browser.in_process(api)) == 303,
            "refresh token": lambda: self.client.refresh(tokens["refresh_token"]).status == 200,
            "exchange of an API token": lambda: self.exchange(api_token),
            "authorization code": lambda: self.client.exchange(code).status == 200,
        }

    def call(self, token: str) -> bool:
        return self.api.send("GET", "/v1/users/me", headers={"x-api-token": token}).status == 200

    def exchange(self, api_token: str) -> bool:
        answer = self.client.post_form("/oauth/token", grant_type="exchange_api_token", api_token=api_token)
        return answer.status == 200

    def log_in(self, browser: form_browser.FormBrowser) -> int:
        page = browser.get("/oauth/authorize", **self.client.authorization_params())
        return browser.submit(page.form("/oauth/login"), email=EMAIL, password=PASSWORD).status

    def has_consent_page(self) -> bool:
        return "/oauth/consent" in self.browser.get("/oauth/authorize", **self.client.authorization_params()).text


def granted(api: Api) -> list[object]:
    """Everything that is granted now, and until when."""
    with api.companies.platform.database.read() as db:
        return [db.rows(sa.select(table).order_by(*table.primary_key)) for table in (oauth_grants, oauth_access_tokens)]


def set_active(api: Api, user: Api, active: bool) -> None:
    assert api.put(f"/v1/users/{user.principal.user_id}", {"active_flag": active}).status == 200


def test_nothing_that_a_deactivated_user_holds_gives_anything(api: Api) -> None:
    rep = add_user(api, "Rep")
    doors = Doors(api, rep)
    set_active(api, rep, False)
    before = granted(api)
    assert {name: door() for name, door in doors.all.items()} == dict.fromkeys(doors.all, False)
    assert granted(api) == before
    set_active(api, rep, True)
    assert {name: door() for name, door in doors.all.items()} == dict.fromkeys(doors.all, True)


def test_webhooks_of_a_deactivated_user_get_nothing(api: Api) -> None:
    api.companies.webhook_reach = "loopback"
    leaver = add_user(api, "Leaver", admin=True)
    watched = add_user(api, "Watched")
    with run_receiver() as receiver:
        hook = {"subscription_url": receiver.url, "event_action": "*", "event_object": "deal"}
        # One for the leaver's own eyes, one that the leaver made for somebody else, one by somebody else for the leaver.
        for maker, user_id in ((leaver, None), (leaver, watched.principal.user_id), (api, leaver.principal.user_id)):
            assert maker.post("/v1/webhooks", hook | ({"user_id": user_id} if user_id else {})).status == 201
        api.post("/api/v2/deals", {"title": "Before"})
        set_active(api, leaver, False)
        api.post("/api/v2/deals", {"title": "After"})
        run_due(api.companies)
        assert receiver.bodies == []
        with api.principal.company.database.read() as db:
            deliveries = webhook_deliveries.list_latest(db)
        assert [one.error for one in deliveries] == ["the webhook's user is no longer active"] * 3
        set_active(api, leaver, True)
        api.post("/api/v2/deals", {"title": "Again"})
        run_due(api.companies)
        assert [body["data"]["title"] for body in receiver.bodies] == ["Again"] * 3
