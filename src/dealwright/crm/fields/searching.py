"""Which custom fields searches look into, and the texts that they find there."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright._json import Json
from dealwright.crm.fields.types import TYPES, FieldType
from dealwright.crm.kinds import Object
from dealwright.crm.settings import Settings


def types(settings: Settings, object: Object) -> Mapping[str, FieldType]:
    """The types of the custom fields of a kind of record that are searched, by key."""
    # Leads have the custom fields of deals.
    owner: Object = "deal" if object == "lead" else object
    return settings.cached(
        f"searched:{owner}",
        lambda: {
            key: TYPES[field.field_type]
            for key, field in settings.custom_fields(owner).items()
            if TYPES[field.field_type].searchable
        },
    )


def texts(settings: Settings, object: Object, values: Mapping[str, Json]) -> dict[str, str]:
    """What is searched of the stored custom fields of a record: the texts by key, in the order of the fields."""
    found: dict[str, str] = {}
    for key, type in types(settings, object).items():
        if key in values and (text := type.texts(values[key])["value"]):
            found[key] = text
    return found
