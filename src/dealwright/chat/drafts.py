"""Calls that are being put together: where each value belongs, what is missing, and what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from dealwright.chat import literals
from dealwright.connectors import calls
from dealwright.connectors.errors import InvalidParams
from dealwright.contract import catalogue
from dealwright.contract.body_parser import body_types
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import Endpoint
from dealwright.contract.errors import Problem
from dealwright.contract.parameter_parser import aliases
from dealwright.contract.type_introspection import accepts, choices

MISSING = "is required"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A call as far as it has come: the exact name of its action, the connection if one was named, its parameters."""

    action: str
    connection: str | None = None
    params: dict[str, Any] = {}

    @property
    def entry(self) -> Entry:
        """The action."""
        return catalogue.entries()[self.action]

    @property
    def only_reads(self) -> bool:
        """Whether the action changes nothing."""
        return self.entry.method == "GET"


class Faults(NamedTuple):
    """What is missing in a call, and what does not fit."""

    missing: list[Problem]
    wrong: list[Problem]


class Question(NamedTuple):
    """What is known of a parameter that is asked for."""

    path: str
    description: str
    choices: list[str]


def draft(action: str, connection: str | None, given: Mapping[str, Any]) -> Draft:
    """Returns the call of an action by its name, with each value where it belongs.

    Properties of the body may stand beside the parameters. Raises `UnknownAction` and `InvalidParams`.
    """
    body = {name: value for name, value in given.items() if name == "data"}
    loose = {name: value for name, value in given.items() if name != "data"}
    entry = calls.resolve(action, body, tuple(loose))
    endpoint = catalogue.load(entry.qualified_name)
    flat = aliases(endpoint)
    params: dict[str, Any] = {}
    inside = dict(body["data"]) if isinstance(body.get("data"), Mapping) else {}
    for name, value in loose.items():
        belongs_inside = name not in flat and endpoint.body is not None and catalogue.is_body_property(entry, name)
        (inside if belongs_inside else params)[name] = value
    if inside or body:
        params["data"] = inside if inside or isinstance(body.get("data"), Mapping) else body["data"]
    return Draft(action=entry.qualified_name, connection=connection, params=params)


def find_faults(call: Draft) -> Faults:
    """Returns what is missing and what does not fit."""
    # A text there would be taken for a path on the machine that runs this.
    files = calls.find_files(call.entry, call.params)
    if files:
        return Faults([], [Problem(path, "is a file, which cannot be sent by words") for path in files])
    try:
        with calls.prepare(call.action, call.params):
            pass
    except InvalidParams as error:
        missing = [problem for problem in error.problems if problem.reason == MISSING]
        return Faults(missing, [problem for problem in error.problems if problem.reason != MISSING])
    return Faults([], [])


def question(call: Draft, path: str) -> Question:
    """Returns what is known of a parameter."""
    declared = _declared(catalogue.load(call.action), path)
    metadata = getattr(declared, "__metadata__", ())
    description = next((one.description for one in metadata if isinstance(one, msgspec.Meta) and one.description), "")
    return Question(path, description, [str(choice) for choice in choices(declared)])


def can_be_asked_for(path: str) -> bool:
    """Whether one value, as people type it, can be put at a place."""
    first, _, rest = path.partition(".")
    return bool(first) and "." not in rest and "[" not in path and (first != "data" or bool(rest))


def with_value(call: Draft, path: str, text: str) -> Draft:
    """Returns a call with a value that somebody has typed for a parameter."""
    declared = _declared(catalogue.load(call.action), path)
    value = literals.read_value(text)
    if accepts(declared, str) and not isinstance(value, str):
        # The number 7 may be somebody's title.
        value = text.strip()
    first, _, name = path.partition(".")
    if not name:
        return msgspec.structs.replace(call, params={**call.params, first: value})
    inside = call.params.get(first)
    body = {**(inside if isinstance(inside, Mapping) else {}), name: value}
    return msgspec.structs.replace(call, params={**call.params, first: body})


def names(entry: Entry) -> dict[str, Any]:
    """Returns the types of all parameters of an action and of all properties of its body, by their names."""
    endpoint = catalogue.load(entry.qualified_name)
    return {**body_types(endpoint), **{parameter.name: parameter.type for parameter in endpoint.parameters}}


def _declared(endpoint: Endpoint[..., Any], path: str) -> Any:
    first, _, name = path.partition(".")
    if first == "data":
        return body_types(endpoint).get(name)
    return next((parameter.type for parameter in endpoint.parameters if parameter.name == first), None)
