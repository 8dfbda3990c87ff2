"""Every property that a v1 list shows can be sorted by."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.company import add_user
from tests.populated_company import FIELD_TYPES

LISTS = {"deal": "/v1/deals", "person": "/v1/persons", "organization": "/v1/organizations"}

NOT_SORTABLE = {
    "company_id": "the same everywhere",
    "cc_email": "follows from the company, or from the id",
    "org_hidden": "about the reader, and not about the record",
    "person_hidden": "about the reader, and not about the record",
    "rotten_time": "follows from the settings of a stage",
    "sync_needed": "the same everywhere",
}
"""Properties that are not sorted by, and why."""

OTHER_ORDER = {
    "formatted_value": "in the order of the amounts",
    "formatted_weighted_value": "in the order of the amounts",
    "label": "in the order of the lists of labels",
    "label_ids": "in the order of the lists of labels",
    "visible_to": "in the order of the numbers",
    "owner_id": "by the id of the user",
    "user_id": "by the id of the user",
    "creator_user_id": "by the id of the user",
    "person_id": "by the id of the person",
    "org_id": "by the id of the organization",
    "picture_id": "by the id of the picture",
    "email": "by the first address",
    "phone": "by the first number",
    "im": "by what is stored",
    "acv_currency": "by the currency of the deal",
    "arr_currency": "by the currency of the deal",
    "mrr_currency": "by the currency of the deal",
}
"""Properties whose values do not show the order that they are sorted in."""


def add_records(api: Api) -> dict[str, list[dict[str, Any]]]:
    """Deals, persons and organizations that differ in much, with custom fields; the fields of each kind."""
    bob = add_user(api, "Bob").principal.user_id
    fields = {}
    for kind in LISTS:
        for field_type in FIELD_TYPES:
            options = {"options": [{"label": "b"}, {"label": "a"}]} if field_type in ("enum", "set") else {}
            api.post(f"/v1/{kind}Fields", {"name": field_type, "field_type": field_type, **options})
        fields[kind] = [one for one in api.get(f"/v1/{kind}Fields", limit=500).data if one["edit_flag"] and one["id"]]
    values: dict[str, tuple[Any, Any]] = {
        "varchar": ("b", "A"),
        "double": (10, 9),
        "monetary": (100, 20),
        "date": ("2026-01-02", "2025-03-01"),
        "daterange": ("2026-01-02", "2025-03-01"),
        "time": ("10:00:00", "09:00:00"),
        "timerange": ("10:00:00", "09:00:00"),
        "address": ("Way 2", "alley 1"),
        "phone": ("2", "1"),
        "user": (bob, 1),
        "org": (2, 1),
        "people": (2, 1),
    }
    for nr, name in enumerate(("beta", "Alpha", "gamma")):
        api.clock.advance(minutes=1)
        owner = (bob, 1, 1)[nr]
        custom: dict[str, dict[str, Any]] = {
            kind: {
                field["key"]: values[field["field_type"]][nr] for field in fields[kind] if field["field_type"] in values
            }
            if nr < 2
            else {}
            for kind in LISTS
        }
        address = {"address": f"{name} road {nr}, Riga"} if nr else {}
        org = api.post("/v1/organizations", {"name": name, "owner_id": owner, **address}).data["id"]
        email = {"email": f"{name[::-1]}@example.com", "phone": f"{9 - nr}"} if nr else {}
        person = api.post(
            "/v1/persons", {"name": name[::-1], "org_id": org if nr else None, "owner_id": owner, **email}
        )
        deal: dict[str, Any] = {
            "title": name,
            "value": (5, 100, 20)[nr],
            "currency": ("EUR", "CZK", "USD")[nr],
            "stage_id": 3 - nr,
        }
        deal |= {"user_id": owner, "person_id": person.data["id"] if nr else None, "org_id": org if nr != 1 else None}
        id = api.post("/v1/deals", deal).data["id"]
        if nr < 2:
            for kind, one in zip(LISTS, (id, person.data["id"], org), strict=True):
                api.put(f"{LISTS[kind]}/{one}", custom[kind])
            api.post("/v1/activities", {"subject": f"{nr} {name}", "deal_id": id, "due_date": f"2026-03-0{8 - nr}"})
    api.put("/v1/deals/1", {"status": "won"})
    return fields


def sort_key(value: Any) -> tuple[bool, Any]:
    """What the values of a property are in the order of: those without one come first, and case does not matter."""
    is_set = value not in (None, "")
    return is_set, (value.lower() if isinstance(value, str) else value) if is_set else None


def test_lists_are_sorted_by_everything_that_they_show(api: Api) -> None:
    fields = add_records(api)
    for kind, path in LISTS.items():
        custom = {field["key"] for field in fields[kind]}
        shown = api.get(path).data
        assert len(shown) == 3
        tested = 0
        for key in shown[0]:
            if key in NOT_SORTABLE:
                assert api.get(path, sort=key).status == 400, key
                continue
            up, down = api.get(path, sort=f"{key}, id"), api.get(path, sort=f"{key} DESC, id")
            assert (up.status, down.status) == (200, 200), (kind, key, up.body)
            if key in OTHER_ORDER or isinstance(shown[0][key], dict) or (key in custom and key.startswith("set")):
                continue
            found = [sort_key(one[key]) for one in up.data]
            assert found == sorted(found), (kind, key)
            found = [sort_key(one[key]) for one in down.data]
            assert found == sorted(found, reverse=True), (kind, key)
            tested += len(set(found)) > 1
        assert tested > 15, kind


def test_lists_are_sorted_by_the_keys_of_all_fields(api: Api) -> None:
    add_records(api)
    for kind, path in LISTS.items():
        keys = [field["key"] for field in api.get(f"/v1/{kind}Fields", limit=500).data]
        assert [key for key in keys if api.get(path, sort=key).status != 200] == []


def test_names_that_one_may_not_see_do_not_sort(api: Api) -> None:
    for name in ("Cyd", "Ann", "Bob"):
        person = api.post("/api/v2/persons", {"name": name, "visible_to": 1}).data["id"]
        api.post("/api/v2/deals", {"title": name, "person_id": person, "visible_to": 7})
    titles = [deal["title"] for deal in api.get("/v1/deals", sort="person_name").data]
    assert titles == ["Ann", "Bob", "Cyd"]
    user = add_user(api, "Eve")
    assert [deal["title"] for deal in user.get("/v1/deals", sort="person_name").data] == ["Cyd", "Ann", "Bob"]


@pytest.mark.parametrize("sort", ["nothing", "title SIDEWAYS", "title ASC DESC", "person.name", "id," * 21])
def test_what_cannot_be_sorted_by(api: Api, sort: str) -> None:
    assert api.get("/v1/deals", sort=sort).status == 400
