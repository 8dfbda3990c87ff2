"""Names in place of ids, in both directions and both versions of the API: what is written by name is read by name."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dealwright import Client
from dealwright.connectors import InvalidParams, connections
from tests.sandbox import Sandbox

TEXTS = st.text(string.ascii_letters + string.digits + " ,().-äß東", min_size=1, max_size=30).map(
    lambda text: f"x{text}".strip()
)
DAYS = st.dates().map(str)
TIMES = st.times().map(lambda time: time.strftime("%H:%M:%S"))
VALUES: dict[str, Any] = {
    "address": st.just({"value": "Long Street 7"}),
    "date": DAYS,
    "daterange": st.just({"value": "2026-01-02", "until": "2026-01-09"}),
    "double": st.integers(-10_000, 10_000),
    "enum": None,
    "monetary": st.fixed_dictionaries({"value": st.integers(0, 10_000), "currency": st.sampled_from(["EUR", "USD"])}),
    "org": st.none(),
    "people": st.none(),
    "phone": st.just("+49 30 123456"),
    "set": None,
    "text": TEXTS,
    "time": st.just({"value": "10:00:00"}),
    "timerange": st.just({"value": "10:00:00", "until": "11:00:00"}),
    "user": None,
    "varchar": TEXTS,
}


@pytest.fixture
def clients(sandbox: Sandbox) -> Iterator[tuple[Client, Client]]:
    """A client with names, and one with ids."""
    connection = connections.server("crm", sandbox.url, sandbox.api_token)
    with Client(connection, names=True) as named, Client(connection) as plain:
        yield named, plain


def me(client: Client) -> Any:
    return client.v1.users.me()["data"]["name"]


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_written_by_name_is_read_by_name(clients: tuple[Client, Client], data: st.DataObject) -> None:
    named, plain = clients
    written: dict[str, Any] = {}
    kinds: dict[str, str] = {}
    labels: dict[str, list[str]] = {}
    codes: list[str] = []
    # Some fields have one name: they are told apart by their types.
    shared = data.draw(TEXTS)
    for kind in VALUES:
        own = data.draw(st.booleans())
        name = f"{data.draw(TEXTS)} of {kind}" if own else shared
        labels[kind] = data.draw(st.lists(TEXTS, min_size=2, max_size=5, unique_by=lambda text: text.casefold()))
        options = {"options": [{"label": one} for one in labels[kind]]} if kind in ("enum", "set") else {}
        body = {"field_name": name, "field_type": kind, **options}
        codes.append(plain.run("v2.post_deal_fields", {"data": body})["data"]["field_code"])
        kinds[codes[-1]] = kind
    shown = {one["field_code"]: one["field_name"] for one in plain.iterate("v2.get_deal_fields", {"limit": 500})}
    names = {
        code: shown[code]
        if sum(shown[other].casefold() == shown[code].casefold() for other in codes) == 1
        else f"{shown[code]} ({kinds[code]})"
        for code in codes
    }
    for code in codes:
        kind = kinds[code]
        if kind == "enum":
            value: Any = data.draw(st.sampled_from(labels[kind]))
        elif kind == "set":
            value = data.draw(st.lists(st.sampled_from(labels[kind]), min_size=1, unique=True))
        else:
            value = me(plain) if kind == "user" else data.draw(VALUES[kind])
        written[names[code]] = value
    try:
        made = named.run(
            "v2.post_deals",
            {"data": {"title": "Roof", "owner_id": me(plain), "stage_id": "Qualified", "custom_fields": written}},
        )["data"]
        _assert_written(made, written, me(plain))
        # The same record in v1 has the names at its root; what is read there can be written there.
        before = plain.run("v2.get_deals_by_id", {"id": made["id"]})["data"]["custom_fields"]
        first = named.run("v1.get_deals_by_id", {"id": made["id"]})["data"]
        choices = {
            name: first[name] for code, name in names.items() if kinds[code] in ("enum", "set", "varchar", "date")
        }
        named.run("v1.put_deals_by_id", {"id": made["id"], "data": dict.fromkeys(choices)})
        named.run("v1.put_deals_by_id", {"id": made["id"], "data": choices})
        after = plain.run("v2.get_deals_by_id", {"id": made["id"]})["data"]["custom_fields"]
        assert after == before
        [listed] = list(named.iterate("v2.get_deals", {"ids": [made["id"]]}))
        assert listed["custom_fields"] == named.run("v2.get_deals_by_id", {"id": made["id"]})["data"]["custom_fields"]
    finally:
        for code in codes:
            plain.run("v2.delete_deal_fields_by_field_code", {"field_code": code})


def _assert_written(record: dict[str, Any], written: dict[str, Any], user: str) -> None:
    assert (record["owner_id"], record["stage_id"]) == (user, "Qualified")
    for name, value in written.items():
        read = record["custom_fields"][name]
        if isinstance(value, dict):
            assert {key: read[key] for key in value} == value
        elif isinstance(value, list):
            assert sorted(read) == sorted(value)
        else:
            assert read == value


@pytest.fixture
def named(clients: tuple[Client, Client]) -> Client:
    """A company with two fields of one name, and options."""
    client, plain = clients
    known = {one["field_name"] for one in plain.iterate("v2.get_deal_fields", {"limit": 500})}
    if "Paper term" not in known:
        for name, kind in (
            ("Paper term", "enum"),
            ("Paper term", "date"),
            ("Provenance", "set"),
            ("Keeper of it", "user"),
        ):
            options = {"options": [{"label": "One year"}, {"label": "Two years"}]} if kind in ("enum", "set") else {}
            plain.run("v2.post_deal_fields", {"data": {"field_name": name, "field_type": kind, **options}})
    return client


WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "v2.post_deals",
        {"data": {"owner_id": "Nobody Known"}},
        "data.owner_id",
        "there is no user 'Nobody Known'; there is",
    ),
    ("v1.post_deals", {"data": {"user_id": "Nobody Known"}}, "data.user_id", "there is no user"),
    ("v2.get_deals", {"owner_id": "Nobody Known"}, "owner_id", "there is no user"),
    ("v2.post_deals", {"data": {"stage_id": "Qualifid"}}, "data.stage_id", "did you mean 'Qualified'"),
    ("v2.get_deals", {"stage_id": "qualifi"}, "stage_id", "did you mean 'Qualified'"),
    ("v2.post_deals", {"data": {"pipeline_id": "Sales pipelin"}}, "data.pipeline_id", "did you mean 'Sales pipeline'"),
    ("v2.get_stages", {"pipeline_id": "Sales EMEA"}, "pipeline_id", "there is no pipeline 'Sales EMEA'"),
    ("v1.get_stages", {"pipeline_id": "Sales EMEA"}, "pipeline_id", "there is no pipeline 'Sales EMEA'"),
    ("v2.post_deals", {"data": {"label_ids": ["Hott"]}}, "data.label_ids.0", "there is no label 'Hott'"),
    ("v1.post_leads", {"data": {"label_ids": ["Hott"]}}, "data.label_ids.0", "did you mean 'Hot'"),
    (
        "v2.post_activities",
        {"data": {"type": "Cal"}},
        "data.type",
        "there is no activity type 'Cal'; did you mean 'Call'",
    ),
    ("v1.post_activities", {"data": {"type": "Lunchh"}}, "data.type", "did you mean 'Lunch'"),
    (
        "v2.post_deals",
        {"data": {"custom_fields": {"Paper term": "x"}}},
        "data.custom_fields.Paper term",
        "2 fields are called 'Paper term': give 'Paper term (enum)' or 'Paper term (date)'",
    ),
    ("v1.post_deals", {"data": {"Paper term": "x"}}, "data.Paper term", "2 fields are called"),
    (
        "v2.post_deals",
        {"data": {"custom_fields": {"Paper trm": "x"}}},
        "data.custom_fields.Paper trm",
        "did you mean 'Paper term (enum)'",
    ),
    (
        "v2.post_deals",
        {"data": {"custom_fields": {"Paper term (enum)": "One yer"}}},
        "data.custom_fields.Paper term (enum)",
        "did you mean 'One year'",
    ),
    (
        "v2.post_deals",
        {"data": {"custom_fields": {"Provenance": ["One year", "Five"]}}},
        "data.custom_fields.Provenance.1",
        "there is 'One year' or 'Two years'",
    ),
    (
        "v1.post_deals",
        {"data": {"Provenance": "One year,Five"}},
        "data.Provenance",
        "there is no option of 'Provenance'",
    ),
    (
        "v2.post_deals",
        {"data": {"custom_fields": {"Keeper of it": "Nobody Known"}}},
        "data.custom_fields.Keeper of it",
        "there is no user",
    ),
    ("v2.get_deals", {"custom_fields": ["Provenence"]}, "custom_fields.0", "did you mean 'Provenance'"),
    ("v2.post_deals", {"data": {"visible_to": "All user"}}, "data.visible_to", "did you mean 'All users'"),
    ("v2.get_deal_fields_by_field_code", {"field_code": "Provenence"}, "field_code", "did you mean 'Provenance'"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: f"{one[0]} {one[2]}")
def test_a_wrong_name_says_what_is_right(named: Client, wrong: tuple[Any, dict[str, Any], str, str]) -> None:
    action, params, path, hint = wrong
    if "data" in params and action.startswith("v2.post_deals"):
        params = {"data": {"title": "Never made", **params["data"]}}
    with pytest.raises(InvalidParams) as caught:
        named.run(action, params)
    assert path in {problem.path for problem in caught.value.problems}
    assert hint in str(caught.value)


def test_definitions_are_read_again_when_something_is_new(named: Client, clients: tuple[Client, Client]) -> None:
    _, plain = clients
    named.run("v2.get_deals", {"stage_id": "Qualified"})
    plain.run("v2.post_stages", {"data": {"name": "Brand new", "pipeline_id": 1}})
    made = named.run("v2.post_deals", {"data": {"title": "Roof", "stage_id": "Brand new"}})["data"]
    assert made["stage_id"] == "Brand new"
    requests = plain.budget.requests
    named.run("v2.get_deals_by_id", {"id": made["id"]})
    # What is known is not read again.
    assert plain.budget.requests == requests + 1


def test_equal_stages_are_told_apart_by_their_pipelines(named: Client, clients: tuple[Client, Client]) -> None:
    _, plain = clients
    other = plain.run("v2.post_pipelines", {"data": {"name": "Extensions"}})["data"]["id"]
    plain.run("v2.post_stages", {"data": {"name": "Qualified", "pipeline_id": other}})
    try:
        with (
            Client(plain.connection, names=True) as another,
            pytest.raises(InvalidParams, match=r"give 'Qualified \(Sales pipeline\)' or 'Qualified \(Extensions\)'"),
        ):
            another.run("v2.get_deals", {"stage_id": "Qualified"})
        made = named.run(
            "v2.post_deals", {"data": {"title": "Roof", "pipeline_id": "Extensions", "stage_id": "Qualified"}}
        )["data"]
        assert (made["pipeline_id"], made["stage_id"]) == ("Extensions", "Qualified (Extensions)")
        assert named.run("v2.get_deals", {"stage_id": made["stage_id"]})["data"][0]["id"] == made["id"]
    finally:
        plain.run("v2.delete_pipelines_by_id", {"id": other})
