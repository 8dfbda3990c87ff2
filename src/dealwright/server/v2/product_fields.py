"""The fields of products."""

from __future__ import annotations

from typing import Literal, cast

from dealwright.contract.v2 import product_fields as contract
from dealwright.contract.v2.envelopes import Item, List, Page
from dealwright.contract.v2.fields import NewOption, OptionToDelete, RenamedOption, TouchedOption
from dealwright.contract.v2.product_fields import NewProductField, ProductField, ProductFieldChanges
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm
from dealwright.crm.values import loads
from dealwright.server.binding import implements
from dealwright.server.v2 import envelopes, fields
from dealwright.server.v2.fields import ALL_EXTRAS, Extras

OptionalExtras = list[Literal["ui_visibility"]] | None


def show(crm: Crm, field: Field, extras: Extras = ()) -> ProductField:
    """A product field as v2 writes it, with what was asked for."""
    shown = cast("ProductField", fields.show(crm, field))
    if "ui_visibility" in extras:
        shown["ui_visibility"] = loads(field.ui_visibility)
    return shown


@implements(contract.get_product_fields)
def get_product_fields(
    crm: Crm,
    include_fields: OptionalExtras = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[ProductField]:
    return fields.page(crm, "product", show, include_fields, limit, cursor)


@implements(contract.post_product_fields)
def post_product_fields(crm: Crm, data: NewProductField) -> Item[ProductField]:
    return envelopes.item(show(crm, fields.create(crm, "product", data, data.options), ALL_EXTRAS))


@implements(contract.get_product_fields_by_field_code)
def get_product_fields_by_field_code(
    crm: Crm, field_code: str, include_fields: OptionalExtras = None
) -> Item[ProductField]:
    return fields.get(crm, "product", field_code, show, include_fields)


@implements(contract.patch_product_fields_by_field_code)
def patch_product_fields_by_field_code(crm: Crm, field_code: str, data: ProductFieldChanges) -> Item[ProductField]:
    return envelopes.item(show(crm, fields.update(crm, "product", field_code, data), ALL_EXTRAS))


@implements(contract.delete_product_fields_by_field_code)
def delete_product_fields_by_field_code(crm: Crm, field_code: str) -> Item[ProductField]:
    return envelopes.item(show(crm, fields.delete(crm, "product", field_code)))


@implements(contract.post_product_fields_by_field_code_options)
def post_product_fields_by_field_code_options(crm: Crm, field_code: str, data: list[NewOption]) -> List[TouchedOption]:
    return fields.add_options(crm, "product", field_code, data)


@implements(contract.patch_product_fields_by_field_code_options)
def patch_product_fields_by_field_code_options(
    crm: Crm, field_code: str, data: list[RenamedOption]
) -> List[TouchedOption]:
    return fields.rename_options(crm, "product", field_code, data)


@implements(contract.delete_product_fields_by_field_code_options)
def delete_product_fields_by_field_code_options(
    crm: Crm, field_code: str, data: list[OptionToDelete]
) -> List[TouchedOption]:
    return fields.delete_options(crm, "product", field_code, data)
