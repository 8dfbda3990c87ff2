"""Filters: who may use and change them, what is refused, and how lists use them."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from dealwright.contract.v1.integration.filters import Operator
from tests.api import Api
from tests.company import add_user, set_permissions
from tests.server.integration.filtering import (
    LIST_PATHS,
    NAME_KEYS,
    Fields,
    conditions,
    create_filter,
    create_old_filter,
    filtered_names,
)

EMPTY: dict[str, Any] = conditions()


def test_a_filter_and_its_conditions(api: Api) -> None:
    title = Fields(api).id("deal", "title")
    condition = {"object": "deal", "field_id": str(title), "operator": "=", "value": "One"}
    values = {
        "glue": "and",
        "conditions": [{"glue": "or", "conditions": [None]}, {"glue": "and", "conditions": [condition]}],
    }
    made = api.post("/v1/filters", {"name": "Ones", "type": "deals", "conditions": values}).data
    shown = {**condition, "extra_value": None, "json_value_flag": False}
    groups = [{"glue": "and", "conditions": [shown]}, {"glue": "or", "conditions": [None]}]
    assert made == {
        "id": made["id"],
        "name": "Ones",
        "filter_code": None,
        "is_editable": True,
        "active_flag": True,
        "type": "deals",
        "temporary_flag": False,
        "user_id": 1,
        "add_time": "2026-03-02 10:00:00",
        "update_time": "2026-03-02 10:00:00",
        "visible_to": 1,
        "last_used_time": None,
        "custom_view_id": None,
        "conditions": {"glue": "and", "conditions": groups},
    }
    path = f"/v1/filters/{made['id']}"
    assert api.get(path).data == made
    api.clock.advance(hours=1)
    changed = api.put(path, {"name": "Twos", "conditions": EMPTY, "type": "people"}).data
    assert (changed["name"], changed["type"], changed["update_time"]) == ("Twos", "deals", "2026-03-02 11:00:00")
    assert changed["conditions"] == EMPTY
    assert api.put(path, {"name": "Twos"}).status == 400


def test_the_list_of_filters(api: Api) -> None:
    assert api.get("/v1/filters").data is None
    deals, people = (create_filter(api, type).data["id"] for type in ("deals", "people"))
    assert [one["id"] for one in api.get("/v1/filters").data] == [deals, people]
    (listed,) = api.get("/v1/filters", type="people").data
    assert (listed["id"], "conditions" in listed) == (people, False)
    assert api.get("/v1/filters", type="leads").data is None


def test_a_deleted_filter_is_not_active(api: Api) -> None:
    one, two, three = (create_filter(api, "deals").data["id"] for _ in range(3))
    assert api.delete(f"/v1/filters/{one}").data == {"id": one}
    assert api.delete("/v1/filters", ids=f"{two},99").status == 404
    assert api.delete("/v1/filters", ids=f"{two},{three}").data == {"id": [two, three]}
    assert api.get("/v1/filters").data is None
    assert api.get(f"/v1/filters/{one}").data["active_flag"] is False
    assert api.get("/api/v2/deals", filter_id=one).status == 404
    assert api.delete(f"/v1/filters/{one}").status == 404
    assert api.put(f"/v1/filters/{one}", {"conditions": EMPTY}).status == 404


def test_only_its_owner_uses_a_private_filter(api: Api) -> None:
    user = add_user(api, "Bob")
    own, other = create_filter(api, "deals").data["id"], create_filter(user, "deals").data["id"]
    for client, id in ((user, own), (api, other)):
        path = f"/v1/filters/{id}"
        assert client.get(path).status == 404
        assert client.put(path, {"conditions": EMPTY}).status == 404
        assert client.delete(path).status == 404
        assert client.get("/api/v2/deals", filter_id=id).status == 404
    assert [one["id"] for one in user.get("/v1/filters").data] == [other]


def test_all_users_use_a_shared_filter(api: Api) -> None:
    user = add_user(api, "Bob")
    id = create_filter(api, "deals", visible_to=7, temporary_flag=True).data["id"]
    shown = user.get(f"/v1/filters/{id}").data
    assert (shown["visible_to"], shown["temporary_flag"], shown["user_id"]) == (7, True, 1)
    assert user.get("/api/v2/deals", filter_id=id).data == []
    assert user.put(f"/v1/filters/{id}", {"name": "Ours", "conditions": EMPTY}).data["name"] == "Ours"
    assert user.put(f"/v1/filters/{id}", {"conditions": EMPTY, "visible_to": 3}).status == 400


def test_sharing_and_changing_shared_filters_need_permissions(api: Api) -> None:
    user = add_user(api, "Bob")
    shared, own = create_filter(api, "deals", visible_to=7).data["id"], create_filter(user, "deals").data["id"]
    assert [one["is_editable"] for one in user.get("/v1/filters").data] == [True, True]
    set_permissions(api)
    assert [one["is_editable"] for one in user.get("/v1/filters").data] == [False, True]
    assert create_filter(user, "deals", visible_to=7).status == 403
    assert user.put(f"/v1/filters/{own}", {"conditions": EMPTY, "visible_to": 7}).status == 403
    assert user.put(f"/v1/filters/{shared}", {"conditions": EMPTY}).status == 403
    assert user.delete("/v1/filters", ids=f"{own},{shared}").status == 403
    assert user.put(f"/v1/filters/{own}", {"conditions": EMPTY, "visible_to": 1}).status == 200


def test_the_fields_of_conditions_are_named_by_code_on_demand(api: Api) -> None:
    options = [{"label": "Chess"}, {"label": "Go"}]
    field = api.post("/v1/dealFields", {"name": "Hobbies", "field_type": "set", "options": options}).data
    email = Fields(api).id("person", "email")
    tests: list[dict[str, Any]] = [
        {"object": "person", "field_id": str(email), "operator": "IS NOT NULL", "value": None},
        {"object": "deal", "field_id": field["id"], "operator": "=", "value": [one["id"] for one in field["options"]]},
    ]
    body = {"name": "By code", "type": "deals", "conditions": conditions(*tests)}
    made = api.post("/v1/filters", body, include_field_code=True).data
    path = f"/v1/filters/{made['id']}"

    def shown(filter: dict[str, Any]) -> list[tuple[Any, ...]]:
        listed = filter["conditions"]["conditions"][0]["conditions"]
        return [(one.get("field_code", "absent"), one["json_value_flag"]) for one in listed]

    assert (
        shown(made)
        == shown(api.get(path, include_field_code=True).data)
        == [
            ("emails", False),
            (field["key"], True),
        ]
    )
    assert shown(api.put(path, {"conditions": body["conditions"]}, include_field_code="true").data)[0][0] == "emails"
    assert shown(api.get(path).data) == [("absent", False), ("absent", True)]
    assert api.delete(f"/v1/dealFields/{field['id']}").status == 200
    assert shown(api.get(path, include_field_code=True).data)[1] == (None, True)


def test_operators_and_relative_dates_are_listed(api: Api) -> None:
    helpers = api.get("/v1/filters/helpers").data
    assert helpers["operators"]["varchar"]["LIKE '%$%'"] == "contains"
    assert {"=": "is"} in helpers["operators"]["enum"]
    assert set(helpers["deprecated_operators"]) == {"NOT LIKE '%$%'", "LIKE '%$'", "NOT LIKE '%$'"}
    assert len(helpers["relative_dates"]["Relative dates"]) == 26
    assert "rotten_time" in helpers["relative_dates"]["Deal specific"]
    assert "postal_code" in helpers["address_field_components"]
    operators = {
        operator for labels in helpers["operators"].values() if isinstance(labels, dict) for operator in labels
    }
    assert operators | set(helpers["deprecated_operators"]) == set(get_args(Operator))


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (("deal", "status", "=", "sold"), "'sold' is not one of the choices"),
        (("deal", "status", ">", "open"), "operator > is not for fields of type status"),
        (("deal", "title", ">", "a"), "operator > is not for fields of type title"),
        (("deal", "value", "=", "much"), "'much' is not a number"),
        (("deal", "value", "=", True), "true is not a number"),
        (("deal", "value", "=", 1, "locality"), "extra_value 'locality' is not 'currency'"),
        (("deal", "value", ">"), "no value is not a number"),
        (("deal", "add_time", "<", "2026-02-30"), "is not a date"),
        (("deal", "add_time", "<", "last_decade"), "is not a date"),
        (("deal", "add_time", "<", "0001-01-01"), "is not a date"),
        (("deal", "person_id", "=", "Ada"), "'Ada' is not the id of a person"),
        (("deal", "stage_id", "has_been", 99), "99 is not one of the choices"),
        (("deal", "user_id", "belongs_to_team", 1), "1 is not a team"),
        (("deal", "label", "contains", 7), "7 is not one of the choices"),
        (("deal", "label", "contains", []), "is not one of the options"),
        (("deal", "lost_reason", "=", ""), "no value is not a text"),
        (("deal", "lost_reason", "=", "x" * 5001), "at most 5000 characters"),
        (("deal", "score", "=", "high"), "'high' is not a number"),
        (("organization", "address", "=", "x", "planet"), "extra_value 'planet' is no part of an address"),
        (("organization", "name", "=", "x", "locality"), "is not for fields of type varchar"),
        (("person", "birthday", "=", "rotten_time"), "rotten_time is for deals only"),
        (("activity", "lead_id", "=", 5), "5 is not the id of a lead"),
        (("activity", "due_time", "=", "25:00"), "'25:00' is not a time"),
        (("lead", "title", "LIKE '$%'", "Pen"), "Deals are not linked to any lead"),
    ],
)
def test_invalid_conditions_are_refused(api: Api, condition: tuple[Any, ...], message: str) -> None:
    fields = Fields(api)
    valid = fields.condition("deal", "title", "=", "One")
    refused = create_filter(api, "deals", valid, fields.condition(*condition))
    assert refused.status == 400
    assert refused.error.startswith("conditions: Condition 2 of the 'and' group: ")
    assert message in refused.error
    assert api.get("/v1/filters").data is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"glue": "or", "conditions": []}, "conditions.glue"),
        ({"glue": "and", "conditions": [{"glue": "and", "conditions": []}] * 2}, "one group with 'and' and one with"),
        ({"glue": "and", "conditions": [{"glue": "and", "conditions": []}] * 3}, "conditions"),
        ({"glue": "and", "conditions": [{"glue": "xor", "conditions": []}]}, "glue"),
        (
            conditions(*[{"object": "deal", "field_id": 12451, "operator": ">", "value": 1}] * 17),
            "Filter is allowed to have at most 16 conditions",
        ),
        (conditions({"object": "deal", "field_id": "1x", "operator": "=", "value": 1}), "have no field 1x"),
        (conditions({"object": "deal", "field_id": 4001, "operator": "=", "value": 1}), "have no field 4001"),
        (conditions({"object": "project", "field_id": 1, "operator": "=", "value": 1}), "have no field 1"),
        (conditions({"object": "deal", "field_id": 12451, "operator": "~", "value": 1}), "operator"),
        ("all", "conditions"),
    ],
)
def test_malformed_conditions_are_refused(api: Api, value: Any, message: str) -> None:
    refused = api.post("/v1/filters", {"name": "Filter", "type": "deals", "conditions": value})
    assert refused.status == 400
    assert message in refused.error
    made = create_filter(api, "deals").data["id"]
    assert api.put(f"/v1/filters/{made}", {"conditions": value}).status == 400


def test_too_many_conditions_are_refused_in_the_words_of_the_vendor(api: Api) -> None:
    condition = Fields(api).condition("deal", "value", "<", 100)
    body = {"name": "Filter", "type": "deals", "conditions": conditions(*[condition] * 9, any_of=(condition,) * 8)}
    made = create_filter(api, "deals", *[condition] * 8, any_of=(condition,) * 8).data["id"]
    for refused in (api.post("/v1/filters", body), api.put(f"/v1/filters/{made}", {"conditions": body["conditions"]})):
        assert (refused.status, refused.error) == (400, "Filter is allowed to have at most 16 conditions")


@pytest.mark.parametrize(
    ("operator", "value", "found"),
    [("LIKE '%$'", "ne", ["One"]), ("NOT LIKE '%$%'", "n", ["Two"]), ("NOT LIKE '%$'", "o", ["One"])],
)
def test_operators_that_only_stored_filters_have(api: Api, operator: str, value: str, found: list[str]) -> None:
    for title in ("One", "Two"):
        api.post("/api/v2/deals", {"title": title})
    assert operator in api.get("/v1/filters/helpers").data["deprecated_operators"]
    fields = Fields(api)
    made = create_filter(api, "deals", fields.condition("deal", "title", "=", "x")).data["id"]
    given = conditions(fields.condition("deal", "title", operator, value))
    refused = [
        api.post("/v1/filters", {"name": "Filter", "type": "deals", "conditions": given}),
        api.put(f"/v1/filters/{made}", {"conditions": given}),
    ]
    for answer in refused:
        assert (answer.status, f"operator {operator} is no longer supported" in answer.error) == (400, True)
    # As a filter of old has them, and more conditions than new ones may have.
    many = [fields.condition("deal", "title", operator, value)] * 17
    old = create_old_filter(api, "deals", *many)
    assert [deal["title"] for deal in api.get("/api/v2/deals", filter_id=old).data] == found
    shown = conditions(*({**one, "json_value_flag": False} for one in many))
    assert api.get(f"/v1/filters/{old}").data["conditions"] == shown
    # It cannot be changed until it meets the rules of today.
    assert api.put(f"/v1/filters/{old}", {"name": "New", "conditions": conditions(*many)}).status == 400


def test_sixteen_conditions_in_two_groups(api: Api) -> None:
    fields = Fields(api)
    for title in ("One", "Two", "Six"):
        api.post("/api/v2/deals", {"title": title})
    small = [fields.condition("deal", "value", "<", 100)] * 13
    either = tuple(fields.condition("deal", "title", "LIKE '$%'", letter) for letter in "tsx")
    assert filtered_names(api, "deals", *small, any_of=either) == ["Two", "Six"]
    assert filtered_names(api, "deals", any_of=either[:1]) == ["Two"]
    assert filtered_names(api, "deals") == ["One", "Two", "Six"]


def test_a_filter_with_a_deleted_field_is_refused(api: Api) -> None:
    field = api.post("/v1/dealFields", {"name": "Size", "field_type": "double"}).data["id"]
    id = create_filter(api, "deals", {"object": "deal", "field_id": field, "operator": "=", "value": 1}).data["id"]
    assert api.get("/api/v2/deals", filter_id=id).data == []
    api.delete(f"/v1/dealFields/{field}")
    refused = api.get("/v1/deals", filter_id=id)
    assert refused.status == 400
    assert refused.error == f"filter_id: Condition 1 of the 'and' group: Deals have no field {field} that can be tested"


@pytest.mark.parametrize("type", LIST_PATHS)
def test_every_list_takes_filters_of_its_type_only(api: Api, type: str) -> None:
    paths = {LIST_PATHS[type], LIST_PATHS[type].replace("/api/v2", "/v1")}
    paths |= {f"{path}/archived" for path in paths if type in ("deals", "leads")}
    paths |= {"/v1/pipelines/1/deals", "/v1/stages/1/deals"} if type == "deals" else set()
    person = api.post("/api/v2/persons", {"name": "Nobody"}).data["id"]
    object = {"people": "person", "org": "organization", "products": "product"}.get(type, type.removesuffix("s"))
    name = NAME_KEYS.get(type, "title")
    for one in ("One", "Two"):
        body = {name: one} | ({"person_id": person} if type == "leads" else {})
        made = api.post(LIST_PATHS[type], body).data["id"]
        if one == "One" and type in ("deals", "leads"):
            api.patch(f"{LIST_PATHS[type]}/{made}", {"is_archived": True})
            api.post(LIST_PATHS[type], body)
    matching = create_filter(api, type, Fields(api).condition(object, name, "=", "one")).data["id"]
    wrong = create_filter(api, "org" if type == "deals" else "deals").data["id"]
    for path in sorted(paths):
        found = api.get(path, filter_id=matching).data
        assert [record[name] for record in found] == ["One"], path
        assert api.get(path, filter_id=99).status == 404, path
        refused = api.get(path, filter_id=wrong)
        assert (refused.status, "not for this list" in refused.error) == (400, True), path


def test_a_filter_takes_precedence_over_the_quick_filters(api: Api) -> None:
    bob = add_user(api, "Bob").principal.user_id
    id = api.post("/api/v2/deals", {"title": "One", "owner_id": bob}).data["id"]
    api.post("/api/v2/deals", {"title": "Two", "status": "won"})
    fields = Fields(api)
    ones = create_filter(api, "deals", fields.condition("deal", "title", "=", "One")).data["id"]
    for quick in ({"owner_id": 1}, {"ids": str(id + 1)}, {"status": "won"}, {"stage_id": 4}, {"person_id": 77}):
        assert [deal["id"] for deal in api.get("/api/v2/deals", filter_id=ones, **quick).data] == [id]
    for flags in ({"user_id": 1}, {"owned_by_you": 1}):
        assert [deal["id"] for deal in api.get("/v1/deals", filter_id=ones, **flags).data] == [id]
    board = "/v1/pipelines/1/deals"
    assert api.get(board, filter_id=ones, user_id=1).data is None
    assert [deal["id"] for deal in api.get(board, filter_id=ones).data] == [id]
