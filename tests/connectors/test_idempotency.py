"""With a key, something is created once, however often and however badly the call goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dealwright.connectors import ApiError, Client, InvalidParams, OutcomeUnknown, Unavailable
from dealwright.connectors.connections import server
from tests.connectors.clock import Clock
from tests.connectors.service import TOKEN, Reply, Service

ACTION, PARAMS = "v2.post_deals", {"data": {"title": "Order 17", "custom_fields": {"a" * 40: "17"}}}
MADE = Reply(201, {"success": True, "data": {"id": 7, "title": "Order 17"}}, {"X-Correlation-Id": "abc"})
KEY = "order-17"


def made(id: int, title: str, *, ago: float = 0, **members: object) -> dict[str, object]:
    moment = datetime.now(UTC) - timedelta(seconds=ago)
    return {"id": id, "title": title, "add_time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), **members}


def listed(*records: object) -> Reply:
    return Reply(200, {"success": True, "data": records, "additional_data": {"next_cursor": None}})


def create(client: Client, found_by: str | None = None, params: Any = PARAMS) -> Any:
    return client.run(ACTION, params, idempotency_key=KEY, found_by=found_by)


def fail(client: Client, service: Service, reply: Reply) -> None:
    """Has the first call end so, and forgets that it was sent."""
    service.answer(reply)
    with pytest.raises((Unavailable, ApiError)):
        create(client)
    service.asked.clear()
    service.answer(MADE)


def test_a_second_call_gets_the_first_answer(client: Client, service: Service, clock: Clock) -> None:
    service.answer(MADE, Reply(201, {"success": True, "data": {"id": 8}}))
    first = client.request(ACTION, PARAMS, idempotency_key=KEY)
    with Client(server("crm", service.url, TOKEN), clock=clock) as another:
        second = another.request(ACTION, PARAMS, idempotency_key=KEY)
    assert (second.status, second.body) == (first.status, first.body)
    assert second.headers["x-correlation-id"] == "abc"
    assert len(service.asked) == 1
    # Another key, another connection and another action know nothing of it.
    assert client.run(ACTION, PARAMS, idempotency_key="order-18")["data"]["id"] == 8
    with Client(server("other", service.url, TOKEN), clock=clock) as other:
        create(other)
    client.run("v2.post_persons", {"data": {"name": "Roof"}}, idempotency_key=KEY)
    assert len(service.asked) == 4


def test_a_key_is_for_one_call(client: Client, service: Service) -> None:
    create(client)
    with pytest.raises(InvalidParams, match="other parameters"):
        create(client, params={"data": {"title": "Order 18"}})
    assert len(service.asked) == 1


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
def test_what_is_no_key(
    client: Client, service: Service, action: str, params: Any, key: str | None, found_by: str | None
) -> None:
    with pytest.raises(InvalidParams):
        client.run(action, params, idempotency_key=key, found_by=found_by)
    assert service.asked == []


@pytest.mark.parametrize("reply", [Reply(400, {"success": False}), Reply(200, {"success": False, "error": "No"})])
def test_a_refusal_frees_the_key(client: Client, service: Service, reply: Reply) -> None:
    fail(client, service, reply)
    assert create(client)["data"]["id"] == 7
    assert len(service.asked) == 1


LOST = [Reply(None), Reply(502, b"<html>"), Reply(201, {"success": True}, {}, cut=True), Reply(200, b"<html>")]


@pytest.mark.parametrize("reply", LOST, ids=str)
def test_an_unknown_outcome_is_not_repeated_blindly(
    client: Client, service: Service, clock: Clock, reply: Reply
) -> None:
    fail(client, service, reply)
    with pytest.raises(OutcomeUnknown, match="still be under way") as caught:
        create(client, "title")
    assert caught.value.retry_after
    assert service.asked == []
    clock.pass_by(caught.value.retry_after)
    with pytest.raises(OutcomeUnknown, match="found_by"):
        create(client)
    assert service.asked == []


def test_a_time_out_after_the_record_was_made(service: Service, clock: Clock) -> None:
    with Client(server("crm", service.url, TOKEN), timeout=0.05, clock=clock) as client:
        service.answer(Reply(201, MADE.body, {}, after=0.2))
        with pytest.raises(Unavailable) as caught:
            create(client, "title")
        assert caught.value.may_have_run
    clock.pass_by(300)
    service.asked.clear()
    service.answer(listed(made(3, "Roof"), made(5, "Order 17", ago=900), made(7, "Order 17 ")), MADE)
    with Client(server("crm", service.url, TOKEN), clock=clock) as client:
        assert create(client, "title") == MADE.body
        assert [(asked.method, asked.path) for asked in service.asked] == [
            ("GET", "/api/v2/deals"),
            ("GET", "/api/v2/deals/7"),
        ]
        assert service.asked[0].query["updated_since"][0].endswith("Z")
        # From now on the outcome is known.
        assert create(client) == MADE.body
        assert len(service.asked) == 2


def test_a_call_that_was_lost_is_made_again(client: Client, service: Service, clock: Clock) -> None:
    fail(client, service, Reply(None))
    clock.pass_by(300)
    service.answer(listed(made(3, "Roof")), MADE)
    assert create(client, "title") == MADE.body
    assert [asked.method for asked in service.asked] == ["GET", "POST"]
    assert create(client) == MADE.body


def test_by_a_custom_field(client: Client, service: Service, clock: Clock) -> None:
    fail(client, service, Reply(None))
    clock.pass_by(300)
    one, another = (made(id, "Order 17", custom_fields={"a" * 40: text}) for id, text in ((6, "16"), (7, "17")))
    service.answer(listed(one, another), MADE)
    create(client, f"custom_fields.{'a' * 40}")
    assert service.asked[1].path == "/api/v2/deals/7"


def test_several_that_could_be_it(client: Client, service: Service, clock: Clock) -> None:
    fail(client, service, Reply(None))
    clock.pass_by(300)
    service.answer(listed(made(6, "Order 17"), made(7, "Order 17")))
    with pytest.raises(OutcomeUnknown, match="2 new records"):
        create(client, "title")
    assert [asked.method for asked in service.asked] == ["GET"]


def test_where_no_list_would_tell(client: Client, service: Service, clock: Clock) -> None:
    note = {"data": {"content": "Roof", "deal_id": 1}}
    service.answer(Reply(None))
    with pytest.raises(Unavailable):
        client.run("v1.post_notes", note, idempotency_key=KEY)
    clock.pass_by(300)
    with pytest.raises(OutcomeUnknown, match="no list") as caught:
        client.run("v1.post_notes", note, idempotency_key=KEY, found_by="content")
    assert caught.value.retry_after is None
    assert len(service.asked) == 1


def test_a_process_that_died(client: Client, service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        # Nothing is written after the call any more.
        patch.setattr("dealwright.connectors.idempotency.Once._change", lambda *_: None)
        fail(client, service, Reply(None))
    with pytest.raises(OutcomeUnknown) as caught:
        create(client, "title")
    assert caught.value.retry_after
    assert 120 < caught.value.retry_after <= 120 + 60 + 30
    clock.pass_by(300)
    service.answer(listed(), MADE)
    create(client, "title")


def test_a_key_is_kept_for_a_month(client: Client, service: Service, clock: Clock) -> None:
    create(client)
    clock.pass_by(29 * 86_400)
    create(client)
    assert len(service.asked) == 1
    clock.pass_by(2 * 86_400)
    create(client)
    assert len(service.asked) == 2
