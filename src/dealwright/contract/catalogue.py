"""The catalogue: which actions there are, from the committed ``index.json``, without importing them.

``load`` imports the one contract module of an action. ``python -m dealwright.contract.index`` writes the index anew.
"""

from __future__ import annotations

import difflib
import functools
import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from dealwright.contract.bodies import CUSTOM_FIELD_KEY
from dealwright.contract.endpoint import BodyKind, Endpoint, Paging, Version, camel_case, snake_case
from dealwright.contract.errors import InvalidArguments, Problem, nearest
from dealwright.contract.meanings import actions_meant

INDEX = Path(__file__).with_name("index.json")

IN_NO_DOCUMENT = frozenset({"v1.post_oauth_revoke", "v1.put_leads_by_id", "v2.post_deals_by_id_duplicate"})
"""The exact names of actions that are in none of the vendor's documents: its pages on OAuth or third-party clients know them."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What the index says of one action.

    ``parameters`` are the wire names outside the body. ``body`` has the names of the body's properties; it is None
    where no body is taken and empty where the body is no object. ``custom_fields`` says that keys of custom fields
    stand at the root of the body. ``python_name`` is the name of its method in Python, with dots, below the version.
    """

    name: str
    version: Version
    module: str
    attribute: str
    method: str
    path: str
    group: str
    summary: str
    cost: int
    deprecated: bool = False
    replaced_by: str | None = None
    paging: Paging = "none"
    parameters: tuple[str, ...] = ()
    body: tuple[str, ...] | None = None
    body_kind: BodyKind = "json"
    custom_fields: bool = False
    documented: bool = True
    python_name: str = ""

    @property
    def qualified_name(self) -> str:
        """The exact name, ``v1.get_deals``."""
        return f"{self.version}.{self.attribute}"


class UnknownName(LookupError):
    """No action has this name; ``nearest`` are those most like it."""

    def __init__(self, name: str, nearest: tuple[str, ...]) -> None:
        super().__init__(f"There is no action '{name}'")
        self.name = name
        self.nearest = nearest


@functools.cache
def entries() -> Mapping[str, Entry]:
    """Returns every action by its exact name."""
    listed = msgspec.json.decode(INDEX.read_bytes(), type=list[Entry])
    return MappingProxyType({entry.qualified_name: entry for entry in listed})


@functools.cache
def load(qualified_name: str) -> Endpoint[..., Any]:
    """Returns the declaration of an action by its exact name. Raises `UnknownName`."""
    entry = entries().get(qualified_name)
    if entry is None:
        raise _unknown_name_error(qualified_name)
    endpoint: Endpoint[..., Any] = getattr(importlib.import_module(entry.module), entry.attribute)
    return endpoint


def get_by_name(name: str) -> tuple[Entry, ...]:
    """Returns the actions that a name, bare or exact, may stand for; the one that a bare name means first.

    The actions of the connector's document come before those beyond it, then the newest version. Raises `UnknownName`.
    """
    found = _entries_by_name().get(name)
    if not found:
        raise _unknown_name_error(name)
    return found


def resolve(name: str, params: Mapping[str, object], loose_names: Iterable[str] = ()) -> Entry:
    """Returns the action that a name means, given these parameters.

    ``params`` has the parameters flat and the body under ``data``; the names in ``loose_names`` may be either. A bare
    name means the newest version that accepts all names given. Raises `UnknownName`, and `InvalidArguments` when
    several versions have the name and none accepts the parameters.
    """
    found = _filter_by_grant_type(get_by_name(name), params)
    if len(found) == 1:
        return found[0]
    loose_names = tuple(loose_names)
    refused: list[Problem] = []
    for entry in found:
        problems = parameter_problems(entry, params, loose_names)
        if not problems:
            return entry
        refused += problems
    # What is wrong with every version is said once.
    raise InvalidArguments(dict.fromkeys(refused))


def parameter_problems(entry: Entry, params: Mapping[str, object], loose_names: Iterable[str] = ()) -> list[Problem]:
    """Returns what is wrong with the names of the parameters, and of the body's properties, for this action."""
    aliases = _aliases(entry)
    body = entry.body or ()
    # Forms are so flat that their fields may stand beside the parameters.
    flat = body if entry.body_kind != "json" else ()
    problems = [
        Problem(name, "belongs into the body, under 'data'", "data")
        if is_body_property(entry, name)
        else _unknown_parameter_problem(entry, name, (*entry.parameters, *flat))
        for name in params
        if name != "data" and name not in aliases and name not in flat
    ]
    problems += [
        _unknown_parameter_problem(entry, name, (*entry.parameters, *body))
        for name in loose_names
        if name not in aliases and not is_body_property(entry, name)
    ]
    data = params.get("data")
    if "data" in params and entry.body is None:
        problems.append(Problem("data", f"is not a parameter of {entry.qualified_name}, which takes no body"))
    elif body and isinstance(data, Mapping):
        problems += [
            _unknown_parameter_problem(entry, str(name), body, "data.")
            for name in data
            if not is_body_property(entry, str(name))
        ]
    return problems


def is_body_property(entry: Entry, name: str) -> bool:
    """Whether a body of this action may have such a property."""
    return name in (entry.body or ()) or _is_custom(entry, name)


def search(words: Iterable[str]) -> list[Entry]:
    """Returns the actions with all these words in name, path, summary or group, in the order of the index."""
    wanted = [word.lower() for word in words]
    return [
        entry
        for entry in entries().values()
        if all(
            word in f"{entry.qualified_name} {entry.method} {entry.path} {entry.summary} {entry.group}".lower()
            for word in wanted
        )
    ]


@functools.cache
def _entries_by_name() -> Mapping[str, tuple[Entry, ...]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries().values():
        found.setdefault(entry.name, []).append(entry)
        found.setdefault(f"{entry.version}.{entry.name}", []).append(entry)
        if entry.attribute != entry.name:
            found.setdefault(entry.qualified_name, []).append(entry)
    return {
        name: tuple(sorted(those, key=lambda entry: (entry.documented, entry.version), reverse=True))
        for name, those in found.items()
    }


def _filter_by_grant_type(found: tuple[Entry, ...], params: Mapping[str, object]) -> tuple[Entry, ...]:
    """Tells the two `post_oauth_token` apart, whose paths differ by the slash at the end: it is for refreshing."""
    if len({entry.version for entry in found}) == len(found):
        return found
    data = params.get("data")
    provided = {**params, **data} if isinstance(data, Mapping) else params
    grant_type = provided.get("grant_type", "refresh_token" if "refresh_token" in provided else "")
    return tuple(entry for entry in found if entry.path.endswith("/") == (grant_type == "refresh_token"))


@functools.cache
def _aliases(entry: Entry) -> frozenset[str]:
    names = {*entry.parameters, *map(snake_case, entry.parameters)}
    return frozenset(names | set(map(camel_case, names)) if entry.version == "v1" else names)


def _is_custom(entry: Entry, name: str) -> bool:
    return entry.custom_fields and CUSTOM_FIELD_KEY.match(name) is not None


def _unknown_parameter_problem(entry: Entry, name: str, valid: Iterable[str], prefix: str = "") -> Problem:
    suggestion = nearest(name, valid)
    hint = f"; did you mean '{suggestion}'?" if suggestion else ""
    return Problem(prefix + name, f"is not a parameter of {entry.qualified_name}{hint}", suggestion)


def _unknown_name_error(name: str) -> UnknownName:
    version, _, bare = name.rpartition(".")
    names = {entry.name for entry in entries().values()}
    meant = actions_meant(bare, names)
    close = list(meant) or difflib.get_close_matches(bare, list(names), n=3, cutoff=0.6)
    prefix = f"{version}." if version else ""
    return UnknownName(name, tuple(prefix + one if prefix + one in entries() else one for one in close))
