"""Creates filters for the tests, and lists the records that pass them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from dealwright.crm.fields import comparisons
from dealwright.crm.values.formats import dumps
from dealwright.storage.tables import filters
from tests.api import Api, Response

LIST_PATHS = {
    "deals": "/api/v2/deals",
    "people": "/api/v2/persons",
    "org": "/api/v2/organizations",
    "products": "/api/v2/products",
    "activity": "/api/v2/activities",
    "leads": "/v1/leads",
}
FIELD_PATHS = {
    "deal": "/v1/dealFields",
    "person": "/v1/personFields",
    "organization": "/v1/organizationFields",
    "product": "/v1/productFields",
    "activity": "/v1/activityFields",
    "lead": "/v1/leadFields",
}
NAME_KEYS = {"people": "name", "org": "name", "products": "name", "activity": "subject"}

Condition = dict[str, Any]


class Fields:
    """The ids of fields, by kind of record and key or name."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._ids: dict[str, dict[str, int]] = {}

    def id(self, object: str, key: str) -> int:
        if object not in self._ids:
            field_list = self._api.get(FIELD_PATHS[object], limit=500).data
            fields = [field for field in field_list if field["id"]]
            self._ids[object] = {f["name"]: f["id"] for f in fields} | {f["key"]: f["id"] for f in fields}
        return self._ids[object][key]

    def condition(
        self, object: str, key: str, operator: str, value: object = None, extra: str | None = None
    ) -> Condition:
        """Returns a condition about a field."""
        condition: Condition = {"object": object, "field_id": self.id(object, key), "operator": operator}
        return condition | {"value": value, "extra_value": extra}


def conditions(*all_of: Condition, any_of: tuple[Condition, ...] = ()) -> dict[str, Any]:
    """Returns the conditions of a filter: all of ``all_of`` must hold, and one of ``any_of``, if there are any."""
    groups = [{"glue": "and", "conditions": list(all_of)}, {"glue": "or", "conditions": list(any_of)}]
    return {"glue": "and", "conditions": groups}


def create_filter(
    api: Api, type: str, *all_of: Condition, any_of: tuple[Condition, ...] = (), **values: object
) -> Response:
    """Creates a filter; returns the answer."""
    body = {"name": "Filter", "type": type, "conditions": conditions(*all_of, any_of=any_of), **values}
    return api.post("/v1/filters", body)


def create_old_filter(api: Api, type: str, *all_of: Condition, any_of: tuple[Condition, ...] = ()) -> int:
    """Stores a filter from the time before some operators and numbers of conditions were refused; its id."""
    id: int = create_filter(api, type).data["id"]
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        stored = dumps(conditions(*all_of, any_of=any_of))
        crm.db.execute(sa.update(filters).where(filters.c.id == id).values(conditions=stored))
    return id


def filtered_names(api: Api, type: str, *all_of: Condition, any_of: tuple[Condition, ...] = ()) -> list[str]:
    """Returns the names of the records that pass some conditions, in the order of their creation."""
    if any(condition["operator"] in comparisons.DEPRECATED for condition in (*all_of, *any_of)):
        filter_id = create_old_filter(api, type, *all_of, any_of=any_of)
    else:
        filter_id = create_filter(api, type, *all_of, any_of=any_of).data["id"]
    records = api.get(LIST_PATHS[type], filter_id=filter_id).data
    return [record[NAME_KEYS.get(type, "title")] for record in records]


def filtered_deals(api: Api, fields: Fields, key: str, operator_text: str, value: object) -> str:
    """Returns the first letters of the deals that pass; the text after a stroke is the ``extra_value``."""
    operator, _, extra = operator_text.partition(" | ")
    titles = filtered_names(api, "deals", fields.condition("deal", key, operator, value, extra or None))
    return "".join(title[0] for title in titles)
