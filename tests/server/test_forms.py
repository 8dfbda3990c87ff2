"""Forms and JSON in texts through the API: records are the same in whatever way a client of v1 writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson
import pytest

from dealwright.contract import catalogue
from tests import form_bodies
from tests.api import Api, Response
from tests.call_strategies import properties

Body = Mapping[str, Any]
Send = Callable[[Api, str, str, Body], Response]


def send_json_texts(api: Api, method: str, path: str, body: Body) -> Response:
    """Sends JSON whose lists and objects are JSON in texts."""
    return api.call(method, path, form_bodies.with_json_texts(dict(body)))


def send_form_with_json_texts(api: Api, method: str, path: str, body: Body) -> Response:
    return api.send(method, path, form_bodies.urlencoded(form_bodies.with_texts(body)), form_bodies.FORM)


def send_form(api: Api, method: str, path: str, body: Body) -> Response:
    return api.send(method, path, form_bodies.urlencoded(form_bodies.with_brackets(body)), form_bodies.FORM)


def send_multipart(api: Api, method: str, path: str, body: Body) -> Response:
    pairs = form_bodies.with_brackets(body, numbered=True)
    return api.send(method, path, form_bodies.multipart(pairs), form_bodies.MULTIPART)


class Case(NamedTuple):
    """A kind of record: what to create and how to change it, as JSON."""

    path: str
    method: str
    body: dict[str, Any]
    changes: dict[str, Any]


class World(NamedTuple):
    """What bodies refer to."""

    ids: dict[str, int]
    lead_labels: list[str]
    set_key: str
    address_key: str
    money_key: str
    options: list[int]


@pytest.fixture
def world(api: Api) -> World:
    """Records to link, labels, and custom fields of deals and persons."""
    ids = {
        "person": api.post("/v1/persons", {"name": "Ada"}).data["id"],
        "other": api.post("/v1/persons", {"name": "Bea"}).data["id"],
        "deal": api.post("/v1/deals", {"title": "Deal"}).data["id"],
    }
    for field in api.get("/v1/dealFields", limit=500).data:
        ids.setdefault(f"deal.{field['key']}", field["id"])
    labels = [api.post("/v1/leadLabels", {"name": name, "color": "red"}).data["id"] for name in ("Warm", "Cold")]
    options = [{"label": "One"}, {"label": "Two, three"}]
    chosen = api.post("/v1/dealFields", {"name": "Set", "field_type": "set", "options": options}).data
    money = api.post("/v1/dealFields", {"name": "Money", "field_type": "monetary"}).data
    address = api.post("/v1/personFields", {"name": "Address", "field_type": "address"}).data
    return World(
        ids, labels, chosen["key"], address["key"], money["key"], [option["id"] for option in chosen["options"]]
    )


def cases(world: World) -> Iterator[Case]:
    """All groups of records that can be written through v1, with every list and object that their bodies have."""
    person, other, deal = (world.ids[name] for name in ("person", "other", "deal"))
    title = world.ids["deal.title"]

    def conditions(value: str) -> dict[str, Any]:
        one = {"object": "deal", "field_id": str(title), "operator": "=", "value": value, "extra_value": ""}
        groups = [{"glue": "and", "conditions": [one, one]}, {"glue": "or", "conditions": [one]}]
        return {"glue": "and", "conditions": groups}

    yield Case(
        "/v1/persons",
        "PUT",
        {
            "name": "John Roe",
            "email": [{"value": "john@example.org", "primary": True, "label": "work"}, {"value": "j@example.org"}],
            "phone": ["0123456789", "+49 30 1"],
            "im": [{"value": "john", "label": "skype"}],
            world.address_key: "Road 1",
            f"{world.address_key}_postal_code": "10115",
        },
        {"email": ["roe@example.org"], "phone": [{"value": "030"}]},
    )
    yield Case("/v1/organizations", "PUT", {"name": "Org", "address": "Road 1"}, {"name": "Other"})
    yield Case(
        "/v1/deals",
        "PUT",
        {
            "title": "Roof",
            "value": 12.5,
            world.set_key: world.options,
            world.money_key: 500,
            f"{world.money_key}_currency": "USD",
        },
        {world.set_key: world.options[1:], "status": "won"},
    )
    yield Case(
        "/v1/leads",
        "PATCH",
        {
            "title": "Lead",
            "person_id": person,
            "value": {"amount": 10, "currency": "EUR"},
            "label_ids": world.lead_labels,
            world.set_key: world.options,
        },
        {"value": {"amount": 2.5, "currency": "USD"}, "label_ids": world.lead_labels[1:]},
    )
    yield Case(
        "/v1/products",
        "PUT",
        {"name": "Pipe", "prices": [{"price": 5, "currency": "EUR", "cost": 1}, {"price": 6, "currency": "USD"}]},
        {"prices": [{"price": 7, "currency": "EUR"}]},
    )
    yield Case(
        "/v1/activities",
        "PUT",
        {
            "subject": "Call",
            "deal_id": deal,
            "participants": [{"person_id": person, "primary_flag": True}, {"person_id": other}],
            "attendees": [{"email_address": "a@example.org"}, {"email_address": "b@example.org"}],
        },
        {"participants": [{"person_id": other, "primary_flag": True}], "done": 1},
    )
    yield Case(
        "/v1/filters",
        "PUT",
        {"name": "Filter", "type": "deals", "conditions": conditions("a")},
        {"name": "Other", "conditions": conditions("b")},
    )
    for noun in ("deal", "person", "organization", "product"):
        yield Case(
            f"/v1/{noun}Fields",
            "PUT",
            {"name": "Kind", "field_type": "enum", "options": [{"label": "A"}, {"label": "B", "color": "red"}]},
            {"options": [{"label": "C"}, {"label": "A"}]},
        )
    yield Case("/v1/notes", "PUT", {"content": "Note", "deal_id": deal, "pinned_to_deal_flag": 1}, {"content": "x"})


VOLATILE = re.compile(r"(.*_)?(id|ids|key|time|cc_email|order_nr|marketing_id|options_deleted|update_user_id)")


def without_ids(value: Any) -> Any:
    """What a record shows, without what differs from one record to the next."""
    if isinstance(value, list):
        return [without_ids(member) for member in value]
    if isinstance(value, dict):
        return {
            name: without_ids(member)
            for name, member in value.items()
            if not VOLATILE.fullmatch(name) or name in ("label_ids", "person_id", "field_id")
        }
    return value


def write(api: Api, send: Send, case: Case) -> list[Any]:
    """What the new record shows, and what the record shows after it was changed."""
    id = send(api, "POST", case.path, case.body).data["id"]
    made = api.get(f"{case.path}/{id}").data
    assert send(api, case.method, f"{case.path}/{id}", case.changes).status == 200
    return [without_ids(made), without_ids(api.get(f"{case.path}/{id}").data)]


@pytest.mark.parametrize("send", [send_json_texts, send_form_with_json_texts, send_form, send_multipart])
def test_records_are_the_same_however_they_are_written(api: Api, world: World, send: Send) -> None:
    for case in cases(world):
        expected = write(api, Api.call, case)
        assert write(api, send, case) == expected, case.path
        assert expected[0] != expected[1]


def test_what_was_lost_in_brackets(api: Api, world: World) -> None:
    form = [("name", "John"), ("email[]", "john@example.org"), ("phone[]", "0123456789")]
    made = api.send("POST", "/v1/persons", form_bodies.urlencoded(form), form_bodies.FORM)
    assert made.status == 201
    assert [(one["value"], one["primary"]) for one in made.data["email"]] == [("john@example.org", True)]
    assert [(one["value"], one["primary"]) for one in made.data["phone"]] == [("0123456789", True)]
    text = '[{"value":"a@example.org","primary":true}]'
    assert (
        api.form("PUT", f"/v1/persons/{made.data['id']}", {"email": text}).data["email"][0]["value"] == "a@example.org"
    )


def test_members_that_fit_nothing_change_nothing(api: Api, world: World) -> None:
    for case in cases(world):
        id = api.post(case.path, case.body).data["id"]
        before = api.get(f"{case.path}/{id}").data
        for name in ("nothing[]", "nothing[0][x]", f"{next(iter(case.changes))}[nothing]", "custom_fields[x]", "a[b"):
            pairs = [*form_bodies.with_brackets(case.changes), (name, "1")]
            for raw, content_type in form_bodies.encodings(pairs):
                answer = api.send(case.method, f"{case.path}/{id}", raw, content_type)
                assert answer.status == 400
                assert (name if "nothing[" in name else name.partition("[")[0]) in answer.error
        assert api.get(f"{case.path}/{id}").data == before


def test_numbers_in_the_parts_of_an_address(api: Api, world: World) -> None:
    key = world.address_key
    person = api.put(
        f"/v1/persons/{world.ids['person']}",
        {key: "Road 1", f"{key}_postal_code": 10115, f"{key}_street_number": 1, "email": [7], "phone": [{"value": 8}]},
    ).data
    assert (person[f"{key}_postal_code"], person[f"{key}_street_number"]) == ("10115", "1")
    assert (person["email"][0]["value"], person["phone"][0]["value"]) == ("7", "8")
    assert api.put(f"/v1/persons/{world.ids['person']}", {key: 10115}).data[key] == "10115"
    assert api.put(f"/v1/persons/{world.ids['person']}", {f"{key}_country": True}).status == 400


def test_a_list_of_options_in_a_text(api: Api, world: World) -> None:
    path, key = f"/v1/deals/{world.ids['deal']}", world.set_key
    expected = ",".join(map(str, world.options))
    for value in (world.options, orjson.dumps(world.options).decode(), '["One", "Two, three"]', expected):
        assert api.put(path, {key: None}).data[key] is None
        assert api.put(path, {key: value}).data[key] == expected
    assert api.put(path, {key: "[1"}).status == 400
    assert api.put(path, {key: "[999]"}).status == 400


# The operations whose bodies are written in the tests below, with what they must have.
FORMS_WITH_INPUTS: dict[str, tuple[str, dict[str, Any]]] = {
    "post_deals": ("/v1/deals", {"title": "x"}),
    "post_persons": ("/v1/persons", {"name": "x"}),
    "post_organizations": ("/v1/organizations", {"name": "x"}),
    "post_products": ("/v1/products", {"name": "x"}),
    "post_activities": ("/v1/activities", {"subject": "x", "type": "call"}),
    "post_leads": ("/v1/leads", {"title": "x", "person_id": "1"}),
    "post_notes": ("/v1/notes", {"content": "x", "person_id": "1"}),
    "post_stages": ("/v1/stages", {"name": "x", "pipeline_id": "1"}),
    "post_pipelines": ("/v1/pipelines", {"name": "x"}),
    "post_activity_types": ("/v1/activityTypes", {"name": "New", "icon_key": "call"}),
    "post_deal_fields": ("/v1/dealFields", {"name": "x", "field_type": "varchar"}),
    "post_webhooks": (
        "/v1/webhooks",
        {"subscription_url": "https://example.com/x", "event_action": "*", "event_object": "*"},
    ),
}


@pytest.mark.parametrize("action", FORMS_WITH_INPUTS)
def test_a_form_may_leave_its_other_inputs_empty(api: Api, action: str) -> None:
    """A page sends all inputs that it has; those that nobody has filled in are not given."""
    api.post("/v1/persons", {"name": "x"})
    path, needed = FORMS_WITH_INPUTS[action]
    inputs = dict.fromkeys(properties(catalogue.load(f"v1.{action}")), "")
    made = api.form("POST", path, {**inputs, **needed})
    assert made.status in (200, 201), made.body
    changes = next(
        (
            catalogue.load(f"v1.{name}")
            for name in (action.replace("post", verb) + "_by_id" for verb in ("put", "patch"))
            if f"v1.{name}" in catalogue.entries()
        ),
        None,
    )
    if changes is None:
        return
    for name in properties(changes):
        answer = api.form(changes.method, f"{path}/{made.data['id']}", {**needed, name: needed.get(name, "")})
        # Of a name, one part must be left.
        assert answer.status == 200 or (name, answer.error) == ("first_name", "name: is required"), name
