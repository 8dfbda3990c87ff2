"""Every text, list and object that an operation takes has a longest length, and what is longer is refused before it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import inspect as types

from dealwright.contract import catalogue
from dealwright.contract.body_parser import read_body
from dealwright.contract.endpoint import Endpoint
from dealwright.contract.errors import InvalidArguments
from dealwright.contract.parameter_parser import MAX_PARAMETERS, read_parameters
from dealwright.contract.validation import MAX_DEPTH, MAX_KEY_LENGTH, MAX_KEYS, MAX_TEXT_LENGTH, check_values
from dealwright.contract.values import MAX_OPTIONS, ShortText

ENDPOINTS = [catalogue.load(name) for name in catalogue.entries()]


def unbounded_members(declared: types.Type, path: str) -> Iterator[str]:
    """The members of a type that can be of any length. What is any JSON is bounded by `check_values`."""
    match declared:
        case types.Metadata():
            yield from unbounded_members(declared.type, path)
        case types.UnionType():
            for member in declared.types:
                yield from unbounded_members(member, path)
        case types.StrType(max_length=None):
            # What has a pattern without repetition is no longer than that.
            if declared.pattern is None or any(sign in declared.pattern for sign in ("*", "+")):
                yield path
        case types.ListType():
            if declared.max_length is None and not isinstance(declared.item_type, types.AnyType):
                yield path
            yield from unbounded_members(declared.item_type, f"{path}[]")
        case types.DictType():
            if declared.max_length is None and not isinstance(declared.value_type, types.AnyType):
                yield path
            yield from unbounded_members(declared.value_type, f"{path}{{}}")
        case types.StructType():
            for field in declared.fields:
                yield from unbounded_members(field.type, f"{path}.{field.encode_name}")


def declared_values(endpoint: Endpoint[..., Any]) -> Iterator[tuple[str, Any]]:
    """The parameters and the body of an operation, each with its type."""
    for parameter in (*endpoint.parameters, *filter(None, [endpoint.body])):
        yield f"{endpoint.qualified_name} {parameter.name}", parameter.type


def test_every_declared_text_and_list_has_a_longest_length() -> None:
    found = [
        place
        for endpoint in ENDPOINTS
        for path, declared in declared_values(endpoint)
        for place in unbounded_members(types.type_info(declared), path)
    ]
    assert found == []
    assert len(ENDPOINTS) > 362


def test_what_has_no_longest_length_is_found() -> None:
    class Body(msgspec.Struct):
        short: ShortText
        long: str
        several: list[ShortText] | None

    assert list(unbounded_members(types.type_info(Body), "x")) == ["x.long", "x.several"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("x" * (MAX_TEXT_LENGTH + 1), "longer"),
        ([1] * (MAX_OPTIONS + 1), "members"),
        (dict.fromkeys(map(str, range(MAX_KEYS + 1))), "members"),
        ({"x" * (MAX_KEY_LENGTH + 1): 1}, "name of more than"),
    ],
)
def test_what_no_member_takes_is_refused_wherever_it_is(value: object, reason: str) -> None:
    for place in (value, [value], {"a": [{"b": value}]}):
        with pytest.raises(InvalidArguments, match=reason):
            check_values(place, "")


def nested(depth: int, kind: type) -> Any:
    """Lists or objects in one another."""
    value: Any = 1
    for _ in range(depth):
        value = [value] if kind is list else {"value": value}
    return value


@pytest.mark.parametrize("kind", [list, dict])
@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if e.body], ids=lambda endpoint: endpoint.qualified_name)
def test_what_is_nested_too_deep_is_refused_in_every_body(endpoint: Endpoint[..., Any], kind: type) -> None:
    for depth in (MAX_DEPTH + 1, 1000):
        for body in (nested(depth, kind), {"custom_fields": nested(depth, kind)}, {"nothing": nested(depth, kind)}):
            with pytest.raises(InvalidArguments, match=r"nested more than|must be an object"):
                read_body(endpoint, body)


def test_there_are_not_any_number_of_parameters() -> None:
    endpoint = catalogue.load("v1.get_deals")
    with pytest.raises(InvalidArguments, match="at most"):
        read_parameters(endpoint, {f"p{nr}": "" for nr in range(MAX_PARAMETERS + 1)}, refuse_unknown=False)
