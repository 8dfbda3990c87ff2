"""Builds the one request of an action from its name and parameters, checked against the contract."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sized
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec
import orjson

from dealwright.connectors import encoding, wording
from dealwright.connectors.errors import InvalidParams, UnknownAction
from dealwright.contract import catalogue
from dealwright.contract.body_parser import body_types, read_body
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import Endpoint, Upload
from dealwright.contract.errors import InvalidArguments, Problem
from dealwright.contract.parameter_parser import aliases, read_parameters
from dealwright.contract.values import Json

T = TypeVar("T")
G = TypeVar("G")

log = logging.getLogger(__name__)

_PRINTABLE = re.compile(r"[ -~]*")
_DOTS = re.compile(r"\.{0,2}")

Params = Mapping[str, object]


class PreparedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request without the host. ``target`` is path and query; ``fields`` and ``files`` make a multipart body.

    ``params`` are those that it was made from, if they were asked for.
    """

    entry: Entry
    endpoint: Endpoint[..., Any]
    target: str
    headers: dict[str, str]
    content: bytes | None = None
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    params: Params = {}

    # Those of the files that were opened for this request, and are closed with it.
    opened: tuple[Upload, ...] = ()

    @property
    def action(self) -> str:
        """The exact name of the action."""
        return self.entry.qualified_name

    def __enter__(self) -> PreparedRequest:
        return self

    def __exit__(self, *error: object) -> None:
        for file in self.opened:
            file.content.close()


def resolve(action: str, params: Params, loose_names: tuple[str, ...] = ()) -> Entry:
    """Returns the catalogue's entry for a name, given these parameters. Raises `UnknownAction` and `InvalidParams`."""
    try:
        return catalogue.resolve(action, params, loose_names)
    except catalogue.UnknownName as error:
        raise UnknownAction(error.name, error.nearest) from None
    except InvalidArguments as error:
        raise InvalidParams(action, error.problems) from None


def prepare(action: str, params: Params | None) -> PreparedRequest:
    """Returns the request of an action, to be closed when it has files. Raises `UnknownAction` and `InvalidParams`; nothing is sent."""
    given = {} if params is None else params
    if not isinstance(action, str):
        raise UnknownAction(str(action))
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise InvalidParams(str(action), (Problem("", "The parameters must be a dict with their names as keys"),))
    entry = resolve(action, given)
    _report_fallback(action, entry, given)
    endpoint = catalogue.load(entry.qualified_name)
    problems = catalogue.parameter_problems(entry, given)
    flat, data = _split_body(endpoint, _without_unknown(given, {problem.path for problem in problems}))
    texts = _collect_problems(problems, _encode_parameters, endpoint, flat)
    body = _collect_problems(problems, _encode_body, endpoint, data)
    if problems or texts is None or body is None:
        for file in body.opened if body is not None else ():
            file.content.close()
        raise InvalidParams(entry.qualified_name, tuple(wording.reworded(problem, given) for problem in problems))
    path, query, headers = endpoint.path, {}, {}
    for parameter in endpoint.parameters:
        value = texts.get(parameter.name)
        if value is not None:
            if parameter.location == "path":
                path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
            elif parameter.location == "header":
                headers[parameter.name] = value
            elif value:
                # An empty parameter is the same as none.
                query[parameter.name] = value
    return PreparedRequest(
        entry=entry,
        endpoint=endpoint,
        target=f"{path}?{urlencode(query, quote_via=quote)}" if query else path,
        headers={**headers, **body.headers},
        content=body.content,
        fields=body.fields,
        files=body.files,
        opened=body.opened,
    )


def prepare_walk(action: str, params: Params | None) -> PreparedRequest:
    """Returns the request of the first page of a walk, as large as the service allows where the caller has not said how large.

    Each page costs the same. Raises as `prepare`.
    """
    call = prepare(action, params)
    given = params or {}
    size = next((one for one in call.endpoint.parameters if one.largest_page), None)
    if (
        size is None
        or call.entry.paging == "none"
        or any(given.get(name) is not None for name in (size.name, size.attribute))
    ):
        return call
    return prepare(call.action, {**given, size.name: size.largest_page})


_reported_fallbacks: set[tuple[str, str]] = set()


def _report_fallback(name: str, chosen: Entry, params: Params) -> None:
    """Logs, once for each name, that a call goes to an older version, which answers in another shape."""
    newest = catalogue.get_by_name(name)[0]
    if newest.version <= chosen.version or (name, chosen.qualified_name) in _reported_fallbacks:
        return
    _reported_fallbacks.add((name, chosen.qualified_name))
    refused = "; ".join(str(problem) for problem in catalogue.parameter_problems(newest, params))
    log.warning(
        "'%s' runs as %s%s: it costs %d tokens (%s costs %d) and answers in another shape. %s",
        name,
        chosen.qualified_name,
        ", which is deprecated" if chosen.deprecated else "",
        chosen.cost,
        newest.qualified_name,
        newest.cost,
        refused,
    )


class _Body(msgspec.Struct):
    headers: dict[str, str] = {}
    content: bytes | None = None
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    opened: tuple[Upload, ...] = ()


def file_properties(entry: Entry) -> frozenset[str]:
    """Returns the properties of the body of an action that are files."""
    return encoding.file_properties(body_types(catalogue.load(entry.qualified_name)).items())


def find_files(entry: Entry, params: Params) -> dict[str, Any]:
    """Returns what is given for the files of an action, by the places: in the body, and beside it, where forms have them too."""
    names = sorted(file_properties(entry))
    data = params.get("data")
    inside = {f"data.{name}": data[name] for name in names if name in data} if isinstance(data, Mapping) else {}
    return inside | {name: params[name] for name in names if name in params}


def _collect_problems(
    problems: list[Problem], step: Callable[[Endpoint[..., Any], G], T], endpoint: Endpoint[..., Any], given: G
) -> T | None:
    """Returns the result of a step; None when it found problems, which are added to ``problems``."""
    try:
        return step(endpoint, given)
    except InvalidArguments as error:
        problems.extend(error.problems)
        return None


def _without_unknown(given: Params, unknown: set[str]) -> Params:
    """Returns the parameters without those, also in the body, whose names are unknown."""
    known = {name: value for name, value in given.items() if name not in unknown}
    data = known.get("data")
    if unknown and isinstance(data, Mapping):
        known["data"] = {name: value for name, value in data.items() if f"data.{name}" not in unknown}
    return known


def _split_body(endpoint: Endpoint[..., Any], given: Params) -> tuple[dict[str, object], object]:
    """Returns the flat parameters and the body; the fields of a form may stand among the parameters."""
    data = given.get("data")
    flat = {name: value for name, value in given.items() if name != "data" and value is not None}
    if endpoint.body is not None and endpoint.body_kind != "json":
        known = aliases(endpoint)
        fields = {name: flat.pop(name) for name in list(flat) if name not in known}
        if fields and (data is None or isinstance(data, Mapping)):
            data = {**(data or {}), **fields}
    return flat, data


def _encode_parameters(endpoint: Endpoint[..., Any], flat: Params) -> dict[str, str]:
    """Returns the parameters as texts, by wire name.

    Raises `InvalidArguments` for any that the declaration does not take.
    """
    known = aliases(endpoint)
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for name, value in flat.items():
        parameter = known[name]
        if parameter.name in texts:
            problems.append(Problem(name, f"is the same parameter as '{parameter.name}', which is given as well"))
            continue
        if isinstance(value, Sized) and not isinstance(value, str) and not value:
            # On the wire it would be an absent parameter, which often stands for all.
            problems.append(Problem(name, "is empty; leave it out if it does not matter"))
            continue
        problems += encoding.inexact_numbers(value, parameter.type, name)
        try:
            texts[parameter.name] = encoding.to_text(value, parameter.type, endpoint.version, name)
        except InvalidArguments as error:
            problems.extend(error.problems)
        if parameter.location == "header" and not _PRINTABLE.fullmatch(texts.get(parameter.name, "")):
            problems.append(Problem(name, "may only have visible ASCII characters"))
        if parameter.location == "path" and _DOTS.fullmatch(texts.get(parameter.name, "1")):
            problems.append(Problem(name, "cannot be empty or made of dots"))
    bad = {known[problem.path].name for problem in problems if problem.path in known}
    try:
        read_parameters(endpoint, texts, refuse_unknown=False)
    except InvalidArguments as error:
        problems += [problem for problem in error.problems if problem.path not in bad]
    if problems:
        raise InvalidArguments(problems)
    return texts


def _encode_body(endpoint: Endpoint[..., Any], data: object) -> _Body:
    """Returns the encoded body.

    Raises `InvalidArguments` for one that the server, which reads it the same way, would refuse.
    """
    if endpoint.body is None:
        return _Body()
    opened: list[Upload] = []
    try:
        body = _encode_with_files(endpoint, data, opened)
    except InvalidArguments:
        for file in opened:
            file.content.close()
        raise
    return msgspec.structs.replace(body, opened=tuple(opened))


def _encode_with_files(endpoint: Endpoint[..., Any], data: object, opened: list[Upload]) -> _Body:
    types = body_types(endpoint)
    names_of_files = encoding.file_properties(types.items())
    files: dict[str, Upload] = {}
    if names_of_files and isinstance(data, Mapping):
        files = {
            name: encoding.to_upload(data[name], f"data.{name}", opened)
            for name in names_of_files
            if data.get(name) is not None
        }
        data = {name: value for name, value in data.items() if name not in names_of_files}
    assert endpoint.body is not None
    if inexact := [*encoding.inexact_numbers(data, endpoint.body.type, "data")]:
        raise InvalidArguments(inexact)
    encoded: Json = encoding.to_json_value(data, endpoint.version, "data")
    try:
        read_body(endpoint, {**encoded, **files} if isinstance(encoded, dict) else (files or encoded))
    except InvalidArguments as error:
        raise InvalidArguments([_in_data(problem) for problem in error.problems]) from None
    if encoded is None and not files:
        return _Body()
    if endpoint.body_kind == "json":
        return _Body(headers={"content-type": "application/json"}, content=orjson.dumps(encoded))
    fields = {
        name: encoding.to_text(value, types.get(name), endpoint.version, f"data.{name}")
        for name, value in (encoded.items() if isinstance(encoded, dict) else ())
    }
    if endpoint.body_kind == "multipart":
        return _Body(fields=fields, files=files)
    form = {"content-type": "application/x-www-form-urlencoded"}
    return _Body(headers=form, content=urlencode(fields).encode())


def _in_data(problem: Problem) -> Problem:
    return Problem(f"data.{problem.path}" if problem.path else "data", problem.reason, problem.suggestion)
