"""Activities in both versions: defaults, participants, times, their effect on the records that they are linked to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.company import add_user


def create_person(api: Api, name: str) -> int:
    id: int = api.post("/api/v2/persons", {"name": name}).data["id"]
    return id


def create_deal(api: Api, **values: object) -> int:
    id: int = api.post("/api/v2/deals", {"title": "Deal", **values}).data["id"]
    return id


def create_activity(api: Api, **values: object) -> dict[str, Any]:
    """Creates an activity through v2; returns it."""
    data: dict[str, Any] = api.post("/api/v2/activities", values).data
    return data


def test_an_activity_is_a_call_of_the_caller_for_today_by_default(api: Api) -> None:
    made = create_activity(api)
    assert (made["subject"], made["type"], made["owner_id"], made["due_date"]) == ("Call", "call", 1, "2026-03-02")
    assert (made["due_time"], made["duration"], made["busy"], made["done"]) == (None, None, False, False)
    assert (made["person_id"], made["participants"], made["attendees"], made["location"]) == (None, [], [], None)
    shown = api.get(f"/v1/activities/{made['id']}").data
    assert (shown["due_time"], shown["duration"], shown["marked_as_done_time"]) == ("", "", "")
    assert (shown["participants"], shown["attendees"], shown["deal_id"]) == (None, None, None)
    assert (shown["user_id"], shown["assigned_to_user_id"], shown["owner_name"]) == (1, 1, "Ada Admin")


def test_the_subject_is_the_name_of_the_type(api: Api) -> None:
    api.post("/v1/activityTypes", {"name": "Site visit", "icon_key": "car"})
    assert create_activity(api, type="site_visit")["subject"] == "Site visit"
    assert create_activity(api, type="site_visit", subject="Rome")["subject"] == "Rome"
    refused = api.post("/api/v2/activities", {"type": "dance"})
    assert (refused.status, refused.error) == (400, "Validation failed: type: Activity type not found")


def test_times_have_seconds_in_v2_and_none_in_v1(api: Api) -> None:
    made = api.post("/v1/activities", {"due_time": "09:05", "duration": "00:30", "due_date": "2026-04-01"})
    assert (made.data["due_time"], made.data["duration"]) == ("09:05", "00:30")
    id = made.data["id"]
    shown = api.get(f"/api/v2/activities/{id}").data
    assert (shown["due_time"], shown["duration"], shown["due_date"]) == ("09:05:00", "00:30:00", "2026-04-01")
    api.patch(f"/api/v2/activities/{id}", {"due_time": "10:00:30", "duration": None})
    shown = api.get(f"/v1/activities/{id}").data
    assert (shown["due_time"], shown["duration"]) == ("10:00", "")
    assert api.put(f"/v1/activities/{id}", {"due_time": ""}).data["due_time"] == ""
    assert api.post("/v1/activities", {"due_time": "25:00"}).status == 400


def test_the_owner_is_busy_by_default_when_there_is_a_time(api: Api) -> None:
    assert create_activity(api, due_time="10:00:00")["busy"] is True
    assert create_activity(api, due_time="10:00:00", busy=False)["busy"] is False
    made = api.post("/v1/activities", {"due_time": "10:00", "busy_flag": False}).data
    assert api.put(f"/v1/activities/{made['id']}", {"busy_flag": None}).data["busy_flag"] is True


def test_in_v1_the_person_is_the_primary_participant(api: Api) -> None:
    ann, bob, cid = (create_person(api, name) for name in ("Ann", "Bob", "Cid"))
    id = api.post("/v1/activities", {"person_id": ann}).data["id"]
    shown = api.get(f"/v1/activities/{id}").data
    assert (shown["person_id"], shown["person_name"]) == (ann, "Ann")
    assert shown["participants"] == [{"person_id": ann, "primary_flag": True}]
    both = [{"person_id": bob}, {"person_id": ann, "primary_flag": True}]
    changed = api.put(f"/v1/activities/{id}", {"participants": both}).data
    assert (changed["person_id"], len(changed["participants"])) == (ann, 2)
    changed = api.put(f"/v1/activities/{id}", {"person_id": cid}).data
    assert [(one["person_id"], one["primary_flag"]) for one in changed["participants"]] == [(cid, True), (bob, False)]
    changed = api.put(f"/v1/activities/{id}", {"person_id": None}).data
    assert (changed["person_id"], changed["participants"]) == (None, [{"person_id": bob, "primary_flag": False}])


def test_in_v2_the_person_follows_from_the_participants(api: Api) -> None:
    ann, bob = create_person(api, "Ann"), create_person(api, "Bob")
    made = create_activity(api, participants=[{"person_id": ann}, {"person_id": bob, "primary": True}])
    assert made["person_id"] == bob
    assert made["participants"] == [{"person_id": ann, "primary": False}, {"person_id": bob, "primary": True}]
    path = f"/api/v2/activities/{made['id']}"
    assert api.patch(path, {"participants": [{"person_id": ann}]}).data["person_id"] == ann
    assert api.patch(path, {"participants": []}).data["person_id"] is None
    refused = api.patch(path, {"person_id": bob})
    assert (refused.status, refused.body["code"]) == (400, "ERR_BAD_REQUEST")
    two = [{"person_id": ann, "primary": True}, {"person_id": bob, "primary": True}]
    assert api.patch(path, {"participants": two}).status == 400
    assert api.get("/api/v2/activities", person_id=bob).data == []


@pytest.mark.parametrize(
    "link",
    [
        {"deal_id": 99},
        {"org_id": 99},
        {"participants": [{"person_id": 99}]},
        {"owner_id": 99},
        {"lead_id": "adf21080-0e10-11eb-879b-05d71fb426ec"},
        {"project_id": 99},
    ],
)
def test_records_that_do_not_exist_cannot_be_linked(api: Api, link: dict[str, object]) -> None:
    refused = api.post("/api/v2/activities", link)
    assert refused.status == 400
    assert refused.error.endswith("not found")
    id = create_activity(api)["id"]
    assert api.patch(f"/api/v2/activities/{id}", link).status == 400


def test_an_address_and_attendees_in_both_versions(api: Api) -> None:
    guest = {"email_address": "guest@example.com", "name": "Guest"}
    made = api.post("/v1/activities", {"location": "Main St 1", "attendees": [guest]}).data
    assert (made["location"], made["location_country"]) == ("Main St 1", "")
    assert made["attendees"] == [
        {**guest, "is_organizer": 0, "person_id": None, "status": "noreply", "user_id": None},
    ]
    path = f"/api/v2/activities/{made['id']}"
    assert "attendees" not in api.get(path).data
    shown = api.get(path, include_fields="attendees").data
    assert (shown["location"]["value"], shown["location"]["country"]) == ("Main St 1", None)
    assert (shown["attendees"][0]["email"], shown["attendees"][0]["is_organizer"]) == ("guest@example.com", False)
    api.patch(path, {"location": {"value": "Rome", "country": "Italy"}, "attendees": []})
    shown = api.get(f"/v1/activities/{made['id']}").data
    assert (shown["location"], shown["location_country"], shown["attendees"]) == ("Rome", "Italy", None)
    assert api.put(f"/v1/activities/{made['id']}", {"location": ""}).data["location"] is None


def test_done_has_its_time_and_moves_the_deal(api: Api) -> None:
    deal_id = create_deal(api)
    made = create_activity(api, deal_id=deal_id, due_time="15:00:00")
    api.clock.advance(hours=1)
    done = api.put(f"/v1/activities/{made['id']}", {"done": 1}).data
    assert (done["done"], done["marked_as_done_time"]) == (True, "2026-03-02 11:00:00")
    shown = api.get(f"/v1/deals/{deal_id}").data
    assert (shown["update_time"], shown["done_activities_count"]) == ("2026-03-02 11:00:00", 1)
    assert (shown["last_activity_id"], shown["next_activity_id"]) == (made["id"], None)
    undone = api.patch(f"/api/v2/activities/{made['id']}", {"done": False}).data
    assert (undone["done"], undone["marked_as_done_time"]) == (False, None)
    shown = api.get(f"/v1/deals/{deal_id}").data
    assert (shown["done_activities_count"], shown["next_activity_id"]) == (0, made["id"])
    assert (shown["next_activity_date"], shown["next_activity_time"]) == ("2026-03-02", "15:00:00")


def test_records_count_their_activities_wherever_those_move(api: Api) -> None:
    ann, bob = create_person(api, "Ann"), create_person(api, "Bob")
    first, second = create_deal(api), create_deal(api)
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    id = create_activity(api, deal_id=first, org_id=org, participants=[{"person_id": ann}, {"person_id": bob}])["id"]

    def counts() -> list[int]:
        paths = [f"deals/{first}", f"deals/{second}", f"persons/{ann}", f"persons/{bob}", f"organizations/{org}"]
        return [api.get(f"/v1/{path}").data["activities_count"] for path in paths]

    assert counts() == [1, 0, 1, 1, 1]
    api.patch(f"/api/v2/activities/{id}", {"deal_id": second, "participants": [{"person_id": bob}], "org_id": None})
    assert counts() == [0, 1, 0, 1, 0]
    api.delete(f"/api/v2/activities/{id}")
    assert counts() == [0, 0, 0, 0, 0]


def test_answers_state_whether_more_is_scheduled_in_the_same_context(api: Api) -> None:
    deal_id = create_deal(api)
    first = api.post("/v1/activities", {"deal_id": deal_id})
    assert first.body["additional_data"]["more_activities_scheduled_in_context"] is False
    second = api.post("/v1/activities", {"deal_id": deal_id})
    assert second.body["additional_data"]["more_activities_scheduled_in_context"] is True
    assert second.body["additional_data"]["updates_story_id"] > first.body["additional_data"]["updates_story_id"]
    done = api.put(f"/v1/activities/{first.data['id']}", {"done": True})
    assert done.body["additional_data"]["more_activities_scheduled_in_context"] is True
    assert list(done.body["related_objects"]["deal"]) == [str(deal_id)]


def test_an_activity_is_about_a_deal_or_a_lead(api: Api) -> None:
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    lead = api.post("/v1/leads", {"title": "Lead", "organization_id": org}).data["id"]
    deal_id = create_deal(api)
    id = create_activity(api, deal_id=deal_id)["id"]
    for answer in (
        api.post("/v1/activities", {"deal_id": deal_id, "lead_id": lead}),
        api.put(f"/v1/activities/{id}", {"lead_id": lead}),
        api.patch(f"/api/v2/activities/{id}", {"lead_id": lead}),
    ):
        assert answer.status == 400
        assert "about a deal or about a lead" in answer.error
    moved = api.patch(f"/api/v2/activities/{id}", {"lead_id": lead, "deal_id": None}).data
    assert (moved["lead_id"], moved["deal_id"]) == (lead, None)


def test_the_note_keeps_its_formatting_but_no_scripts(api: Api) -> None:
    assert create_activity(api, note="<b>Yes</b><script>alert(1)</script>")["note"] == "<b>Yes</b>"


def test_a_deleted_activity_is_found_in_v1_only(api: Api) -> None:
    one, two, three = (create_activity(api)["id"] for _ in range(3))
    assert api.delete(f"/v1/activities/{one}").data == {"id": one}
    assert api.delete("/v1/activities", ids=f"{two},{three}").data == {"id": [two, three]}
    assert api.get(f"/v1/activities/{one}").data["active_flag"] is False
    assert api.get(f"/api/v2/activities/{one}").status == 404
    assert api.put(f"/v1/activities/{one}", {"subject": "x"}).status == 404
    assert (api.get("/v1/activities").data, api.get("/api/v2/activities").data) == (None, [])


def test_v1_lists_the_callers_own_activities_by_default(api: Api) -> None:
    regular = add_user(api, "Rita")
    own = create_activity(api, type="meeting", due_date="2026-03-05", done=True)["id"]
    others = create_activity(api, owner_id=regular.principal.user_id, due_date="2026-03-10")["id"]

    def listed(**query: object) -> list[int]:
        return [one["id"] for one in api.get("/v1/activities", **query).data or []]

    assert listed() == [own]
    assert listed(user_id=0) == [own, others]
    assert listed(user_id=regular.principal.user_id) == [others]
    assert listed(user_id=0, type="call,lunch") == [others]
    assert listed(user_id=0, done=1) == [own]
    assert listed(user_id=0, start_date="2026-03-06", end_date="2026-03-10") == [others]
    assert api.get("/v1/activities", filter_id=99).status == 404


def test_v2_lists_activities_of_all_users_narrowed_and_sorted(api: Api) -> None:
    deal_id = create_deal(api)
    early = create_activity(api, due_date="2026-03-05", deal_id=deal_id)["id"]
    api.clock.advance(days=1)
    late = create_activity(api, due_date="2026-01-01", done=True)["id"]

    def listed(**query: object) -> list[int]:
        return [one["id"] for one in api.get("/api/v2/activities", **query).data]

    assert listed() == [early, late]
    assert listed(sort_by="due_date") == [late, early]
    assert listed(deal_id=deal_id) == [early]
    assert listed(done="true") == [late]
    assert listed(ids=f"{late},99") == [late]
    assert listed(updated_since="2026-03-03T00:00:00Z") == [late]
    assert listed(updated_until="2026-03-03T00:00:00Z") == [early]
    page = api.get("/api/v2/activities", limit=1, sort_by="due_date", sort_direction="desc")
    assert [one["id"] for one in page.data] == [early]
    assert [one["id"] for one in api.get("/api/v2/activities", limit=1, cursor=page.next_cursor).data] == [late]
    assert api.get("/api/v2/activities", updated_since="2026-03-03T00:00:00.5Z").status == 400


def test_the_activities_of_a_record_and_how_they_are_spread(api: Api) -> None:
    deal_id, ann, bob = create_deal(api), create_person(api, "Ann"), create_person(api, "Bob")
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    rita = add_user(api, "Rita").principal.user_id
    people = [{"person_id": ann}, {"person_id": bob}]
    ids = [
        create_activity(api, deal_id=deal_id, participants=people, org_id=org, **values)["id"]
        for values in ({}, {"type": "lunch", "done": True}, {"owner_id": rita})
    ]
    page = api.get(f"/v1/deals/{deal_id}/activities", limit=1)
    assert [one["id"] for one in page.data] == ids[:1]
    assert page.body["additional_data"]["activity_distribution"] == {
        "1": {"activities": {"call": 1, "lunch": 1}, "name": "Ada Admin", "activity_count": 2, "share": 67},
        str(rita): {"activities": {"call": 1}, "name": "Rita", "activity_count": 1, "share": 33},
    }
    for path in (f"persons/{ann}", f"persons/{bob}", f"organizations/{org}"):
        assert [one["id"] for one in api.get(f"/v1/{path}/activities").data] == ids
        assert [one["id"] for one in api.get(f"/v1/{path}/activities", done=0, exclude=ids[0]).data] == [ids[2]]


def test_the_collection_is_for_global_admins(api: Api) -> None:
    id = create_activity(api)["id"]
    assert [one["id"] for one in api.get("/v1/activities/collection", type="call", done="false").data] == [id]
    assert api.get("/v1/activities/collection", since="2026-03-03 00:00:00").data == []
    assert add_user(api, "Rita").get("/v1/activities/collection").status == 403


def test_who_sees_an_activity(api: Api) -> None:
    """An activity is visible to its owner, and to users who see its deal, its person or its organization."""
    rita = add_user(api, "Rita")
    hidden, visible = create_deal(api, visible_to=1), create_deal(api, visible_to=7)
    alone = create_activity(api)["id"]
    own = create_activity(api, owner_id=rita.principal.user_id, deal_id=hidden)["id"]
    on_hidden = create_activity(api, deal_id=hidden)["id"]
    on_visible = create_activity(api, deal_id=visible)["id"]
    assert [one["id"] for one in rita.get("/api/v2/activities").data] == [own, on_visible]
    assert [one["id"] for one in rita.get("/v1/activities", user_id=0).data] == [own, on_visible]
    for id in (alone, on_hidden):
        assert rita.get(f"/v1/activities/{id}").status == 404
        assert rita.patch(f"/api/v2/activities/{id}", {"subject": "x"}).status == 404
    assert rita.post("/api/v2/activities", {"deal_id": hidden}).status == 400
    shown = rita.put(f"/v1/activities/{own}", {"subject": "Still mine", "deal_id": hidden}).data
    assert (shown["deal_id"], shown["deal_title"]) == (hidden, "(hidden)")
