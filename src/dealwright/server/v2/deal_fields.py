"""The fields of deals."""

from __future__ import annotations

from typing import Literal, cast

from dealwright.contract.v2 import deal_fields as contract
from dealwright.contract.v2.deal_fields import DealField, DealFieldChanges, DealFieldRequirement, NewDealField
from dealwright.contract.v2.envelopes import Item, List, Page
from dealwright.contract.v2.fields import Importance, NewOption, OptionToDelete, RenamedOption, TouchedOption
from dealwright.crm.fields import visibility
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm
from dealwright.crm.values import loads
from dealwright.server.binding import implements
from dealwright.server.v2 import envelopes, fields
from dealwright.server.v2.fields import ALL_EXTRAS, Extras

OptionalExtras = list[Literal["ui_visibility", "important_fields", "required_fields"]] | None


def show(crm: Crm, field: Field, extras: Extras = ()) -> DealField:
    """A deal field as v2 writes it, with what was asked for."""
    shown = cast("DealField", fields.show(crm, field))
    if "ui_visibility" in extras:
        shown["ui_visibility"] = loads(field.ui_visibility)
    if "important_fields" in extras:
        shown["important_fields"] = cast("Importance", visibility.importance(field))
    if "required_fields" in extras:
        shown["required_fields"] = cast("DealFieldRequirement", visibility.requirement("deal", field))
    return shown


@implements(contract.get_deal_fields)
def get_deal_fields(
    crm: Crm,
    include_fields: OptionalExtras = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[DealField]:
    return fields.page(crm, "deal", show, include_fields, limit, cursor)


@implements(contract.post_deal_fields)
def post_deal_fields(crm: Crm, data: NewDealField) -> Item[DealField]:
    return envelopes.item(show(crm, fields.create(crm, "deal", data, data.options), ALL_EXTRAS))


@implements(contract.get_deal_fields_by_field_code)
def get_deal_fields_by_field_code(crm: Crm, field_code: str, include_fields: OptionalExtras = None) -> Item[DealField]:
    return fields.get(crm, "deal", field_code, show, include_fields)


@implements(contract.patch_deal_fields_by_field_code)
def patch_deal_fields_by_field_code(crm: Crm, field_code: str, data: DealFieldChanges) -> Item[DealField]:
    return envelopes.item(show(crm, fields.update(crm, "deal", field_code, data), ALL_EXTRAS))


@implements(contract.delete_deal_fields_by_field_code)
def delete_deal_fields_by_field_code(crm: Crm, field_code: str) -> Item[DealField]:
    return envelopes.item(show(crm, fields.delete(crm, "deal", field_code)))


@implements(contract.post_deal_fields_by_field_code_options)
def post_deal_fields_by_field_code_options(crm: Crm, field_code: str, data: list[NewOption]) -> List[TouchedOption]:
    return fields.add_options(crm, "deal", field_code, data)


@implements(contract.patch_deal_fields_by_field_code_options)
def patch_deal_fields_by_field_code_options(
    crm: Crm, field_code: str, data: list[RenamedOption]
) -> List[TouchedOption]:
    return fields.rename_options(crm, "deal", field_code, data)


@implements(contract.delete_deal_fields_by_field_code_options)
def delete_deal_fields_by_field_code_options(
    crm: Crm, field_code: str, data: list[OptionToDelete]
) -> List[TouchedOption]:
    return fields.delete_options(crm, "deal", field_code, data)
