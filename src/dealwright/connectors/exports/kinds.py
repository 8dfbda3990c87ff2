"""The kinds of records that can be exported: everything that the API lists, under the names of its paths.

They follow from the declarations: a kind is a path of one part (``persons``) whose newest action answers a list and needs no parameters. A few
lists are of what belongs to other records, and are asked for these one after the other (``phases``, ``deals/products``).
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dealwright.connectors.calls import Params
from dealwright.connectors.client import Client
from dealwright.connectors.errors import BadCall
from dealwright.contract import catalogue
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import Endpoint
from dealwright.contract.errors import nearest
from dealwright.contract.type_introspection import choices, member_type

_PAGE = 500
_SMALLER_PAGES: Mapping[str, int] = {"files": 100}
"""How many records a page may have at most."""

_IN_ONE_CALL = 100
_NOT_NARROWING = frozenset(
    {
        "limit",
        "start",
        "cursor",
        "include_fields",
        "include_labels",
        "include_option_labels",
        "custom_fields",
        "get_summary",
    }
)


class Parent(NamedTuple):
    """The records that a list is asked for: their kind, the parameter that takes their ids, and how many go into one call."""

    kind: str
    parameter: str
    size: int


_PARENTS: Mapping[str, Parent] = {
    "phases": Parent("boards", "board_id", 1),
    "deals/products": Parent("deals", "deal_ids", _IN_ONE_CALL),
    "deals/installments": Parent("deals", "deal_ids", _IN_ONE_CALL),
    "organizationRelationships": Parent("organizations", "org_id", 1),
}

_FIELDS: Mapping[str, str] = {
    "activities": "v2.get_activity_fields",
    "deals": "v2.get_deal_fields",
    "leads": "v1.get_lead_fields",
    "notes": "v1.get_note_fields",
    "organizations": "v2.get_organization_fields",
    "persons": "v2.get_person_fields",
    "products": "v2.get_product_fields",
    "projects": "v2.get_project_fields",
}

FILTER_TYPES: Mapping[str, str] = {
    "activities": "activity",
    "deals": "deals",
    "leads": "leads",
    "organizations": "org",
    "persons": "people",
    "products": "products",
    "projects": "projects",
}
"""What the saved filters of a kind have as their type."""


class Kind(NamedTuple):
    """A kind of records: its name, the actions that list it and its archived records, what lists its fields, and what it is asked for."""

    name: str
    entry: Entry
    archived: Entry | None
    fields: str | None
    parent: Parent | None

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that narrow the list."""
        fixed = {self.parent.parameter} if self.parent else set()
        return tuple(one for one in self.entry.parameters if one not in _NOT_NARROWING | fixed)

    @property
    def members(self) -> Mapping[str, Any]:
        """The declared members of a record that are always there, with their types."""
        return {name: declared for name, (declared, always) in _members(self.entry.qualified_name).items() if always}

    @property
    def optional_members(self) -> Mapping[str, Any]:
        """The declared members that are there at times or on request, with their types."""
        found = {
            name: declared for name, (declared, always) in _members(self.entry.qualified_name).items() if not always
        }
        found.pop("labels", None)  # what the options of label_ids say
        return found

    @property
    def requestable(self) -> tuple[str, ...]:
        """The members that `include_fields` asks for."""
        found = next(
            (one for one in catalogue.load(self.entry.qualified_name).parameters if one.name == "include_fields"), None
        )
        return choices(found.type) if found else ()


def get(name: str) -> Kind:
    """Returns a kind by its name. Raises `BadCall`, with the names that there are."""
    found = _kinds().get(name)
    if found is None:
        suggestion = nearest(name, _kinds())
        hint = f"; did you mean '{suggestion}'?" if suggestion else "."
        raise BadCall(f"There is no kind '{name}' to export{hint} There are: {', '.join(_kinds())}")
    return found


def names() -> tuple[str, ...]:
    """Returns the names of all kinds, sorted."""
    return tuple(_kinds())


def records(client: Client, kind: Kind, params: Params, *, archived: bool = False) -> Iterator[dict[str, Any]]:
    """Yields the records of a kind as the API answers them, page by page, the archived ones after the others."""
    if kind.parent is None:
        yield from _walk(client, kind, kind.entry, params)
    else:
        for ids in _parent_ids(client, kind.parent, archived=archived):
            yield from _walk(client, kind, kind.entry, {**params, kind.parent.parameter: ids})
    if archived and kind.archived is not None:
        yield from _walk(client, kind, kind.archived, params)


def _walk(client: Client, kind: Kind, entry: Entry, params: Params) -> Iterator[dict[str, Any]]:
    action: Any = entry.qualified_name
    if "limit" in entry.parameters:
        params = {"limit": _SMALLER_PAGES.get(kind.name, _PAGE), **params}
    yield from client.iterate(action, params)


def _parent_ids(client: Client, parent: Parent, *, archived: bool) -> Iterator[str]:
    """Yields the ids of the records that a list is asked for, as many as go into one call, comma-separated."""
    waiting: list[str] = []
    for record in records(client, get(parent.kind), {}, archived=archived):
        waiting.append(str(record["id"]))
        if len(waiting) == parent.size:
            yield ",".join(waiting)
            waiting = []
    if waiting:
        yield ",".join(waiting)


@functools.cache
def _kinds() -> Mapping[str, Kind]:
    newest: dict[str, Entry] = {}
    for entry in sorted(catalogue.entries().values(), key=lambda one: one.version):
        if entry.method == "GET" and "{" not in entry.path:
            newest[entry.path.removeprefix("/api").removeprefix(f"/{entry.version}/")] = entry
    return {
        name: Kind(name, entry, newest.get(f"{name}/archived"), _FIELDS.get(name), _PARENTS.get(name))
        for name, entry in sorted(newest.items())
        if name in _PARENTS or ("/" not in name and _is_whole_list(entry))
    }


def _is_whole_list(entry: Entry) -> bool:
    endpoint = catalogue.load(entry.qualified_name)
    return not any(one.required for one in endpoint.parameters) and _item_type(endpoint) is not None


def _item_type(endpoint: Endpoint[..., Any]) -> Any:
    """Returns the declared type of the items that an action lists; None when it answers no list."""
    declared = endpoint.response_type
    envelope = typing.get_origin(declared) or declared
    if not typing.is_typeddict(envelope):
        return None
    item = member_type(typing.get_type_hints(envelope).get("data"), list)
    return typing.get_args(declared)[0] if isinstance(item, typing.TypeVar) else item


@functools.cache
def _members(action: str) -> Mapping[str, tuple[Any, bool]]:
    """Returns the declared members of the items that an action lists: their types, and whether they are always there."""
    item = _item_type(catalogue.load(action))
    if not typing.is_typeddict(item):
        return {}
    plain = typing.get_type_hints(item)
    declared = typing.get_type_hints(item, include_extras=True)
    return {name: (plain[name], typing.get_origin(one) is not typing.NotRequired) for name, one in declared.items()}
