"""With a key, a record is created once, however often the call is repeated or fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dealwright.connectors import ApiError, Client, InvalidParams, OutcomeUnknown, Unavailable
from dealwright.connectors.connections import server
from tests.connectors.clock import Clock
from tests.connectors.service import TOKEN, StubResponse, StubService

ACTION: Any = "v2.post_deals"
PARAMS: Any = {"data": {"title": "Order 17", "custom_fields": {"a" * 40: "17"}}}
CREATED = StubResponse(201, {"success": True, "data": {"id": 7, "title": "Order 17"}}, {"X-Correlation-Id": "abc"})
KEY = "order-17"


def created_deal(id: int, title: str, *, age: float = 0, **members: object) -> dict[str, object]:
    add_time = datetime.now(UTC) - timedelta(seconds=age)
    return {"id": id, "title": title, "add_time": add_time.strftime("%Y-%m-%dT%H:%M:%SZ"), **members}


def list_response(*records: object) -> StubResponse:
    return StubResponse(200, {"success": True, "data": records, "additional_data": {"next_cursor": None}})


def create(client: Client, found_by: str | None = None, params: Any = PARAMS) -> Any:
    return client.run(ACTION, params, idempotency_key=KEY, found_by=found_by)


def create_and_fail(client: Client, service: StubService, reply: StubResponse) -> None:
    """Makes the first call fail with ``reply``, and clears the recorded requests."""
    service.respond_with(reply)
    with pytest.raises((Unavailable, ApiError)):
        create(client)
    service.requests.clear()
    service.respond_with(CREATED)


def test_a_second_call_gets_the_first_answer(client: Client, service: StubService, clock: Clock) -> None:
    service.respond_with(CREATED, StubResponse(201, {"success": True, "data": {"id": 8}}))
    first = client.request(ACTION, PARAMS, idempotency_key=KEY)
    with Client(server("crm", service.url, TOKEN), clock=clock) as another:
        second = another.request(ACTION, PARAMS, idempotency_key=KEY)
    assert (second.status, second.body) == (first.status, first.body)
    assert second.headers["x-correlation-id"] == "abc"
    assert len(service.requests) == 1
    # The answer is not used for another key, another connection or another action.
    assert client.run(ACTION, PARAMS, idempotency_key="order-18")["data"]["id"] == 8
    with Client(server("other", service.url, TOKEN), clock=clock) as other:
        create(other)
    client.run("v2.post_persons", {"data": {"name": "Roof"}}, idempotency_key=KEY)
    assert len(service.requests) == 4


def test_a_key_is_for_one_call(client: Client, service: StubService) -> None:
    create(client)
    with pytest.raises(InvalidParams, match="other parameters"):
        create(client, params={"data": {"title": "Order 18"}})
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("action", "params", "key", "found_by"),
    [
        ("v2.get_deals", {}, KEY, None),
        ("v2.patch_deals_by_id", {"id": 1, "data": {"title": "x"}}, KEY, None),
        (ACTION, PARAMS, "", None),
        (ACTION, PARAMS, "x" * 256, None),
        (ACTION, PARAMS, KEY, "value"),
        (ACTION, PARAMS, KEY, "custom_fields"),
        (ACTION, PARAMS, None, "title"),
    ],
)
def test_invalid_keys_and_fields(
    client: Client, service: StubService, action: Any, params: Any, key: str | None, found_by: str | None
) -> None:
    with pytest.raises(InvalidParams):
        client.run(action, params, idempotency_key=key, found_by=found_by)
    assert service.requests == []


@pytest.mark.parametrize(
    "reply", [StubResponse(400, {"success": False}), StubResponse(200, {"success": False, "error": "No"})]
)
def test_a_refusal_frees_the_key(client: Client, service: StubService, reply: StubResponse) -> None:
    create_and_fail(client, service, reply)
    assert create(client)["data"]["id"] == 7
    assert len(service.requests) == 1


LOST_RESPONSES = [
    StubResponse(None),
    StubResponse(502, b"<html>"),
    StubResponse(201, {"success": True}, {}, truncated=True),
    StubResponse(200, b"<html>"),
]


@pytest.mark.parametrize("reply", LOST_RESPONSES, ids=str)
def test_an_unknown_outcome_is_not_repeated_blindly(
    client: Client, service: StubService, clock: Clock, reply: StubResponse
) -> None:
    create_and_fail(client, service, reply)
    with pytest.raises(OutcomeUnknown, match="still be under way") as caught:
        create(client, "title")
    assert caught.value.retry_after
    assert service.requests == []
    clock.advance(caught.value.retry_after)
    with pytest.raises(OutcomeUnknown, match="found_by"):
        create(client)
    assert service.requests == []


def test_a_time_out_after_the_record_was_made(service: StubService, clock: Clock) -> None:
    with Client(server("crm", service.url, TOKEN), timeout=0.05, clock=clock) as client:
        service.respond_with(StubResponse(201, CREATED.body, {}, delay=0.2))
        with pytest.raises(Unavailable) as caught:
            create(client, "title")
        assert caught.value.may_have_run
    clock.advance(300)
    service.requests.clear()
    service.respond_with(
        list_response(created_deal(3, "Roof"), created_deal(5, "Order 17", age=900), created_deal(7, "Order 17 ")),
        CREATED,
    )
    with Client(server("crm", service.url, TOKEN), clock=clock) as client:
        assert create(client, "title") == CREATED.body
        assert [(request.method, request.path) for request in service.requests] == [
            ("GET", "/api/v2/deals"),
            ("GET", "/api/v2/deals/7"),
        ]
        assert service.requests[0].query["updated_since"][0].endswith("Z")
        # Now the outcome is stored.
        assert create(client) == CREATED.body
        assert len(service.requests) == 2


def test_a_call_that_was_lost_is_made_again(client: Client, service: StubService, clock: Clock) -> None:
    create_and_fail(client, service, StubResponse(None))
    clock.advance(300)
    service.respond_with(list_response(created_deal(3, "Roof")), CREATED)
    assert create(client, "title") == CREATED.body
    assert [request.method for request in service.requests] == ["GET", "POST"]
    assert create(client) == CREATED.body


def test_by_a_custom_field(client: Client, service: StubService, clock: Clock) -> None:
    create_and_fail(client, service, StubResponse(None))
    clock.advance(300)
    one, another = (created_deal(id, "Order 17", custom_fields={"a" * 40: text}) for id, text in ((6, "16"), (7, "17")))
    service.respond_with(list_response(one, another), CREATED)
    create(client, f"custom_fields.{'a' * 40}")
    assert service.requests[1].path == "/api/v2/deals/7"


def test_several_matching_records(client: Client, service: StubService, clock: Clock) -> None:
    create_and_fail(client, service, StubResponse(None))
    clock.advance(300)
    service.respond_with(list_response(created_deal(6, "Order 17"), created_deal(7, "Order 17")))
    with pytest.raises(OutcomeUnknown, match="2 new records"):
        create(client, "title")
    assert [request.method for request in service.requests] == ["GET"]


def test_records_that_no_list_can_find(client: Client, service: StubService, clock: Clock) -> None:
    activity_type = {"data": {"name": "Visit", "icon_key": "car"}}
    service.respond_with(StubResponse(None))
    with pytest.raises(Unavailable):
        client.run("v1.post_activity_types", activity_type, idempotency_key=KEY)
    clock.advance(300)
    with pytest.raises(OutcomeUnknown, match="no list") as caught:
        client.run("v1.post_activity_types", activity_type, idempotency_key=KEY, found_by="name")
    assert caught.value.retry_after is None
    assert len(service.requests) == 1


def test_a_process_that_died(
    client: Client, service: StubService, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        # The process writes nothing after the call.
        patch.setattr("dealwright.connectors.idempotency.IdempotencyStore._change", lambda *_: None)
        create_and_fail(client, service, StubResponse(None))
    with pytest.raises(OutcomeUnknown) as caught:
        create(client, "title")
    assert caught.value.retry_after
    assert 120 < caught.value.retry_after <= 120 + 60 + 30
    clock.advance(300)
    service.respond_with(list_response(), CREATED)
    create(client, "title")


def test_a_key_is_kept_for_a_month(client: Client, service: StubService, clock: Clock) -> None:
    create(client)
    clock.advance(29 * 86_400)
    create(client)
    assert len(service.requests) == 1
    clock.advance(2 * 86_400)
    create(client)
    assert len(service.requests) == 2
