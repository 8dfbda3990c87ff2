"""The fields of activities."""

from __future__ import annotations

from typing import Literal, cast

from dealwright.contract.v2 import activity_fields as contract
from dealwright.contract.v2.activity_fields import ActivityField
from dealwright.contract.v2.envelopes import Item, Page
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm
from dealwright.crm.values import loads
from dealwright.server.binding import implements
from dealwright.server.v2 import fields
from dealwright.server.v2.fields import Extras

OptionalExtras = list[Literal["ui_visibility"]] | None


def show(crm: Crm, field: Field, extras: Extras = ()) -> ActivityField:
    """An activity field as v2 writes it, with what was asked for."""
    shown = cast("ActivityField", fields.show(crm, field))
    if "ui_visibility" in extras:
        shown["ui_visibility"] = loads(field.ui_visibility)
    return shown


@implements(contract.get_activity_fields)
def get_activity_fields(
    crm: Crm,
    include_fields: OptionalExtras = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[ActivityField]:
    return fields.page(crm, "activity", show, include_fields, limit, cursor)


@implements(contract.get_activity_fields_by_field_code)
def get_activity_fields_by_field_code(
    crm: Crm, field_code: str, include_fields: OptionalExtras = None
) -> Item[ActivityField]:
    return fields.get(crm, "activity", field_code, show, include_fields)
