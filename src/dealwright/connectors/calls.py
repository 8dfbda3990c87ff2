"""From an action's name and parameters to the one request that carries them, checked against the contract."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec
import orjson

from dealwright.connectors import wire
from dealwright.connectors.errors import InvalidParams, UnknownAction
from dealwright.contract import catalogue
from dealwright.contract.arguments import body_types, read_body, read_parameters, spellings
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import Endpoint, Upload
from dealwright.contract.errors import InvalidArguments, Problem
from dealwright.contract.values import Json

T = TypeVar("T")
G = TypeVar("G")

Params = Mapping[str, object]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request, without where it goes. ``target`` is path and query; ``fields`` and ``files`` make a multipart body."""

    entry: Entry
    endpoint: Endpoint[..., Any]
    target: str
    headers: dict[str, str]
    content: bytes | None = None
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}

    @property
    def action(self) -> str:
        """The exact name of the action."""
        return self.entry.qualified_name


def resolve(action: str, params: Params, anywhere: tuple[str, ...] = ()) -> Entry:
    """The action that a name means, given these parameters. Raises `UnknownAction` and `InvalidParams`."""
    try:
        return catalogue.resolve(action, params, anywhere)
    except catalogue.UnknownName as error:
        raise UnknownAction(error.name, error.nearest) from None
    except InvalidArguments as error:
        raise InvalidParams(action, error.problems) from None


def prepare(action: str, params: Params | None) -> Call:
    """The call that carries out an action. Raises `UnknownAction` and `InvalidParams`; nothing has been sent then."""
    given = {} if params is None else params
    if not isinstance(action, str):
        raise UnknownAction(str(action))
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise InvalidParams(str(action), (Problem("", "The parameters must be a dict with their names as keys"),))
    entry = resolve(action, given)
    endpoint = catalogue.load(entry.qualified_name)
    problems = catalogue.unaccepted(entry, given)
    flat, data = _apart(endpoint, _without(given, {problem.path for problem in problems}))
    texts = _collect(problems, _texts, endpoint, flat)
    body = _collect(problems, _body, endpoint, data)
    if problems or texts is None or body is None:
        raise InvalidParams(entry.qualified_name, tuple(problems))
    path, query, headers = endpoint.path, {}, {}
    for parameter in endpoint.parameters:
        value = texts.get(parameter.name)
        if value is not None:
            if parameter.place == "path":
                path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
            elif parameter.place == "header":
                headers[parameter.name] = value
            else:
                query[parameter.name] = value
    return Call(
        entry=entry,
        endpoint=endpoint,
        target=f"{path}?{urlencode(query, quote_via=quote)}" if query else path,
        headers={**headers, **body.headers},
        content=body.content,
        fields=body.fields,
        files=body.files,
    )


class _Body(msgspec.Struct):
    headers: dict[str, str] = {}
    content: bytes | None = None
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}


def _collect(
    problems: list[Problem], step: Callable[[Endpoint[..., Any], G], T], endpoint: Endpoint[..., Any], given: G
) -> T | None:
    """What a step gives; None when it found problems, which join the others."""
    try:
        return step(endpoint, given)
    except InvalidArguments as error:
        problems.extend(error.problems)
        return None


def _without(given: Params, unknown: set[str]) -> Params:
    """The parameters, and those in the body, whose names are known."""
    known = {name: value for name, value in given.items() if name not in unknown}
    data = known.get("data")
    if unknown and isinstance(data, Mapping):
        known["data"] = {name: value for name, value in data.items() if f"data.{name}" not in unknown}
    return known


def _apart(endpoint: Endpoint[..., Any], given: Params) -> tuple[dict[str, object], object]:
    """The parameters and the body; the fields of a form may stand among the parameters."""
    data = given.get("data")
    flat = {name: value for name, value in given.items() if name != "data" and value is not None}
    if endpoint.body is not None and endpoint.body_kind != "json":
        known = spellings(endpoint)
        fields = {name: flat.pop(name) for name in list(flat) if name not in known}
        if fields and (data is None or isinstance(data, Mapping)):
            data = {**(data or {}), **fields}
    return flat, data


def _texts(endpoint: Endpoint[..., Any], flat: Params) -> dict[str, str]:
    """The parameters as texts, by wire name; each is one that the declaration takes."""
    known = spellings(endpoint)
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for name, value in flat.items():
        parameter = known[name]
        if parameter.name in texts:
            problems.append(Problem(name, f"is the same parameter as '{parameter.name}', which is given as well"))
            continue
        try:
            texts[parameter.name] = wire.text(value, parameter.type, endpoint.version, name)
        except InvalidArguments as error:
            problems.extend(error.problems)
        if parameter.place == "header" and not re.fullmatch(r"[ -~]*", texts.get(parameter.name, "")):
            problems.append(Problem(name, "may only have visible ASCII characters"))
        if parameter.place == "path" and re.fullmatch(r"\.{0,2}", texts.get(parameter.name, "1")):
            problems.append(Problem(name, "cannot be empty or made of dots"))
    bad = {known[problem.path].name for problem in problems if problem.path in known}
    try:
        read_parameters(endpoint, texts, refuse_unknown=False)
    except InvalidArguments as error:
        problems += [problem for problem in error.problems if problem.path not in bad]
    if problems:
        raise InvalidArguments(problems)
    return texts


def _body(endpoint: Endpoint[..., Any], data: object) -> _Body:
    """The body as it is sent; it has been read as the other side will read it."""
    if endpoint.body is None:
        return _Body()
    types = body_types(endpoint)
    names_of_files = wire.file_names(types.items())
    files: dict[str, Upload] = {}
    if names_of_files and isinstance(data, Mapping):
        files = {name: wire.upload(data[name], f"data.{name}") for name in names_of_files if data.get(name) is not None}
        data = {name: value for name, value in data.items() if name not in names_of_files}
    sent: Json = wire.plain(data, endpoint.version, "data")
    try:
        read_body(endpoint, {**sent, **files} if isinstance(sent, dict) else (files or sent))
    except InvalidArguments as error:
        raise InvalidArguments([_in_data(problem) for problem in error.problems]) from None
    if sent is None and not files:
        return _Body()
    if endpoint.body_kind == "json":
        return _Body(headers={"content-type": "application/json"}, content=orjson.dumps(sent))
    fields = {
        name: wire.text(value, types.get(name), endpoint.version, f"data.{name}")
        for name, value in (sent.items() if isinstance(sent, dict) else ())
    }
    if endpoint.body_kind == "multipart":
        return _Body(fields=fields, files=files)
    form = {"content-type": "application/x-www-form-urlencoded"}
    return _Body(headers=form, content=urlencode(fields).encode())


def _in_data(problem: Problem) -> Problem:
    return Problem(f"data.{problem.path}" if problem.path else "data", problem.reason, problem.suggestion)
