"""Fields of all kinds of records, as v2 reads and writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar, cast

from msgspec import UNSET

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2 import fields as contract
from dealwright.contract.v2.envelopes import Item, List, Page
from dealwright.contract.v2.fields import Extra, FieldChanges, NewField, TouchedOption
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import choices, definitions, system, visibility
from dealwright.crm.fields.choices import OptionInput
from dealwright.crm.integration.model import Field, FieldOption
from dealwright.crm.kernel.pages import paginate_list_by_cursor
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.server.bodies import provided_values
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import rfc3339_time

T = TypeVar("T")

ALL_EXTRAS: tuple[Extra, ...] = ("ui_visibility", "important_fields", "required_fields")
"""The extra properties of the fields that most kinds of records have."""


class FieldSet(NamedTuple, Generic[T]):
    """The fields of one kind of record: the extra properties that they have on request, and the type of the answers."""

    object: RecordTypeName
    extras: Sequence[Extra]
    answer: type[T]


def list_page(crm: UnitOfWork, fields: FieldSet[T], page: CursorPaging, extras: Sequence[Extra] | None) -> Page[T]:
    """Returns a page of the fields of a kind of record."""
    found = paginate_list_by_cursor(definitions.list_fields(crm, fields.object), page)
    return envelopes.page(found, lambda field: _show(crm, fields, field, extras or ()))


def get(crm: UnitOfWork, fields: FieldSet[T], code: str, extras: Sequence[Extra] | None) -> Item[T]:
    """Returns one field. Raises `NotFound`."""
    return envelopes.item(_show(crm, fields, definitions.get_by_code(crm, fields.object, code), extras or ()))


def create(crm: UnitOfWork, fields: FieldSet[T], data: NewField) -> Item[T]:
    """Adds the field that a body describes, and returns it with all extras. Raises `Forbidden` and `Invalid`."""
    options = [] if data.options is UNSET else [OptionInput(option.label) for option in data.options]
    field = definitions.create(crm, fields.object, _values(data), options)
    return envelopes.item(_show(crm, fields, field, fields.extras))


def update(crm: UnitOfWork, fields: FieldSet[T], code: str, data: FieldChanges) -> Item[T]:
    """Changes a field to the values of a body, and returns it with all extras.

    Raises `NotFound`, `Forbidden`, and `Invalid`, also when the body is empty.
    """
    values = _values(data)
    if not values:
        raise Invalid("At least one property must be given")
    field = definitions.update(crm, definitions.get_by_code(crm, fields.object, code), values)
    return envelopes.item(_show(crm, fields, field, fields.extras))


def delete(crm: UnitOfWork, fields: FieldSet[T], code: str) -> Item[T]:
    """Deletes a field, and returns it as it was. Raises `NotFound` and `Forbidden`."""
    field = definitions.get_by_code(crm, fields.object, code)
    definitions.delete(crm, [field])
    return envelopes.item(_show(crm, fields, field, ()))


def add_options(
    crm: UnitOfWork, fields: FieldSet[T], code: str, data: Sequence[contract.NewOption]
) -> List[TouchedOption]:
    """Adds options to a field, and returns them. Raises `NotFound`, `Forbidden` and `Invalid`."""
    added = [OptionInput(option.label) for option in data]
    return _show_touched(definitions.add_options(crm, definitions.get_by_code(crm, fields.object, code), added))


def rename_options(
    crm: UnitOfWork, fields: FieldSet[T], code: str, data: Sequence[contract.RenamedOption]
) -> List[TouchedOption]:
    """Renames options of a field, and returns them. Raises `NotFound`, `Forbidden` and `Invalid`."""
    renamed = [OptionInput(option.label, id=option.id) for option in data]
    return _show_touched(definitions.rename_options(crm, definitions.get_by_code(crm, fields.object, code), renamed))


def delete_options(
    crm: UnitOfWork, fields: FieldSet[T], code: str, data: Sequence[contract.OptionToDelete]
) -> List[TouchedOption]:
    """Deletes options of a field, and returns them. Raises `NotFound`, `Forbidden` and `Invalid`."""
    ids = [option.id for option in data]
    return _show_touched(definitions.delete_options(crm, definitions.get_by_code(crm, fields.object, code), ids))


def _show(crm: UnitOfWork, fields: FieldSet[T], field: Field, extras: Sequence[Extra]) -> T:
    definition = system.find(field.object, field.key)
    options = choices.list_options(crm, field)
    shown: contract.Field = {
        "field_name": field.name,
        "field_code": system.to_v2_code(field.object, field.key),
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
    added = {name: _extra(field, name) for name in fields.extras if name in extras}
    # The extras are stored as JSON: their type follows from the kind of record.
    return cast("T", {**shown, **added})


def _extra(field: Field, name: Extra) -> Values:
    if name == "important_fields":
        return visibility.importance(field)
    if name == "required_fields":
        return visibility.requirement(field.object, field)
    return visibility.ui_visibility(field)


def _values(data: NewField | FieldChanges) -> Values:
    values = provided_values(data, {"field_name": "name"})
    values.pop("options", None)
    return values


def _option(option: choices.Option) -> contract.Option:
    return {
        "id": ("false", "true")[option.id] if isinstance(option.id, bool) else option.id,
        "label": option.label,
        "color": option.color,
        "add_time": rfc3339_time(option.add_time),
        "update_time": rfc3339_time(option.update_time),
    }


def _show_touched(options: Sequence[FieldOption]) -> List[TouchedOption]:
    answer: List[TouchedOption] = envelopes.collection([{"id": option.id, "label": option.label} for option in options])
    return answer | {"additional_data": None}
