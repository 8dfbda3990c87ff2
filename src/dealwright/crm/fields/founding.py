"""Writes the fields of the system for a new company."""

from __future__ import annotations

from dealwright.crm.fields import visibility
from dealwright.crm.fields.system import OBJECTS
from dealwright.crm.values import dumps
from dealwright.storage import tables
from dealwright.storage.engines import Transaction


def write_system_fields(db: Transaction, now: str, user_id: int) -> None:
    """Adds every field of the system, and the options that they start with, in the name of a user."""
    fields: list[dict[str, object]] = []
    options: list[dict[str, object]] = []
    for object, those in OBJECTS.items():
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
                    "ui_visibility": dumps({**visibility.default(object), "add_visible_flag": field.form}),
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
                for number, option in enumerate(field.first_options, 1)
            ]
    db.insert_many(tables.fields, fields)
    db.insert_many(tables.field_options, options)
