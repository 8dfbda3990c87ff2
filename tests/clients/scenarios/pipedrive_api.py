"""All that pipedrive-api can do: every method of every endpoint, with its effect."""

from __future__ import annotations

import inspect
import json
import os
from typing import Any
from uuid import uuid4

from pipedrive import Pipedrive, PipedriveError

WORD = f"story{uuid4().hex[:8]}"
NAMES = {
    "activities": "subject",
    "deals": "title",
    "organizations": "name",
    "persons": "name",
    "pipelines": "name",
    "products": "name",
    "stages": "name",
}
"""The endpoints whose records the client can write, and what these are called."""

WITH_FIELDS = ("activities", "deals", "organizations", "persons", "products")
NOT_OFFERED = {"users.create", "users.update", "activities.fields.create", "activities.fields.update"}
"""The client's classes have them, and no version of the API does."""

called: set[str] = set()


class Endpoint:
    """An endpoint of the client, with an account of what is called."""

    def __init__(self, target: Any, name: str) -> None:
        self._target, self._name = target, name

    def __getattr__(self, name: str) -> Any:
        called.add(f"{self._name}.{name}")
        return getattr(self._target, name)

    def names(self) -> set[str]:
        found = inspect.getmembers(self._target, inspect.ismethod)
        return {f"{self._name}.{name}" for name, _ in found if not name.startswith("_")}


def records(endpoint: Endpoint, name: str, **more: Any) -> int:
    """Adds a record, changes it, and finds it by itself and in the list; returns its id."""
    id: int = endpoint.create({name: f"{WORD} new", **more})["data"]["id"]
    assert endpoint.update(id, {name: f"{WORD} changed"})["data"][name] == f"{WORD} changed"
    assert endpoint.get(id)[name] == f"{WORD} changed"
    page = endpoint.list(limit=1)
    assert len(page["data"]) == 1
    assert id in [record["id"] for record in endpoint.stream(limit=100)]
    return id


def fields(endpoint: Endpoint, *, writes: bool = True) -> None:
    """Adds a field, changes it, and finds it by itself and in the list."""
    code = "subject"
    if writes:
        code = endpoint.create({"field_name": f"{WORD} field", "field_type": "varchar"})["data"]["field_code"]
        assert endpoint.update(code, {"field_name": f"{WORD} again"})["data"]["field_name"] == f"{WORD} again"
    assert endpoint.get(code)["field_code"] == code
    assert len(endpoint.list(limit=2)["data"]) == 2
    assert code in [field["field_code"] for field in endpoint.stream(limit=10)]


def refusal(client: Pipedrive, deal: int) -> int:
    """Returns the status with which a deal that is not there is refused."""
    try:
        client.deals.get(deal)
    except PipedriveError as error:
        return int(error.status_code)
    return 200


def main() -> None:
    client = Pipedrive(domain="mill", api_token=os.environ["DEALWRIGHT_TOKEN"])
    pipeline = client.pipelines.list()["data"][0]["id"]
    endpoints, ids = [], {}
    for noun, name in NAMES.items():
        endpoint = Endpoint(getattr(client, noun), noun)
        endpoints.append(endpoint)
        ids[noun] = records(endpoint, name, **({"pipeline_id": pipeline} if noun == "stages" else {}))
    for noun in WITH_FIELDS:
        endpoint = Endpoint(getattr(client, noun).fields, f"{noun}.fields")
        endpoints.append(endpoint)
        fields(endpoint, writes=noun != "activities")

    users = Endpoint(client.users, "users")
    endpoints.append(users)
    [first, *_] = users.list()["data"]
    assert users.get(first["id"])["email"] == first["email"]
    assert first["id"] in [user["id"] for user in users.stream()]

    # The client cannot attach products; the deal has none, and those of other deals are listed.
    products = client.deals.products
    lines = Endpoint(products(ids["deals"]), "deals.products()")
    of_deals = Endpoint(products.of_deals([ids["deals"]]), "deals.products.of_deals()")
    for each in (lines, of_deals):
        endpoints.append(each)
        assert each.list(limit=5)["data"] == list(each.stream()) == []
    assert refusal(client, 999_999_999) == 404
    missing = set().union(*(endpoint.names() for endpoint in endpoints)) - called - NOT_OFFERED
    print(json.dumps({"missing": sorted(missing)}))


main()
