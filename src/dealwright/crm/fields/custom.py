"""Custom fields of records, between the forms of the two dialects and the form they are stored in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields.types import TYPES, FieldType
from dealwright.crm.fields.types.kind import View, text
from dealwright.crm.kinds import Object
from dealwright.crm.settings import Field, Settings
from dealwright.crm.unit import Crm
from dealwright.crm.values import loads

KEY_LENGTH = 40


class _Layout(NamedTuple):
    """What reading and showing the custom fields of a kind of record needs, prepared once per version of the settings."""

    fields: Mapping[str, Field]
    deleted: frozenset[str]
    # Every key of v1, endings included, to the field and the part that it means.
    places: Mapping[str, tuple[str, str]]
    # For fields whose values have parts: the keys of v1 with the parts.
    names: Mapping[str, list[tuple[str, str]]]
    empty_v1: dict[str, Json]
    empty_v2: dict[str, Json]
    # Only for fields whose values are not shown as they are kept.
    views_v1: Mapping[str, View]
    views_v2: Mapping[str, View]


def read_v1(crm: Crm, object: Object, given: Mapping[str, Json], stored: str = "{}") -> dict[str, Json]:
    """Values to store, by field key, from the 40-character keys (with endings) of a v1 body. Raises `Invalid`.

    ``stored`` are the custom fields that the record has now: a currency, an end or a time zone that is not given stays.
    """
    layout = _layout(crm, object)
    values: dict[str, dict[str, Json]] = {}
    for name, value in given.items():
        if name in layout.places:
            key, part = layout.places[name]
            values.setdefault(key, {})[part] = value
        elif name[:KEY_LENGTH] not in layout.deleted:
            raise Invalid(f"Unknown field '{name}' in your request.")
    before = loads(stored) if values else {}
    return {
        key: _type(layout.fields[key]).read_v1(crm, layout.fields[key], parts, before.get(key))
        for key, parts in values.items()
    }


def read_v2(crm: Crm, object: Object, given: Mapping[str, Json]) -> dict[str, Json]:
    """Values to store, by field key, from the ``custom_fields`` of a v2 body. Raises `Invalid`."""
    layout = _layout(crm, object)
    values: dict[str, Json] = {}
    for key, value in given.items():
        field = layout.fields.get(key)
        if field is None:
            raise Invalid(f"Parameter '{key}' is not allowed for this request", "custom_fields")
        try:
            values[key] = _type(field).read_v2(crm, field, value)
        except Invalid as error:
            raise Invalid(error.message, "custom_fields") from None
    return values


def show_v1(crm: Crm, object: Object, stored: str) -> dict[str, Json]:
    """All custom fields as v1 writes them at the root of a record: every key and ending, null when unset."""
    layout = _layout(crm, object)
    shown = layout.empty_v1.copy()
    for key, value in loads(stored).items():
        if key in layout.names:
            for name, part in layout.names[key]:
                shown[name] = value.get(part)
        elif key in shown:
            view = layout.views_v1.get(key)
            shown[key] = view(value) if view else value
    return shown


def show_v2(crm: Crm, object: Object, stored: str, keys: Collection[str] | None = None) -> dict[str, Json]:
    """All custom fields, or those of ``keys``, as v2 writes them: every key, null when unset."""
    layout = _layout(crm, object)
    shown = layout.empty_v2.copy()
    if keys is not None:
        shown = {key: None for key in keys if key in layout.fields}
    for key, value in loads(stored).items():
        if key in shown:
            view = layout.views_v2.get(key)
            shown[key] = view(value) if view else value
    return shown


def texts_v1(crm: Crm, object: Object, key: str, value: Json) -> dict[str, str | None]:
    """A stored value of the change log as v1 tells it: each key, endings included, with a text.

    A field that is gone, or one of the system, has one text.
    """
    layout = _layout(crm, object)
    if value is None or key not in layout.names:
        return {key: text(value)}
    texts = _type(layout.fields[key]).texts(value)
    return {name: texts[part] for name, part in layout.names[key]}


def _layout(crm: Crm, object: Object) -> _Layout:
    # Leads have the custom fields of deals.
    owner: Object = "deal" if object == "lead" else object
    settings = crm.settings
    return settings.cached(f"custom:{owner}", lambda: _made(settings, owner))


def _made(settings: Settings, object: Object) -> _Layout:
    fields = settings.custom_fields(object)
    names: dict[str, list[tuple[str, str]]] = {}
    places: dict[str, tuple[str, str]] = {}
    views_v1: dict[str, View] = {}
    views_v2: dict[str, View] = {}
    for key, field in fields.items():
        kind, options = _type(field), settings.options(field.id)
        places[key] = (key, "value")
        if kind.parts:
            names[key] = [(key if part.key == "value" else f"{key}_{part.key}", part.key) for part in kind.parts]
            places |= {name: (key, part) for name, part in names[key]}
        if view := kind.view_v1(options):
            views_v1[key] = view
        if view := kind.view_v2(options):
            views_v2[key] = view
    return _Layout(
        fields=fields,
        deleted=settings.deleted_field_keys(object),
        places=places,
        names=names,
        empty_v1=dict.fromkeys(places),
        empty_v2=dict.fromkeys(fields),
        views_v1=views_v1,
        views_v2=views_v2,
    )


def _type(field: Field) -> FieldType:
    return TYPES[field.field_type]
