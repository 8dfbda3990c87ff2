"""Reads the parameters of a call (path, query, headers) into the declared types, for the server and the connector alike.

Values come as text or as Python values; what comes out fits the declaration exactly. Numbers and flags may be text. An empty text
is an absent parameter, whatever its type.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args

import msgspec

from dealwright.contract.endpoint import Endpoint, Parameter, Query, camel_case
from dealwright.contract.errors import InvalidArguments, Problem
from dealwright.contract.type_introspection import accepts, choices, preload_type
from dealwright.contract.validation import (
    check_values,
    convert,
    find_problems,
    invalid_arguments,
    unknown_name_problem,
)
from dealwright.contract.values import MAX_OPTIONS, Flag

FLAG_VALUES = get_args(Flag)
MAX_PARAMETERS = 100


def read_parameters(
    endpoint: Endpoint[..., Any], provided: Mapping[str, object], *, refuse_unknown: bool
) -> dict[str, object]:
    """Returns the arguments for the parameters of a handler: values, and structs of query parameters, defaults included.

    ``provided`` maps wire names to text or to Python values. Raises `InvalidArguments` with every problem found.
    """
    readers, defaults, queries, required = _plan(endpoint)
    if len(provided) > MAX_PARAMETERS:
        raise InvalidArguments([Problem("", f"There may be at most {MAX_PARAMETERS} parameters")])
    arguments = dict(defaults)
    fields: dict[str, dict[str, object]] = {}
    missing = set(required)
    try:
        for name, raw in provided.items():
            reader = readers.get(name)
            if reader is None:
                if refuse_unknown:
                    raise InvalidArguments([unknown_name_problem(name, (p.name for p in endpoint.parameters))])
                continue
            parameter = reader.parameter
            missing.discard(parameter.name)
            if not _is_absent(reader, raw):
                if parameter.query is None:
                    arguments[parameter.attribute] = _convert(reader, raw)
                else:
                    fields.setdefault(parameter.query, {})[parameter.attribute] = _split(reader, raw)
        if not missing:
            for query, struct in queries.items():
                arguments[query] = _convert_query(struct, fields[query]) if query in fields else struct()
    except (InvalidArguments, msgspec.ValidationError):
        raise invalid_arguments(_problems(endpoint, provided, refuse_unknown=refuse_unknown)) from None
    if missing:
        raise invalid_arguments(_problems(endpoint, provided, refuse_unknown=refuse_unknown))
    return arguments


def _problems(
    endpoint: Endpoint[..., Any], provided: Mapping[str, object], *, refuse_unknown: bool
) -> Iterator[Problem]:
    """Yields every problem of some parameters, in their order: each is converted by itself."""
    readers, _, _, required = _plan(endpoint)
    missing = dict.fromkeys(required)
    for name, raw in provided.items():
        reader = readers.get(name)
        if reader is None:
            if refuse_unknown:
                yield unknown_name_problem(name, (parameter.name for parameter in endpoint.parameters))
            continue
        missing.pop(reader.parameter.name, None)
        try:
            if not _is_absent(reader, raw):
                _convert(reader, raw)
        except InvalidArguments as error:
            yield from error.problems
    yield from (Problem(name, "is required") for name in missing)


class _ParameterReader(NamedTuple):
    """What has to be known of a parameter to read it."""

    parameter: Parameter
    is_list: bool
    is_flag: bool
    # What is to be deleted must be said: the ids that a client has forgotten to fill in do not stand for all.
    narrows_delete: bool


class _Plan(NamedTuple):
    """What has to be known of an endpoint to read its parameters: looked up once, because each request asks."""

    readers: Mapping[str, _ParameterReader]
    defaults: Mapping[str, object]
    queries: Mapping[str, type[Query]]
    required: tuple[str, ...]


@functools.cache
def _plan(endpoint: Endpoint[..., Any]) -> _Plan:
    return _Plan(
        readers={
            name: _ParameterReader(
                parameter,
                accepts(parameter.type, list),
                choices(parameter.type) == FLAG_VALUES,
                endpoint.method == "DELETE" and parameter.location == "query",
            )
            for name, parameter in aliases(endpoint).items()
        },
        defaults={one.attribute: one.default for one in endpoint.parameters if one.query is None},
        queries=endpoint.queries,
        required=tuple(one.name for one in endpoint.parameters if one.required),
    )


def _is_absent(reader: _ParameterReader, raw: object) -> bool:
    """Whether a value stands for none: nothing, or an empty text. Raises `InvalidArguments`."""
    if raw is None:
        return not reader.parameter.required
    if raw != "":
        return False
    if reader.parameter.required:
        raise InvalidArguments([Problem(reader.parameter.name, "is required")])
    if reader.narrows_delete:
        raise InvalidArguments([Problem(reader.parameter.name, "is empty; leave it out to delete all")])
    return True


def _split(reader: _ParameterReader, raw: object) -> object:
    """Returns what is to be converted: for a text, the list of its parts or the number of a flag. Raises `InvalidArguments`."""
    value = raw
    if reader.is_list and isinstance(raw, str):
        value = [part.strip() for part in raw.split(",") if part.strip()]
    elif reader.is_list and isinstance(raw, int):
        value = [raw]
    elif reader.is_flag and isinstance(raw, str):
        value = {"true": 1, "false": 0}.get(raw.lower(), raw)
    # A short text has neither too long a part nor too many of them.
    if not (isinstance(raw, str) and len(raw) <= MAX_OPTIONS and "\x00" not in raw):
        check_values(value, reader.parameter.name)
    return value


def _convert(reader: _ParameterReader, raw: object) -> object:
    """Returns the value of one parameter. Raises `InvalidArguments`."""
    parameter = reader.parameter
    value = _split(reader, raw)
    try:
        converted = convert(value, parameter.type, strict=False)
    except msgspec.ValidationError:
        # The items of a list have no path of their own, because they stand in one text.
        first = next(find_problems(value, parameter.type, parameter.name, strict=False))
        raise InvalidArguments([Problem(parameter.name, first.reason, first.suggestion)]) from None
    check_values(converted, parameter.name)
    return converted


def _convert_query(struct: type[Query], values: dict[str, object]) -> Query:
    """Returns a struct of query parameters. Raises `msgspec.ValidationError` and `InvalidArguments`.

    All fields are converted at once, because msgspec looks into an annotated type anew each time, and into a struct only once.
    """
    preload_type(struct)
    converted: Query = convert(values, struct, strict=False)
    for name, value in values.items():
        # Only what it became by the conversion can be new: a number.
        if (new := getattr(converted, name)) != value:
            check_values(new, name)
    return converted


@functools.cache
def aliases(endpoint: Endpoint[..., Any]) -> Mapping[str, Parameter]:
    """Returns every accepted spelling of a parameter: its wire name, its Python name and, in v1, camelCase."""
    known = {parameter.attribute: parameter for parameter in endpoint.parameters}
    known |= {parameter.name: parameter for parameter in endpoint.parameters}
    if endpoint.version == "v1":
        known |= {camel_case(parameter.name): parameter for parameter in endpoint.parameters}
    return known
