"""Reads what the records of one company are: the declared members of each kind, and the company's own fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args, get_type_hints

from dealwright.connectors.client import Client
from dealwright.connectors.driver import finish
from dealwright.connectors.names.answered import MORE_USERS
from dealwright.connectors.names.definitions import LISTS, Definitions, Field, Names, field_names
from dealwright.contract import catalogue, references

OWNERS: Mapping[str, tuple[str, str]] = {
    "activity": ("Activity", "v2.get_activities_by_id"),
    "deal": ("Deal", "v2.get_deals_by_id"),
    "organization": ("Organization", "v2.get_organizations_by_id"),
    "person": ("Person", "v2.get_persons_by_id"),
    "product": ("Product", "v2.get_products_by_id"),
    "project": ("Project", "v2.get_projects_by_id"),
}
"""The records that have fields of a company: the name of their type, and the action that answers one."""


class RecordType(NamedTuple):
    """A kind of records: the name of its type, the declared types of its members, those that have names, and the company's own fields."""

    name: str
    members: Mapping[str, Any]
    named: frozenset[str]
    fields: tuple[Field, ...]

    @property
    def names(self) -> Names:
        """The fields by the names that tell them apart."""
        return field_names(self.fields)


def read_record_types(client: Client) -> list[RecordType]:
    """Returns the kinds of records of a connection with their fields. Raises the errors of `Client.run`."""

    async def look_up(action: str, params: Mapping[str, object]) -> Any:
        return client.request(action, params, names=False).body

    definitions = Definitions(look_up)
    found = []
    for owner, (name, action) in OWNERS.items():
        endpoint = catalogue.load(action)
        [declared] = get_args(endpoint.response_type)
        members = get_type_hints(declared, include_extras=True)
        own = finish(definitions.fields(owner)) if "custom_fields" in members else ()
        fields = tuple(one for one in own if one.is_custom)
        named = frozenset(member for member in members if _has_name(endpoint.path, member))
        found.append(RecordType(name, members, named, fields))
    return found


def _has_name(path: str, member: str) -> bool:
    """Whether an answer with names has one in a member."""
    reference = references.find(path, member)
    return member in (*MORE_USERS, "visible_to", "channel") or (
        member not in ("id", "ids") and (reference == "label" or reference in LISTS)
    )
