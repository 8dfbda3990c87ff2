"""Puts names in place of the ids in what an action answers. The shape stays: ``owner_id`` holds the name of a user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dealwright.connectors.names.definitions import LISTS, Definitions, Field, Names, field_names
from dealwright.connectors.names.given import PARTS
from dealwright.contract import references
from dealwright.contract.bodies import CUSTOM_FIELD_KEY
from dealwright.contract.catalogue import Entry

_KEY_LENGTH = 40
MORE_USERS = ("creator_user_id", "creator_id", "update_user_id", "marked_as_done_by", "created_by_user_id")


async def to_names(definitions: Definitions, entry: Entry, body: Any) -> Any:
    """Returns the body of an answer with names in place of ids; what has no name stays as it is.

    The definitions are read again, once, when something unknown appears.
    """
    if not isinstance(body, Mapping) or "data" not in body:
        return body
    reading = _Reading(definitions, entry)
    named = await reading.value(body["data"])
    if reading.unknown - definitions.nameless:
        definitions.forget()
        reading = _Reading(definitions, entry)
        named = await reading.value(body["data"])
        # What has been deleted is looked for once.
        definitions.nameless |= reading.unknown
    return {**body, "data": named}


class _Reading:
    """One answer; ``unknown`` is what in it has no name."""

    def __init__(self, definitions: Definitions, entry: Entry) -> None:
        self._definitions = definitions
        self._entry = entry
        self._owner = references.owner(entry.path)
        self.unknown: set[Any] = set()
        self._customs: tuple[dict[str, Field], Names] | None = None

    async def value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [await self.value(one) for one in value]
        return await self._record(value) if isinstance(value, Mapping) else value

    async def _record(self, record: Mapping[str, Any]) -> dict[str, Any]:
        named: dict[str, Any] = {}
        for key, value in record.items():
            if key == "custom_fields" and isinstance(value, Mapping):
                named[key] = {}
                for code, one in value.items():
                    field, name = await self._custom_field(code, value)
                    named[key][name] = await self._custom(field, one)
            elif CUSTOM_FIELD_KEY.match(key):
                field, name = await self._custom_field(key, record)
                named[name] = await self._custom(field if key == key[:_KEY_LENGTH] else None, value)
            else:
                named[key] = await self._member(key, value)
        return named

    async def _custom_field(self, key: str, beside: Mapping[str, Any]) -> tuple[Field | None, str]:
        """Returns the field that a key stands for, and the name to show in its place."""
        if self._customs is None:
            fields = {one.code: one for one in await self._definitions.fields(self._owner) if one.is_custom}
            self._customs = fields, field_names(fields.values())
        code, part = key[:_KEY_LENGTH], key[_KEY_LENGTH:]
        field = self._customs[0].get(code)
        if field is None or part not in ("", *PARTS):
            self.unknown |= {code} if field is None else set()
            return None, key
        name = self._customs[1].name_of(code) or field.name
        # At the root of v1, a property of the record has the name already.
        return field, f"{field.name} ({code}){part}" if f"{name}{part}" in beside else f"{name}{part}"

    async def _custom(self, field: Field | None, value: Any) -> Any:
        if field is None:
            return value
        if field.options.items:
            return self._mapped(value, field.options)
        return self._mapped(value, await self._definitions.list("user")) if field.kind == "user" else value

    async def _member(self, key: str, value: Any) -> Any:
        if isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(one, Mapping) for one in value)):
            return await self.value(value)
        if key in ("id", "ids") or value is None or isinstance(value, bool):
            return value
        reference = "user" if key in MORE_USERS else references.find(self._entry.path, key)
        if reference is not None and reference in LISTS:
            return self._mapped(value, await self._definitions.list(reference))
        if reference == "label" or key in ("visible_to", "channel"):
            fields = await self._definitions.fields(self._owner)
            codes = ("label", "label_ids") if reference == "label" else (key,)
            options = next((one.options for one in fields if one.code in codes), None)
            return self._mapped(value, options) if options is not None else value
        return value

    def _mapped(self, value: Any, names: Names) -> Any:
        if isinstance(value, list):
            return [self._mapped(one, names) for one in value]
        if isinstance(value, Mapping):
            return {
                **value,
                **({"id": self._mapped(value["id"], names)} if "name" not in value and "id" in value else {}),
            }
        if isinstance(value, str) and value and all(one.strip().isdigit() for one in value.split(",")):
            found = [names.name_of(int(one)) for one in value.split(",")]
            self.unknown |= {value} if None in found else set()
            if None in found:
                return value
            # Where a comma is part of a name, only a list can be read back.
            return found if len(found) > 1 and any("," in str(one) for one in found) else ",".join(map(str, found))
        if value is None or isinstance(value, bool) or not isinstance(value, int | str):
            return value
        found_name = names.name_of(value)
        self.unknown |= {value} if found_name is None else set()
        return value if found_name is None else found_name
