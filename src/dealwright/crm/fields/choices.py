"""Writes the options of fields. `definitions` says who may, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from msgspec import UNSET, UnsetType

from dealwright.crm.errors import Invalid
from dealwright.crm.fields import system
from dealwright.crm.settings import Field, FieldOption
from dealwright.crm.unit import Crm
from dealwright.storage import tables

CUSTOM_TYPES = frozenset({"enum", "set"})
_TYPES = CUSTOM_TYPES | {"varchar_options"}
# Activity types are records of their own.
_ELSEWHERE = frozenset({("activity", "type")})


class Choice(NamedTuple):
    """An option to write: one that is there when it has an id, else a new one."""

    label: str
    color: str | UnsetType | None = UNSET
    id: int | None = None


class Option(NamedTuple):
    """An option as it is shown; those of the system may have a text or a boolean as their id."""

    id: int | str | bool
    label: str
    color: str | None = None
    alt_id: str | None = None
    add_time: str | None = None
    update_time: str | None = None


def of(crm: Crm, field: Field) -> list[Option] | None:
    """The options of a field, in their order; None when it is of a type without options."""
    definition = system.find(field.object, field.key)
    if definition and definition.fixed_options:
        return [Option(option.id, option.label) for option in definition.fixed_options]
    if (field.object, field.key) in _ELSEWHERE:
        return [Option(type.key_string, type.name) for type in crm.settings.activity_types.values() if type.is_active]
    return (
        [_shown(option) for option in crm.settings.options(field.id).values()] if field.field_type in _TYPES else None
    )


def deleted(crm: Crm, field: Field) -> list[Option]:
    """The options that a field had once."""
    return [_shown(option) for option in crm.settings.deleted_options(field.id).values()]


def changeable(field: Field) -> bool:
    """Whether a company may choose the options of a field."""
    definition = system.find(field.object, field.key)
    fixed = definition is not None and definition.fixed_options != ()
    return field.field_type in _TYPES and not fixed and (field.object, field.key) not in _ELSEWHERE


def add(crm: Crm, field_id: int, choices: Sequence[Choice]) -> None:
    """Adds options after those that are there. Raises `Invalid` for a label that there is already."""
    there = crm.settings.options(field_id).values()
    _check_labels([*(option.label for option in there), *(choice.label for choice in choices)])
    for place, choice in enumerate(choices, max((option.order_nr for option in there), default=0) + 1):
        _insert(crm, field_id, choice, place)


def rename(crm: Crm, field: Field, choices: Sequence[Choice]) -> None:
    """Changes the labels of options. Raises `Invalid` for an id that is none of the field's."""
    there = crm.settings.options(field.id)
    labels = {option.id: option.label for option in there.values()}
    for choice in choices:
        option = _option(there, choice.id)
        labels[option.id] = choice.label
        _change(crm, option, choice, option.order_nr)
    _check_labels(labels.values())


def delete(crm: Crm, field: Field, ids: Iterable[int]) -> None:
    """Deletes options; records show them no more. Raises `Invalid` for an id that is none of the field's."""
    there = crm.settings.options(field.id)
    _delete(crm, [_option(there, id) for id in ids])


def replace(crm: Crm, field: Field, choices: Sequence[Choice]) -> None:
    """Leaves a field with these options in this order: new ones are added, missing ones deleted. Raises `Invalid`."""
    _check_labels(choice.label for choice in choices)
    there = crm.settings.options(field.id)
    wanted = {choice.id for choice in choices}
    _delete(crm, [option for option in there.values() if option.id not in wanted])
    for place, choice in enumerate(choices, 1):
        if choice.id is None:
            _insert(crm, field.id, choice, place)
        else:
            _change(crm, _option(there, choice.id), choice, place)


def _shown(option: FieldOption) -> Option:
    return Option(option.id, option.label, option.color, option.alt_id, option.add_time, option.update_time)


def _option(there: Mapping[int, FieldOption], id: int | None) -> FieldOption:
    if id is None or id not in there:
        raise Invalid(f"Option {id} not found", "options")
    return there[id]


def _insert(crm: Crm, field_id: int, choice: Choice, place: int) -> None:
    crm.db.insert(
        tables.field_options,
        {
            "field_id": field_id,
            "label": choice.label,
            "color": choice.color or None,
            "order_nr": place,
            "add_time": crm.now,
            "update_time": crm.now,
        },
    )


def _change(crm: Crm, option: FieldOption, choice: Choice, place: int) -> None:
    color = option.color if choice.color is UNSET else choice.color
    if (option.label, option.color, option.order_nr) != (choice.label, color, place):
        _write(crm, [option.id], {"label": choice.label, "color": color, "order_nr": place})


def _delete(crm: Crm, options: Iterable[FieldOption]) -> None:
    if ids := [option.id for option in options]:
        _write(crm, ids, {"is_deleted": True})


def _write(crm: Crm, ids: list[int], columns: dict[str, object]) -> None:
    options = tables.field_options
    crm.db.execute(sa.update(options).where(options.c.id.in_(ids)).values({**columns, "update_time": crm.now}))


def _check_labels(labels: Iterable[str]) -> None:
    known: set[str] = set()
    for label in labels:
        if label in known:
            raise Invalid(f"There are two options '{label}'", "options")
        known.add(label)
