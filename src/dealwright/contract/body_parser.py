"""Reads request bodies into the declared types, for the server and the connector alike.

Values come as decoded JSON or as a form; what comes out fits the declaration exactly. v1 is lenient (`contract.coercion`: numbers
and flags may be text, lists and objects JSON in a text, an empty text empties what is no text, unknown names are ignored), v2 and
the web app are strict.
"""

from __future__ import annotations

import itertools
from typing import Any

import msgspec

from dealwright.contract.coercion import coerce_body
from dealwright.contract.endpoint import Endpoint
from dealwright.contract.errors import InvalidArguments, Problem
from dealwright.contract.forms import Form
from dealwright.contract.type_introspection import preload_type, struct_fields, struct_of
from dealwright.contract.v1_body_values import read_values
from dealwright.contract.validation import check_values, convert, find_problems, invalid_arguments, unstorable_values


def read_body(endpoint: Endpoint[..., Any], body: object) -> object:
    """Returns the request body, from decoded JSON, a form, or a caller's dict.

    An absent body that may be absent gives None. Raises `InvalidArguments`.
    """
    assert endpoint.body is not None
    if body is None:
        if not endpoint.body.required:
            return endpoint.body.default
        body = {}
    declared = endpoint.body.type
    struct = struct_of(declared)
    problems: list[Problem] = []
    if isinstance(body, Form):
        body = body.members(problems) if endpoint.version == "v1" else body.flat()
    strict = endpoint.version != "v1"
    if struct is None:
        return _convert(body, body, declared, strict=strict)
    if not isinstance(body, dict):
        raise InvalidArguments([Problem("", "The body must be an object")])
    if strict:
        return _convert(body, body, declared, strict=True)
    if "id" in body and endpoint.method == "POST" and "{" not in endpoint.path and "id" not in body_names(endpoint):
        raise InvalidArguments([Problem("", "Inserting ID with POST request is not allowed")])
    coerced = read_values(struct, coerce_body(struct, body, problems))
    # What could not be read is left out, and that is said once.
    unread = {_member_name(problem.path) for problem in problems}
    try:
        known = {name: value for name, value in coerced.items() if name not in unread}
        converted = _convert(known, body, declared, strict=False)
    except InvalidArguments as error:
        problems += [problem for problem in error.problems if _member_name(problem.path) not in unread]
    if problems:
        raise InvalidArguments(problems)
    return converted


def _member_name(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def body_struct(endpoint: Endpoint[..., Any]) -> type[msgspec.Struct] | None:
    """Returns the struct of the body's properties; None when there is no body or it is no object."""
    return struct_of(endpoint.body.type) if endpoint.body else None


def body_names(endpoint: Endpoint[..., Any]) -> tuple[str, ...]:
    """Returns the names of the body's properties on the wire; none when the body is no object."""
    return tuple(body_types(endpoint))


def body_types(endpoint: Endpoint[..., Any]) -> dict[str, Any]:
    """Returns the types of the body's properties by their names on the wire; none when the body is no object."""
    struct = body_struct(endpoint)
    return {field.encode_name: field.type for field in struct_fields(struct)} if struct else {}


def _convert(body: object, provided: object, declared: Any, *, strict: bool) -> object:
    """Returns a body in its declared type; ``provided`` is the body as it came. Raises `InvalidArguments` with every problem."""
    try:
        check_values(provided, "")
        preload_type(declared)
        return convert(body, declared, strict=strict)
    except (InvalidArguments, msgspec.ValidationError):
        found = itertools.chain(unstorable_values(provided, ""), find_problems(body, declared, "", strict=strict))
        raise invalid_arguments(found) from None
