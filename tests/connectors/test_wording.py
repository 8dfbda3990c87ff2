"""Mistakes and what is said of them: what is wrong with which value, and what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from dealwright.connectors import Client, InvalidParams, UnknownAction, connections

TYPE_WORDS = ("null", "boolean", "int ", "float", "`", "None", "str ", "bool")

NAMES = [
    ("update_deal", "patch_deals_by_id"),
    ("create_deal", "post_deals"),
    ("add_person", "post_persons"),
    ("create_contact", "post_persons"),
    ("get_contact", "get_persons_by_id"),
    ("list_deals", "get_deals"),
    ("list_companies", "get_organizations"),
    ("delete_deal", "delete_deals_by_id"),
    ("remove_activity", "delete_activities_by_id"),
    ("edit_opportunity", "patch_deals_by_id"),
    ("get_deal", "get_deals_by_id"),
    ("create_meeting", "post_activities"),
    ("update_organisation", "patch_organizations_by_id"),
    ("delete_note", "delete_notes_by_id"),
    ("get_dels", "get_deals"),
]

VALUES: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("post_deals", {"data": {"title": "A", "stage": 1}}, ("stage", "'stage_id'")),
    ("post_deals", {"data": {"title": "A", "person": 1}}, ("person", "'person_id'")),
    ("post_deals", {"data": {"title": "A", "owner": 1}}, ("owner", "'owner_id'")),
    ("v2.post_deals", {"data": {"title": "A", "value": "much"}}, ("data.value", "'much'", "a number")),
    ("v2.post_deals", {"data": {"title": "A", "org_id": "x"}}, ("data.org_id", "'x'", "a whole number")),
    ("v2.post_deals", {"data": {"title": 7}}, ("data.title", "is 7", "a text")),
    ("v2.post_deals", {"data": {"title": None}}, ("data.title", "is empty", "a text")),
    ("v2.post_deals", {"data": {}}, ("data.title", "is required")),
    ("v2.post_deals", {"data": {"title": "A", "status": "opne"}}, ("'opne'", "one of open, won, lost")),
    ("v2.post_deals", {"data": {"title": "A", "expected_close_date": "soon"}}, ("'soon'", "YYYY-MM-DD")),
    ("v2.get_deals", {"limit": "many"}, ("limit", "'many'", "a whole number")),
    ("v2.get_deals", {"status": "opne"}, ("status", "'opne'", "one of open")),
    ("v2.get_deals", {"updated_since": "yesterday"}, ("updated_since", "'yesterday'", "2026-01-31T12:00:00Z")),
    ("v2.get_deals", {"sttaus": "open"}, ("sttaus", "did you mean 'status'?")),
    ("v2.get_deals_by_id", {}, ("id", "is required")),
    ("v2.get_deals_by_id", {"id": "abc"}, ("id", "'abc'", "a whole number")),
    ("v2.get_deals_by_id", {"id": 0}, ("id", "is 0", "a whole number")),
    ("v2.get_deals_by_id", {"id": True}, ("id", "is true", "a whole number")),
    ("v2.get_deals", {"title": "x"}, ("title", "is not a parameter")),
    ("v2.post_deals", {"title": "x"}, ("title", "belongs into the body")),
    ("v2.post_persons", {"data": {"name": "A", "emails": "a@b"}}, ("data.emails", "'a@b'", "a list")),
    ("v2.post_persons", {"data": {"name": "A", "emails": [{"value": 7}]}}, ("data.emails[0].value", "is 7")),
    ("v2.post_activities", {"data": {"subject": "A", "done": "maybe"}}, ("'maybe'", "true or false")),
    ("v2.post_products", {"data": {"name": ["A"]}}, ("data.name", "a list of 1", "a text")),
    ("v2.patch_deals_by_id", {"id": 1, "data": {"value": {"amount": 1}}}, ("data.value", "an object", "a number")),
]


@pytest.fixture
def nowhere() -> Client:
    return Client(connections.server("crm", "http://127.0.0.1:1", "t"))


@pytest.mark.parametrize(("name", "meant"), NAMES)
def test_names_are_guessed_by_what_they_mean(nowhere: Client, name: str, meant: str) -> None:
    with pytest.raises(UnknownAction) as caught:
        nowhere.request(name)
    assert caught.value.nearest[0] == meant


@pytest.mark.parametrize(("action", "params", "said"), VALUES, ids=str)
def test_a_mistake_is_named_with_its_value(
    nowhere: Client, action: str, params: dict[str, Any], said: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidParams) as caught:
        nowhere.request(action, params)
    message = str(caught.value)
    for words in said:
        assert words in message
    assert not any(word in message for word in TYPE_WORDS), message
