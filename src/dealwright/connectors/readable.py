"""Makes records readable: names in place of ids, labels in place of options, names of custom fields in place of their keys.

    names = Names(lambda action, params: client.run(action, params))
    rows = names.readable(entry, items)

``owner_id: 3`` becomes ``owner: "Ada"``, and a custom field stands under its name. What no name is found for stays as it is. Users, stages and
the like are read once (`connectors.names.definitions`), persons and others by their ids, a hundred at a time. It is for people to look at;
`connectors.names.answered` keeps the shape of answers, for programs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from dealwright.connectors.calls import Params
from dealwright.connectors.driver import finish, walk_pages
from dealwright.connectors.names.definitions import LISTS, Definitions, field_names
from dealwright.contract import catalogue, references
from dealwright.contract.catalogue import Entry

Read = Callable[[str, Params], Any]

_CHUNK = 100
_KEPT = 20_000
_CUSTOM_KEY = re.compile(r"[0-9a-f]{40}")

_BY_IDS: Mapping[str, str] = {
    "person": "v2.get_persons",
    "organization": "v2.get_organizations",
    "deal": "v2.get_deals",
    "product": "v2.get_products",
}
"""The actions that list some by their ids."""

_FIELD_REFERENCES = {"user": "user", "people": "person", "org": "organization"}


class _Field(NamedTuple):
    name: str
    kind: str
    options: Mapping[Any, str]


class Names:
    """The names of one connection, each read when it is needed first. ``read`` runs an action and returns the body of its answer."""

    def __init__(self, read: Read) -> None:
        async def look_up(action: str, params: Params) -> Any:
            return read(action, params)

        self._read = read
        self._definitions = Definitions(look_up)
        self._fields: dict[str, dict[str, _Field]] = {}
        self._names: dict[str, dict[Any, str]] = {}

    def readable(self, entry: Entry, items: Iterable[Any]) -> list[Any]:
        """Returns the records that an action has answered, readable."""
        records = list(items)
        owner = references.owner(entry.path)
        fields = self._fields_of("deal" if owner == "lead" else owner)
        self._load([pair for one in records if isinstance(one, Mapping) for pair in _wanted(entry, one, fields)])
        return [self._record(entry, one, fields) if isinstance(one, Mapping) else one for one in records]

    def find(self, wanted: Iterable[tuple[str, Any]]) -> Mapping[tuple[str, Any], str]:
        """Returns the names of records by type and id, as far as there are any; they are read a hundred at a time.

        Of those that are read by their ids, no more are kept than fit, so that memory does not grow with the number of records.
        """
        pairs = list(wanted)
        for reference in _BY_IDS:
            if len(self._names.get(reference, ())) > _KEPT:
                self._names[reference].clear()
        self._load(pairs)
        found = {(reference, id): self._names.get(reference, {}).get(id) for reference, id in pairs}
        return {pair: name for pair, name in found.items() if name is not None}

    def _record(self, entry: Entry, record: Mapping[str, Any], fields: Mapping[str, _Field]) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for key, value in record.items():
            if key == "custom_fields" and isinstance(value, Mapping):
                for code, one in value.items():
                    _add(shown, record, *self._custom(code, one, fields))
            elif _CUSTOM_KEY.fullmatch(key):
                _add(shown, record, *self._custom(key, value, fields))
            else:
                _add(shown, record, *self._member(entry, key, value, fields))
        return shown

    def _member(self, entry: Entry, key: str, value: Any, fields: Mapping[str, _Field]) -> tuple[str, str, Any]:
        reference = _reference(entry, key)
        field = fields.get(key)
        if reference == "label" and field is not None:
            return key, _bare(key), _mapped(value, field.options)
        if reference is not None and key != "id":
            named = _mapped(_id_of(value), self._names.get(reference, {}))
            return (key, _bare(key), named) if named != _id_of(value) else (key, key, value)
        return key, key, _plain(value)

    def _custom(self, code: str, value: Any, fields: Mapping[str, _Field]) -> tuple[str, str, Any]:
        field = fields.get(code)
        if field is None:
            return code, code, _plain(value)
        if field.options:
            return code, field.name, _mapped(value, field.options)
        if field.kind in _FIELD_REFERENCES:
            return code, field.name, _mapped(_id_of(value), self._names.get(_FIELD_REFERENCES[field.kind], {}))
        return code, field.name, _plain(value)

    def _fields_of(self, owner: str | None) -> dict[str, _Field]:
        action = f"v2.get_{owner}_fields"
        if owner is None or action not in catalogue.entries():
            return {}
        if owner not in self._fields:
            fields = finish(self._definitions.fields(owner))
            names = field_names(fields)
            self._fields[owner] = {
                one.code: _Field(
                    names.name_of(one.code) or one.name,
                    one.kind,
                    {option.id: option.name for option in one.options.items},
                )
                for one in fields
            }
        return self._fields[owner]

    def _load(self, wanted: Iterable[tuple[str, Any]]) -> None:
        missing: dict[str, set[Any]] = {}
        for reference, id in wanted:
            if id not in self._names.get(reference, ()):
                missing.setdefault(reference, set()).add(id)
        for reference, ids in missing.items():
            known = self._names.setdefault(reference, {})
            if reference in LISTS:
                if not known:
                    listed = finish(self._definitions.list(reference))
                    known.update({one.id: listed.name_of(one.id) or one.name for one in listed.items})
            elif reference in _BY_IDS:
                numbers = sorted(id for id in ids if isinstance(id, int))
                for start in range(0, len(numbers), _CHUNK):
                    some = ",".join(map(str, numbers[start : start + _CHUNK]))
                    for one in self._list(_BY_IDS[reference], {"ids": some, "limit": _CHUNK}):
                        known[one["id"]] = str(one.get("name") or one.get("title"))

    def _list(self, action: str, params: Params) -> Iterator[dict[str, Any]]:
        entry = catalogue.entries()[action]
        return walk_pages(lambda following: self._read(action, following), params, entry.paging)


def _wanted(entry: Entry, record: Mapping[str, Any], fields: Mapping[str, _Field]) -> Iterator[tuple[str, Any]]:
    """Yields what a record names: the type of each record that it refers to, and its id."""
    custom = record.get("custom_fields")
    for key, value in [*record.items(), *(custom.items() if isinstance(custom, Mapping) else ())]:
        field = fields.get(key)
        reference = _reference(entry, key)
        if field is not None and _CUSTOM_KEY.fullmatch(key):
            reference = _FIELD_REFERENCES.get(field.kind)
        if reference is None or key == "id":
            continue
        found = _id_of(value)
        for id in found if isinstance(found, list) else [found]:
            if isinstance(id, int | str) and not isinstance(id, bool):
                yield reference, id


def _reference(entry: Entry, key: str) -> str | None:
    return "user" if key == "creator_user_id" else references.find(entry.path, key)


def _id_of(value: Any) -> Any:
    """Returns the id in a value; v1 answers some with the record that they name."""
    if isinstance(value, Mapping):
        return value.get("id", value.get("value"))
    return value


def _mapped(value: Any, names: Mapping[Any, str]) -> Any:
    if isinstance(value, list):
        return [_mapped(_id_of(one), names) for one in value]
    value = _id_of(value)
    if isinstance(value, str) and value.isdigit():
        return names.get(int(value), value)
    return names.get(value, value) if isinstance(value, int | str) else value


def _plain(value: Any) -> Any:
    """Returns money, addresses, phones and the like as texts."""
    if isinstance(value, Mapping) and "value" in value:
        text = value["value"]
        return f"{text} {value['currency']}" if value.get("currency") and text is not None else text
    if isinstance(value, list) and value and all(isinstance(one, Mapping) and "value" in one for one in value):
        return ", ".join(str(one["value"]) for one in value if one["value"])
    return value


def _bare(key: str) -> str:
    """Returns the name of what a key is the id of."""
    if key.endswith("_ids"):
        return f"{key[:-4]}s"
    return key.removesuffix("_id")


def _add(shown: dict[str, Any], record: Mapping[str, Any], key: str, name: str, value: Any) -> None:
    """Adds a member under its readable name, or under its key where another has that name."""
    shown[name if name not in shown and (name == key or name not in record) else key] = value
