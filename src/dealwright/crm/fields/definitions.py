"""The definitions of fields: reads, adds, changes and deletes them. Only admins may change them.

They are part of the company data, and not in its change log.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from dealwright.crm.errors import Forbidden, Gone, Invalid, NotFound
from dealwright.crm.fields import choices, system, visibility
from dealwright.crm.fields.choices import OptionInput
from dealwright.crm.fields.types import TYPES, Part
from dealwright.crm.integration.model import Field, FieldOption
from dealwright.crm.kernel import access, changes
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, dumps
from dealwright.storage import field_indexes, tables

KEY_BYTES = 20
SYSTEM_TYPES_WITH_PARTS = ("monetary", "address")


def list_fields(crm: UnitOfWork, object: RecordTypeName) -> list[Field]:
    """Returns the fields of a record type, in their order."""
    return list(crm.company_data.fields(object).values())


def get(crm: UnitOfWork, object: RecordTypeName, id: int) -> Field:
    """Returns a field by id. Raises `NotFound`, or `Gone` for one of products, when there is none."""
    for field in list_fields(crm, object):
        if field.id == id:
            return field
    raise Gone("The field is not found") if object == "product" else NotFound("Field not found")


def get_by_code(crm: UnitOfWork, object: RecordTypeName, code: str) -> Field:
    """Returns a field by its code in v2, or by its key. Raises `NotFound`."""
    field = crm.company_data.fields(object).get(system.to_v1_key(object, code))
    if field is None:
        raise NotFound("Field not found")
    return field


def parts(field: Field) -> Sequence[Part]:
    """Returns the parts that values of a field have."""
    if not field.is_custom and field.field_type not in SYSTEM_TYPES_WITH_PARTS:
        return ()
    return TYPES[field.field_type].parts


def create(crm: UnitOfWork, object: RecordTypeName, values: Values, options: Sequence[OptionInput] = ()) -> Field:
    """Adds a custom field, and returns it; fields of type enum and set need options.

    Raises `Forbidden` and `Invalid`.
    """
    crm.require_exclusive_lock()
    access.require_permission(crm, "can_add_custom_fields")
    if bool(options) != (values["field_type"] in choices.CUSTOM_TYPES):
        raise Invalid("belong to fields of type enum and set, and those need some", "options")
    key = secrets.token_hex(KEY_BYTES)
    visibility_columns = {
        "ui_visibility": visibility.default_ui_visibility(object),
        **visibility.to_columns(crm, object, None, values),
    }
    id = crm.db.insert(
        tables.fields,
        {
            "object": object,
            "key": key,
            "name": values["name"],
            "description": values.get("description"),
            "field_type": values["field_type"],
            "order_nr": max((field.order_nr for field in list_fields(crm, object)), default=0) + 1,
            "is_custom": True,
            "created_by_user_id": crm.actor.id,
            "last_updated_by_user_id": crm.actor.id,
            "add_time": crm.now,
            "update_time": crm.now,
            **{name: dumps(value) for name, value in visibility_columns.items()},
        },
    )
    choices.add(crm, id, options)
    changes.log_in_run(crm, "field", id)
    field_indexes.create_index(crm.db, object, str(values["field_type"]), key)
    crm.invalidate_company_data()
    return crm.company_data.fields(object)[key]


def update(crm: UnitOfWork, field: Field, values: Values, options: Sequence[OptionInput] | None = None) -> Field:
    """Changes a field, and returns it; ``options`` are all that it has from now on. System fields keep their name.

    Raises `Forbidden` and `Invalid`.
    """
    _require_editable(crm, field)
    if not field.is_custom and values.get("name", field.name) != field.name:
        raise Forbidden("The name of a system field cannot be changed")
    columns: dict[str, object] = {name: values[name] for name in ("name", "description") if name in values}
    columns |= {name: dumps(value) for name, value in visibility.to_columns(crm, field.object, field, values).items()}
    if options is not None:
        _require_editable_options(field)
        choices.replace(crm, field, options)
    return _update(crm, field, columns)


def delete(crm: UnitOfWork, fields: Iterable[Field]) -> None:
    """Deletes custom fields; records do not show their values any more.

    Raises `Forbidden`, and deletes none, when one is a system field.
    """
    access.require_permission(crm, "can_delete_custom_fields")
    for field in fields:
        if not field.is_custom:
            raise Forbidden("System fields cannot be deleted")
        _update(crm, field, {"is_deleted": True})
        field_indexes.drop_index(crm.db, field.object, field.field_type, field.key)


def add_options(crm: UnitOfWork, field: Field, options: Sequence[OptionInput]) -> list[FieldOption]:
    """Adds options to a field, and returns them.

    Raises `Invalid`, and adds none, for a label that exists already.
    """
    _require_editable(crm, field)
    _require_editable_options(field)
    before = set(crm.company_data.options(field.id))
    choices.add(crm, field.id, options)
    _update(crm, field, {})
    return [option for id, option in crm.company_data.options(field.id).items() if id not in before]


def rename_options(crm: UnitOfWork, field: Field, options: Sequence[OptionInput]) -> list[FieldOption]:
    """Changes the labels of options of a field, and returns those options.

    Raises `Invalid`, and renames none, for an unknown one.
    """
    _require_editable(crm, field)
    _require_editable_options(field)
    choices.rename(crm, field, options)
    _update(crm, field, {})
    return [crm.company_data.options(field.id)[option.id] for option in options if option.id is not None]


def delete_options(crm: UnitOfWork, field: Field, ids: Sequence[int]) -> list[FieldOption]:
    """Deletes options of a field, and returns them. Raises `Invalid`, and deletes none, for an unknown one."""
    _require_editable(crm, field)
    _require_editable_options(field)
    choices.delete(crm, field, ids)
    _update(crm, field, {})
    return [crm.company_data.deleted_options(field.id)[id] for id in ids]


def _require_editable(crm: UnitOfWork, field: Field) -> None:
    """Raises `Forbidden` unless the actor may change a field: labels and custom fields with a permission, others as an admin."""
    if field.is_custom:
        access.require_permission(crm, "can_edit_custom_fields")
    elif field.key == "label":
        access.require_permission(crm, "can_modify_labels")
    else:
        access.require_admin(crm)


def _require_editable_options(field: Field) -> None:
    if not choices.has_editable_options(field):
        raise Invalid("are not for this field to choose", "options")


def _update(crm: UnitOfWork, field: Field, columns: dict[str, object]) -> Field:
    crm.require_exclusive_lock()
    changes.log_in_run(crm, "field", field.id)
    columns = {**columns, "update_time": crm.now, "last_updated_by_user_id": crm.actor.id}
    crm.db.execute(sa.update(tables.fields).where(tables.fields.c.id == field.id).values(columns))
    crm.invalidate_company_data()
    return crm.company_data.fields(field.object).get(field.key, field)
