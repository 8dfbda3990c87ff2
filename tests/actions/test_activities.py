"""Activities: planned, done and deleted in both versions, and the types that they are of."""

from __future__ import annotations

from tests.actions.local_crm import LocalCrm


def test_an_activity_of_v2_is_planned_done_and_deleted(crm: LocalCrm) -> None:
    deal = crm.create("v2.post_deals", title="Ovens")
    call = crm.create(
        "v2.post_activities",
        subject="Call",
        type="call",
        deal_id=deal,
        due_date="2030-04-05",
        due_time="09:30:00",
        duration="00:30:00",
        location={"value": "Main Street 1"},
    )
    found = crm.data("v2.get_activities_by_id", id=call, include_fields="attendees")
    assert (found["subject"], found["type"], found["deal_id"], found["done"]) == ("Call", "call", deal, False)
    assert (found["due_date"], found["due_time"], found["duration"]) == ("2030-04-05", "09:30:00", "00:30:00")
    assert found["location"]["value"] == "Main Street 1"
    crm.data("v2.patch_activities_by_id", id=call, data={"done": True, "subject": "Called"})
    assert crm.ids("v2.get_activities", deal_id=deal, done=False) == []
    [listed] = crm.data("v2.get_activities", deal_id=deal, done=True)
    assert (listed["id"], listed["subject"]) == (call, "Called")
    assert listed["marked_as_done_time"] is not None
    assert crm.data("v2.delete_activities_by_id", id=call)["id"] == call
    assert crm.data("v2.get_activities", deal_id=deal) == []
    assert crm.refusal("v2.get_activities_by_id", id=call) == 404


def test_an_activity_of_v1_is_planned_done_and_deleted(crm: LocalCrm) -> None:
    mary, ann = (crm.create("v2.post_persons", name=name) for name in ("Mary", "Ann"))
    lunch = crm.create(
        "v1.post_activities",
        subject="Lunch",
        type="lunch",
        due_date="2030-04-06",
        participants=[{"person_id": mary, "primary_flag": True}, {"person_id": ann}],
        location="Harbour 7",
    )
    found = crm.data("v1.get_activities_by_id", id=lunch)
    assert (found["subject"], found["type"], found["person_id"], found["done"]) == ("Lunch", "lunch", mary, False)
    assert {one["person_id"] for one in found["participants"]} == {mary, ann}
    assert found["location"] == "Harbour 7"
    crm.data("v1.put_activities_by_id", id=lunch, data={"done": 1, "note": "Was good"})
    days = {"start_date": "2030-04-01", "end_date": "2030-04-30", "type": "lunch"}
    assert crm.data("v1.get_activities", done=0, **days) is None
    [listed] = crm.data("v1.get_activities", done=1, **days)
    assert (listed["id"], listed["note"]) == (lunch, "Was good")
    assert crm.ids("v1.get_activities_collection", type="lunch", done=True) == [lunch]
    assert crm.data("v1.delete_activities_by_id", id=lunch)["id"] == lunch
    assert crm.data("v1.get_activities", **days) is None
    assert crm.refusal("v2.get_activities_by_id", id=lunch) == 404


def test_several_activities_are_deleted_at_once(crm: LocalCrm) -> None:
    one, other, third = (crm.create("v2.post_activities", subject=name) for name in ("One", "Other", "Third"))
    assert crm.data("v1.delete_activities", ids=f"{one},{other}")["id"] == [one, other]
    assert crm.ids("v2.get_activities", ids=[one, other, third]) == [third]


def test_a_type_of_activities_comes_and_goes(crm: LocalCrm) -> None:
    visit = crm.data("v1.post_activity_types", data={"name": "Visit", "icon_key": "car", "color": "aeb31b"})
    activity = crm.create("v2.post_activities", subject="See them", type=visit["key_string"])
    crm.data("v1.put_activity_types_by_id", id=visit["id"], data={"name": "House call", "order_nr": 1})
    first = crm.data("v1.get_activity_types")[0]
    assert (first["id"], first["name"], first["key_string"]) == (visit["id"], "House call", "visit")
    assert crm.data("v1.delete_activity_types_by_id", id=visit["id"])["active_flag"] is False
    in_use = {one["id"] for one in crm.data("v1.get_activity_types") if one["active_flag"]}
    assert visit["id"] not in in_use
    assert crm.data("v2.get_activities_by_id", id=activity)["type"] == "visit"
    assert crm.refusal("v2.post_activities", data={"subject": "Again", "type": "visit"}) == 400


def test_several_types_are_deactivated_at_once(crm: LocalCrm) -> None:
    fair, show = (crm.create("v1.post_activity_types", name=name, icon_key="camera") for name in ("Fair", "Show"))
    assert crm.data("v1.delete_activity_types", ids=f"{fair},{show}")["id"] == [fair, show]
    active = {one["id"]: one["active_flag"] for one in crm.data("v1.get_activity_types")}
    assert (active[fair], active[show]) == (False, False)
