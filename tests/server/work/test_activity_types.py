"""Types of activities: their keys, their order, taking them out of use."""

from __future__ import annotations

import pytest

from tests.api import Api
from tests.company import add_user


def create(api: Api, name: str, **values: object) -> dict[str, object]:
    data: dict[str, object] = api.post("/v1/activityTypes", {"name": name, "icon_key": "camera", **values}).data
    return data


def names(api: Api) -> list[str]:
    return [type["name"] for type in api.get("/v1/activityTypes").data]


def test_a_company_has_types_from_the_start(api: Api) -> None:
    types = api.get("/v1/activityTypes").data
    assert [type["key_string"] for type in types] == ["call", "meeting", "task", "deadline", "email", "lunch"]
    assert {(type["active_flag"], type["is_custom_flag"]) for type in types} == {(True, False)}


@pytest.mark.parametrize(
    ("name", "key"),
    [("Video call", "video_call"), ("  Café & Co.  ", "cafe_co"), ("Call", "call_2"), ("電話", "type")],
)
def test_the_key_is_made_of_the_name(api: Api, name: str, key: str) -> None:
    made = create(api, name, color="aeb31b")
    assert (made["key_string"], made["is_custom_flag"], made["color"]) == (key, True, "aeb31b")
    assert made["order_nr"] == 7


def test_a_renamed_type_keeps_its_key(api: Api) -> None:
    id = create(api, "Video call")["id"]
    changed = api.put(f"/v1/activityTypes/{id}", {"name": "Call by video", "icon_key": "car"}).data
    assert (changed["name"], changed["icon_key"], changed["key_string"]) == ("Call by video", "car", "video_call")


def test_a_new_place_moves_the_others(api: Api) -> None:
    lunch = api.get("/v1/activityTypes").data[-1]["id"]
    assert api.put(f"/v1/activityTypes/{lunch}", {"order_nr": 2}).data["order_nr"] == 2
    assert names(api) == ["Call", "Lunch", "Meeting", "Task", "Deadline", "Email"]
    assert [type["order_nr"] for type in api.get("/v1/activityTypes").data] == [1, 2, 3, 4, 5, 6]


def test_a_deleted_type_is_out_of_use_but_activities_keep_it(api: Api) -> None:
    made = create(api, "Visit")
    activity = api.post("/api/v2/activities", {"type": "visit"}).data["id"]
    assert api.delete(f"/v1/activityTypes/{made['id']}").data == {
        **made,
        "active_flag": False,
    }
    assert api.get("/v1/activityTypes").data[-1]["active_flag"] is False
    assert api.post("/api/v2/activities", {"type": "visit"}).status == 400
    changed = api.patch(f"/api/v2/activities/{activity}", {"type": "visit", "subject": "Again"}).data
    assert changed["type"] == "visit"


def test_deleting_several_is_all_or_nothing(api: Api) -> None:
    assert api.delete("/v1/activityTypes", ids="1,99").status == 404
    assert api.get("/v1/activityTypes").data[0]["active_flag"] is True
    assert api.delete("/v1/activityTypes", ids="1,2").data == {"id": [1, 2]}
    assert api.post("/api/v2/activities", {}).data["type"] == "task"


def test_what_is_refused(api: Api) -> None:
    assert api.post("/v1/activityTypes", {"name": "x", "icon_key": "unicorn"}).status == 400
    assert api.post("/v1/activityTypes", {"icon_key": "car"}).status == 400
    assert api.put("/v1/activityTypes/99", {"name": "x"}).status == 404
    regular = add_user(api, "Rita")
    assert regular.post("/v1/activityTypes", {"name": "x", "icon_key": "car"}).status == 403
    assert regular.put("/v1/activityTypes/1", {"name": "x"}).status == 403
    assert regular.delete("/v1/activityTypes/1").status == 403
