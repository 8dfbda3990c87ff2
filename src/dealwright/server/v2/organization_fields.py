"""The fields of organizations."""

from __future__ import annotations

from typing import Literal, cast

from dealwright.contract.v2 import organization_fields as contract
from dealwright.contract.v2.envelopes import Item, List, Page
from dealwright.contract.v2.fields import (
    Importance,
    NewOption,
    OptionToDelete,
    RenamedOption,
    Requirement,
    TouchedOption,
)
from dealwright.contract.v2.organization_fields import NewOrganizationField, OrganizationField, OrganizationFieldChanges
from dealwright.crm.fields import visibility
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm
from dealwright.crm.values import loads
from dealwright.server.binding import implements
from dealwright.server.v2 import envelopes, fields
from dealwright.server.v2.fields import ALL_EXTRAS, Extras

OptionalExtras = list[Literal["ui_visibility", "important_fields", "required_fields"]] | None


def show(crm: Crm, field: Field, extras: Extras = ()) -> OrganizationField:
    """An organization field as v2 writes it, with what was asked for."""
    shown = cast("OrganizationField", fields.show(crm, field))
    if "ui_visibility" in extras:
        shown["ui_visibility"] = loads(field.ui_visibility)
    if "important_fields" in extras:
        shown["important_fields"] = cast("Importance", visibility.importance(field))
    if "required_fields" in extras:
        shown["required_fields"] = cast("Requirement", visibility.requirement("organization", field))
    return shown


@implements(contract.get_organization_fields)
def get_organization_fields(
    crm: Crm,
    include_fields: OptionalExtras = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[OrganizationField]:
    return fields.page(crm, "organization", show, include_fields, limit, cursor)


@implements(contract.post_organization_fields)
def post_organization_fields(crm: Crm, data: NewOrganizationField) -> Item[OrganizationField]:
    return envelopes.item(show(crm, fields.create(crm, "organization", data, data.options), ALL_EXTRAS))


@implements(contract.get_organization_fields_by_field_code)
def get_organization_fields_by_field_code(
    crm: Crm, field_code: str, include_fields: OptionalExtras = None
) -> Item[OrganizationField]:
    return fields.get(crm, "organization", field_code, show, include_fields)


@implements(contract.patch_organization_fields_by_field_code)
def patch_organization_fields_by_field_code(
    crm: Crm, field_code: str, data: OrganizationFieldChanges
) -> Item[OrganizationField]:
    return envelopes.item(show(crm, fields.update(crm, "organization", field_code, data), ALL_EXTRAS))


@implements(contract.delete_organization_fields_by_field_code)
def delete_organization_fields_by_field_code(crm: Crm, field_code: str) -> Item[OrganizationField]:
    return envelopes.item(show(crm, fields.delete(crm, "organization", field_code)))


@implements(contract.post_organization_fields_by_field_code_options)
def post_organization_fields_by_field_code_options(
    crm: Crm, field_code: str, data: list[NewOption]
) -> List[TouchedOption]:
    return fields.add_options(crm, "organization", field_code, data)


@implements(contract.patch_organization_fields_by_field_code_options)
def patch_organization_fields_by_field_code_options(
    crm: Crm, field_code: str, data: list[RenamedOption]
) -> List[TouchedOption]:
    return fields.rename_options(crm, "organization", field_code, data)


@implements(contract.delete_organization_fields_by_field_code_options)
def delete_organization_fields_by_field_code_options(
    crm: Crm, field_code: str, data: list[OptionToDelete]
) -> List[TouchedOption]:
    return fields.delete_options(crm, "organization", field_code, data)
