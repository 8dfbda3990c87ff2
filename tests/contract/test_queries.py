# mypy: disable-error-code="empty-body"
"""Query parameters in structs are read, and refused, like those that stand in the signature."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

from dealwright.contract.endpoint import Query, WireName, endpoint
from dealwright.contract.errors import InvalidArguments
from dealwright.contract.parameter_parser import read_parameters
from dealwright.contract.values import Flag, Id


class RopesQuery(Query):
    """Which ropes to list."""

    knot_id: Annotated[str, WireName("knot-id"), Meta(description="Which knot.")] | None = None
    ids: Annotated[list[Id], Meta(min_length=1, max_length=3)] | None = None
    strong: Flag | None = None
    length: float | None = None


class OrderedRopesQuery(RopesQuery):
    """Which ropes to list, and in which order."""

    since: datetime | None = None
    order: Literal["asc", "desc"] = "asc"


class RopesPage(Query, kw_only=True):
    """Which page to return; its start is required."""

    start: int
    limit: Annotated[int, Meta(ge=1)] | None = None


@endpoint("GET /v1/stores/{id}/ropes", group="Ropes", cost=2)
def get_stores_by_id_ropes(id: Id, query: OrderedRopesQuery, page: RopesPage, full: Flag | None = None) -> str:
    """List the ropes of a store."""


@endpoint("GET /v1/stores/{id}/cords", group="Ropes", cost=2)
def get_stores_by_id_cords(
    id: Id,
    start: int,
    knot_id: Annotated[str, WireName("knot-id"), Meta(description="Which knot.")] | None = None,
    ids: Annotated[list[Id], Meta(min_length=1, max_length=3)] | None = None,
    strong: Flag | None = None,
    length: float | None = None,
    since: datetime | None = None,
    order: Literal["asc", "desc"] = "asc",
    limit: Annotated[int, Meta(ge=1)] | None = None,
    full: Flag | None = None,
) -> str:
    """List the cords of a store."""


STRUCTS, FLAT = get_stores_by_id_ropes, get_stores_by_id_cords


def problems(target: Any, provided: dict[str, object], *, refuse_unknown: bool = True) -> list[tuple[str, str]]:
    with pytest.raises(InvalidArguments) as caught:
        read_parameters(target, provided, refuse_unknown=refuse_unknown)
    return [(problem.path, problem.reason) for problem in caught.value.problems]


def test_every_field_is_a_parameter() -> None:
    names = ["id", "knot-id", "ids", "strong", "length", "since", "order", "start", "limit", "full"]
    assert [parameter.name for parameter in STRUCTS.parameters] == names
    assert [parameter.name for parameter in STRUCTS.parameters if parameter.required] == ["id", "start"]
    knot = next(parameter for parameter in STRUCTS.parameters if parameter.name == "knot-id")
    assert (knot.attribute, knot.description, knot.location) == ("knot_id", "Which knot.", "query")
    assert STRUCTS.paging == "offset"


@pytest.mark.parametrize(
    "provided",
    [
        {},
        {"knotId": "a", "ids": "1, 2", "strong": "true", "length": "1.5", "limit": "3", "full": "0"},
        {"ids": 4, "strong": "", "order": None, "since": "2026-01-31T12:00:00Z"},
        {"order": "desc", "nonsense": "1"},
    ],
)
def test_values_are_those_of_flat_parameters(provided: dict[str, object]) -> None:
    arguments = {"id": "7", "start": "2", **provided}
    read = read_parameters(STRUCTS, arguments, refuse_unknown=False)
    flat = read_parameters(FLAT, arguments, refuse_unknown=False)
    query, page = read["query"], read["page"]
    assert isinstance(query, OrderedRopesQuery)
    assert isinstance(page, RopesPage)
    names = ("knot_id", "ids", "strong", "length", "since", "order")
    assert {name: getattr(query, name) for name in names} == {name: flat[name] for name in names}
    assert (read["id"], page.start, page.limit, read["full"]) == (7, 2, flat["limit"], flat["full"])


def test_a_time_is_read() -> None:
    query = read_parameters(STRUCTS, {"id": 1, "start": 0, "since": "2026-01-31T12:00:00Z"}, refuse_unknown=True)[
        "query"
    ]
    assert isinstance(query, OrderedRopesQuery)
    assert query.since == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "provided",
    [
        {"id": "7"},
        {"id": "x", "start": ""},
        {"id": "7", "start": "1", "ids": "1,x", "order": "ascc"},
        {"order": "ascc", "id": "0", "knots": "1", "limit": "0", "full": "2", "length": "1e300", "start": "1"},
        {"id": "7", "start": "1", "knot_id": "a\0", "length": "nan"},
        {"id": "7", "start": "1", "ids": "", "since": "yesterday", "strong": "perhaps"},
    ],
)
@pytest.mark.parametrize("refuse_unknown", [True, False])
def test_problems_are_those_of_flat_parameters_in_their_order(
    provided: dict[str, object], refuse_unknown: bool
) -> None:
    found = problems(STRUCTS, provided, refuse_unknown=refuse_unknown)
    assert found == problems(FLAT, provided, refuse_unknown=refuse_unknown)
    assert found


def test_a_parameter_is_declared_once() -> None:
    @endpoint("GET /v1/knots", group="Ropes", cost=2)
    def get_knots(query: RopesQuery, strong: Flag | None = None) -> str: ...

    with pytest.raises(TypeError, match=r"declares a parameter twice: .*strong"):
        _ = get_knots.parameters
