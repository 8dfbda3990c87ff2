"""The parameters of a call from its command line: ``-p NAME=VALUE`` and ``--data``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
import typer

from dealwright.connectors import calls
from dealwright.connectors.errors import BadCall
from dealwright.contract import catalogue
from dealwright.contract.body_parser import body_types
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import Upload
from dealwright.contract.parameter_parser import aliases
from dealwright.contract.type_introspection import accepts


def resolve(action: str, params: Mapping[str, Any], given: Iterable[str] = (), *, names: bool) -> Entry:
    """Returns the action that takes some parameters; with ``names``, what is no parameter may be a custom field."""
    try:
        return calls.resolve(action, params, tuple(given))
    except BadCall:
        if not names:
            raise
        return catalogue.get_by_name(action)[0]


def parse_parameters(action: str, pairs: Iterable[str], data: str | None, *, names: bool = False) -> dict[str, Any]:
    """Returns the parameters of a call from its command line; with ``names``, what is no parameter is a custom field by its name.

    Raises `typer.BadParameter` and `BadCall`.
    """
    named_values = [_parse_pair(pair) for pair in pairs]
    params: dict[str, Any] = {} if data is None else {"data": _parse_json(data)}
    entry = resolve(action, params, tuple(name for name, _ in named_values), names=names)
    endpoint = catalogue.load(entry.qualified_name)
    flat, types = aliases(endpoint), body_types(endpoint)
    for name, value in named_values:
        in_body = name not in flat and endpoint.body is not None and catalogue.is_body_property(entry, name)
        if not in_body and names and name not in flat and _takes_custom_fields(entry):
            body = params.setdefault("data", {})
            (body if entry.custom_fields else body.setdefault("custom_fields", {}))[name] = value
            continue
        if not in_body:
            if name in params and not (name in flat and accepts(flat[name].type, list)):
                raise typer.BadParameter(f"{name} is given twice, and takes one value: {params[name]} or {value}")
            params[name] = value if name not in params else f"{params[name]},{value}"
            continue
        body = params.setdefault("data", {})
        if not isinstance(body, dict):
            raise typer.BadParameter(f"{name} belongs into the body, but --data is no JSON object")
        parsed = _parse_property(value, types.get(name))
        if name in body:
            if not accepts(types.get(name), list):
                raise typer.BadParameter(f"{name} is given twice, and takes one value: {body[name]} or {value}")
            before = body[name] if isinstance(body[name], list) else [body[name]]
            parsed = [*before, *(parsed if isinstance(parsed, list) else [parsed])]
        body[name] = parsed
    return params


def _takes_custom_fields(entry: catalogue.Entry) -> bool:
    return entry.custom_fields or "custom_fields" in (entry.body or ())


def _parse_pair(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not name or not equals:
        raise typer.BadParameter(f"'{pair}' is not NAME=VALUE")
    return name, value


def _parse_json(text: str) -> Any:
    try:
        if text == "@-":
            return orjson.loads(sys.stdin.buffer.read())
        return orjson.loads(Path(text[1:]).read_bytes() if text.startswith("@") else text)
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"--data is not valid JSON: {error}") from None
    except OSError as error:
        raise typer.BadParameter(f"--data cannot be read from {text[1:]}: {error.strerror}") from None


def _parse_property(text: str, declared: Any) -> Any:
    """Returns a property of the body from text: unchanged where texts are allowed, otherwise decoded if it is JSON."""
    if accepts(declared, Upload):
        return text.removeprefix("@")
    if accepts(declared, str):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
