"""How parameters are sent, and which are refused before anything is sent."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from dealwright.connectors import Client, InvalidParams, UnknownAction
from tests.connectors.service import TOKEN, StubService

NAIVE = dt.datetime(2026, 1, 31, 12)
KEY = "0123456789abcdef0123456789abcdef01234567"


def expect_problems(client: Client, action: Any, params: Any) -> dict[str, str]:
    with pytest.raises(InvalidParams) as caught:
        client.run(action, params)
    return {problem.path: problem.reason for problem in caught.value.problems}


def test_only_what_is_given_is_sent(client: Client, service: StubService) -> None:
    client.run("v2.get_deals", {"status": "open", "owner_id": None})
    [request] = service.requests
    assert (request.method, request.path, request.query, request.body) == (
        "GET",
        "/api/v2/deals",
        {"status": ["open"]},
        b"",
    )
    assert request.headers["x-api-token"] == TOKEN
    assert request.headers["user-agent"].startswith("dealwright/")


@pytest.mark.parametrize(
    ("params", "sent"),
    [
        ({"ids": [1, "2", 3]}, {"ids": ["1,2,3"]}),
        ({"ids": "1,2"}, {"ids": ["1,2"]}),
        ({"ids": (4,)}, {"ids": ["4"]}),
        ({"owner_id": "7"}, {"owner_id": ["7"]}),
        ({"updated_since": dt.datetime(2026, 1, 31, 13, 5, tzinfo=dt.timezone(dt.timedelta(hours=1)))},
         {"updated_since": ["2026-01-31T12:05:00Z"]}),
        ({"updated_since": "2026-01-31T12:05:00Z"}, {"updated_since": ["2026-01-31T12:05:00Z"]}),
        ({"updated_since": dt.datetime(2026, 1, 31, 12, 5, 0, 999_999, tzinfo=dt.UTC)}, {"updated_since": ["2026-01-31T12:05:00Z"]}),
        ({"status": "", "cursor": "", "limit": 1}, {"limit": ["1"]}),
    ],
)  # fmt: skip
def test_parameters_as_text(client: Client, service: StubService, params: dict[str, object], sent: object) -> None:
    client.run("v2.get_deals", params)
    assert service.requests[0].query == sent


def test_dates_and_times_of_v1(client: Client, service: StubService) -> None:
    client.run("v1.get_deals_collection", {"since": dt.datetime(2026, 1, 31, 12, 5, 1, tzinfo=dt.UTC)})
    assert service.requests[0].query == {"since": ["2026-01-31 12:05:01"]}
    client.run("get_goals_by_id_results", {"id": "a1", "period_start": dt.date(2026, 1, 1), "period.end": "2026-02-01"})
    assert service.requests[1].query == {"period.start": ["2026-01-01"], "period.end": ["2026-02-01"]}


def test_flags_are_written_as_the_parameter_takes_them(client: Client, service: StubService) -> None:
    client.run("v1.get_stages_by_id_deals", {"id": 1, "everyone": True})
    client.run("v2.get_deals_search", {"term": "roof & wall", "exact_match": True})
    assert service.requests[0].query == {"everyone": ["1"]}
    assert service.requests[1].query == {"term": ["roof & wall"], "exact_match": ["true"]}


@pytest.mark.parametrize("name", ["commentId", "comment_id"])
def test_unusual_names_of_the_path_in_both_spellings(client: Client, service: StubService, name: str) -> None:
    comment = uuid.uuid4()
    client.run("get_notes_by_id_comments_by_comment_id", {"id": "12", name: comment})
    assert service.requests[0].path == f"/v1/notes/12/comments/{comment}"


@pytest.mark.parametrize("name", ["channel-id", "channel_id"])
def test_names_with_hyphens(client: Client, service: StubService, name: str) -> None:
    action: Any = "delete_channels_by_channel_id_conversations_by_conversation_id"
    client.run(action, {name: "a/b c", "conversation-id": "ü"})
    assert service.requests[0].path == "/v1/channels/a%2Fb%20c/conversations/%C3%BC"


def test_parameters_cannot_change_the_path(client: Client, service: StubService) -> None:
    assert "id" in expect_problems(client, "get_goals_by_id_results", {"id": "..", "period.start": "2026-01-01",
                                                                "period.end": "2026-02-01"})  # fmt: skip
    assert service.requests == []


class Status(Enum):
    WON = "won"


def test_a_json_body(client: Client, service: StubService) -> None:
    data = {
        "title": "Dach",
        "value": Decimal("12.5"),
        "expected_close_date": dt.date(2026, 3, 1),
        "status": Status.WON,
        "label_ids": (1, 2),
        "person_id": None,
        "custom_fields": {KEY: dt.date(2026, 3, 2)},
    }
    client.run("post_deals", {"data": data})
    [request] = service.requests
    assert request.path == "/api/v2/deals"
    assert request.headers["content-type"] == "application/json"
    assert request.json == {
        "title": "Dach",
        "value": 12.5,
        "expected_close_date": "2026-03-01",
        "status": "won",
        "label_ids": [1, 2],
        "person_id": None,
        "custom_fields": {KEY: "2026-03-02"},
    }


def test_custom_fields_at_the_root_mean_v1(client: Client, service: StubService) -> None:
    client.run("post_deals", {"data": {"title": "Roof", KEY: "blue", f"{KEY}_currency": "EUR"}})
    assert service.requests[0].path == "/v1/deals"
    assert service.requests[0].json == {"title": "Roof", KEY: "blue", f"{KEY}_currency": "EUR"}


def test_a_form(client: Client, service: StubService) -> None:
    client.run("put_files_by_id", {"id": 3, "data": {"name": "Plan & Riß", "description": ""}})
    [request] = service.requests
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.form == {"name": ["Plan & Riß"], "description": [""]}


def test_the_fields_of_a_form_may_be_parameters(client: Client, service: StubService) -> None:
    client.run("put_files_by_id", {"id": 3, "name": "Plan"})
    assert service.requests[0].form == {"name": ["Plan"]}


def upload_cases(folder: Path) -> dict[str, object]:
    file = folder / "plan.pdf"
    file.write_bytes(b"%PDF")
    return {
        "path": file,
        "text": str(file),
        "bytes": b"%PDF",
        "named": ("plan.pdf", b"%PDF"),
        "open": io.BytesIO(b"%PDF"),
    }


@pytest.mark.parametrize("kind", ["path", "text", "bytes", "named", "open"])
def test_a_file(client: Client, service: StubService, tmp_path: Path, kind: str) -> None:
    named = kind in ("path", "text", "named")
    client.run("post_files", {"data": {"file": upload_cases(tmp_path)[kind], "deal_id": 7}})
    parts = service.requests[0].parts
    assert parts["deal_id"][2] == b"7"
    assert parts["file"] == (
        "plan.pdf" if named else "file",
        "application/pdf" if named else "application/octet-stream",
        b"%PDF",
    )


def test_a_file_that_is_open(client: Client, service: StubService, tmp_path: Path) -> None:
    upload_cases(tmp_path)
    with (tmp_path / "plan.pdf").open("rb") as file:
        client.run("post_files", {"file": file})
    assert service.requests[0].parts["file"][0] == "plan.pdf"
    with (tmp_path / "plan.pdf").open() as text:
        assert "rb" in expect_problems(client, "post_files", {"file": text})["data.file"]


@pytest.mark.parametrize("file", ["no such file", 7, "\0"])
def test_a_file_that_cannot_be_sent(client: Client, service: StubService, file: object) -> None:
    assert list(expect_problems(client, "post_files", {"data": {"file": file}})) == ["data.file"]
    assert list(expect_problems(client, "post_files", {})) == ["data.file"]
    assert service.requests == []


def test_the_two_actions_of_one_name(client: Client, service: StubService) -> None:
    credentials = {"Authorization": "Basic eDp5"}
    code = {"grant_type": "authorization_code", "code": "1.2.3", "redirect_uri": "https://example.com/callback"}
    client.run("post_oauth_token", {**credentials, "data": code})
    client.run("post_oauth_token", {**credentials, "data": {"grant_type": "refresh_token", "refresh_token": "1:2:3"}})
    first, second = service.requests
    assert (first.path, second.path) == ("/oauth/token", "/oauth/token/")
    assert first.form == {name: [value] for name, value in code.items()}
    assert first.headers["authorization"] == "Basic eDp5"
    # A request with the credentials of an app does not carry the user's token.
    assert first.headers["x-api-token"] is None


def test_all_problems_are_reported_at_once(client: Client, service: StubService) -> None:
    found = expect_problems(
        client,
        "v2.patch_deals_by_id",
        {"ids": 1, "data": {"titel": "x", "value": "much", "person_id": "seven", "status": "opne"}},
    )
    assert "did you mean 'id'" in found["ids"]
    assert "did you mean 'title'" in found["data.titel"]
    assert found["id"] == "is required"
    assert any(path in found for path in ("data.value", "data.person_id", "data.status"))
    assert service.requests == []


@pytest.mark.parametrize(
    ("action", "params", "path"),
    [
        ("v2.get_deals", {"owner_id": "me"}, "owner_id"),
        ("v2.get_deals", {"ids": {"a": 1}}, "ids"),
        ("v2.get_deals", {"owner_id": object()}, "owner_id"),
        ("v2.get_deals", {"ids": []}, "ids"),
        ("v2.get_deals", {"updated_since": "2026-01-31T12:05:00.123Z"}, "updated_since"),
        ("v2.delete_deals_by_id_products", {"id": 1, "ids": ""}, "ids"),
        ("v2.get_deals", {"data": {"title": "x"}}, "data"),
        ("v2.post_deals", {}, "data.title"),
        ("v2.post_deals", {"data": ["title"]}, "data"),
        ("v2.post_deals", {"data": {"title": "x\0"}}, "data.title"),
        ("v2.post_deals", {"data": {"title": "\ud800"}}, "data.title"),
        ("v2.post_deals", {"data": {"title": "x", "value": float("nan")}}, "data.value"),
        ("v2.post_deals", {"data": {"title": "x", "person_id": 2**60}}, "data.person_id"),
        ("v1.post_deals", {"data": {"title": "x", "tilte": 2}}, "data.tilte"),
        ("v1.get_notes_by_id_comments", {"id": 1, "Id": 2}, "Id"),
        ("post_oauth_token", {"authorization": "Basic\r\nx: y"}, "authorization"),
        ("v1.get_goals_by_id_results", {"id": "1", "period.start": "2026-01-01", "period_start": "2026-01-02",
                                        "period.end": "2026-01-03"}, "period_start"),
        ("v2.get_deals", [("limit", 1)], ""),
        ("v2.get_deals", {1: 2}, ""),
    ],
)  # fmt: skip
def test_wrong_parameters_are_refused_before_anything_is_sent(
    client: Client, service: StubService, action: str, params: Any, path: str
) -> None:
    assert path in expect_problems(client, action, params)
    assert service.requests == []


def test_a_wrong_choice_names_the_right_ones(client: Client) -> None:
    assert "open" in expect_problems(client, "v2.post_deals", {"data": {"title": "x", "status": "opne"}})["data.status"]
    with pytest.raises(InvalidParams) as caught:
        client.run("v2.get_deals", {"sort_by": "idd"})
    assert caught.value.problems[0].suggestion == "id"


def test_an_unknown_action_names_those_most_like_it(client: Client) -> None:
    with pytest.raises(UnknownAction) as caught:
        client.run("get_dealz")  # type: ignore[type-var]
    assert "get_deals" in caught.value.nearest
    assert "get_deals" in str(caught.value)
    assert caught.value.action == "get_dealz"
    with pytest.raises(UnknownAction, match="There is no action '7'"):
        client.run(7)  # type: ignore[type-var]


def test_properties_of_the_body_outside_of_it(client: Client, service: StubService) -> None:
    found = expect_problems(client, "v2.post_deals", {"title": "Roof", "titel": "Roof"})
    assert found["title"] == "belongs into the body, under 'data'"
    assert found["titel"].startswith("is not a parameter of v2.post_deals")
    assert expect_problems(client, "v1.post_deals", {KEY: 5})[KEY] == "belongs into the body, under 'data'"
    with pytest.raises(InvalidParams, match=r"^post_deals: title: belongs into the body, under 'data'$"):
        client.run("post_deals", {"title": "Roof"})
    assert service.requests == []


@pytest.mark.parametrize("place", [{"since": NAIVE}, {"data": {"custom_fields": {KEY: [NAIVE]}}}])
def test_a_time_without_a_zone_is_refused(client: Client, service: StubService, place: Any) -> None:
    problems = expect_problems(client, "v2.post_deals" if "data" in place else "v1.get_deals_collection", place)
    assert "without a time zone; give it one" in " ".join(problems.values())
    assert service.requests == []
