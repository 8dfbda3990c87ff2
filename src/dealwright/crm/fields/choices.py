"""Reads and writes the options of fields. `definitions` checks who may write them, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from msgspec import UNSET, UnsetType

from dealwright.crm.errors import Invalid
from dealwright.crm.fields import system
from dealwright.crm.integration.model import Field, FieldOption
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage import tables

CUSTOM_TYPES = frozenset({"enum", "set"})
_TYPES = CUSTOM_TYPES | {"varchar_options"}
# The options of this field are the activity types, which are records.
_STORED_AS_RECORDS = frozenset({("activity", "type")})


class OptionInput(NamedTuple):
    """An option to write: an existing one when it has an id, else a new one."""

    label: str
    color: str | UnsetType | None = UNSET
    id: int | None = None


class Option(NamedTuple):
    """An option as it is shown; the id of a system option may be a text or a boolean."""

    id: int | str | bool
    label: str
    color: str | None = None
    alt_id: str | None = None
    add_time: str | None = None
    update_time: str | None = None


def list_options(crm: UnitOfWork, field: Field) -> list[Option] | None:
    """Returns the options of a field, in their order; None when its type has no options."""
    definition = system.find(field.object, field.key)
    if definition and definition.fixed_options:
        return [Option(option.id, option.label) for option in definition.fixed_options]
    if (field.object, field.key) in _STORED_AS_RECORDS:
        return [
            Option(type.key_string, type.name) for type in crm.company_data.activity_types.values() if type.is_active
        ]
    return (
        [_to_option(option) for option in crm.company_data.options(field.id).values()]
        if field.field_type in _TYPES
        else None
    )


def list_deleted_options(crm: UnitOfWork, field: Field) -> list[Option]:
    """Returns the deleted options of a field."""
    return [_to_option(option) for option in crm.company_data.deleted_options(field.id).values()]


def has_editable_options(field: Field) -> bool:
    """Whether a company may change the options of a field."""
    definition = system.find(field.object, field.key)
    fixed = definition is not None and definition.fixed_options != ()
    return field.field_type in _TYPES and not fixed and (field.object, field.key) not in _STORED_AS_RECORDS


def add(crm: UnitOfWork, field_id: int, choices: Sequence[OptionInput]) -> None:
    """Adds options after the existing ones. Raises `Invalid` for a label that exists already."""
    existing = crm.company_data.options(field_id).values()
    _check_labels([*(option.label for option in existing), *(choice.label for choice in choices)])
    for order_nr, choice in enumerate(choices, max((option.order_nr for option in existing), default=0) + 1):
        _insert(crm, field_id, choice, order_nr)


def rename(crm: UnitOfWork, field: Field, choices: Sequence[OptionInput]) -> None:
    """Changes the labels of options. Raises `Invalid` for an id that is not one of the field's."""
    existing = crm.company_data.options(field.id)
    labels = {option.id: option.label for option in existing.values()}
    for choice in choices:
        option = _get_option(existing, choice.id)
        labels[option.id] = choice.label
        _update(crm, option, choice, option.order_nr)
    _check_labels(labels.values())


def delete(crm: UnitOfWork, field: Field, ids: Iterable[int]) -> None:
    """Deletes options; records do not show them any more. Raises `Invalid` for an id that is not one of the field's."""
    existing = crm.company_data.options(field.id)
    _delete(crm, [_get_option(existing, id) for id in ids])


def replace(crm: UnitOfWork, field: Field, choices: Sequence[OptionInput]) -> None:
    """Makes these the options of a field, in this order: adds new ones, deletes missing ones. Raises `Invalid`."""
    _check_labels(choice.label for choice in choices)
    existing = crm.company_data.options(field.id)
    wanted = {choice.id for choice in choices}
    _delete(crm, [option for option in existing.values() if option.id not in wanted])
    for order_nr, choice in enumerate(choices, 1):
        if choice.id is None:
            _insert(crm, field.id, choice, order_nr)
        else:
            _update(crm, _get_option(existing, choice.id), choice, order_nr)


def _to_option(option: FieldOption) -> Option:
    return Option(option.id, option.label, option.color, option.alt_id, option.add_time, option.update_time)


def _get_option(existing: Mapping[int, FieldOption], id: int | None) -> FieldOption:
    if id is None or id not in existing:
        raise Invalid(f"Option {id} not found", "options")
    return existing[id]


def _insert(crm: UnitOfWork, field_id: int, choice: OptionInput, order_nr: int) -> None:
    crm.db.insert_later(
        tables.field_options,
        {
            "field_id": field_id,
            "label": choice.label,
            "color": choice.color or None,
            "order_nr": order_nr,
            "add_time": crm.now,
            "update_time": crm.now,
        },
    )


def _update(crm: UnitOfWork, option: FieldOption, choice: OptionInput, order_nr: int) -> None:
    color = option.color if choice.color is UNSET else choice.color
    if (option.label, option.color, option.order_nr) != (choice.label, color, order_nr):
        _write(crm, [option.id], {"label": choice.label, "color": color, "order_nr": order_nr})


def _delete(crm: UnitOfWork, options: Iterable[FieldOption]) -> None:
    if ids := [option.id for option in options]:
        _write(crm, ids, {"is_deleted": True})


def _write(crm: UnitOfWork, ids: list[int], columns: dict[str, object]) -> None:
    options = tables.field_options
    crm.db.execute(sa.update(options).where(options.c.id.in_(ids)).values({**columns, "update_time": crm.now}))


def _check_labels(labels: Iterable[str]) -> None:
    known: set[str] = set()
    for label in labels:
        if label in known:
            raise Invalid(f"There are two options '{label}'", "options")
        known.add(label)
