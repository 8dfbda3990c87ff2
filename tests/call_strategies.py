"""Generates calls of operations from the types that the contract declares: valid ones and slightly wrong ones."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from hypothesis import strategies as st
from msgspec import inspect as types

from dealwright.contract.bodies import V1RecordBody
from dealwright.contract.endpoint import Endpoint, Parameter, Upload

Strategy = st.SearchStrategy[Any]

MAX_SAFE_INTEGER = 2**53 - 1
BOUNDARY = "boundary"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.sampled_from(
    [
        "Zoë",
        "\u202e\u0417\u043e\u044f",
        "\U0001f408\u200d",
        "a b  c ",
        "<b>x</b>",
        "%_\\'\"",
        "1",
        "a@example.com",
        "{}",
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda members: st.lists(members, max_size=3) | st.dictionaries(TEXT, members, max_size=3),
    max_leaves=5,
)
EDGE_CASES: Strategy = st.sampled_from(
    [
        *(None, True, 0, -1, 2**31, MAX_SAFE_INTEGER, 2**53, 2**63, 2**64, 10**400),
        *(1.5, -0.0, 5e-324, 1.7e308, float("nan"), float("inf")),
        *("", " ", "\0", "a\0b", "\ud800", "\u202e\U00010000", "x" * 70_000, "1e5", "null", "0", "-1", "٣"),
        *("0000-00-00 00:00:00", "0001-01-01", "9999-12-31T23:59:59-12:00", "2026-02-30", "24:00", "12:00"),
        *([], {}, [None], [[]], [{}], {"": None}, {"value": None}, [2**63], ["x"] * 200),
    ]
)


EDGE_CASE_VALUES: tuple[Any, ...] = (
    2**63,
    MAX_SAFE_INTEGER,
    1.7e308,
    "\0",
    "\u202e\U00010000",
    "9999-12-31T23:59:59-12:00",
    {},
    [None],
)
"""Unusual values that fail in different ways, to be tried for every parameter and property."""


class Samples(NamedTuple):
    """What exists in the company: keys of fields, UUIDs and ids."""

    keys: tuple[str, ...]
    uuids: tuple[str, ...]
    ids: tuple[int, ...]


class Call(NamedTuple):
    """A request, ready to send."""

    path: str
    query: bytes
    body: bytes
    content_type: str


def calls(endpoint: Endpoint[..., Any], samples: Samples) -> st.SearchStrategy[Call]:
    """Returns calls of an operation, of which one or two values may be invalid."""
    names = [parameter.name for parameter in endpoint.parameters]
    arguments = st.fixed_dictionaries(
        {p.name: _parameter(p, samples) for p in endpoint.parameters if p.required},
        optional={p.name: _parameter(p, samples) for p in endpoint.parameters if not p.required},
    )
    body, wrong_body = _body(endpoint, samples)
    overrides = st.tuples(st.sampled_from([*names, "nothing"]), EDGE_CASES)
    valid_calls = st.builds(_build_call, st.just(endpoint), arguments, st.none(), body)
    return st.one_of(
        valid_calls,
        valid_calls,
        st.builds(_build_call, st.just(endpoint), arguments, overrides, body),
        st.builds(_build_call, st.just(endpoint), arguments, st.none(), wrong_body),
    )


def edge_case_calls(endpoint: Endpoint[..., Any], samples: Samples) -> Iterator[Call]:
    """Yields minimal calls of an operation, in which each value in turn is replaced by each of the edge cases."""
    arguments = {p.name: minimal_value(types.type_info(p.type), samples) for p in endpoint.parameters if p.required}
    declared = types.type_info(endpoint.body.type) if endpoint.body else None
    body = minimal_value(declared, samples) if declared else None
    yield _build_call(endpoint, arguments, None, body)
    for parameter in endpoint.parameters:
        for value in EDGE_CASE_VALUES:
            yield _build_call(endpoint, {**arguments, parameter.name: value}, None, body)
    for name in _property_names(declared, samples):
        for value in EDGE_CASE_VALUES:
            yield _build_call(endpoint, arguments, None, _with_property(body, name, value))
    if "custom_fields" in _property_names(declared, samples):
        for key in samples.keys:
            for value in EDGE_CASE_VALUES:
                yield _build_call(endpoint, arguments, None, _with_property(body, "custom_fields", {key: value}))


def minimal_call(
    endpoint: Endpoint[..., Any], samples: Samples, parameters: Mapping[str, Any], properties: Mapping[str, Any]
) -> Call:
    """Returns a call with what the operation requires, but with these parameters and properties of the body."""
    arguments = {p.name: minimal_value(types.type_info(p.type), samples) for p in endpoint.parameters if p.required}
    body = minimal_value(types.type_info(endpoint.body.type), samples) if endpoint.body else None
    if body == {} and endpoint.version == "v1" and endpoint.method in ("PUT", "PATCH"):
        # An update of nothing is refused.
        name, field = next(iter(_declared_fields(endpoint).items()))
        body = {name: minimal_value(field.type, samples)}
    return _build_call(
        endpoint, {**arguments, **parameters}, None, {**body, **properties} if isinstance(body, dict) else body
    )


def properties(endpoint: Endpoint[..., Any]) -> dict[str, types.Field]:
    """Returns the declared properties of an operation's body, by their names in JSON."""
    return _declared_fields(endpoint)


def _declared_fields(endpoint: Endpoint[..., Any]) -> dict[str, types.Field]:
    declared = types.type_info(endpoint.body.type) if endpoint.body else None
    while isinstance(declared, types.Metadata):
        declared = declared.type
    if not isinstance(declared, types.StructType):
        return {}
    at_root = issubclass(declared.cls, V1RecordBody)
    return {f.encode_name: f for f in declared.fields if not (at_root and f.encode_name == "custom_fields")}


def is_nullable(declared: types.Type) -> bool:
    """Whether null is a value of a type."""
    match declared:
        case types.Metadata():
            return is_nullable(declared.type)
        case types.UnionType():
            return any(is_nullable(member) for member in declared.types)
    return isinstance(declared, types.NoneType | types.AnyType)


def minimal_value(declared: types.Type, samples: Samples) -> Any:
    """Returns a value of a type that is likely to be accepted."""
    match declared:
        case types.Metadata():
            return minimal_value(declared.type, samples)
        case types.UnionType():
            return minimal_value(declared.types[0], samples)
        case types.LiteralType():
            return declared.values[0]
        case types.BoolType():
            return True
        case types.IntType():
            return samples.ids[0]
        case types.FloatType():
            return 5
        case types.StrType():
            return _minimal_text(declared, samples)
        case types.CustomType(cls=cls) if cls is Upload:
            return PNG
        case types.DateTimeType() | types.CustomType():
            return "2026-01-01T00:00:00Z"
        case types.DateType():
            return "2026-01-01"
        case types.ListType():
            return [minimal_value(declared.item_type, samples)]
        case types.StructType():
            return {
                field.encode_name: minimal_value(field.type, samples) for field in declared.fields if field.required
            }
    return {}


def _minimal_text(declared: types.StrType, samples: Samples) -> str:
    if declared.pattern:
        return samples.uuids[0] if "a-f" in declared.pattern else "12:00"
    return "EUR" if declared.max_length == 3 else samples.keys[0]


def values(declared: types.Type, samples: Samples) -> Strategy:
    """Returns values of a type, as in JSON."""
    match declared:
        case types.Metadata():
            return values(declared.type, samples)
        case types.UnionType():
            return st.one_of([values(member, samples) for member in declared.types])
        case types.LiteralType():
            return st.sampled_from(declared.values)
        case types.NoneType():
            return st.none()
        case types.BoolType():
            return st.booleans()
        case types.IntType():
            low, high = declared.ge if declared.ge is not None else -MAX_SAFE_INTEGER, declared.le or MAX_SAFE_INTEGER
            few = st.integers(max(low, 1), min(high, 3))
            return st.one_of(few, few, st.integers(low, high))
        case types.FloatType():
            return st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER) | st.floats(allow_nan=False, allow_infinity=False)
        case types.StrType():
            return _text(declared, samples)
        case types.CustomType(cls=cls) if cls is Upload:
            return st.just(PNG) | st.binary(max_size=50)
        case types.DateTimeType() | types.CustomType():
            return st.datetimes().map(lambda time: f"{time.replace(microsecond=0).isoformat()}Z")
        case types.DateType():
            return st.dates().map(str)
        case types.ListType():
            return st.lists(values(declared.item_type, samples), min_size=declared.min_length or 0, max_size=3)
        case types.DictType():
            return st.dictionaries(st.sampled_from(samples.keys), JSON, max_size=3)
        case types.StructType():
            return _object(declared, samples)
    return JSON


def _text(declared: types.StrType, samples: Samples) -> Strategy:
    if declared.pattern:
        return st.sampled_from(samples.uuids) | st.from_regex(declared.pattern, fullmatch=True)
    low, high = declared.min_length or 0, declared.max_length or 10**9
    return TEXT.map(lambda text: (text + "x" * max(low - len(text), 0))[:high])


def _object(declared: types.StructType, samples: Samples) -> Strategy:
    at_root = issubclass(declared.cls, V1RecordBody)
    fields = {
        field.encode_name: (values(field.type, samples), field.required)
        for field in declared.fields
        if not (at_root and field.encode_name == "custom_fields")
    }
    declared_properties = st.fixed_dictionaries(
        {name: strategy for name, (strategy, required) in fields.items() if required},
        optional={name: strategy for name, (strategy, required) in fields.items() if not required},
    )
    if not at_root:
        return declared_properties
    custom = st.dictionaries(st.sampled_from(samples.keys), JSON | EDGE_CASES, max_size=2)
    return st.builds(lambda body, more: {**body, **more}, declared_properties, custom)


def _parameter(parameter: Parameter, samples: Samples) -> Strategy:
    declared_values = values(types.type_info(parameter.type), samples)
    existing_values = _existing_keys_or_ids(types.type_info(parameter.type), samples)
    return st.one_of(existing_values, existing_values, declared_values)


def _existing_keys_or_ids(declared: types.Type, samples: Samples) -> Strategy:
    match declared:
        case types.Metadata():
            return _existing_keys_or_ids(declared.type, samples)
        case types.StrType(pattern=None):
            return st.sampled_from(samples.keys)
        case types.IntType():
            return st.sampled_from(samples.ids)
        case types.ListType():
            return st.lists(_existing_keys_or_ids(declared.item_type, samples), min_size=1, max_size=3)
    return st.nothing()


def _body(endpoint: Endpoint[..., Any], samples: Samples) -> tuple[Strategy, Strategy]:
    """Returns valid bodies, and bodies with one value that may be invalid."""
    if endpoint.body is None:
        return st.none(), st.none()
    declared = types.type_info(endpoint.body.type)
    valid_bodies = values(declared, samples)
    names = _property_names(declared, samples) or ["nothing"]
    return valid_bodies, st.builds(_with_property, valid_bodies, st.sampled_from(names), EDGE_CASES)


def _property_names(declared: types.Type | None, samples: Samples) -> list[str]:
    """Returns the names of the properties of a body; in v1 custom fields are among them."""
    while isinstance(declared, types.Metadata):
        declared = declared.type
    if not isinstance(declared, types.StructType):
        return []
    names = [field.encode_name for field in declared.fields]
    return [*names, *samples.keys] if issubclass(declared.cls, V1RecordBody) else names


def _with_property(body: object, name: str, value: object) -> object:
    return {**body, name: value} if isinstance(body, dict) else [value]


def _build_call(
    endpoint: Endpoint[..., Any], arguments: Mapping[str, Any], override: tuple[str, Any] | None, body: object
) -> Call:
    if override:
        arguments = {**arguments, override[0]: override[1]}
    texts = {name: _as_text(value) for name, value in arguments.items() if value is not None}
    in_path = {parameter.name for parameter in endpoint.parameters if parameter.location == "path"}
    path = endpoint.path
    for name in in_path:
        # Servers replace what is not UTF-8 in a path.
        path = path.replace(f"{{{name}}}", texts.get(name, "null").encode(errors="replace").decode())
    query = {name: text for name, text in texts.items() if name not in in_path}
    encoded = urlencode(query, errors="surrogatepass").encode()
    if endpoint.body_kind == "multipart" and isinstance(body, dict):
        return Call(path, encoded, _multipart(body, path), f"multipart/form-data; boundary={BOUNDARY}")
    if endpoint.body_kind == "form" and isinstance(body, dict):
        form = urlencode({name: _as_text(value) for name, value in body.items()}, errors="surrogatepass")
        return Call(path, encoded, form.encode(), "application/x-www-form-urlencoded")
    # The standard library also writes what JSON does not allow: NaN and lone surrogates.
    return Call(path, encoded, b"" if body is None else json.dumps(body).encode(), "application/json")


def _as_text(value: Any) -> str:
    """Returns a value as the text of a query parameter."""
    if isinstance(value, list):
        return ",".join(map(_as_text, value))
    return (
        value
        if isinstance(value, str)
        else msgspec.json.encode(value).decode()
        if value != 10**400
        else "1" + "0" * 400
    )


def _multipart(body: Mapping[str, Any], path: str) -> bytes:
    file = ("a.mp3", "audio/mpeg") if path.endswith("/recordings") else ("a.png", "image/png")
    kind = f'; filename="{file[0]}"\r\ncontent-type: {file[1]}\r\n\r\n'
    parts = []
    for name, value in body.items():
        head = f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{name}"'
        if isinstance(value, bytes):
            parts.append((head + kind).encode() + value)
        else:
            parts.append(f"{head}\r\n\r\n{_as_text(value)}".encode(errors="surrogatepass"))
    return b"\r\n".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
