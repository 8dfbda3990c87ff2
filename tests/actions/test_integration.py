"""What other programs need: an app gets in by consent, and webhooks tell of changes."""

from __future__ import annotations

from base64 import b64encode

from tests.actions.local_crm import LocalCrm
from tests.oauth import CALLBACK, Client, call_with_token
from tests.receiver import run_receiver
from tests.waiting import wait_for


def test_an_app_gets_in_by_consent_and_is_shut_out(crm: LocalCrm) -> None:
    api = crm.as_user()
    app = Client(api, name="Invoice Sync")
    page = crm.run("v1.get_oauth_authorize", client_id=app.id, redirect_uri=CALLBACK, state="7")
    # The page is for a browser, where nobody has logged in so far.
    assert "to continue to <b>Invoice Sync</b>" in page
    assert 'action="/oauth/login"' in page

    credentials = {"Authorization": f"Basic {b64encode(f'{app.id}:{app.secret}'.encode()).decode()}"}
    code = {"grant_type": "authorization_code", "code": app.get_code(), "redirect_uri": CALLBACK}
    tokens = crm.run("v1.post_oauth_token", **credentials, data=code)
    assert call_with_token(api, tokens["access_token"]).data["id"] == crm.data("v1.get_users_me")["id"]

    renewed = crm.run(
        "v1.post_oauth_token_refresh",
        **credentials,
        data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
    )
    assert renewed["access_token"] != tokens["access_token"]
    assert call_with_token(api, renewed["access_token"]).status == 200

    crm.run("v1.post_oauth_revoke", **credentials, data={"token": renewed["refresh_token"]})
    assert call_with_token(api, renewed["access_token"]).status == 401


def test_a_webhook_tells_of_a_change_until_it_is_deleted(crm: LocalCrm) -> None:
    with run_receiver() as receiver:
        target = {"subscription_url": f"{receiver.url}/hook", "event_action": "create", "event_object": "deal"}
        webhook = crm.create("v1.post_webhooks", name="Deals", **target)
        [listed] = crm.data("v1.get_webhooks")
        assert (listed["id"], listed["subscription_url"]) == (webhook, target["subscription_url"])
        deal = crm.create("v2.post_deals", title="Ovens")
        [told] = wait_for(lambda: receiver.bodies, bool)
        assert (told["data"]["id"], told["data"]["title"]) == (deal, "Ovens")
        crm.run("v1.delete_webhooks_by_id", id=webhook)
        assert crm.data("v1.get_webhooks") == []
        crm.create("v2.post_deals", title="Untold")
        assert len(receiver.received) == 1
