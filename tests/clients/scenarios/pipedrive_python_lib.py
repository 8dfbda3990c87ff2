"""All that pipedrive-python-lib can do: every method of every subject, with its effect."""

from __future__ import annotations

import inspect
import json
import os
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from pipedrive import exceptions
from pipedrive.client import Client

URL = os.environ["DEALWRIGHT_URL"]
WORD = f"story{uuid4().hex[:8]}"
SUBJECTS = (
    *("activities", "deals", "filters", "leads", "items", "notes", "organizations", "persons", "pipelines", "products"),
    *("recents", "stages", "users", "webhooks"),
)
"""All of the client but subscriptions, which the vendor's API has no more."""

BROKEN = {"stages.create_stage", "stages.update_stage"}
"""These fail in the client itself, before they send anything."""

called: set[str] = set()


class Subject:
    """A subject of the client, with an account of what is called; each method returns the answer's ``data``."""

    def __init__(self, client: Client, name: str) -> None:
        self._methods, self._name = getattr(client, name), name

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._methods, name)

        def call(*arguments: Any, **keywords: Any) -> Any:
            called.add(f"{self._name}.{name}")
            answer = method(*arguments, **keywords)
            assert answer["success"] is True
            return answer.get("data")

        return call

    def names(self) -> set[str]:
        found = inspect.getmembers(self._methods, inspect.ismethod)
        return {f"{self._name}.{name}" for name, _ in found if not name.startswith("_")}


def ids(records: list[dict[str, Any]] | None) -> list[Any]:
    return [record["id"] for record in records or []]


def refused(call: Callable[..., Any], *arguments: Any) -> bool:
    try:
        call(*arguments)
    except exceptions.NotFoundError:
        return True
    return False


def contacts(api: dict[str, Subject]) -> tuple[int, int]:
    persons, organizations = api["persons"], api["organizations"]
    org = organizations.create_organization({"name": f"{WORD} mill"})["id"]
    person = persons.create_person({"name": f"{WORD} ada", "org_id": org, "email": "ada@mill.example"})["id"]
    assert organizations.update_organization(org, {"name": f"{WORD} bakery"})["name"] == f"{WORD} bakery"
    assert organizations.get_organization(org)["people_count"] == 1
    assert persons.update_person(person, {"phone": "+1 555 0100"})["phone"][0]["value"] == "+1 555 0100"
    assert persons.get_person(person)["org_id"]["value"] == org
    assert org in ids(organizations.get_all_organizations(params={"sort": "id DESC"}))
    assert person in ids(persons.get_all_persons(params={"sort": "id DESC"}))
    assert [one["item"]["id"] for one in persons.search_persons({"term": f"{WORD} ada"})["items"]] == [person]
    found = organizations.search_organizations({"term": f"{WORD} bakery"})["items"]
    assert [one["item"]["id"] for one in found] == [org]
    assert ids(organizations.get_organization_persons(org)) == [person]
    assert "name" in [field["key"] for field in persons.get_person_fields()]
    assert "name" in [field["key"] for field in organizations.get_organization_fields()]
    return person, org


def deals(api: dict[str, Subject], me: int, person: int, product: int) -> int:
    deals = api["deals"]
    deal: int = deals.create_deal({"title": f"{WORD} order", "value": 10, "currency": "EUR"})["id"]
    assert deals.update_deal(deal, {"person_id": person})["person_id"]["value"] == person
    assert deals.get_deal(deal)["title"] == deals.get_deal_details(deal)["title"] == f"{WORD} order"
    assert deal in ids(deals.get_all_deals(params={"sort": "id DESC"}))
    assert [one["item"]["id"] for one in deals.search_deals({"term": f"{WORD} order"})["items"]] == [deal]
    assert ids(api["persons"].get_person_deals(person)) == [deal]

    follower = deals.add_follower_to_deal(deal, me)["id"]
    assert [one["user_id"] for one in deals.get_deal_followers(deal)] == [me]
    deals.delete_follower_to_deal(deal, follower)
    other = api["persons"].create_person({"name": f"{WORD} bo"})["id"]
    deals.add_participants_to_deal(deal, other)
    participants = {one["person_id"]["value"]: one["id"] for one in deals.get_deal_participants(deal)}
    deals.delete_participant_to_deal(deal, participants[other])
    assert [one["person_id"]["value"] for one in deals.get_deal_participants(deal)] == [person]

    deals.add_product_to_deal(deal, {"product_id": product, "item_price": 3, "quantity": 4})
    assert [line["sum"] for line in deals.get_deal_products(deal)] == [12]
    assert ids(api["products"].get_product_deal(product)) == [deal]
    assert deals.get_deal_mail_messages(deal) is None
    assert "title" in [field["key"] for field in deals.get_deal_fields()]
    assert any(entry["object"] == "dealChange" for entry in deals.get_deal_updates(deal))
    copy = deals.duplicate_deal(deal)["id"]
    assert deals.delete_deal(copy)["id"] == copy
    return deal


def filters(api: dict[str, Subject], deal: int) -> None:
    filters = api["filters"]
    title = next(field["id"] for field in api["deals"].get_deal_fields() if field["key"] == "title")
    one = {"object": "deal", "field_id": title, "operator": "=", "value": f"{WORD} order"}
    conditions = {"glue": "and", "conditions": [{"glue": "and", "conditions": [one]}, {"glue": "or", "conditions": []}]}
    filter = filters.create_filter({"name": WORD, "type": "deals", "conditions": conditions})["id"]
    filters.update_filter(filter, {"name": f"{WORD} again", "conditions": conditions})
    assert filters.get_filter(filter)["name"] == f"{WORD} again"
    assert filter in ids(filters.get_all_filters())
    assert deal in ids(api["deals"].get_all_deals_with_filter(filter))
    filters.delete_filter(filter)
    assert filter not in ids(filters.get_all_filters())


def products(api: dict[str, Subject]) -> int:
    products = api["products"]
    product: int = products.create_product({"name": f"{WORD} flour"})["id"]
    products.update_product(product, {"code": "F-1"})
    assert products.get_product(product)["code"] == "F-1"
    assert product in ids(products.get_all_products(params={"limit": 500}))
    assert [one["item"]["id"] for one in products.search_products({"term": f"{WORD} flour"})["items"]] == [product]
    assert "code" in [field["key"] for field in products.get_product_fields()]
    other = products.create_product({"name": f"{WORD} rye"})["id"]
    assert products.delete_product(other)["id"] == other
    return product


def stages(client: Client, api: dict[str, Subject], deal: int) -> None:
    stages, pipelines = api["stages"], api["pipelines"]
    [pipeline, *_] = pipelines.get_all_pipelines()
    assert pipelines.get_pipeline(pipeline["id"])["name"] == pipeline["name"]
    new = {"name": "Weighed", "pipeline_id": pipeline["id"]}
    stage = client._post(f"{client.BASE_URL}stages", json=new)["data"]["id"]
    assert stages.get_stage(stage)["name"] == "Weighed"
    assert stage in ids(stages.get_all_stages(params={"pipeline_id": pipeline["id"]}))
    api["deals"].update_deal(deal, {"stage_id": stage})
    assert ids(stages.get_stage_deals(stage)) == [deal]
    assert deal in ids(pipelines.get_pipeline_deals(pipeline["id"], params={"stage_id": stage}))
    # The deals of a stage go with it.
    api["deals"].update_deal(deal, {"stage_id": ids(stages.get_all_stages())[0]})
    stages.delete_stage(stage)
    assert stage not in ids(stages.get_all_stages())


def work(api: dict[str, Subject], deal: int, person: int) -> None:
    activities, notes, leads = api["activities"], api["notes"], api["leads"]
    activity = activities.create_activity(
        {"subject": f"{WORD} call", "type": "call", "deal_id": deal, "person_id": person}
    )["id"]
    assert activities.update_activity(activity, {"done": 1})["done"] is True
    assert activities.get_activity(activity)["subject"] == f"{WORD} call"
    assert activity in ids(activities.get_all_activities(params={"limit": 500}))
    assert ids(api["deals"].get_deal_activities(deal)) == [activity]
    assert activity in ids(api["persons"].get_person_activities(person))
    assert "subject" in [field["key"] for field in activities.get_activity_fields()]
    activities.delete_activity(activity)
    assert api["deals"].get_deal_activities(deal) is None

    note = notes.create_note({"content": "Mind the flour", "deal_id": deal})["id"]
    notes.update_note(note, {"content": "Mind the rye"})
    assert notes.get_note(note)["content"] == "Mind the rye"
    assert ids(notes.get_all_notes(params={"deal_id": deal})) == [note]
    assert "content" in [field["key"] for field in notes.get_note_fields()]
    notes.delete_note(note)
    assert notes.get_all_notes(params={"deal_id": deal}) is None

    lead = leads.create_lead({"title": f"{WORD} inquiry", "person_id": person})["id"]
    leads.update_lead(lead, {"was_seen": True})
    assert leads.get_lead(lead)["was_seen"] is leads.get_lead_details(lead)["was_seen"] is True
    assert lead in ids(leads.get_all_leads(params={"person_id": person}))
    assert [one["item"]["id"] for one in leads.search_leads({"term": f"{WORD} inquiry"})["items"]] == [lead]
    assert leads.delete_lead(lead)["id"] == lead
    assert refused(leads.get_lead, lead)


def others(api: dict[str, Subject], me: int, deal: int) -> None:
    assert api["users"].get_user(me)["id"] == me
    assert me in ids(api["users"].get_all_users())
    found = api["items"].get_item_search({"term": f"{WORD} order", "item_types": "deal"})["items"]
    assert [one["item"]["id"] for one in found] == [deal]
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() - 60))
    changes = api["recents"].get_recent_changes({"since_timestamp": since, "items": "deal", "limit": 500})
    assert deal in ids(changes)
    webhooks = api["webhooks"]
    hook = webhooks.create_hook_subscription("https://hooks.example.com/deals", "added", "deal")["id"]
    assert hook in ids(webhooks.get_hooks_subscription())
    webhooks.delete_hook_subscription(hook)
    assert hook not in ids(webhooks.get_hooks_subscription())


def app_access() -> str:
    """Goes through OAuth 2.0 as an app does; returns what the user is called. Its host is the vendor's."""
    client = Client(os.environ["DEALWRIGHT_CLIENT_ID"], os.environ["DEALWRIGHT_CLIENT_SECRET"], domain=URL)
    redirect = os.environ["DEALWRIGHT_REDIRECT_URI"]
    assert "client_id" in client.authorization_url(redirect, state="x")
    tokens = client.exchange_code(redirect, os.environ["DEALWRIGHT_CODE"])
    renewed = client.refresh_token(tokens["refresh_token"])
    client.set_access_token(renewed["access_token"])
    name: str = client.users.get_me()["data"]["name"]
    return name


def main() -> None:
    client = Client(domain=URL)
    client.set_api_token(os.environ["DEALWRIGHT_TOKEN"])
    api = {name: Subject(client, name) for name in SUBJECTS}
    user = api["users"].get_me()
    person, org = contacts(api)
    product = products(api)
    deal = deals(api, user["id"], person, product)
    filters(api, deal)
    stages(client, api, deal)
    work(api, deal, person)
    others(api, user["id"], deal)
    for delete, id in (
        (api["deals"].delete_deal, deal),
        (api["persons"].delete_person, person),
        (api["organizations"].delete_organization, org),
    ):
        assert delete(id)["id"] == id
    missing = set().union(*(subject.names() for subject in api.values())) - called - BROKEN
    print(json.dumps({"missing": sorted(missing), "same_user": app_access() == user["name"]}))


main()
