"""Makes filters for the tests, and asks lists for what passes them."""

from __future__ import annotations

from typing import Any

from tests.api import Answer, Api

LISTS = {
    "deals": "/api/v2/deals",
    "people": "/api/v2/persons",
    "org": "/api/v2/organizations",
    "products": "/api/v2/products",
    "activity": "/api/v2/activities",
    "leads": "/v1/leads",
}
FIELDS = {
    "deal": "/v1/dealFields",
    "person": "/v1/personFields",
    "organization": "/v1/organizationFields",
    "product": "/v1/productFields",
    "activity": "/v1/activityFields",
    "lead": "/v1/leadFields",
}
NAMES = {"people": "name", "org": "name", "products": "name", "activity": "subject"}

Condition = dict[str, Any]


class Fields:
    """The ids of fields, by kind of record and key or name."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._ids: dict[str, dict[str, int]] = {}

    def id(self, object: str, key: str) -> int:
        if object not in self._ids:
            listed = self._api.get(FIELDS[object], limit=500).data
            fields = [field for field in listed if field["id"]]
            self._ids[object] = {f["name"]: f["id"] for f in fields} | {f["key"]: f["id"] for f in fields}
        return self._ids[object][key]

    def test(self, object: str, key: str, operator: str, value: object = None, extra: str | None = None) -> Condition:
        """A condition about a field."""
        condition: Condition = {"object": object, "field_id": self.id(object, key), "operator": operator}
        return condition | {"value": value, "extra_value": extra}


def conditions(*all_of: Condition, any_of: tuple[Condition, ...] = ()) -> dict[str, Any]:
    """The conditions of a filter: all of the first must hold, and one of the others, if there are any."""
    groups = [{"glue": "and", "conditions": list(all_of)}, {"glue": "or", "conditions": list(any_of)}]
    return {"glue": "and", "conditions": groups}


def post(api: Api, type: str, *all_of: Condition, any_of: tuple[Condition, ...] = (), **values: object) -> Answer:
    """Asks for a new filter."""
    body = {"name": "Filter", "type": type, "conditions": conditions(*all_of, any_of=any_of), **values}
    return api.post("/v1/filters", body)


def passing(api: Api, type: str, *all_of: Condition, any_of: tuple[Condition, ...] = ()) -> list[str]:
    """The names of the records that pass some conditions, in the order in which they were made."""
    filter_id = post(api, type, *all_of, any_of=any_of).data["id"]
    listed = api.get(LISTS[type], filter_id=filter_id).data
    return [record[NAMES.get(type, "title")] for record in listed]


def deals(api: Api, fields: Fields, key: str, asked: str, value: object) -> str:
    """The first letters of the deals that pass; what stands behind a stroke is the ``extra_value``."""
    operator, _, extra = asked.partition(" | ")
    titles = passing(api, "deals", fields.test("deal", key, operator, value, extra or None))
    return "".join(title[0] for title in titles)
