"""Webhooks with their deliveries in the web app: listed, looked into, repeated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dealwright.jobs.run_due import run_due
from tests.api import Api
from tests.company import add_user
from tests.receiver import Receiver, run_receiver

WEBHOOKS, DELIVERIES = "/app/api/webhooks", "/app/api/webhook-deliveries"
DELAYS = (3, 30, 150)


@pytest.fixture
def receiver(api: Api) -> Iterator[Receiver]:
    api.companies.webhook_reach = "loopback"
    with run_receiver() as receiver:
        yield receiver


def subscribe(api: Api, url: str, **more: object) -> int:
    body = {"subscription_url": url, "event_action": "*", "event_object": "deal", **more}
    id: int = api.post("/v1/webhooks", body).data["id"]
    return id


def create_deals(api: Api, count: int) -> None:
    for number in range(count):
        api.post("/api/v2/deals", {"title": f"Deal {number}"})
    run_due(api.companies)


def give_up(api: Api) -> None:
    for delay in DELAYS:
        api.clock.advance(seconds=delay)
        run_due(api.companies)


def deliveries(api: Api, id: int, **query: object) -> Any:
    return api.get(f"{WEBHOOKS}/{id}/deliveries", **query).body


def test_a_delivery_is_looked_into_and_repeated(api: Api, receiver: Receiver) -> None:
    id = subscribe(api, receiver.url, name="Orders")
    receiver.get_status = lambda _: 503
    create_deals(api, 1)
    [failing] = deliveries(api, id)["items"]
    assert (failing["state"], failing["attempts"], failing["http_status"]) == ("waiting", 1, 503)
    assert (failing["object"], failing["record_id"], failing["action"]) == ("deal", 1, "create")
    assert failing["error"] == "answered 503"
    give_up(api)
    details = api.get(f"{WEBHOOKS}/{id}").body
    assert (details["name"], details["last_http_status"], details["repeatable"]) == ("Orders", 503, 1)
    assert details["deliveries"] == {"waiting": 0, "delivered": 0, "failed": 1, "lost": 0}
    assert details["failing_since"]
    # The body is what the receiver has got.
    payload = api.get(f"{DELIVERIES}/{failing['id']}/payload").body
    assert payload == {"payload": receiver.bodies[-1], "reason": None}

    receiver.get_status = lambda _: 200
    again = api.post(f"{DELIVERIES}/{failing['id']}/replay").body
    assert (again["uuid"], again["state"]) == (failing["uuid"], "waiting")
    run_due(api.companies)
    assert api.get(f"{DELIVERIES}/{again['id']}").body["state"] == "delivered"
    assert receiver.bodies[-1]["meta"]["id"] == failing["uuid"]
    assert api.get(f"{WEBHOOKS}/{id}").body["repeatable"] == 0


def test_all_that_failed_are_repeated(api: Api, receiver: Receiver) -> None:
    first, second = subscribe(api, receiver.url), subscribe(api, f"{receiver.url}/other", version="1.0")
    receiver.get_status = lambda _: 500
    create_deals(api, 3)
    give_up(api)
    assert api.post(f"{WEBHOOKS}/{first}/replay").body == {"count": 3}
    assert api.post(f"{WEBHOOKS}/{first}/replay").body == {"count": 0}
    assert len(deliveries(api, first)["items"]) == 6
    found = deliveries(api, second, state="failed")["items"]
    assert {one["action"] for one in found} == {"added"}
    payload = api.get(f"{DELIVERIES}/{found[0]['id']}/payload").body["payload"]
    assert payload["event"] == "added.deal"


def test_deliveries_come_in_pages(api: Api, receiver: Receiver) -> None:
    id = subscribe(api, receiver.url)
    create_deals(api, 5)
    page = deliveries(api, id, limit=2)
    seen = [one["record_id"] for one in page["items"]]
    while page["next_cursor"]:
        page = deliveries(api, id, limit=2, cursor=page["next_cursor"])
        seen += [one["record_id"] for one in page["items"]]
    assert seen == [5, 4, 3, 2, 1]
    assert len(deliveries(api, id, state="delivered")["items"]) == 5
    assert deliveries(api, id, state="failed") == {"items": [], "next_cursor": None}
    for query in ({"cursor": "x"}, {"state": "odd"}, {"limit": 0}, {"cursor": "9" * 16}):
        assert api.get(f"{WEBHOOKS}/{id}/deliveries", **query).status == 400


def test_webhooks_are_their_owners_and_the_admins(api: Api, receiver: Receiver) -> None:
    rep, own = add_user(api, "Rep"), subscribe(api, receiver.url)
    of_rep = subscribe(rep, f"{receiver.url}/rep", http_auth_user="me", http_auth_password="hidden phrase")
    create_deals(api, 1)
    [theirs] = rep.get(WEBHOOKS).body["items"]
    assert (theirs["id"], theirs["owner"]["name"], theirs["http_auth_user"]) == (of_rep, "Rep", "me")
    assert "hidden phrase" not in str(api.get(WEBHOOKS).body)
    assert [one["id"] for one in api.get(WEBHOOKS).body["items"]] == [own, of_rep]
    delivery = next(one["id"] for one in deliveries(api, own)["items"])
    for method, path in (
        ("GET", f"{WEBHOOKS}/{own}"),
        ("GET", f"{WEBHOOKS}/{own}/deliveries"),
        ("POST", f"{WEBHOOKS}/{own}/replay"),
        ("GET", f"{DELIVERIES}/{delivery}"),
        ("GET", f"{DELIVERIES}/{delivery}/payload"),
        ("POST", f"{DELIVERIES}/{delivery}/replay"),
    ):
        assert rep.call(method, path, None).status == 404, path
    assert len(deliveries(api, own)["items"]) == 1


def test_what_is_switched_off_repeats_nothing(api: Api, receiver: Receiver) -> None:
    rep = add_user(api, "Rep")
    id = subscribe(rep, receiver.url)
    rep.post("/api/v2/deals", {"title": "Roof"})
    run_due(api.companies)
    [delivery] = deliveries(api, id)["items"]
    api.put("/v1/users/2", {"active_flag": False})
    payload = api.get(f"{DELIVERIES}/{delivery['id']}/payload").body
    assert payload == {"payload": None, "reason": "the webhook's user is no longer active"}
    assert api.delete(f"/v1/webhooks/{id}").status == 200
    assert api.post(f"{DELIVERIES}/{delivery['id']}/replay").status == 404
    assert api.get(f"{WEBHOOKS}/{id}").status == 404
