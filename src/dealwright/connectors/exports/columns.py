"""The columns of an export: which there are, how they are called, and what stands in them.

A column is called as its field is (``Organization``), a custom field by its name, and by name and key where others have that name, too.
What has parts has a column for each: the currency of an amount, the end of a range, the labels of addresses and numbers.
"""

from __future__ import annotations

import csv
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from dealwright.connectors.client import Client
from dealwright.connectors.errors import BadCall
from dealwright.connectors.exports.kinds import Kind
from dealwright.contract import references
from dealwright.contract.errors import nearest
from dealwright.contract.type_introspection import plain_types

Type = Literal["text", "integer", "number", "boolean", "date", "time", "list"]

LABELS: Mapping[str, tuple[str, ...]] = {
    "emails": ("work", "home", "other"),
    "phones": ("work", "home", "mobile", "other"),
}
"""The labels of addresses and numbers, each of which is a part of its own."""
_LISTS = frozenset({"set", "deals"})
_REFERENCES: Mapping[str, str] = {"user": "user", "people": "person", "org": "organization"}
_CUSTOM_TYPES: Mapping[str, Type] = {
    "double": "number",
    "int": "integer",
    "monetary": "number",
    "date": "date",
    "daterange": "date",
    "set": "list",
    "user": "integer",
    "org": "integer",
    "people": "integer",
}
_ADDRESS_PARTS: Mapping[str, str] = {
    "subpremise": "Apartment",
    "street_number": "House number",
    "route": "Street",
    "sublocality": "District",
    "locality": "City",
    "admin_area_level_1": "State",
    "admin_area_level_2": "County",
    "country": "Country",
    "postal_code": "Postal code",
    "formatted_address": "Full address",
}


class Field(NamedTuple):
    """A field as the connection defines it: its key, name and type, and the labels of its options by their ids as texts."""

    key: str
    name: str
    type: str
    options: Mapping[str, str]


class Column(NamedTuple):
    """One column: heading, key, the member of the record that it shows, and which part of it.

    ``options`` are the labels of values, and ``reference`` is what ids in it are those of. ``is_extra`` says that it must be asked for, and
    ``is_declared`` that records always have its member.
    """

    name: str
    key: str
    member: str
    type: Type
    part: str | None = None
    options: Mapping[str, str] = types.MappingProxyType({})
    reference: str | None = None
    is_extra: bool = False
    is_declared: bool = True

    def reader(self) -> Read:
        """Returns what reads the column's value, a plain one or a list of them, from a record and its custom fields."""
        member, part, options = self.member, self.part, self.options
        if member in LABELS:
            return lambda record, _: _labelled(record.get(member), part, LABELS[member])
        is_list = self.type == "list"
        key = part or ("id" if self.reference else None)

        def read(record: Mapping[str, Any], custom: Mapping[str, Any]) -> Any:
            value = record.get(member)
            if value is None:
                value = custom.get(member)
                if value is None:
                    return None
            if key is not None and isinstance(value, dict):
                # v1 answers some ids with the record that they name.
                value = value.get(key, value.get("value")) if part is None else value.get(part)
            elif part is not None and part != "value":
                # v1 has the parts of custom fields beside them.
                return record.get(f"{member}_{part}")
            if is_list and isinstance(value, str):
                value = value.split(",") if value else []
            return _with_labels(value, options) if options else value

        return read


Read = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
"""Reads a value from a record and its custom fields."""


def read_fields(client: Client, kind: Kind) -> list[Field]:
    """Returns the fields of a kind as the connection defines them; none for kinds that have none."""
    if kind.fields is None:
        return []
    version_2 = kind.fields.startswith("v2.")
    action: Any = kind.fields
    key, name = ("field_code", "field_name") if version_2 else ("key", "name")
    return [
        Field(
            str(one[key]),
            str(one[name]),
            str(one["field_type"]),
            {_plain(option["id"]): str(option["label"]) for option in one.get("options") or () if "label" in option},
        )
        for one in client.iterate(action, {"limit": 500} if version_2 else {})
    ]


def build(kind: Kind, fields: Iterable[Field]) -> list[Column]:
    """Returns all columns of a kind, those of its own members before those of custom fields."""
    by_key = {one.key: one for one in fields}
    own = {**kind.members, **kind.optional_members}
    found: list[Column] = []
    for member, declared in own.items():
        if member != "custom_fields":
            always = member in kind.members
            found += [
                column._replace(is_declared=always)
                for column in _own_columns(kind, member, declared, by_key.get(member))
            ]
    found += [column for field in by_key.values() if _is_custom(field) for column in _custom_columns(field)]
    return _distinct(found)


def choose_for(columns: Iterable[Column], records: Iterable[Mapping[str, Any]]) -> list[Column]:
    """Returns the columns for records when none are asked for: all that are always there, and those of the members that these records have.

    Parts of addresses and the like are not among them. Members that nothing is known of have a column, too.
    """
    columns = list(columns)
    present = dict.fromkeys(member for record in records for member in record)
    found = [column for column in columns if not column.is_extra and (column.is_declared or column.member in present)]
    known = {column.member for column in columns} | {"custom_fields", "labels"}
    return found + [Column(_words(member), member, member, "text") for member in present if member not in known]


def choose(kind: Kind, columns: list[Column], wanted: Iterable[str]) -> list[Column]:
    """Returns the columns that are asked for by name or key, in this order; several may stand in one text, comma-separated.

    Raises `BadCall` for one that there is not.
    """
    found: list[Column] = []
    for text in wanted:
        whole = _matching(columns, text)
        for one in [text] if whole else next(csv.reader([text], skipinitialspace=True), []):
            matching = _matching(columns, one)
            if not matching:
                suggestion = nearest(one, [name for column in columns for name in (column.name, column.key)])
                hint = f"; did you mean '{suggestion}'?" if suggestion else "."
                known = ", ".join(column.name for column in columns if not column.is_extra)
                raise BadCall(f"{kind.name} have no column '{one}'{hint} There are: {known}")
            found += [column for column in matching if column not in found]
    return found


def _matching(columns: list[Column], text: str) -> list[Column]:
    wanted = text.strip().casefold()
    exact = [column for column in columns if column.key == text.strip()]
    return exact[:1] or [column for column in columns if column.name.casefold() == wanted]


def _own_columns(kind: Kind, member: str, declared: Any, field: Field | None) -> Iterator[Column]:
    # What is deleted is not what is active, as products call it.
    name = field.name if field and member != "is_deleted" else _words(member)
    if member in LABELS:
        # One column for each label, as Pipedrive's own files have it, and all of them together for who asks for it.
        yield Column(name, member, member, "list", is_extra=True)
        for label in LABELS[member]:
            yield Column(f"{name} - {label.capitalize()}", f"{member}.{label}", member, "list", label)
        return
    if field is not None and field.type == "address":
        yield from _address_columns(name, member)
        return
    if kind.name == "leads" and member == "value":
        yield Column(name, member, member, "number", "amount")
        yield Column(f"Currency of {name}", f"{member}.currency", member, "text", "currency")
        return
    plain = set(plain_types(declared)) - {types.NoneType}
    options = field.options if field is not None else {}
    if plain == {bool} and not {"true", "false"} <= options.keys():
        options = {}
    reference = _reference(kind, member)
    yield Column(
        name,
        member,
        member,
        _own_type(member, plain, field, bool(options)),
        options=options,
        reference=None if options else reference,
    )


def _own_type(member: str, plain: set[Any], field: Field | None, has_options: bool) -> Type:
    if plain == {list} or (field is not None and field.type in _LISTS):
        return "list"
    if has_options:
        return "text"
    if plain == {bool}:
        return "boolean"
    if plain == {int}:
        return "integer"
    if plain and plain <= {int, float}:
        return "number"
    if plain == {str} and (field is None or field.type == "date"):
        if member.endswith("_date"):
            return "date"
        if member.endswith("_time"):
            return "time"
    return "text"


def _custom_columns(field: Field) -> Iterator[Column]:
    """Yields the columns of a custom field. v1 has fields of their own for the parts of others."""
    name, key = field.name, field.key
    if field.type == "address":
        yield from _address_columns(name, key)
        return
    kind = _CUSTOM_TYPES.get(field.type, "text")
    part = "value" if field.type in ("monetary", "daterange", "timerange", "time") else None
    reference = _REFERENCES.get(field.type)
    if field.options and kind != "list":
        kind = "text"
    yield Column(name, key, key, kind, part, field.options, reference)
    if field.type == "monetary":
        yield Column(f"Currency of {name}", f"{key}.currency", key, "text", "currency")
    elif field.type == "daterange":
        yield Column(f"End date of {name}", f"{key}.until", key, "date", "until")
    elif field.type == "timerange":
        yield Column(f"End time of {name}", f"{key}.until", key, "text", "until")
    if field.type in ("time", "timerange"):
        yield Column(f"Time zone of {name}", f"{key}.timezone_name", key, "text", "timezone_name")


def _address_columns(name: str, member: str) -> Iterator[Column]:
    yield Column(name, member, member, "text", "value")
    for part, title in _ADDRESS_PARTS.items():
        yield Column(f"{title} of {name}", f"{member}.{part}", member, "text", part, is_extra=True)


def _distinct(columns: list[Column]) -> list[Column]:
    """Returns the columns with their keys behind names that an earlier one has."""
    taken: set[str] = set()
    found: list[Column] = []
    for column in columns:
        is_taken = column.name.casefold() in taken
        found.append(column._replace(name=f"{column.name} ({column.key})") if is_taken else column)
        taken.add(found[-1].name.casefold())
    return found


def _is_custom(field: Field) -> bool:
    return len(field.key) == 40 and all(digit in "0123456789abcdef" for digit in field.key)


def _reference(kind: Kind, member: str) -> str | None:
    if member in ("creator_user_id", "creator_id", "update_user_id"):
        return "user"
    return None if member == "id" else references.find(kind.entry.path, member)


def _labelled(values: Any, label: str | None, labels: tuple[str, ...]) -> list[str] | None:
    """Returns the values with a label, the primary one first; all of them without one. Labels that have no column are the last."""
    if not isinstance(values, list):
        return None
    ordered = sorted((one for one in values if isinstance(one, dict)), key=lambda one: not one.get("primary"))
    found = [
        str(one["value"])
        for one in ordered
        if one.get("value") and (label is None or _known_label(one.get("label"), labels) == label)
    ]
    return found or None


def _known_label(label: Any, labels: tuple[str, ...]) -> str:
    known = str(label or "").casefold()
    return known if known in labels else labels[-1]


def _with_labels(value: Any, options: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_with_labels(one, options) for one in value]
    return value if value is None else options.get(_plain(value), value)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _words(member: str) -> str:
    """Returns the name of a member as words."""
    if member == "id":
        return "ID"
    words = member.replace("_", " ")
    return words[:1].upper() + words[1:]
