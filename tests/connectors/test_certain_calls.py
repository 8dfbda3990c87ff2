"""What a call means is certain before it is sent: the version that runs, whole numbers, times, files, the size of pages."""

from __future__ import annotations

import datetime as dt
import io
import logging
from decimal import Decimal
from typing import Any

import pytest

from dealwright.connectors import Client, InvalidParams, calls
from dealwright.contract import catalogue
from dealwright.contract.endpoint import Endpoint
from tests.connectors.service import StubService

LISTS_OF_FIELDS = [f"get_{one}_fields" for one in ("activity", "deal", "organization", "person", "product")]


@pytest.mark.parametrize("name", LISTS_OF_FIELDS)
def test_a_bare_name_means_what_the_document_lists(client: Client, service: StubService, name: str) -> None:
    assert client.request(name).action == f"v1.{name}"
    assert client.request(f"v2.{name}").action == f"v2.{name}"


def test_an_answer_tells_which_version_ran(client: Client, service: StubService) -> None:
    assert client.request("get_deals").action == "v2.get_deals"
    assert client.request("v1.get_deals").action == "v1.get_deals"
    answer = client.request("post_deals", {"data": {"title": "Roof"}}, idempotency_key="one")
    assert client.request("post_deals", {"data": {"title": "Roof"}}, idempotency_key="one").action == answer.action


def test_falling_back_to_an_older_version_is_said_once(
    client: Client, service: StubService, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_reported_fallbacks", set())
    with caplog.at_level(logging.WARNING, "dealwright"):
        for _ in range(2):
            assert client.request("get_deals", {"user_id": 1}).action == "v1.get_deals"
        # Who names the version knows.
        client.run("v1.get_persons", {"user_id": 1})
    [record] = caplog.records
    for words in ("v1.get_deals", "deprecated", "20 tokens", "v2.get_deals costs 10", "another shape", "'owner_id'"):
        assert words in record.getMessage()


WHOLE = [True, False, 1.0, 1.5, Decimal("1.0"), 2e3]


@pytest.mark.parametrize("value", WHOLE, ids=repr)
@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("delete_deals_by_id", {"id": ...}),
        ("get_deals", {"owner_id": ...}),
        ("v2.get_deals", {"ids": [1, ...]}),
        ("v1.get_deals", {"start": ...}),
        ("post_deals", {"data": {"title": "Roof", "org_id": ...}}),
        ("v1.post_deals", {"data": {"title": "Roof", "org_id": ...}}),
        ("put_deals_by_id_merge", {"id": 1, "data": {"merge_with_id": ...}}),
        ("post_deals", {"data": {"title": "Roof", "label_ids": [...]}}),
    ],
    ids=str,
)
def test_what_is_no_whole_number_is_no_id(
    client: Client, service: StubService, action: Any, params: dict[str, Any], value: object
) -> None:
    def fill(given: Any) -> Any:
        if isinstance(given, dict):
            return {name: fill(one) for name, one in given.items()}
        return [fill(one) for one in given] if isinstance(given, list) else value if given is ... else given

    with pytest.raises(InvalidParams, match=r"must be a whole number") as caught:
        client.run(action, fill(params))
    assert (str(value).lower() if isinstance(value, bool) else str(value)) in str(caught.value)
    assert service.requests == []


def test_flags_take_true_and_amounts_take_a_point(client: Client, service: StubService) -> None:
    client.run("v1.get_products_by_id_deals", {"id": 1, "status": "open"})
    client.run("post_deals", {"data": {"title": "Roof", "value": 1.5}})
    client.run("v1.get_files", {"limit": 5})
    assert len(service.requests) == 3


@pytest.mark.parametrize("action", ["v2.get_deals", "v1.get_deals_collection"])
def test_a_time_without_a_zone_may_be_any(client: Client, service: StubService, action: Any) -> None:
    name = "updated_since" if action == "v2.get_deals" else "since"
    with pytest.raises(InvalidParams, match="without a time zone; give it one"):
        client.run(action, {name: dt.datetime(2026, 1, 31, 12, 5)})
    assert service.requests == []


def test_a_file_that_was_read_already_is_no_empty_file(client: Client, service: StubService) -> None:
    file = io.BytesIO(b"a picture")
    file.read()
    with pytest.raises(InvalidParams, match=r"read to its end already; go back to its beginning with seek\(0\)"):
        client.run("post_files", {"file": file})
    assert service.requests == []
    client.run("post_files", {"file": io.BytesIO()})
    assert len(service.requests) == 1


def lists() -> list[Endpoint[..., Any]]:
    """Returns every action whose pages are walked, and which takes the size of one."""
    found = [catalogue.load(name) for name, entry in catalogue.entries().items() if entry.paging != "none"]
    return [one for one in found if any(parameter.name == "limit" for parameter in one.parameters)]


@pytest.mark.parametrize("endpoint", lists(), ids=lambda one: one.qualified_name)
def test_a_walk_takes_the_largest_page(endpoint: Endpoint[..., Any]) -> None:
    required: dict[str, Any] = {}
    for parameter in endpoint.parameters:
        if parameter.required:
            for value in (
                1,
                "abc",
                "deal",
                "dealField",
                "title",
                "inbox",
                "2026-01-01",
                "00000000-0000-4000-8000-000000000001",
                "2026-01-01T00:00:00Z",
            ):
                try:
                    calls.prepare(endpoint.qualified_name, {**required, parameter.name: value})
                except InvalidParams as error:
                    if any(problem.path == parameter.name for problem in error.problems):
                        continue
                required[parameter.name] = value
                break
    [size] = [one.largest_page for one in endpoint.parameters if one.name == "limit"]
    assert size is not None
    call = calls.prepare_walk(endpoint.qualified_name, required)
    assert f"limit={size}" in call.target
    assert "limit=7" in calls.prepare_walk(endpoint.qualified_name, {**required, "limit": 7}).target
