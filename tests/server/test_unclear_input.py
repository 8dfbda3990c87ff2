"""Input that no document speaks of is answered as decision 21 says, row by row."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api, Response

DECISION = Path(__file__).parents[2] / "docs/decisions/0021-answers-to-unclear-input.md"
Case = Callable[[Api], None]


def rows() -> list[str]:
    """The names of the rows of the decision's table."""
    return re.findall(r"^\| (U\d+) \|", DECISION.read_text(), re.MULTILINE)


def assert_refused(answer: Response, status: int, *words: str) -> None:
    """The answer is an error that has these words."""
    assert answer.status == status, answer.body
    assert answer.body["success"] is False
    for word in words:
        assert word in answer.error


def new_field(api: Api, noun: str, field_type: str, *options: str) -> dict[str, Any]:
    """A custom field."""
    given = {"options": [{"label": label} for label in options]} if options else {}
    field: dict[str, Any] = api.post(f"/v1/{noun}Fields", {"name": field_type, "field_type": field_type, **given}).data
    return field


def new_deal(api: Api, **properties: object) -> str:
    """The path in v1 of a deal."""
    return f"/v1/deals/{api.post('/v1/deals', {'title': 'Deal', **properties}).data['id']}"


def unknown_options(api: Api) -> None:
    for field_type in ("enum", "set"):
        key = new_field(api, "deal", field_type, "a", "b")["key"]
        for unknown in ("c", 999_999):
            assert_refused(api.post("/v1/deals", {"title": "x", key: unknown}), 400, key)


def unknown_labels(api: Api) -> None:
    for noun, name in (("deals", "title"), ("persons", "name"), ("organizations", "name")):
        for unknown in ("no such label", ["no such label"], "no such label,other"):
            assert_refused(api.post(f"/v1/{noun}", {name: "x", "label": unknown}), 400, "label", "no such label")


def null_for_what_has_a_value(api: Api) -> None:
    deal = new_deal(api, value=5, currency="USD", status="won", visible_to=3)
    names = ("title", "currency", "user_id", "stage_id", "pipeline_id", "status", "visible_to", "is_archived")
    before = api.get(deal).data
    after = api.put(deal, dict.fromkeys(names)).data
    assert {name: after[name] for name in names} == {name: before[name] for name in names}
    assert api.post("/v1/deals", {"title": "x", "currency": None, "user_id": None}).data["currency"] == "EUR"
    assert_refused(api.post("/v1/deals", {"title": None}), 400, "title", "is required")
    note = api.post("/v1/notes", {"content": "x", "deal_id": before["id"], "pinned_to_deal_flag": 1}).data["id"]
    assert api.put(f"/v1/notes/{note}", {"pinned_to_deal_flag": None}).data["pinned_to_deal_flag"] is True
    person = {"name": "x", "email": [{"value": "a@example.com", "primary": None, "label": None}]}
    assert api.post("/v1/persons", person).data["email"][0]["primary"] is True
    # v2 has no such leniency.
    assert_refused(api.patch(f"/api{deal.replace('v1', 'v2')}", {"currency": None}), 400, "currency")


def zero_for_no_record(api: Api) -> None:
    person = api.post("/v1/persons", {"name": "x"}).data["id"]
    for zero in (0, "0"):
        deal = new_deal(api, person_id=person)
        assert api.put(deal, {"person_id": zero}).data["person_id"] is None
        assert api.post("/v1/persons", {"name": "y", "org_id": zero}).data["org_id"] is None
    assert_refused(api.put(deal, {"stage_id": 0}), 400, "stage_id")
    assert_refused(api.patch(f"/api{deal.replace('v1', 'v2')}", {"person_id": 0}), 400, "person_id")


def moments_for_days(api: Api) -> None:
    day, span = new_field(api, "deal", "date")["key"], new_field(api, "deal", "daterange")["key"]
    for moment in ("2026-04-13T00:00:00.000Z", "2026-04-13T23:59:59+02:00", "2026-04-13 10:00:00"):
        body = {"expected_close_date": moment, day: moment, span: moment, f"{span}_until": moment}
        shown = api.get(new_deal(api, **body)).data
        assert {name: shown[name] for name in body} == dict.fromkeys(body, "2026-04-13")
        assert api.post("/v1/activities", {"due_date": moment}).data["due_date"] == "2026-04-13"
        assert_refused(api.post("/api/v2/deals", {"title": "x", "expected_close_date": moment}), 400)
        assert_refused(api.post("/api/v2/deals", {"title": "x", "custom_fields": {day: moment}}), 400)
    for wrong in ("2026-04-13T", "2026-04-13 tomorrow", "2026-02-30T00:00:00Z", "20260413T000000Z"):
        assert_refused(api.post("/v1/deals", {"title": "x", "expected_close_date": wrong}), 400)
        assert_refused(api.post("/v1/deals", {"title": "x", day: wrong}), 400)


def times_without_padding(api: Api) -> None:
    for path in ("/v1/activities", "/api/v2/activities"):
        assert_refused(api.post(path, {"due_time": "9:05"}), 400, "due_time")


def durations_without_padding(api: Api) -> None:
    assert api.post("/v1/activities", {"duration": "1:00"}).data["duration"] == "01:00"
    assert api.post("/api/v2/activities", {"duration": "1:00"}).data["duration"] == "01:00:00"


def status_of_v1_in_v2(api: Api) -> None:
    assert_refused(api.get("/api/v2/deals", status="all_not_deleted"), 400, "status", "open")
    assert api.get("/v1/deals", status="all_not_deleted").status == 200


def participants_of_v1_in_v2(api: Api) -> None:
    person = api.post("/v1/persons", {"name": "x"}).data["id"]
    participants = [{"person_id": person, "primary_flag": True}]
    assert_refused(api.post("/api/v2/activities", {"participants": participants}), 400, "primary_flag")
    assert api.post("/v1/activities", {"participants": participants}).data["person_id"] == person


def bulk_deletes(api: Api) -> None:
    deal = api.get(new_deal(api)).data["id"]
    assert_refused(api.delete("/v1/deals", ids=f"{deal},999999"), 404)
    assert api.get(f"/v1/deals/{deal}").data["deleted"] is False
    assert_refused(api.call("DELETE", "/v1/deals", {"ids": [deal]}), 400, "ids")


def uploads_without_files(api: Api) -> None:
    person = api.post("/v1/persons", {"name": "x"}).data["id"]
    for path in ("/v1/files", f"/v1/persons/{person}/picture"):
        answers = [api.upload("POST", path, {}, {"deal_id": 1}), api.form("POST", path, {"deal_id": 1})]
        assert {answer.error for answer in answers} == {"No files were provided with the request."}
        answer = api.upload("POST", path, {}, {"file": "name.csv"})
        assert_refused(answer, 400)
        assert answer.error == "Invalid input: file - This field was not expected."


def parts_of_addresses(api: Api) -> None:
    for path, body, name in (
        ("/v1/organizations", {"name": "x"}, "address"),
        ("/v1/persons", {"name": "x"}, "postal_address"),
        ("/v1/activities", {"subject": "x"}, "location"),
    ):
        city, code, street = f"{name}_locality", f"{name}_postal_code", f"{name}_route"
        created = api.post(path, {**body, name: "Main Street, Bonn", city: "Bonn"}).data
        assert (created[name], created[city]) == ("Main Street, Bonn", "Bonn")
        changed = api.put(f"{path}/{created['id']}", {code: 53111}).data
        assert (changed[name], changed[city], changed[code]) == ("Main Street, Bonn", "Bonn", "53111")
        # A new address has nothing of the old one.
        moved = api.put(f"{path}/{created['id']}", {name: "Elsewhere", street: "Long Road"}).data
        assert (moved[name], moved[street], moved[city]) == ("Elsewhere", "Long Road", "")
        parts = api.post(path, {**body, city: "Bonn", street: "Long Road"}).data
        assert (parts[name], parts[city]) == ("Long Road, Bonn", "Bonn")
        # What a client was shown can be sent back.
        sent_back = {key: value for key, value in parts.items() if key.startswith(name)}
        assert api.put(f"{path}/{parts['id']}", sent_back).data[city] == "Bonn"


def two_primary_values(api: Api) -> None:
    values = [{"value": f"{name}@example.com", "primary": True} for name in "ab"]
    assert_refused(api.post("/v1/persons", {"name": "x", "email": values}), 400, "email")
    assert_refused(api.post("/api/v2/persons", {"name": "x", "emails": values}), 400, "emails")


def byte_order_marks(api: Api) -> None:
    for path in ("/v1/deals", "/api/v2/deals"):
        answer = api.send("POST", path, b'\xef\xbb\xbf{"title":"Marked"}')
        assert answer.data["title"] == "Marked"


def operations_that_are_gone(api: Api) -> None:
    for path in ("/v1/persons/find", "/v1/deals/find"):
        assert_refused(api.get(path, term="x"), 400, "id")


def ranges_that_end_before_they_begin(api: Api) -> None:
    key = new_field(api, "deal", "daterange")["key"]
    deal = new_deal(api, **{key: "2026-01-01", f"{key}_until": "2026-01-31"})
    assert_refused(api.put(deal, {key: "2026-02-01"}), 400, key, "ends before it begins")
    assert api.put(deal, {key: "2026-01-15"}).data[f"{key}_until"] == "2026-01-31"


def phone_numbers(api: Api) -> None:
    api.post("/v1/persons", {"name": "Caller", "phone": "+1 (415) 555-0199"})
    for term in ("415-555-0199", "+1 415 555 0199", "(415) 555/0199", "415.555.0199", "4155550199", "555-0199"):
        for path in ("/v1/persons/search", "/api/v2/persons/search", "/v1/itemSearch", "/api/v2/itemSearch"):
            names = [found["item"]["name"] for found in api.get(path, term=term).data["items"]]
            assert names == ["Caller"], (path, term)
    assert api.get("/api/v2/persons/search", term="+1 415 555 0199", exact_match="true").data["items"]
    assert api.get("/api/v2/persons/search", term="415-555-0198").data["items"] == []
    assert api.get("/api/v2/persons/search", term="415-555-0199", fields="name").data["items"] == []


def updates_of_nothing(api: Api) -> None:
    api.post("/v1/persons", {"name": "x"})
    api.post("/v1/organizations", {"name": "x"})
    deal = new_deal(api)
    for path in (deal, "/v1/persons/1", "/v1/organizations/1"):
        for body in ({}, {"d_1_f_443_f_570": "x"}, {"id": 1}, None):
            answer = api.put(path, body)
            assert_refused(answer, 400)
            assert answer.error == "Bad request"
    # What was known all the same counts, and so does a custom field.
    key = new_field(api, "deal", "varchar")["key"]
    for known in ({"title": "y", "d_1_f_443_f_570": "x"}, {key: None}, {"lost_reason": None}):
        assert api.put(deal, known).status == 200


def sorting_by_members_of_answers(api: Api) -> None:
    assert_refused(api.get("/v1/deals", sort="nothing ASC"), 400, "nothing")
    for key in ("person_name", "org_name", "stage_order_nr"):
        assert api.get("/v1/deals", sort=f"{key} ASC").status == 200
    for key in ("person_id", "org_id", "stage_id", "pipeline", "label", "user_id", "probability"):
        assert api.get("/v1/deals", sort=f"{key} ASC").status == 200


def probabilities_with_fractions(api: Api) -> None:
    deal = new_deal(api, probability=55.5, value=200)
    shown = api.get(deal).data
    assert (shown["probability"], shown["weighted_value"]) == (55.5, 111)
    assert api.put(deal, {"probability": "60"}).data["probability"] == 60
    v2 = api.patch(f"/api{deal.replace('v1', 'v2')}", {"probability": 12.25}).data
    assert v2["probability"] == 12.25
    totals = api.get("/v1/deals/summary").data["weighted_values_total"]["EUR"]
    assert totals["value"] == 24.5
    for wrong in (100.5, -0.5, "many"):
        assert_refused(api.put(deal, {"probability": wrong}), 400, "probability")


def numbers_for_moments(api: Api) -> None:
    for number in (1767225600, "1767225600", "20260102", "2026"):
        for path, body, name in (
            ("/v1/deals", {"title": "x"}, "add_time"),
            ("/v1/persons", {"name": "x"}, "add_time"),
            ("/v1/organizations", {"name": "x"}, "add_time"),
        ):
            assert_refused(api.post(path, {**body, name: number}), 400, name, "a valid datetime")
        assert_refused(api.get("/v1/recents", since_timestamp=number), 400, "since_timestamp")
        assert_refused(api.get("/v1/deals/collection", since=number), 400, "since")
    assert (
        api.post("/v1/deals", {"title": "x", "add_time": "2026-01-02 03:04"}).data["add_time"] == "2026-01-02 03:04:00"
    )


def parts_without_values(api: Api) -> None:
    span, place, money = (new_field(api, "deal", kind)["key"] for kind in ("daterange", "address", "monetary"))
    assert_refused(api.post("/v1/deals", {"title": "x", f"{span}_until": "2026-01-31"}), 400, span, "beginning")
    assert api.get(new_deal(api, **{f"{place}_locality": "Bonn"})).data[place] == "Bonn"
    assert api.get(new_deal(api, **{f"{money}_currency": "EUR"})).data[f"{money}_currency"] is None


CASES: dict[str, Case] = {
    "U1": unknown_options,
    "U2": unknown_labels,
    "U3": null_for_what_has_a_value,
    "U4": zero_for_no_record,
    "U5": moments_for_days,
    "U6": times_without_padding,
    "U7": durations_without_padding,
    "U8": status_of_v1_in_v2,
    "U9": participants_of_v1_in_v2,
    "U10": bulk_deletes,
    "U11": uploads_without_files,
    "U12": parts_of_addresses,
    "U13": two_primary_values,
    "U14": byte_order_marks,
    "U15": operations_that_are_gone,
    "U16": ranges_that_end_before_they_begin,
    "U17": phone_numbers,
    "U18": updates_of_nothing,
    "U19": sorting_by_members_of_answers,
    "U20": probabilities_with_fractions,
    "U21": numbers_for_moments,
    "U22": parts_without_values,
}


def test_every_row_of_the_decision_has_a_case() -> None:
    assert rows() == list(CASES)


@pytest.mark.parametrize("row", rows())
def test_the_answer_is_that_of_the_decision(api: Api, row: str) -> None:
    CASES[row](api)
