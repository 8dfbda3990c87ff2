"""Bodies of webhooks, for every kind of record, every action and both versions, as a receiver gets them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from dealwright.jobs.run_due import run_due
from tests.api import Api
from tests.company import add_user
from tests.receiver import Receiver, run_receiver

META_V2 = {
    *("action", "entity", "company_id", "correlation_id", "entity_id", "id", "is_bulk_edit", "timestamp", "type"),
    *("user_id", "version", "webhook_id", "webhook_owner_id", "change_source", "attempt", "host", "permitted_user_ids"),
}
META_V1 = {
    *("v", "action", "object", "id", "company_id", "user_id", "host", "timestamp", "timestamp_micro"),
    *("prepublish_timestamp", "permitted_user_ids", "trans_pending", "is_bulk_update", "pipedrive_service_name"),
    *("change_source", "matches_filters", "webhook_id"),
}
ACTIVITY_META_V1 = {"send_activity_notifications", "activity_notifications_language"}
MEMBERS_V2: Mapping[str, set[str]] = {
    "activity": {
        *("active_flag", "add_time", "busy_flag", "custom_fields", "deal_id", "done", "due_date", "due_time"),
        *("duration", "id", "lead_id", "location", "org_id", "owner_id", "person_id", "public_description", "subject"),
        *("type", "update_time", "update_user_id"),
    },
    "deal": {
        *("id", "title", "value", "currency", "status", "stage_id", "pipeline_id", "owner_id", "creator_user_id"),
        *("person_id", "org_id", "probability", "label_ids", "visible_to", "add_time", "update_time"),
        *("stage_change_time", "expected_close_date", "close_time", "won_time", "first_won_time", "lost_time"),
        *("lost_reason", "origin", "origin_id", "channel", "channel_id", "custom_fields", "is_archived"),
        "archive_time",
    },
    "lead": {
        *("add_time", "channel", "channel_id", "creator_id", "custom_fields", "expected_close_date", "id"),
        *("is_archived", "label_ids", "next_activity_id", "organization_id", "origin", "origin_id", "owner_id"),
        *("person_id", "source_name", "title", "update_time", "value", "was_seen"),
    },
    "note": {
        *("id", "user_id", "deal_id", "person_id", "org_id", "lead_id", "project_id", "active_flag", "content"),
        *("add_time", "update_time", "pinned_to_deal_flag", "pinned_to_person_flag", "pinned_to_organization_flag"),
    },
    "organization": {
        *("add_time", "address", "country_code", "custom_fields", "id", "label", "label_ids", "name", "owner_id"),
        *("picture_id", "update_time", "visible_to"),
    },
    "person": {
        *("add_time", "custom_fields", "emails", "first_name", "id", "label", "label_ids", "last_name", "name"),
        *("org_id", "owner_id", "phones", "update_time", "visible_to"),
    },
    "pipeline": {
        *("id", "name", "url_title", "order_nr", "active_flag", "deal_probability", "add_time", "update_time"),
    },
    "product": {
        *("add_time", "category", "code", "custom_fields", "description", "id", "name", "owner_id", "selectable"),
        *("tax", "unit", "update_time", "visible_to", "prices"),
    },
    "stage": {
        *("id", "name", "active_flag", "rotten_days", "order_nr", "deal_probability", "rotten_flag", "add_time"),
        *("pipeline_id", "update_time"),
    },
    "user": {
        *("id", "default_currency", "name", "email", "phone", "locale", "lang", "active_flag", "last_login"),
        *("timezone_name", "icon_url", "created", "modified", "access"),
    },
}


class Sample:
    """A record of a kind: how it is created, changed and deleted, the change in v2, and the path of the list in v1."""

    def __init__(
        self,
        path: str,
        new: Mapping[str, Any],
        change: Mapping[str, Any],
        previous: Mapping[str, Any],
        *,
        list_path: str,
        method: str = "PUT",
        can_delete: bool = True,
    ) -> None:
        self.path, self.new, self.change, self.previous = path, new, change, previous
        self.list_path, self.method, self.can_delete = list_path, method, can_delete

    def create(self, api: Api) -> Any:
        return api.post(self.path, self.new).data["id"]

    def update(self, api: Api, id: Any) -> None:
        assert api.call(self.method, f"{self.path}/{id}", self.change).status == 200

    def delete(self, api: Api, id: Any) -> None:
        assert api.delete(f"{self.path}/{id}").status == 200


SAMPLES: Mapping[str, Sample] = {
    "activity": Sample(
        "/v1/activities",
        {"subject": "Call", "type": "call", "due_time": "10:00", "duration": "00:30", "deal_id": 1},
        {"subject": "Call again"},
        {"subject": "Call"},
        list_path="/v1/activities?user_id=0",
    ),
    "activityType": Sample(
        "/v1/activityTypes",
        {"name": "Video", "icon_key": "camera"},
        {"name": "Film"},
        {"name": "Video"},
        list_path="/v1/activityTypes",
    ),
    "deal": Sample(
        "/v1/deals",
        {"title": "Roof", "value": 5},
        {"value": 7},
        {"value": 5},
        list_path="/v1/stages/1/deals?everyone=1",
    ),
    "lead": Sample(
        "/v1/leads",
        {"title": "Gate", "person_id": 1},
        {"title": "Door"},
        {"title": "Gate"},
        list_path="",
        method="PATCH",
    ),
    "note": Sample(
        "/v1/notes", {"content": "Hi", "deal_id": 1}, {"content": "Ho"}, {"content": "Hi"}, list_path="/v1/notes"
    ),
    "organization": Sample(
        "/v1/organizations", {"name": "Mill"}, {"name": "Miller"}, {"name": "Mill"}, list_path="/v1/organizations"
    ),
    "person": Sample(
        "/v1/persons",
        {"name": "Kim Doe", "email": "kim@example.com"},
        {"name": "Kim Roe"},
        {"name": "Kim Doe", "last_name": "Doe"},
        list_path="/v1/persons",
    ),
    "pipeline": Sample("/v1/pipelines", {"name": "Big ones"}, {"name": "Huge"}, {}, list_path="/v1/pipelines"),
    "product": Sample(
        "/v1/products",
        {"name": "Pipe", "prices": [{"price": 9, "currency": "EUR"}]},
        {"name": "Tube"},
        {"name": "Pipe"},
        list_path="/v1/products",
    ),
    "stage": Sample(
        "/v1/stages", {"name": "Talk", "pipeline_id": 1}, {"name": "Walk"}, {"name": "Talk"}, list_path="/v1/stages"
    ),
    "user": Sample(
        "/v1/users",
        {"email": "new@example.com"},
        {"active_flag": False},
        {"active_flag": True},
        list_path="/v1/users",
        can_delete=False,
    ),
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with run_receiver() as receiver:
        yield receiver


@pytest.fixture
def webhook_api(api: Api) -> Api:
    """Returns a company with a person, an organization and a deal, whose webhooks may be sent to this machine."""
    api.companies.webhook_reach = "loopback"
    api.post("/v1/organizations", {"name": "Works"})
    api.post("/v1/persons", {"name": "Jo Public", "org_id": 1})
    api.post("/v1/deals", {"title": "First", "person_id": 1, "org_id": 1})
    return api


def subscribe(api: Api, receiver: Receiver, version: str = "2.0", action: str = "*", object: str = "*") -> int:
    body = {"subscription_url": f"{receiver.url}/hook", "event_action": action, "event_object": object}
    id: int = api.post("/v1/webhooks", body | {"version": version}).data["id"]
    return id


def capture_bodies(api: Api, receiver: Receiver, trigger: Callable[[], object]) -> list[Any]:
    """Returns the bodies that the receiver gets after ``trigger``."""
    receiver.clear()
    trigger()
    run_due(api.companies)
    return receiver.bodies


def only_one(bodies: list[Any]) -> Any:
    assert len(bodies) == 1, [body["meta"] for body in bodies]
    return bodies[0]


def check_meta_v2(body: Any, object: str, action: str, id: object) -> dict[str, Any]:
    """Checks the meta of a body of v2, as far as it is common to all; returns it."""
    assert list(body) == ["data", "previous", "meta"]
    meta: dict[str, Any] = body["meta"]
    assert meta.keys() == META_V2 - ({"permitted_user_ids"} if object == "user" else set())
    assert (meta["entity"], meta["action"], meta["entity_id"]) == (object, action, str(id))
    assert (meta["company_id"], meta["user_id"], meta["webhook_id"], meta["webhook_owner_id"]) == ("1", "1", "1", "1")
    assert (meta["version"], meta["type"], meta["change_source"], meta["attempt"]) == ("2.0", "general", "api", 1)
    assert meta["host"].startswith("tests.")
    assert meta["is_bulk_edit"] is False
    for name in ("id", "correlation_id"):
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", meta[name])
    if object == "user":
        assert meta["timestamp"] == 1772445600
    else:
        assert meta["timestamp"] == "2026-03-02T10:00:00.000Z"
        assert meta["permitted_user_ids"] == ["1"]
    return meta


def entity_id(object: str, id: object) -> object:
    return str(id) if object == "user" else id


@pytest.mark.parametrize("object", [name for name in SAMPLES if name != "activityType"])
def test_version_2_has_events_of_every_record(webhook_api: Api, receiver: Receiver, object: str) -> None:
    sample, made = SAMPLES[object], []
    subscribe(webhook_api, receiver, object=object)
    body = only_one(capture_bodies(webhook_api, receiver, lambda: made.append(sample.create(webhook_api))))
    id = made[0]
    check_meta_v2(body, object, "create", id)
    assert body["previous"] is None
    assert body["data"].keys() == MEMBERS_V2[object]
    assert body["data"]["id"] == entity_id(object, id)
    first = body["data"]
    body = only_one(capture_bodies(webhook_api, receiver, lambda: sample.update(webhook_api, id)))
    check_meta_v2(body, object, "change", id)
    expected = {"name": "Big ones", "url_title": "Big-ones"} if object == "pipeline" else sample.previous
    assert body["previous"] == expected
    assert body["data"].keys() == MEMBERS_V2[object]
    assert {name: value for name, value in body["data"].items() if name in expected} != expected
    assert {**body["data"], **body["previous"]} == first
    if sample.can_delete:
        last = body["data"]
        body = only_one(capture_bodies(webhook_api, receiver, lambda: sample.delete(webhook_api, id)))
        check_meta_v2(body, object, "delete", id)
        assert body["data"] is None
        assert body["previous"] == last


@pytest.mark.parametrize("object", [name for name in SAMPLES if name != "lead"])
def test_version_1_has_events_of_every_record(webhook_api: Api, receiver: Receiver, object: str) -> None:
    sample, made = SAMPLES[object], []
    subscribe(webhook_api, receiver, version="1.0", object=object)
    body = only_one(capture_bodies(webhook_api, receiver, lambda: made.append(sample.create(webhook_api))))
    id = made[0]
    path, _, query = sample.list_path.partition("?")
    listed = webhook_api.get(path, **dict(pair.split("=") for pair in query.split("&") if pair)).data
    record = next(one for one in listed if one["id"] == id)
    flat = {name: value["value"] if is_link(value) else value for name, value in record.items()}
    # Variations are records of their own, which have no events.
    flat.pop("product_variations", None)
    if object == "stage":
        flat = {
            name: value for name, value in flat.items() if not name.startswith("pipeline_") or name == "pipeline_id"
        }
    assert check_body_v1(body, object, "added", id) == (flat, None)
    body = only_one(capture_bodies(webhook_api, receiver, lambda: sample.update(webhook_api, id)))
    current, previous = check_body_v1(body, object, "updated", id)
    assert previous == flat
    assert current != previous
    if sample.can_delete:
        body = only_one(capture_bodies(webhook_api, receiver, lambda: sample.delete(webhook_api, id)))
        assert check_body_v1(body, object, "deleted", id) == (None, current)


def is_link(value: object) -> bool:
    return isinstance(value, dict) and "value" in value


def check_body_v1(body: Any, object: str, action: str, id: object) -> tuple[Any, Any]:
    """Checks a body of v1, as far as it is common to all; returns the current and the previous record."""
    assert list(body) == ["v", "matches_filters", "meta", "current", "previous", "event", "retry"]
    assert (body["v"], body["matches_filters"], body["retry"]) == (1, {"current": []}, 0)
    assert body["event"] == f"{action}.{object}"
    meta = body["meta"]
    assert meta.keys() == META_V1 | (ACTIVITY_META_V1 if object == "activity" else set())
    assert (meta["v"], meta["action"], meta["object"], meta["id"]) == (1, action, object, id)
    assert (meta["company_id"], meta["user_id"], meta["webhook_id"]) == (1, 1, "1")
    assert (meta["timestamp"], meta["timestamp_micro"]) == (1772445600, 1772445600000000)
    assert meta["prepublish_timestamp"] == 1772445600000
    assert (meta["trans_pending"], meta["is_bulk_update"], meta["pipedrive_service_name"]) == (False, False, False)
    assert meta["permitted_user_ids"][0] == 1
    if object == "user":
        return tuple(body[name] and body[name][0] for name in ("current", "previous"))
    return body["current"], body["previous"]


@pytest.mark.parametrize(
    ("path", "object", "new"),
    [
        ("deals", "deal", [{"title": "One"}, {"title": "Two", "value": 3}]),
        ("persons", "person", [{"name": "One"}, {"name": "Two", "email": "two@example.com"}]),
        ("organizations", "organization", [{"name": "One"}, {"name": "Two", "address": "Main Street 1"}]),
    ],
)
def test_a_merge_is_a_delete_and_a_change(
    webhook_api: Api, receiver: Receiver, path: str, object: str, new: list[dict[str, Any]]
) -> None:
    kept, gone = (webhook_api.post(f"/v1/{path}", body).data["id"] for body in new)
    subscribe(webhook_api, receiver, object=object)
    subscribe(webhook_api, receiver, version="1.0", object=object)
    bodies = capture_bodies(
        webhook_api, receiver, lambda: webhook_api.put(f"/v1/{path}/{gone}/merge", {"merge_with_id": kept})
    )
    v2 = {body["meta"]["entity_id"]: body for body in bodies if "event" not in body}
    assert v2.keys() == {str(kept), str(gone)}
    assert v2[str(gone)]["meta"]["action"] == "delete"
    assert v2[str(gone)]["meta"]["merged_to_id"] == str(kept)
    assert v2[str(gone)]["data"] is None
    assert v2[str(gone)]["previous"]["id"] == gone
    assert v2[str(kept)]["meta"]["action"] == "change"
    assert v2[str(kept)]["meta"]["merged_from_id"] == str(gone)
    assert v2[str(kept)]["data"]["id"] == kept
    assert v2[str(kept)]["previous"]
    v1 = {body["event"]: body for body in bodies if "event" in body}
    assert v1.keys() == {f"merged.{object}", f"deleted.{object}"}
    assert (v1[f"merged.{object}"]["current"]["id"], v1[f"merged.{object}"]["previous"]["id"]) == (kept, kept)
    assert (v1[f"deleted.{object}"]["current"], v1[f"deleted.{object}"]["previous"]["id"]) == (None, gone)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_webhook_for_everything_gets_everything(webhook_api: Api, receiver: Receiver, version: str) -> None:
    subscribe(webhook_api, receiver, version)
    unknown = "lead" if version == "1.0" else "activityType"
    for object, sample in SAMPLES.items():
        bodies = capture_bodies(webhook_api, receiver, lambda sample=sample: sample.create(webhook_api))  # type: ignore[misc]
        key = "object" if version == "1.0" else "entity"
        assert [body["meta"][key] for body in bodies] == ([] if object == unknown else [object])


@pytest.mark.parametrize(
    ("version", "actions"), [("2.0", ("create", "change", "delete")), ("1.0", ("added", "updated", "deleted"))]
)
def test_a_webhook_for_an_action_gets_no_other(
    webhook_api: Api, receiver: Receiver, version: str, actions: tuple[str, ...]
) -> None:
    ids = {subscribe(webhook_api, receiver, version, action, "deal"): action for action in actions}
    subscribe(webhook_api, receiver, version, actions[0], "person")
    made: list[int] = []
    steps: list[Callable[[], object]] = [
        lambda: made.append(webhook_api.post("/v1/deals", {"title": "Deal"}).data["id"]),
        lambda: webhook_api.put(f"/v1/deals/{made[0]}", {"title": "Other"}),
        lambda: webhook_api.delete(f"/v1/deals/{made[0]}"),
    ]
    for action, step in zip(actions, steps, strict=True):
        body = only_one(capture_bodies(webhook_api, receiver, step))
        assert body["meta"]["action"] == action
        assert ids[int(body["meta"]["webhook_id"])] == action


CUSTOM_VALUES: Mapping[str, tuple[Any, Any]] = {
    "varchar": ("red", {"type": "varchar", "value": "red"}),
    "varchar_auto": ("red", {"type": "varchar_auto", "value": "red"}),
    "text": ("long", {"type": "text", "value": "long"}),
    "phone": ("+49 1", {"type": "phone", "value": "+49 1"}),
    "double": (1.5, {"type": "double", "value": 1.5}),
    "monetary": ({"value": 5, "currency": "USD"}, {"type": "monetary", "value": 5, "currency": "USD"}),
    "user": (1, {"type": "user", "id": 1}),
    "people": (1, {"type": "people", "id": 1}),
    "org": (1, {"type": "org", "id": 1}),
    "date": ("2026-01-02", {"type": "date", "value": "2026-01-02"}),
    "daterange": (
        {"value": "2026-01-02", "until": "2026-01-05"},
        {"type": "daterange", "from": "2026-01-02", "until": "2026-01-05"},
    ),
    "time": ({"value": "09:00:00", "timezone_id": 318}, {"type": "time", "value": "09:00:00", "timezone_id": 318}),
    "timerange": (
        {"value": "09:00:00", "until": "10:00:00", "timezone_id": 318},
        {"type": "timerange", "from": "09:00:00", "until": "10:00:00", "timezone_id": 318},
    ),
}


@pytest.mark.parametrize("object", ["deal", "person", "organization", "product"])
def test_custom_fields_have_their_type(webhook_api: Api, receiver: Receiver, object: str) -> None:
    subscribe(webhook_api, receiver, object=object)
    path = {"person": "persons"}.get(object, f"{object}s")
    name = "title" if object == "deal" else "name"
    keys = {
        type: webhook_api.post(f"/v1/{object}Fields", {"name": type, "field_type": type}).data["key"]
        for type in (*CUSTOM_VALUES, "address")
    }
    choices: dict[str, tuple[str, int]] = {}
    for type in ("enum", "set"):
        body = {"name": type, "field_type": type, "options": [{"label": "A"}, {"label": "B"}]}
        field = webhook_api.post(f"/v1/{object}Fields", body).data
        choices[type] = (field["key"], field["options"][1]["id"])
    made: list[int] = []
    body = only_one(
        capture_bodies(
            webhook_api, receiver, lambda: made.append(webhook_api.post(f"/api/v2/{path}", {name: "X"}).data["id"])
        )
    )
    assert body["data"]["custom_fields"] == dict.fromkeys([*keys.values(), *(key for key, _ in choices.values())])
    values = {keys[type]: value for type, (value, _) in CUSTOM_VALUES.items()}
    values |= {
        keys["address"]: {"value": "Main Street 1, Tartu", "locality": "Tartu"},
        choices["enum"][0]: choices["enum"][1],
        choices["set"][0]: [choices["set"][1]],
    }
    body = only_one(
        capture_bodies(
            webhook_api, receiver, lambda: webhook_api.patch(f"/api/v2/{path}/{made[0]}", {"custom_fields": values})
        )
    )
    assert body["previous"] == {"custom_fields": dict.fromkeys(values)}
    shown = body["data"]["custom_fields"]
    address = shown.pop(keys["address"])
    assert (address["type"], address["value"], address["locality"]) == ("address", "Main Street 1, Tartu", "Tartu")
    assert address.keys() == {
        *("type", "value", "subpremise", "street_number", "route", "sublocality", "locality", "admin_area_level_1"),
        *("admin_area_level_2", "country", "postal_code", "formatted_address"),
    }
    assert shown == {keys[type]: expected for type, (_, expected) in CUSTOM_VALUES.items()} | {
        choices["enum"][0]: {"type": "enum", "id": choices["enum"][1]},
        choices["set"][0]: {"type": "set", "values": [{"id": choices["set"][1]}]},
    }


def test_previous_values_of_custom_fields_that_changed_only(webhook_api: Api, receiver: Receiver) -> None:
    one_key, other = (webhook_api.post("/v1/dealFields", {"name": n, "field_type": "double"}).data["key"] for n in "ab")
    webhook_api.put("/v1/deals/1", {one_key: 1, other: 2})
    subscribe(webhook_api, receiver)
    body = only_one(
        capture_bodies(webhook_api, receiver, lambda: webhook_api.put("/v1/deals/1", {one_key: 3, "title": "New"}))
    )
    assert body["previous"] == {"title": "First", "custom_fields": {one_key: {"type": "double", "value": 1}}}
    subscribe(webhook_api, receiver, version="1.0")
    bodies = capture_bodies(webhook_api, receiver, lambda: webhook_api.put("/v1/deals/1", {one_key: None}))
    v1 = next(body for body in bodies if "event" in body)
    assert (v1["current"][one_key], v1["previous"][one_key], v1["current"][other]) == (None, 3, 2)


def test_previous_values_of_prices(webhook_api: Api, receiver: Receiver) -> None:
    sample = SAMPLES["product"]
    id = sample.create(webhook_api)
    subscribe(webhook_api, receiver)
    change = {"prices": [{"price": 10, "currency": "EUR"}]}
    body = only_one(capture_bodies(webhook_api, receiver, lambda: webhook_api.patch(f"/api/v2/products/{id}", change)))
    price = {"product_id": id, "price": 10, "currency": "EUR", "cost": 0, "direct_cost": None, "notes": ""}
    assert body["data"]["prices"] == [price]
    assert body["previous"] == {"prices": [price | {"price": 9}]}


def test_one_edit_is_one_event(webhook_api: Api, receiver: Receiver) -> None:
    subscribe(webhook_api, receiver)
    change = {"status": "won", "stage_id": 2, "person_id": None}
    body = only_one(capture_bodies(webhook_api, receiver, lambda: webhook_api.patch("/api/v2/deals/1", change)))
    assert {name: body["previous"][name] for name in ("status", "stage_id", "person_id")} == {
        "status": "open",
        "stage_id": 1,
        "person_id": 1,
    }


def test_derived_changes_are_no_events(webhook_api: Api, receiver: Receiver) -> None:
    subscribe(webhook_api, receiver)
    note = {"content": "Hi", "deal_id": 1, "person_id": 1}
    assert (
        only_one(capture_bodies(webhook_api, receiver, lambda: webhook_api.post("/v1/notes", note)))["meta"]["entity"]
        == "note"
    )
    assert capture_bodies(webhook_api, receiver, lambda: webhook_api.put("/v1/deals/1", {"title": "First"})) == []
    assert (
        capture_bodies(webhook_api, receiver, lambda: webhook_api.post("/v1/deals/1/followers", {"user_id": 1})) == []
    )
    assert capture_bodies(webhook_api, receiver, lambda: webhook_api.put("/v1/deals/1", {"stage_id": 999})) == []


def test_events_of_one_request_have_one_correlation_id(webhook_api: Api, receiver: Receiver) -> None:
    ids = [webhook_api.post("/v1/deals", {"title": "Deal"}).data["id"] for _ in range(2)]
    subscribe(webhook_api, receiver)
    bodies = capture_bodies(webhook_api, receiver, lambda: webhook_api.delete("/v1/deals", ids=",".join(map(str, ids))))
    assert [body["meta"]["entity_id"] for body in bodies] == [str(id) for id in ids]
    assert all(body["meta"]["is_bulk_edit"] for body in bodies)
    assert len({body["meta"]["correlation_id"] for body in bodies}) == 1
    assert len({body["meta"]["id"] for body in bodies}) == 2


def test_a_webhook_gets_only_what_its_user_sees(webhook_api: Api, receiver: Receiver) -> None:
    rep = add_user(webhook_api, "Rep")
    body = {"subscription_url": receiver.url, "event_action": "*", "event_object": "*"}
    assert rep.post("/v1/webhooks", body).status == 201
    owners: dict[str, Any] = {"title": "Secret", "visible_to": 1}
    assert capture_bodies(webhook_api, receiver, lambda: webhook_api.post("/api/v2/deals", owners)) == []
    shared = only_one(
        capture_bodies(webhook_api, receiver, lambda: webhook_api.post("/api/v2/deals", owners | {"visible_to": 7}))
    )
    assert shared["meta"]["permitted_user_ids"] == ["1", str(rep.principal.user_id)]
    assert (
        capture_bodies(webhook_api, receiver, lambda: webhook_api.post("/v1/notes", {"content": "x", "deal_id": 2}))
        == []
    )
    note = only_one(
        capture_bodies(webhook_api, receiver, lambda: webhook_api.post("/v1/notes", {"content": "x", "deal_id": 3}))
    )
    assert note["meta"]["permitted_user_ids"] == ["1", str(rep.principal.user_id)]
    assigned = only_one(
        capture_bodies(
            webhook_api, receiver, lambda: webhook_api.patch("/api/v2/deals/2", {"owner_id": rep.principal.user_id})
        )
    )
    assert assigned["previous"] == {"owner_id": 1}


def test_a_refused_change_is_no_event(webhook_api: Api, receiver: Receiver) -> None:
    subscribe(webhook_api, receiver)
    assert (
        capture_bodies(
            webhook_api, receiver, lambda: webhook_api.post("/api/v2/deals", {"title": "X", "person_id": 999})
        )
        == []
    )
