"""Bodies for every v1 operation, made from the declared types, and the ways in which a client may write them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson
from msgspec import inspect as types

from dealwright.contract.bodies import V1RecordBody
from dealwright.contract.endpoint import Endpoint, Upload
from dealwright.contract.forms import Form
from dealwright.server.input_limits import BodyLimits
from dealwright.server.request_bodies import read_body
from dealwright.server.requests import Request
from tests.call_strategies import properties

KEY = "0123456789abcdef0123456789abcdef01234567"
UUID = "0b1c2d3e-4f50-4617-8283-94a5b6c7d8e9"
FILE = Upload("a.txt", "text/plain", io.BytesIO(b"text"))
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=tests"
TEXT, NUMBER = "10115", 10115

Pair = tuple[str, str | Upload]
Pairs = Sequence[Pair]


def full_body(endpoint: Endpoint[..., Any], *, numbers: bool = False) -> dict[str, Any]:
    """A body with every declared member, to any depth, and a custom field where there may be some.

    With ``numbers`` texts without a form of their own are numbers.
    """
    body = {name: _sample(field.type, numbers=numbers) for name, field in properties(endpoint).items()}
    if gathers_custom_fields(endpoint):
        body |= {KEY: "5", f"{KEY}_currency": "EUR"}
    return body


def gathers_custom_fields(endpoint: Endpoint[..., Any]) -> bool:
    """Whether keys of custom fields stand at the root of the body."""
    assert endpoint.body is not None
    return issubclass(endpoint.body.type, V1RecordBody)


def containers(endpoint: Endpoint[..., Any]) -> dict[str, types.Type]:
    """The members that take lists or objects, with the part of their type that does."""
    found = {name: _container(field.type) for name, field in properties(endpoint).items()}
    return {name: declared for name, declared in found.items() if declared is not None}


def with_json_texts(value: Any, *, top: bool = True) -> Any:
    """A body in which every list and every object is JSON in a text, those inside others too."""
    if isinstance(value, list):
        inner = [with_json_texts(member, top=False) for member in value]
        return orjson.dumps(inner).decode()
    if isinstance(value, dict):
        inner_members = {name: with_json_texts(member, top=False) for name, member in value.items()}
        return inner_members if top else orjson.dumps(inner_members).decode()
    return value


def with_brackets(value: Any, name: str = "", *, numbered: bool = False) -> Pairs:
    """A body as the members of a form. Elements of lists that hold no lists are ``[]`` unless they are ``numbered``."""
    if isinstance(value, Mapping):
        return [
            pair
            for key, member in value.items()
            for pair in with_brackets(member, f"{name}[{key}]" if name else key, numbered=numbered)
        ]
    if isinstance(value, list):
        return [
            pair
            for number, member in enumerate(value)
            for pair in with_brackets(member, f"{name}[{number}]" if numbered else f"{name}[]", numbered=numbered)
        ]
    return [(name, _as_text(value))]


def with_texts(body: Mapping[str, Any]) -> Pairs:
    """A body as the members of a form, with lists and objects as JSON in a text."""
    return [
        (name, orjson.dumps(value).decode() if isinstance(value, list | dict) else _as_text(value))
        for name, value in body.items()
    ]


def urlencoded(pairs: Pairs) -> bytes:
    """An url-encoded form."""
    return urlencode(pairs).encode()


def multipart(pairs: Pairs) -> bytes:
    """A multipart form; an `Upload` is sent as a file."""
    parts = []
    for name, value in pairs:
        head = f'--tests\r\ncontent-disposition: form-data; name="{name}"'
        if isinstance(value, Upload):
            head += f'; filename="{value.filename}"\r\ncontent-type: {value.content_type}'
        content = value.read() if isinstance(value, Upload) else value.encode()
        parts.append(head.encode() + b"\r\n\r\n" + content + b"\r\n")
    return b"".join(parts) + b"--tests--\r\n"


def encodings(pairs: Pairs) -> Iterator[tuple[bytes, str]]:
    """The forms that hold these members: url-encoded unless there is a file, and multipart; each with its media type."""
    if not any(isinstance(value, Upload) for _, value in pairs):
        yield urlencoded(pairs), FORM
    yield multipart(pairs), MULTIPART


def receive_body(raw: bytes, content_type: str) -> object:
    """What the server hands to the parser when it has received a body."""
    request = Request(
        {
            "method": "POST",
            "path": "/v1",
            "query_string": b"",
            "headers": [(b"content-type", content_type.encode())],
        }
    )

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": raw, "more_body": False}

    body = asyncio.run(read_body(request, receive, BodyLimits(), asyncio.to_thread))
    if request.read_error is not None:
        raise request.read_error
    assert body is not None
    try:
        decoded = body.decode()
        if not isinstance(decoded, Form):
            return decoded
        # Open files are not equal; what came of `FILE` is shown as that.
        return Form([(name, FILE if _is_file(value) else value) for name, value in decoded.pairs])
    finally:
        body.close()


def _is_file(value: str | Upload) -> bool:
    return isinstance(value, Upload) and (value.filename, value.read()) == (FILE.filename, FILE.read())


def _as_text(value: object) -> str | Upload:
    return value if isinstance(value, str | Upload) else orjson.dumps(value).decode()


def _container(declared: types.Type) -> types.Type | None:
    match declared:
        case types.Metadata():
            return _container(declared.type)
        case types.UnionType():
            return next((found for member in declared.types if (found := _container(member))), None)
        case types.ListType():
            return declared
        case types.StructType():
            return declared
    return None


def _sample(declared: types.Type, *, numbers: bool) -> Any:
    match declared:
        case types.Metadata():
            return _sample(declared.type, numbers=numbers)
        case types.UnionType(types=kinds) if any(isinstance(one, types.DictType) for one in kinds):
            return "anything"
        case types.UnionType():
            # What keeps its type in a form comes first: of a number or a text, a form has the text.
            order = (types.ListType, types.StructType, types.StrType)
            members = sorted(
                declared.types, key=lambda one: next((n for n, kind in enumerate(order) if isinstance(one, kind)), 9)
            )
            takes_numbers = any(isinstance(one, types.IntType | types.FloatType) for one in members)
            return _sample(members[0], numbers=numbers and not takes_numbers)
        case types.LiteralType():
            return declared.values[0]
        case types.BoolType():
            return True
        case types.IntType():
            return 3
        case types.FloatType():
            return 5
        case types.StrType():
            return _sample_text(declared, numbers=numbers)
        case types.DateTimeType() | types.CustomType() if getattr(declared, "cls", None) is not Upload:
            return "2026-01-01 00:00:00"
        case types.DateType():
            return "2026-01-01"
        case types.ListType():
            sizes = range(min(2, declared.max_length or 2))
            return [_sample(declared.item_type, numbers=numbers) for _ in sizes]
        case types.CustomType(cls=cls) if cls is Upload:
            return FILE
        case types.StructType():
            return {field.encode_name: _sample(field.type, numbers=numbers) for field in declared.fields}
    return "anything"


def _sample_text(declared: types.StrType, *, numbers: bool) -> Any:
    if declared.pattern:
        if "{8}" in declared.pattern:
            return UUID
        return "00AAFF" if "{6}" in declared.pattern else "12" if "[0-9]+" in declared.pattern else "12:00"
    if declared.max_length == 3:
        return "EUR"
    return NUMBER if numbers else TEXT
