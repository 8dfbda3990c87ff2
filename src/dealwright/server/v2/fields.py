"""Fields of all kinds of records, as v2 reads and writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

from msgspec import UNSET, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.v2 import fields as contract
from dealwright.contract.v2.envelopes import Item, List, Page
from dealwright.contract.v2.fields import NewOption, OptionToDelete, RenamedOption, TouchedOption
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import choices, definitions, system
from dealwright.crm.fields.choices import Choice
from dealwright.crm.kinds import Object
from dealwright.crm.pages import sorted_slice
from dealwright.crm.settings import Field, FieldOption
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.server.bodies import given
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import time

T = TypeVar("T")

Extras = Sequence[Literal["ui_visibility", "important_fields", "required_fields"]]
ALL_EXTRAS: Extras = ("ui_visibility", "important_fields", "required_fields")
Show = Callable[[Crm, Field, Extras], T]


def show(crm: Crm, field: Field) -> contract.Field:
    """What v2 writes of every field."""
    definition = system.find(field.object, field.key)
    options = choices.of(crm, field)
    return {
        "field_name": field.name,
        "field_code": system.code(field.object, field.key),
        "description": field.description,
        "field_type": field.field_type,  # type: ignore[typeddict-item]
        "options": None if options is None else [_option(option) for option in options],
        "subfields": [
            {
                "field_code": part.key,
                "field_name": part.name.format(field.name),
                "field_type": part.field_type,  # type: ignore[typeddict-item]
            }
            for part in definitions.parts(field)
        ]
        or None,
        "is_custom_field": field.is_custom,
        "is_optional_response_field": definition is not None and definition.on_request,
    }


def page(
    crm: Crm, object: Object, show: Show[T], extras: Extras | None, limit: int | None, cursor: str | None
) -> Page[T]:
    """A page of the fields of a kind of record."""
    found = sorted_slice(definitions.listed(crm, object), "id", "asc", limit, cursor)
    return envelopes.page(found, lambda field: show(crm, field, extras or ()))


def get(crm: Crm, object: Object, code: str, show: Show[T], extras: Extras | None) -> Item[T]:
    """One field."""
    return envelopes.item(show(crm, definitions.by_code(crm, object, code), extras or ()))


def create(crm: Crm, object: Object, data: V2Body, options: list[NewOption] | UnsetType) -> Field:
    """Adds the field that a body describes."""
    added = [] if options is UNSET else [Choice(option.label) for option in options]
    return definitions.create(crm, object, _values(data), added)


def update(crm: Crm, object: Object, code: str, data: V2Body) -> Field:
    """Changes a field as a body says, which must say something."""
    values = _values(data)
    if not values:
        raise Invalid("At least one property must be given")
    return definitions.update(crm, definitions.by_code(crm, object, code), values)


def delete(crm: Crm, object: Object, code: str) -> Field:
    """Deletes a field."""
    field = definitions.by_code(crm, object, code)
    definitions.delete(crm, [field])
    return field


def add_options(crm: Crm, object: Object, code: str, data: Sequence[NewOption]) -> List[TouchedOption]:
    """Adds options to a field."""
    added = [Choice(option.label) for option in data]
    return _touched(definitions.add_options(crm, definitions.by_code(crm, object, code), added))


def rename_options(crm: Crm, object: Object, code: str, data: Sequence[RenamedOption]) -> List[TouchedOption]:
    """Renames options of a field."""
    renamed = [Choice(option.label, id=option.id) for option in data]
    return _touched(definitions.rename_options(crm, definitions.by_code(crm, object, code), renamed))


def delete_options(crm: Crm, object: Object, code: str, data: Sequence[OptionToDelete]) -> List[TouchedOption]:
    """Deletes options of a field."""
    ids = [option.id for option in data]
    return _touched(definitions.delete_options(crm, definitions.by_code(crm, object, code), ids))


def _values(data: V2Body) -> Values:
    values = given(data, {"field_name": "name"})
    values.pop("options", None)
    return values


def _option(option: choices.Option) -> contract.Option:
    return {
        "id": option.id,
        "label": option.label,
        "color": option.color,
        "add_time": time(option.add_time),
        "update_time": time(option.update_time),
    }


def _touched(options: Sequence[FieldOption]) -> List[TouchedOption]:
    answer: List[TouchedOption] = envelopes.whole([{"id": option.id, "label": option.label} for option in options])
    return answer | {"additional_data": None}
