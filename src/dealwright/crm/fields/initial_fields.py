"""Writes the system fields of a new company."""

from __future__ import annotations

from dealwright.crm.fields import visibility
from dealwright.crm.fields.system import SYSTEM_FIELDS
from dealwright.crm.values.formats import dumps
from dealwright.storage import tables
from dealwright.storage.engines import Transaction


def write_system_fields(db: Transaction, now: str, user_id: int) -> None:
    """Adds all system fields and their initial options, in the name of a user."""
    fields: list[dict[str, object]] = []
    options: list[dict[str, object]] = []
    for object, those in SYSTEM_FIELDS.items():
        for place, field in enumerate(those.fields):
            id = those.first_id + place
            fields.append(
                {
                    "id": id,
                    "object": object,
                    "key": field.key,
                    "name": field.name,
                    "description": None,
                    "field_type": field.field_type,
                    "order_nr": place + 1,
                    "is_custom": False,
                    "ui_visibility": dumps(
                        {**visibility.default_ui_visibility(object), "add_visible_flag": field.form}
                    ),
                    "created_by_user_id": user_id,
                    "last_updated_by_user_id": user_id,
                    "add_time": now,
                    "update_time": now,
                }
            )
            options += [
                {
                    "field_id": id,
                    "label": option.label,
                    "color": option.color,
                    "alt_id": option.alt_id,
                    "order_nr": number,
                    "add_time": now,
                    "update_time": now,
                }
                for number, option in enumerate(field.initial_options, 1)
            ]
    db.insert_many(tables.fields, fields)
    db.insert_many(tables.field_options, options)
