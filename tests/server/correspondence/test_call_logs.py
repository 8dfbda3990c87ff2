"""Calls that were made or received, over HTTP."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dealwright.jobs.run_due import run_due
from tests.api import Api, Response
from tests.company import add_role, add_user
from tests.server.leads.test_conversions import convert

CALL = {
    "outcome": "connected",
    "to_phone_number": "+37249234343",
    "start_time": "2026-03-02 09:30:00",
    "end_time": "2026-03-02T09:41:30Z",
}
SOUND = ("call.mp3", "audio/mpeg", b"ID3 not much of a song")
GONE = "The callLog you are trying to access is no longer available"
FORBIDDEN = "You don't have permission to change this resource."
NOT_FOUND = "A resource required for this operation was not found."


def add(api: Api, path: str, **values: object) -> Any:
    return api.post(path, values).data["id"]


def log(api: Api, **values: object) -> dict[str, Any]:
    found: dict[str, Any] = api.post("/v1/callLogs", {**CALL, **values}).data
    return found


def record(api: Api, id: str, file: tuple[str, str, bytes] = SOUND) -> Response:
    return api.upload("POST", f"/v1/callLogs/{id}/recordings", {"file": file})


def test_a_call_with_little_said_about_it(api: Api) -> None:
    call = log(api)
    assert re.fullmatch(r"[0-9a-f]{32}", call["id"])
    assert call == {
        "id": call["id"],
        "activity_id": 1,
        "user_id": 1,
        "company_id": api.principal.company.id,
        "outcome": "connected",
        "to_phone_number": "+37249234343",
        "from_phone_number": None,
        "start_time": "2026-03-02T09:30:00.000Z",
        "end_time": "2026-03-02T09:41:30.000Z",
        "duration": "690",
        "person_id": None,
        "org_id": None,
        "deal_id": None,
        "lead_id": None,
        "note": None,
        "subject": "Call",
        "has_recording": False,
    }
    assert api.get(f"/v1/callLogs/{call['id'].upper()}").data == call
    activity = api.get("/api/v2/activities/1").data
    expected = {
        "type": "call",
        "subject": "Call",
        "done": True,
        "owner_id": 1,
        "due_date": "2026-03-02",
        "due_time": "09:30:00",
        "duration": "00:11:30",
        "marked_as_done_time": "2026-03-02T10:00:00Z",
    }
    assert {name: activity[name] for name in expected} == expected


def test_a_call_with_all_that_can_be_said_about_it(api: Api) -> None:
    org = add(api, "/api/v2/organizations", name="Acme")
    person, deal = add(api, "/api/v2/persons", name="Mary"), add(api, "/api/v2/deals", title="Roof")
    bob = add_user(api, "Bob").principal.user_id
    given = {
        "person_id": person,
        "org_id": org,
        "deal_id": deal,
        "user_id": bob,
        "subject": "About the roof",
        "duration": "75",
        "from_phone_number": "+37277774841",
    }
    call = log(api, **given, note="<b>Hm</b><script>x</script>")
    assert {name: call[name] for name in given} == given
    assert call["note"] == "<b>Hm</b>"
    activity = api.get("/api/v2/activities/1").data
    expected = {"subject": "About the roof", "owner_id": bob, "deal_id": deal, "org_id": org, "person_id": person}
    assert {name: activity[name] for name in expected} == expected
    assert (activity["note"], activity["duration"]) == ("<b>Hm</b>", "00:01:15")
    shown = api.get(f"/api/v2/deals/{deal}", include_fields="done_activities_count").data
    assert shown["done_activities_count"] == 1
    assert api.get("/v1/callLogs").data == []


def test_a_call_about_a_lead(api: Api) -> None:
    lead = add(api, "/v1/leads", title="Roof", person_id=add(api, "/api/v2/persons", name="Mary"))
    call = log(api, lead_id=lead.upper())
    assert call["lead_id"] == api.get("/api/v2/activities/1").data["lead_id"] == lead
    deal = convert(api, "leads", lead)
    moved = api.get(f"/v1/callLogs/{call['id']}").data
    assert (moved["lead_id"], moved["deal_id"]) == (None, deal)


def test_an_activity_is_turned_into_a_call(api: Api) -> None:
    deal, other = add(api, "/api/v2/deals", title="Roof"), add(api, "/api/v2/deals", title="Wall")
    planned = {"subject": "Planned", "type": "call", "note": "Ask", "due_date": "2026-03-09", "deal_id": deal}
    activity = add(api, "/api/v2/activities", **planned)
    call = log(api, activity_id=activity, deal_id=other, outcome="no_answer")
    assert (call["activity_id"], call["deal_id"], call["subject"], call["note"]) == (activity, deal, "Planned", "Ask")
    changed = api.get(f"/api/v2/activities/{activity}").data
    assert (changed["done"], changed["due_date"], changed["deal_id"]) == (True, "2026-03-02", deal)
    assert len(api.get("/api/v2/activities").data) == 1
    again = api.post("/v1/callLogs", {**CALL, "activity_id": activity})
    assert (again.status, "activity_id" in again.error) == (400, True)
    api.delete(f"/v1/callLogs/{call['id']}")
    assert log(api, activity_id=activity, subject="Called", note="Told")["note"] == "Told"
    assert api.get(f"/api/v2/activities/{activity}").data["subject"] == "Called"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"outcome": None}, "outcome"),
        ({"outcome": "happy"}, "outcome"),
        ({"to_phone_number": None}, "to_phone_number"),
        ({"start_time": "yesterday"}, "start_time"),
        ({"end_time": "2026-03-02 09:29:59"}, "end_time"),
        ({"duration": "long"}, "duration"),
        ({"user_id": 99}, "user_id"),
        ({"deal_id": 1, "lead_id": "11111111-2222-4333-8444-555555555555"}, "lead_id"),
        ({"activity_id": "meeting"}, "activity_id"),
    ],
)
def test_what_is_wrong_with_a_call_is_said(api: Api, values: dict[str, object], field: str) -> None:
    add(api, "/api/v2/deals", title="Roof")
    meeting = add(api, "/api/v2/activities", subject="Meet", type="meeting")
    sent = {name: meeting if value == "meeting" else value for name, value in {**CALL, **values}.items()}
    answer = api.post("/v1/callLogs", {name: value for name, value in sent.items() if value is not None})
    assert answer.status == 400
    assert field in answer.error
    assert api.get("/v1/callLogs").data == []
    assert [one["subject"] for one in api.get("/api/v2/activities").data] == ["Meet"]


@pytest.mark.parametrize("link", ["activity_id", "deal_id", "person_id", "org_id", "lead_id"])
def test_what_a_call_is_about_must_be_there(api: Api, link: str) -> None:
    id: object = "11111111-2222-4333-8444-555555555555" if link == "lead_id" else 99
    answer = api.post("/v1/callLogs", {**CALL, link: id})
    assert (answer.status, answer.error) == (404, NOT_FOUND)
    assert api.get("/api/v2/activities").data == []


def test_only_admins_of_the_account_log_calls_of_others(api: Api) -> None:
    rep = add_user(api, "Rep")
    answer = rep.post("/v1/callLogs", {**CALL, "user_id": 1})
    assert (answer.status, answer.error) == (403, FORBIDDEN)
    own = log(rep, user_id=rep.principal.user_id)
    assert own["user_id"] == rep.principal.user_id
    assert log(api, user_id=rep.principal.user_id)["user_id"] == rep.principal.user_id


def test_the_list_has_ones_own_calls_the_newest_first(api: Api) -> None:
    rep = add_user(api, "Rep")
    log(rep)
    ids = [log(api)["id"] for _ in range(53)][::-1]
    first = api.get("/v1/callLogs", limit=500)
    assert [one["id"] for one in first.data] == ids[:50]
    pagination = first.body["additional_data"]["pagination"]
    assert (pagination["limit"], pagination["more_items_in_collection"], pagination["next_start"]) == (50, True, 50)
    assert [one["id"] for one in api.get("/v1/callLogs", start=50).data] == ids[50:]
    assert [one["id"] for one in api.get("/v1/callLogs", limit=2, start=1).data] == ids[1:3]


def test_a_recording_is_a_file_on_the_activity(api: Api) -> None:
    call = log(api)
    assert record(api, call["id"]).body == {"success": True}
    assert api.get(f"/v1/callLogs/{call['id']}").data["has_recording"] is True
    assert api.get("/v1/callLogs").data[0]["has_recording"] is True
    [file] = api.get("/v1/files").data
    assert (file["activity_id"], file["name"]) == (call["activity_id"], "call.mp3")
    assert api.get(f"/v1/files/{file['id']}/download").body == SOUND[2]
    again = record(api, call["id"])
    assert (again.status, again.error) == (409, "A recording for this call already exists")
    api.delete(f"/v1/files/{file['id']}")
    assert api.get(f"/v1/callLogs/{call['id']}").data["has_recording"] is False
    assert record(api, call["id"]).status == 200


@pytest.mark.parametrize(
    ("name", "content_type", "taken"),
    [
        ("call.wav", "application/octet-stream", True),
        ("call", "audio/ogg; codecs=opus", True),
        ("call", "application/octet-stream", True),
        ("call.webm", "video/webm", True),
        ("call.png", "audio/mpeg", False),
        ("call", "text/html", False),
    ],
)
def test_recordings_are_sounds(api: Api, name: str, content_type: str, taken: bool) -> None:
    call = log(api)
    answer = record(api, call["id"], (name, content_type, b"sound"))
    assert answer.status == (200 if taken else 400)
    assert api.get(f"/v1/callLogs/{call['id']}").data["has_recording"] is taken
    assert len(api.get("/v1/files").data or []) == taken


def test_a_call_is_deleted_with_its_recording_and_without_its_activity(api: Api) -> None:
    call = log(api)
    record(api, call["id"])
    assert api.delete(f"/v1/callLogs/{call['id']}").body == {"success": True}
    for answer in (
        api.get(f"/v1/callLogs/{call['id']}"),
        api.delete(f"/v1/callLogs/{call['id']}"),
        record(api, call["id"]),
    ):
        assert (answer.status, answer.error) == (410, GONE)
    assert api.get("/v1/callLogs").data == []
    assert api.get("/v1/files").data is None
    assert api.get(f"/api/v2/activities/{call['activity_id']}").data["subject"] == "Call"


def test_a_call_outlives_its_activity(api: Api) -> None:
    call = log(api)
    run_due(api.companies)
    api.delete(f"/api/v2/activities/{call['activity_id']}")
    assert api.get(f"/v1/callLogs/{call['id']}").data == call
    assert record(api, call["id"]).status == 200
    assert [file["activity_id"] for file in api.get("/v1/files").data] == [None]
    api.clock.advance(days=31)
    run_due(api.companies)
    assert api.get(f"/v1/callLogs/{call['id']}").data["activity_id"] is None
    api.delete(f"/v1/callLogs/{call['id']}")
    api.clock.advance(days=31)
    run_due(api.companies)
    answer = api.get(f"/v1/callLogs/{call['id']}")
    assert (answer.status, answer.error) == (404, NOT_FOUND)


def test_who_sees_what_a_call_is_about_sees_it_and_only_its_user_changes_it(api: Api) -> None:
    rep, other = add_user(api, "Rep"), add_user(api, "Other", role_id=add_role(api, "Others"))
    deal = add(api, "/api/v2/deals", title="Roof", visible_to=7)
    shared, private = log(rep, deal_id=deal), log(rep)
    assert other.get(f"/v1/callLogs/{shared['id']}").data == shared
    for answer in (other.delete(f"/v1/callLogs/{shared['id']}"), record(other, shared["id"])):
        assert (answer.status, answer.error) == (403, FORBIDDEN)
    for answer in (
        other.get(f"/v1/callLogs/{private['id']}"),
        other.delete(f"/v1/callLogs/{private['id']}"),
        record(other, private["id"]),
    ):
        assert (answer.status, answer.error) == (404, NOT_FOUND)
    assert record(rep, shared["id"]).status == 200
    assert rep.delete(f"/v1/callLogs/{shared['id']}").status == 200
    assert api.delete(f"/v1/callLogs/{private['id']}").status == 200


@pytest.mark.parametrize(
    ("noun", "link"), [("deals", "deal_id"), ("persons", "person_id"), ("organizations", "org_id")]
)
def test_calls_move_with_what_they_are_about(api: Api, noun: str, link: str) -> None:
    name = "title" if noun == "deals" else "name"
    gone, kept = (add(api, f"/api/v2/{noun}", **{name: "One"}) for _ in range(2))
    call = log(api, **{link: gone})
    api.put(f"/v1/{noun}/{gone}/merge", {"merge_with_id": kept})
    assert api.get(f"/v1/callLogs/{call['id']}").data[link] == kept
    api.delete(f"/api/v2/{noun}/{kept}")
    run_due(api.companies)
    api.clock.advance(days=31)
    run_due(api.companies)
    assert api.get(f"/v1/callLogs/{call['id']}").data[link] is None
