# mypy: disable-error-code="empty-body"
"""Arguments are read into the declared types, leniently in v1 and strictly in v2."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import pytest
from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body, V1RecordBody, V2Body, V2RecordBody
from dealwright.contract.body_parser import body_names, body_types, read_body
from dealwright.contract.endpoint import Endpoint, Upload, WireName, endpoint
from dealwright.contract.errors import InvalidArguments
from dealwright.contract.parameter_parser import aliases, read_parameters
from dealwright.contract.values import Flag, Id

KEY = "0123456789abcdef0123456789abcdef01234567"


class Rope(V1RecordBody, kw_only=True):
    """A rope in v1."""

    title: str
    length: int | UnsetType | None = UNSET
    strong: bool | UnsetType = UNSET
    code: str | UnsetType = UNSET
    color: Literal["red", "green"] | UnsetType = UNSET


class Cord(V2RecordBody, kw_only=True):
    """A rope in v2."""

    title: str
    length: int | UnsetType | None = UNSET
    color: Literal["red", "green"] | UnsetType = UNSET


class Label(V1Body, kw_only=True):
    """A form with a file."""

    file: Upload
    rope_id: Id | UnsetType | None = UNSET


class Knot(V2Body, kw_only=True):
    """A part of an array."""

    turns: int


@endpoint("GET /v1/ropes/{id}", group="Ropes", cost=2)
def get_ropes_by_id(
    id: Id,
    knot_id: Annotated[str, WireName("knot-id"), Meta(description="Which knot.")] | None = None,
    ids: Annotated[list[Id], Meta(min_length=1, max_length=3)] | None = None,
    strong: Flag | None = None,
    active: bool = True,
    since: datetime | None = None,
    day: date | None = None,
    order: Literal["asc", "desc"] = "asc",
    kinds: list[Literal["jute", "hemp"]] | None = None,
) -> str:
    """Get a rope."""


@endpoint("GET /api/v2/ropes", group="Ropes", cost=2)
def get_ropes(limit: Annotated[int, Meta(ge=1)] | None = None) -> str:
    """List ropes."""


@endpoint("POST /v1/ropes", group="Ropes", cost=2)
def post_ropes(data: Rope) -> str:
    """Make a rope."""


@endpoint("PATCH /api/v2/ropes/{id}", group="Ropes", cost=2)
def patch_ropes_by_id(id: Id, data: Cord) -> str:
    """Change a rope."""


@endpoint("POST /v1/ropes/labels", group="Ropes", cost=2, body="multipart")
def post_ropes_labels(data: Label) -> str:
    """Label a rope."""


@endpoint("PUT /api/v2/ropes/knots", group="Ropes", cost=2)
def put_ropes_knots(data: list[Knot]) -> str:
    """Set all knots."""


@endpoint("DELETE /api/v2/ropes", group="Ropes", cost=2)
def delete_ropes(data: Cord | None = None) -> str:
    """Delete ropes."""


def expect_problems(read: Any, *arguments: Any, **keywords: Any) -> dict[str, str]:
    with pytest.raises(InvalidArguments) as caught:
        read(*arguments, **keywords)
    return {problem.path: problem.reason for problem in caught.value.problems}


def read_parameter(name: str, value: object) -> object:
    attribute = aliases(get_ropes_by_id)[name].attribute
    return read_parameters(get_ropes_by_id, {"id": "1", name: value}, refuse_unknown=True)[attribute]


def test_defaults() -> None:
    assert read_parameters(get_ropes_by_id, {"id": "7"}, refuse_unknown=True) == {
        "id": 7, "knot_id": None, "ids": None, "strong": None, "active": True, "since": None, "day": None,
        "order": "asc", "kinds": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("id", "9", 9),
        ("id", 9, 9),
        ("knot-id", "a", "a"),
        ("knot_id", "a", "a"),
        ("knotId", "a", "a"),
        ("ids", "1, 2,3", [1, 2, 3]),
        ("ids", 4, [4]),
        ("ids", [4, "5"], [4, 5]),
        ("strong", "1", 1),
        ("active", "0", False),
        ("active", "true", True),
        ("since", "2026-01-31 12:00:00", datetime(2026, 1, 31, 12)),
        ("since", "2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("day", "2026-01-31", date(2026, 1, 31)),
        ("order", "desc", "desc"),
        ("order", None, "asc"),
        ("strong", "", None),
        ("kinds", "jute,hemp", ["jute", "hemp"]),
    ],
)
def test_parameters(name: str, value: object, read: object) -> None:
    assert read_parameter(name, value) == read


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("id", "", "id"),
        ("id", "x", "id"),
        ("id", "0", "id"),
        ("ids", ",", "ids"),
        ("ids", "1,2,3,4", "ids"),
        ("ids", "1,x", "ids"),
        ("knot_id", "a\0", "knot-id"),
        ("strong", "2", "strong"),
        ("active", "perhaps", "active"),
        ("day", "2026-02-30", "day"),
        ("order", "ascc", "order"),
        ("kinds", "jute,hmp", "kinds"),
    ],
)
def test_wrong_parameters(name: str, value: object, path: str) -> None:
    assert list(expect_problems(read_parameter, name, value)) == [path]


def test_a_missing_parameter() -> None:
    assert expect_problems(read_parameters, get_ropes_by_id, {}, refuse_unknown=True) == {"id": "is required"}


def test_unknown_parameters() -> None:
    assert read_parameters(get_ropes, {"limits": "3"}, refuse_unknown=False) == {"limit": None}
    reasons = expect_problems(read_parameters, get_ropes, {"limits": "3"}, refuse_unknown=True)
    assert reasons == {"limits": "Parameter 'limits' is not allowed for this request"}


def test_a_wrong_choice_names_the_right_ones() -> None:
    with pytest.raises(InvalidArguments) as caught:
        read_parameter("order", "ascc")
    [problem] = caught.value.problems
    assert "asc, desc" in problem.reason
    assert problem.suggestion == "asc"
    assert "jute, hemp" in expect_problems(read_parameter, "kinds", "hmp")["kinds"]
    assert "red, green" in expect_problems(read_body, patch_ropes_by_id, {"title": "x", "color": "rad"})["color"]
    assert "red, green" in expect_problems(read_body, post_ropes, {"title": "x", "color": "rad"})["color"]


def test_a_lenient_body() -> None:
    body = {"title": 7, "length": "12", "strong": 1, "code": 1.5, "nonsense": 1, KEY: "x", f"{KEY}_currency": "EUR"}
    rope = read_body(post_ropes, body)
    assert rope == Rope(
        title="7", length=12, strong=True, code="1.5", custom_fields={KEY: "x", f"{KEY}_currency": "EUR"}
    )
    emptied = read_body(post_ropes, {"title": "x", "length": "", "code": ""})
    assert emptied == Rope(title="x", length=None, code="")


def test_a_strict_body() -> None:
    assert read_body(patch_ropes_by_id, {"title": "x", "length": None, "custom_fields": {KEY: 1}}) == Cord(
        title="x", length=None, custom_fields={KEY: 1}
    )
    assert expect_problems(read_body, patch_ropes_by_id, {"title": "x", "length": "12"}) == {
        "length": "must be a whole number or null"
    }
    reasons = expect_problems(read_body, patch_ropes_by_id, {"titel": "x", KEY: 1})
    assert "is required" in reasons["title"]
    assert reasons["titel"] == "Parameter 'titel' is not allowed for this request"
    assert reasons[KEY] == f"Parameter '{KEY}' is not allowed for this request"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (None, "title"),
        ({}, "title"),
        ([], ""),
        ("x", ""),
        ({"title": "x\0"}, "title"),
        ({"title": "x", "length": 2**60}, "length"),
        ({"title": "x", "custom_fields": {KEY: ["\0"]}}, f"custom_fields.{KEY}"),
        ({"title": "x", "a\0": 1}, ""),
    ],
)
@pytest.mark.parametrize("action", [post_ropes, patch_ropes_by_id])
def test_wrong_bodies(action: Endpoint[..., Any], body: object, path: str) -> None:
    assert list(expect_problems(read_body, action, body)) == [path]


def test_an_array() -> None:
    assert read_body(put_ropes_knots, [{"turns": 2}]) == [Knot(turns=2)]
    assert expect_problems(read_body, put_ropes_knots, [{"turns": "2"}, 3, {"turn": 1}]) == {
        "[0].turns": "must be a whole number",
        "[1]": "must be key-value pairs",
        "[2].turn": "Parameter 'turn' is not allowed for this request",
        "[2].turns": "is required",
    }
    assert body_names(put_ropes_knots) == ()


def test_a_body_that_may_be_absent() -> None:
    assert read_body(delete_ropes, None) is None
    assert read_body(delete_ropes, {"title": "x"}) == Cord(title="x")


def test_a_form_with_a_file() -> None:
    file = Upload("a.txt", "text/plain", io.BytesIO(b"a"))
    assert read_body(post_ropes_labels, {"file": file, "rope_id": "3"}) == Label(file=file, rope_id=3)
    assert expect_problems(read_body, post_ropes_labels, {}) == {"file": "is required"}
    assert "file" in expect_problems(read_body, post_ropes_labels, {"file": "text"})


def test_names_and_types_of_the_body() -> None:
    assert body_names(post_ropes_labels) == ("file", "rope_id")
    assert body_types(post_ropes_labels)["file"] is Upload
    assert body_types(get_ropes) == {}
    assert set(body_types(patch_ropes_by_id)) == {"custom_fields", "title", "length", "color"}
