"""Reads the arguments of a call into the declared types, for the server and the connector alike.

Values come as text (query, path, form) or as decoded JSON; what comes out fits the declaration exactly. v1 is lenient
(numbers and flags may be text, an empty text empties what is no text, unknown names are ignored), v2 is strict.
"""

from __future__ import annotations

import contextlib
import functools
import re
import threading
import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from dealwright.contract.bodies import CUSTOM_FIELD_KEY, V1RecordBody
from dealwright.contract.endpoint import Endpoint, Parameter, Upload, snake_case
from dealwright.contract.errors import InvalidArguments, Problem, nearest
from dealwright.contract.values import FORMS, Flag

_preparing = threading.Lock()

LARGEST_INTEGER = 2**53 - 1
FLAG = get_args(Flag)
_PLACE = re.compile(r"^(?P<reason>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `([^`]+)`")
_FORM = re.compile(r"matching regex .*|RFC3339 encoded \w+")
_REASONS = {f"matching regex {pattern!r}": said for pattern, said in FORMS.items()} | {
    "RFC3339 encoded date": "not a valid date, YYYY-MM-DD",
    "RFC3339 encoded datetime": "not a valid datetime, such as 2026-01-31T12:00:00Z",
}
_UNKNOWN = re.compile(r"Object contains unknown field `([^`]+)`")


def read_parameters(
    endpoint: Endpoint[..., Any], given: Mapping[str, object], *, refuse_unknown: bool
) -> dict[str, object]:
    """The parameters of a call, by attribute, defaults included.

    ``given`` maps wire names to text or to Python values. Raises `InvalidArguments` with every problem found.
    """
    problems: list[Problem] = []
    values: dict[str, object] = {}
    known = _forms(endpoint)
    taken = set()
    for name, raw in given.items():
        form = known.get(name)
        if form is None:
            if refuse_unknown:
                problems.append(not_allowed(name, (p.name for p in endpoint.parameters)))
            continue
        parameter = form.parameter
        taken.add(parameter.attribute)
        if raw is None and not parameter.required:
            values[parameter.attribute] = parameter.default
            continue
        try:
            values[parameter.attribute] = _read(form, raw)
        except InvalidArguments as error:
            problems.extend(error.problems)
    for parameter in endpoint.parameters:
        if parameter.attribute not in taken:
            if parameter.required:
                problems.append(Problem(parameter.name, "is required"))
            values[parameter.attribute] = parameter.default
    if problems:
        raise InvalidArguments(problems)
    return values


class _Form(NamedTuple):
    """What has to be known of a parameter to read it: looked up once, because each request asks."""

    parameter: Parameter
    is_list: bool
    takes_text: bool
    is_flag: bool


@functools.cache
def _forms(endpoint: Endpoint[..., Any]) -> Mapping[str, _Form]:
    return {
        name: _Form(
            parameter,
            accepts(parameter.type, list),
            accepts(parameter.type, str),
            _choices(parameter.type) == FLAG,
        )
        for name, parameter in spellings(endpoint).items()
    }


def _read(form: _Form, raw: object) -> object:
    """One parameter's value from text or from a Python value. Raises `InvalidArguments`."""
    parameter = form.parameter
    value: object = raw
    if form.is_list and isinstance(raw, str):
        value = [part.strip() for part in raw.split(",") if part.strip()]
    elif form.is_list and isinstance(raw, int):
        value = [raw]
    elif isinstance(raw, str) and raw == "" and not form.takes_text:
        if not parameter.required:
            return parameter.default
        raise InvalidArguments([Problem(parameter.name, "is required")])
    elif isinstance(raw, str) and form.is_flag:
        value = {"true": 1, "false": 0}.get(raw.lower(), raw)
    check_values(value, parameter.name)
    try:
        read = msgspec.convert(value, parameter.type, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidArguments([_problem(error, parameter.name, parameter.type)]) from None
    check_values(read, parameter.name)
    return read


def read_body(endpoint: Endpoint[..., Any], body: object) -> object:
    """The request body, from decoded JSON, a form's texts and uploads, or a caller's dict.

    Raises `InvalidArguments`. Returns None for an absent body that may be absent.
    """
    assert endpoint.body is not None
    if body is None:
        if not endpoint.body.required:
            return endpoint.body.default
        body = {}
    declared = endpoint.body.type
    struct = _struct(declared)
    check_values(body, "")
    if struct is None:
        return _convert(body, declared, lenient=endpoint.version == "v1")
    if not isinstance(body, dict):
        raise InvalidArguments([Problem("", "The body must be an object")])
    if endpoint.version == "v2":
        _check_names(struct, body)
        return _convert(body, declared, lenient=False)
    if "id" in body and endpoint.method == "POST" and "{" not in endpoint.path and "id" not in body_names(endpoint):
        raise InvalidArguments([Problem("", "Inserting ID with POST request is not allowed")])
    return _convert(_loosened(struct, body), declared, lenient=True)


@functools.cache
def _prepare(declared: Any) -> None:
    """Has msgspec look into a type for the first time while no other thread does: side by side they end the process."""
    with _preparing, contextlib.suppress(msgspec.ValidationError):
        msgspec.convert(None, declared)


def body_struct(endpoint: Endpoint[..., Any]) -> type[msgspec.Struct] | None:
    """The type of the body's properties; None when there is no body or it is no object."""
    return _struct(endpoint.body.type) if endpoint.body else None


def body_names(endpoint: Endpoint[..., Any]) -> tuple[str, ...]:
    """The names of the body's properties on the wire; none when the body is no object."""
    struct = body_struct(endpoint)
    return tuple(field.encode_name for field in _fields(struct)) if struct else ()


def body_types(endpoint: Endpoint[..., Any]) -> dict[str, Any]:
    """The types of the body's properties by their names on the wire; none when the body is no object."""
    struct = body_struct(endpoint)
    return {field.encode_name: field.type for field in _fields(struct)} if struct else {}


def not_allowed(name: str, valid: Iterable[str]) -> Problem:
    """The problem with a name that the operation does not know."""
    suggestion = nearest(name, valid)
    hint = f"; did you mean '{suggestion}'?" if suggestion else ""
    return Problem("", f"Parameter '{name}' is not allowed for this request{hint}", suggestion)


def check_values(value: object, path: str) -> None:
    """Refuses what no database column takes: null characters in texts, numbers beyond 2**53."""
    if isinstance(value, str):
        if "\x00" in value:
            raise InvalidArguments([Problem(path, "may not contain the null character")])
    elif isinstance(value, int | float):
        if not abs(value) <= LARGEST_INTEGER:
            raise InvalidArguments([Problem(path, f"may not be beyond {LARGEST_INTEGER}")])
    elif isinstance(value, dict):
        for key, member in value.items():
            check_values(key, path)
            check_values(member, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for member in value:
            check_values(member, path)


def _check_names(struct: type[msgspec.Struct], body: Mapping[str, object]) -> None:
    fields = _fields(struct)
    names = [field.encode_name for field in fields]
    problems = [not_allowed(name, names) for name in body if name not in names]
    problems += [Problem(f.encode_name, "is required") for f in fields if f.required and f.encode_name not in body]
    if problems:
        raise InvalidArguments(problems)


def _convert(body: object, declared: Any, *, lenient: bool) -> object:
    try:
        _prepare(declared)
        return msgspec.convert(body, declared, strict=not lenient)
    except msgspec.ValidationError as error:
        raise InvalidArguments([_problem(error, "", declared)]) from None


def _problem(error: msgspec.ValidationError, at: str, declared: Any) -> Problem:
    found = _PLACE.match(str(error))
    assert found is not None
    reason, path = found["reason"], (found["path"] or "").removeprefix("$").removeprefix(".")
    path = at or path if path.startswith("[") else ".".join(filter(None, (at, path)))
    for pattern, said in ((_MISSING, "is required"), (_UNKNOWN, "is not allowed for this request")):
        if named := pattern.search(reason):
            return Problem(".".join(filter(None, (path, named[1]))), said)
    if found := _FORM.search(reason):
        return Problem(path, _REASONS.get(found[0], reason))
    if reason.startswith("Invalid enum value"):
        struct = _struct(declared)
        own = [field.type for field in _fields(struct) if field.encode_name == path] if struct else [declared]
        if choices := [str(choice) for one in own for choice in _choices(one)]:
            value = re.sub(r"^Invalid enum value '?(.*?)'?$", r"\1", reason)
            return Problem(path, f"{reason}; it must be one of {', '.join(choices)}", nearest(value, choices))
    return Problem(path, reason)


def _loosened(struct: type[msgspec.Struct], body: Mapping[str, object]) -> dict[str, object]:
    """A v1 body with the texts of forms and old clients turned into what the fields take."""
    loosened: dict[str, object] = {}
    custom: dict[str, object] = {}
    fields = {field.encode_name: field.type for field in _fields(struct)}
    gathers_custom = issubclass(struct, V1RecordBody)
    for name, value in body.items():
        if gathers_custom and CUSTOM_FIELD_KEY.match(name):
            custom[name] = value
        elif name in fields and name != "custom_fields":
            loosened[name] = _loose(value, fields[name])
    if gathers_custom:
        loosened["custom_fields"] = custom
    return loosened


def _loose(value: object, declared: Any) -> object:
    if value == "" and isinstance(value, str) and not accepts(declared, str):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and accepts(declared, str):
        return value if accepts(declared, int) or accepts(declared, float) else str(value)
    return value


@functools.cache
def spellings(endpoint: Endpoint[..., Any]) -> Mapping[str, Parameter]:
    """Every accepted spelling of a parameter: its wire name, its Python name and, in v1, camelCase."""
    known = {parameter.attribute: parameter for parameter in endpoint.parameters}
    known |= {parameter.name: parameter for parameter in endpoint.parameters}
    if endpoint.version == "v1":
        known |= {camel_case(parameter.name): parameter for parameter in endpoint.parameters}
    return known


def camel_case(name: str) -> str:
    """``comment_id`` as ``commentId``, which v1 takes as well."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), snake_case(name))


@functools.cache
def _fields(struct: type[msgspec.Struct]) -> tuple[FieldInfo, ...]:
    return msgspec.structs.fields(struct)


@functools.cache
def _members(declared: Any) -> tuple[Any, ...]:
    """The plain types that a declared type is made of: unions and annotations opened."""
    origin = get_origin(declared)
    if origin is Annotated:
        return _members(get_args(declared)[0])
    if origin in (Union, types.UnionType):
        return tuple(member for part in get_args(declared) for member in _members(part))
    if origin is Literal:
        return tuple({type(value) for value in get_args(declared)})
    return (origin or declared,)


@functools.cache
def _choices(declared: Any) -> tuple[Any, ...]:
    """The values of an enumeration, also of one whose values stand in a list."""
    if get_origin(declared) is Literal:
        return get_args(declared)
    return tuple(choice for part in get_args(declared) for choice in _choices(part))


def accepts(declared: Any, kind: type) -> bool:
    """Whether a declared type takes values of this plain type."""
    return kind in _members(declared)


def _struct(declared: Any) -> type[msgspec.Struct] | None:
    """The body's Struct, unless the body is something else (an array)."""
    for member in _members(declared):
        if isinstance(member, type) and issubclass(member, msgspec.Struct) and member is not Upload:
            return member
    return None
