"""The fields of records, by kind of record."""

from __future__ import annotations

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import Item, List, Page
from dealwright.contract.v2.fields import (
    Extras,
    FieldChanges,
    NewField,
    NewOption,
    OptionToDelete,
    RenamedOption,
    TouchedOption,
    VisibilityExtra,
)
from dealwright.contract.v2.integration import fields as contract
from dealwright.contract.v2.integration.fields import (
    ActivityField,
    DealField,
    DealFieldChanges,
    NewDealField,
    NewOrganizationField,
    NewPersonField,
    OrganizationField,
    OrganizationFieldChanges,
    PersonField,
    PersonFieldChanges,
    ProductField,
)
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v2 import fields
from dealwright.server.v2.fields import ALL_EXTRAS, FieldSet

_ACTIVITY = FieldSet("activity", ("ui_visibility",), ActivityField)
_DEAL = FieldSet("deal", ALL_EXTRAS, DealField)
_ORGANIZATION = FieldSet("organization", ALL_EXTRAS, OrganizationField)
_PERSON = FieldSet("person", ALL_EXTRAS, PersonField)
_PRODUCT = FieldSet("product", ("ui_visibility",), ProductField)


@implements(contract.get_activity_fields)
def get_activity_fields(
    crm: UnitOfWork, page: CursorPaging, include_fields: VisibilityExtra | None = None
) -> Page[ActivityField]:
    return fields.list_page(crm, _ACTIVITY, page, include_fields)


@implements(contract.get_activity_fields_by_field_code)
def get_activity_fields_by_field_code(
    crm: UnitOfWork, field_code: str, include_fields: VisibilityExtra | None = None
) -> Item[ActivityField]:
    return fields.get(crm, _ACTIVITY, field_code, include_fields)


@implements(contract.get_deal_fields)
def get_deal_fields(crm: UnitOfWork, page: CursorPaging, include_fields: Extras | None = None) -> Page[DealField]:
    return fields.list_page(crm, _DEAL, page, include_fields)


@implements(contract.post_deal_fields)
def post_deal_fields(crm: UnitOfWork, data: NewDealField) -> Item[DealField]:
    return fields.create(crm, _DEAL, data)


@implements(contract.get_deal_fields_by_field_code)
def get_deal_fields_by_field_code(
    crm: UnitOfWork, field_code: str, include_fields: Extras | None = None
) -> Item[DealField]:
    return fields.get(crm, _DEAL, field_code, include_fields)


@implements(contract.patch_deal_fields_by_field_code)
def patch_deal_fields_by_field_code(crm: UnitOfWork, field_code: str, data: DealFieldChanges) -> Item[DealField]:
    return fields.update(crm, _DEAL, field_code, data)


@implements(contract.delete_deal_fields_by_field_code)
def delete_deal_fields_by_field_code(crm: UnitOfWork, field_code: str) -> Item[DealField]:
    return fields.delete(crm, _DEAL, field_code)


@implements(contract.post_deal_fields_by_field_code_options)
def post_deal_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[NewOption]
) -> List[TouchedOption]:
    return fields.add_options(crm, _DEAL, field_code, data)


@implements(contract.patch_deal_fields_by_field_code_options)
def patch_deal_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[RenamedOption]
) -> List[TouchedOption]:
    return fields.rename_options(crm, _DEAL, field_code, data)


@implements(contract.delete_deal_fields_by_field_code_options)
def delete_deal_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[OptionToDelete]
) -> List[TouchedOption]:
    return fields.delete_options(crm, _DEAL, field_code, data)


@implements(contract.get_organization_fields)
def get_organization_fields(
    crm: UnitOfWork, page: CursorPaging, include_fields: Extras | None = None
) -> Page[OrganizationField]:
    return fields.list_page(crm, _ORGANIZATION, page, include_fields)


@implements(contract.post_organization_fields)
def post_organization_fields(crm: UnitOfWork, data: NewOrganizationField) -> Item[OrganizationField]:
    return fields.create(crm, _ORGANIZATION, data)


@implements(contract.get_organization_fields_by_field_code)
def get_organization_fields_by_field_code(
    crm: UnitOfWork, field_code: str, include_fields: Extras | None = None
) -> Item[OrganizationField]:
    return fields.get(crm, _ORGANIZATION, field_code, include_fields)


@implements(contract.patch_organization_fields_by_field_code)
def patch_organization_fields_by_field_code(
    crm: UnitOfWork, field_code: str, data: OrganizationFieldChanges
) -> Item[OrganizationField]:
    return fields.update(crm, _ORGANIZATION, field_code, data)


@implements(contract.delete_organization_fields_by_field_code)
def delete_organization_fields_by_field_code(crm: UnitOfWork, field_code: str) -> Item[OrganizationField]:
    return fields.delete(crm, _ORGANIZATION, field_code)


@implements(contract.post_organization_fields_by_field_code_options)
def post_organization_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[NewOption]
) -> List[TouchedOption]:
    return fields.add_options(crm, _ORGANIZATION, field_code, data)


@implements(contract.patch_organization_fields_by_field_code_options)
def patch_organization_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[RenamedOption]
) -> List[TouchedOption]:
    return fields.rename_options(crm, _ORGANIZATION, field_code, data)


@implements(contract.delete_organization_fields_by_field_code_options)
def delete_organization_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[OptionToDelete]
) -> List[TouchedOption]:
    return fields.delete_options(crm, _ORGANIZATION, field_code, data)


@implements(contract.get_person_fields)
def get_person_fields(crm: UnitOfWork, page: CursorPaging, include_fields: Extras | None = None) -> Page[PersonField]:
    return fields.list_page(crm, _PERSON, page, include_fields)


@implements(contract.post_person_fields)
def post_person_fields(crm: UnitOfWork, data: NewPersonField) -> Item[PersonField]:
    return fields.create(crm, _PERSON, data)


@implements(contract.get_person_fields_by_field_code)
def get_person_fields_by_field_code(
    crm: UnitOfWork, field_code: str, include_fields: Extras | None = None
) -> Item[PersonField]:
    return fields.get(crm, _PERSON, field_code, include_fields)


@implements(contract.patch_person_fields_by_field_code)
def patch_person_fields_by_field_code(crm: UnitOfWork, field_code: str, data: PersonFieldChanges) -> Item[PersonField]:
    return fields.update(crm, _PERSON, field_code, data)


@implements(contract.delete_person_fields_by_field_code)
def delete_person_fields_by_field_code(crm: UnitOfWork, field_code: str) -> Item[PersonField]:
    return fields.delete(crm, _PERSON, field_code)


@implements(contract.post_person_fields_by_field_code_options)
def post_person_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[NewOption]
) -> List[TouchedOption]:
    return fields.add_options(crm, _PERSON, field_code, data)


@implements(contract.patch_person_fields_by_field_code_options)
def patch_person_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[RenamedOption]
) -> List[TouchedOption]:
    return fields.rename_options(crm, _PERSON, field_code, data)


@implements(contract.delete_person_fields_by_field_code_options)
def delete_person_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[OptionToDelete]
) -> List[TouchedOption]:
    return fields.delete_options(crm, _PERSON, field_code, data)


@implements(contract.get_product_fields)
def get_product_fields(
    crm: UnitOfWork, page: CursorPaging, include_fields: VisibilityExtra | None = None
) -> Page[ProductField]:
    return fields.list_page(crm, _PRODUCT, page, include_fields)


@implements(contract.post_product_fields)
def post_product_fields(crm: UnitOfWork, data: NewField) -> Item[ProductField]:
    return fields.create(crm, _PRODUCT, data)


@implements(contract.get_product_fields_by_field_code)
def get_product_fields_by_field_code(
    crm: UnitOfWork, field_code: str, include_fields: VisibilityExtra | None = None
) -> Item[ProductField]:
    return fields.get(crm, _PRODUCT, field_code, include_fields)


@implements(contract.patch_product_fields_by_field_code)
def patch_product_fields_by_field_code(crm: UnitOfWork, field_code: str, data: FieldChanges) -> Item[ProductField]:
    return fields.update(crm, _PRODUCT, field_code, data)


@implements(contract.delete_product_fields_by_field_code)
def delete_product_fields_by_field_code(crm: UnitOfWork, field_code: str) -> Item[ProductField]:
    return fields.delete(crm, _PRODUCT, field_code)


@implements(contract.post_product_fields_by_field_code_options)
def post_product_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[NewOption]
) -> List[TouchedOption]:
    return fields.add_options(crm, _PRODUCT, field_code, data)


@implements(contract.patch_product_fields_by_field_code_options)
def patch_product_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[RenamedOption]
) -> List[TouchedOption]:
    return fields.rename_options(crm, _PRODUCT, field_code, data)


@implements(contract.delete_product_fields_by_field_code_options)
def delete_product_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[OptionToDelete]
) -> List[TouchedOption]:
    return fields.delete_options(crm, _PRODUCT, field_code, data)
