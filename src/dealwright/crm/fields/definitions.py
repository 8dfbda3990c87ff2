"""The definitions of fields: read, added, changed and deleted. Only admins may change them.

They are settings of the company, and not in its change log.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from dealwright.crm import access
from dealwright.crm.errors import Forbidden, Gone, Invalid, NotFound
from dealwright.crm.fields import choices, system, visibility
from dealwright.crm.fields.choices import Choice
from dealwright.crm.fields.types import TYPES, Part
from dealwright.crm.kinds import Object
from dealwright.crm.settings import Field, FieldOption
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, dumps
from dealwright.storage import tables

KEY_BYTES = 20
WITH_PARTS_IN_SYSTEM = ("monetary", "address")


def listed(crm: Crm, object: Object) -> list[Field]:
    """The fields of a kind of record, in their order."""
    return list(crm.settings.fields(object).values())


def get(crm: Crm, object: Object, id: int) -> Field:
    """A field by its id. Raises `NotFound`, or `Gone` for one of products, when there is none."""
    for field in listed(crm, object):
        if field.id == id:
            return field
    raise Gone("The field is not found") if object == "product" else NotFound("Field not found")


def by_code(crm: Crm, object: Object, code: str) -> Field:
    """A field by its code in v2, or by its key. Raises `NotFound`."""
    field = crm.settings.fields(object).get(system.key(object, code))
    if field is None:
        raise NotFound("Field not found")
    return field


def parts(field: Field) -> Sequence[Part]:
    """The parts that values of a field have."""
    if not field.is_custom and field.field_type not in WITH_PARTS_IN_SYSTEM:
        return ()
    return TYPES[field.field_type].parts


def create(crm: Crm, object: Object, values: Values, options: Sequence[Choice] = ()) -> Field:
    """Adds a custom field; one with choices needs some. Raises `Invalid`."""
    access.require_admin(crm)
    if bool(options) != (values["field_type"] in choices.CUSTOM_TYPES):
        raise Invalid("belong to fields of type enum and set, and those need some", "options")
    key = secrets.token_hex(KEY_BYTES)
    shown = {"ui_visibility": visibility.default(object), **visibility.changed(crm, object, None, values)}
    id = crm.db.insert(
        tables.fields,
        {
            "object": object,
            "key": key,
            "name": values["name"],
            "description": values.get("description"),
            "field_type": values["field_type"],
            "order_nr": max((field.order_nr for field in listed(crm, object)), default=0) + 1,
            "is_custom": True,
            "created_by_user_id": crm.actor.id,
            "last_updated_by_user_id": crm.actor.id,
            "add_time": crm.now,
            "update_time": crm.now,
            **{name: dumps(value) for name, value in shown.items()},
        },
    )
    choices.add(crm, id, options)
    crm.settings_changed()
    return crm.settings.fields(object)[key]


def update(crm: Crm, field: Field, values: Values, options: Sequence[Choice] | None = None) -> Field:
    """Changes a field; ``options`` are all that it is to have from now on. Fields of the system keep their name.

    Raises `Forbidden` and `Invalid`.
    """
    access.require_admin(crm)
    if not field.is_custom and values.get("name", field.name) != field.name:
        raise Forbidden("The name of a system field cannot be changed")
    columns: dict[str, object] = {name: values[name] for name in ("name", "description") if name in values}
    columns |= {name: dumps(value) for name, value in visibility.changed(crm, field.object, field, values).items()}
    if options is not None:
        _require_options(field)
        choices.replace(crm, field, options)
    return _write(crm, field, columns)


def delete(crm: Crm, fields: Iterable[Field]) -> None:
    """Deletes custom fields; records show their values no more. Raises `Forbidden`, and deletes none, for one of the system."""
    access.require_admin(crm)
    for field in fields:
        if not field.is_custom:
            raise Forbidden("System fields cannot be deleted")
        _write(crm, field, {"is_deleted": True})


def add_options(crm: Crm, field: Field, options: Sequence[Choice]) -> list[FieldOption]:
    """Adds options to a field; those added. Raises `Invalid`, and adds none, for a label that there is already."""
    access.require_admin(crm)
    _require_options(field)
    before = set(crm.settings.options(field.id))
    choices.add(crm, field.id, options)
    _write(crm, field, {})
    return [option for id, option in crm.settings.options(field.id).items() if id not in before]


def rename_options(crm: Crm, field: Field, options: Sequence[Choice]) -> list[FieldOption]:
    """Gives options of a field other labels; those renamed. Raises `Invalid`, and renames none, for an unknown one."""
    access.require_admin(crm)
    _require_options(field)
    choices.rename(crm, field, options)
    _write(crm, field, {})
    return [crm.settings.options(field.id)[option.id] for option in options if option.id is not None]


def delete_options(crm: Crm, field: Field, ids: Sequence[int]) -> list[FieldOption]:
    """Deletes options of a field; those deleted. Raises `Invalid`, and deletes none, for an unknown one."""
    access.require_admin(crm)
    _require_options(field)
    choices.delete(crm, field, ids)
    _write(crm, field, {})
    return [crm.settings.deleted_options(field.id)[id] for id in ids]


def _require_options(field: Field) -> None:
    if not choices.changeable(field):
        raise Invalid("are not for this field to choose", "options")


def _write(crm: Crm, field: Field, columns: dict[str, object]) -> Field:
    columns = {**columns, "update_time": crm.now, "last_updated_by_user_id": crm.actor.id}
    crm.db.execute(sa.update(tables.fields).where(tables.fields.c.id == field.id).values(columns))
    crm.settings_changed()
    return crm.settings.fields(field.object).get(field.key, field)
