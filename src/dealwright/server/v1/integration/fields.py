"""The fields of records, by kind of record."""

from __future__ import annotations

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, Page
from dealwright.contract.v1.fields import Field, FieldChanges, NewField
from dealwright.contract.v1.integration import fields as contract
from dealwright.contract.v1.integration.fields import NewProductField, NoteField
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v1 import fields


@implements(contract.get_activity_fields)
def get_activity_fields(crm: UnitOfWork) -> Page[Field]:
    return fields.list_page(crm, "activity", OffsetPaging())


@implements(contract.get_deal_fields)
def get_deal_fields(crm: UnitOfWork, page: OffsetPaging) -> Page[Field]:
    return fields.list_page(crm, "deal", page)


@implements(contract.post_deal_fields)
def post_deal_fields(crm: UnitOfWork, data: NewField) -> Item[Field]:
    return fields.create(crm, "deal", data)


@implements(contract.delete_deal_fields)
def delete_deal_fields(crm: UnitOfWork, ids: list[int]) -> Item[DeletedMany]:
    return fields.delete_many(crm, "deal", ids)


@implements(contract.get_deal_fields_by_id)
def get_deal_fields_by_id(crm: UnitOfWork, id: int) -> Item[Field]:
    return fields.get(crm, "deal", id)


@implements(contract.delete_deal_fields_by_id)
def delete_deal_fields_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    return fields.delete(crm, "deal", id)


@implements(contract.put_deal_fields_by_id)
def put_deal_fields_by_id(crm: UnitOfWork, id: int, data: FieldChanges) -> Item[Field]:
    return fields.update(crm, "deal", id, data)


@implements(contract.get_lead_fields)
def get_lead_fields(crm: UnitOfWork, page: OffsetPaging) -> Page[Field]:
    return fields.list_lead_fields(crm, page)


@implements(contract.get_note_fields)
def get_note_fields(crm: UnitOfWork) -> Page[NoteField]:
    return fields.list_note_fields(crm)


@implements(contract.get_organization_fields)
def get_organization_fields(crm: UnitOfWork, page: OffsetPaging) -> Page[Field]:
    return fields.list_page(crm, "organization", page)


@implements(contract.post_organization_fields)
def post_organization_fields(crm: UnitOfWork, data: NewField) -> Item[Field]:
    return fields.create(crm, "organization", data)


@implements(contract.delete_organization_fields)
def delete_organization_fields(crm: UnitOfWork, ids: list[int]) -> Item[DeletedMany]:
    return fields.delete_many(crm, "organization", ids)


@implements(contract.get_organization_fields_by_id)
def get_organization_fields_by_id(crm: UnitOfWork, id: int) -> Item[Field]:
    return fields.get(crm, "organization", id)


@implements(contract.delete_organization_fields_by_id)
def delete_organization_fields_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    return fields.delete(crm, "organization", id)


@implements(contract.put_organization_fields_by_id)
def put_organization_fields_by_id(crm: UnitOfWork, id: int, data: FieldChanges) -> Item[Field]:
    return fields.update(crm, "organization", id, data)


@implements(contract.get_person_fields)
def get_person_fields(crm: UnitOfWork, page: OffsetPaging) -> Page[Field]:
    return fields.list_page(crm, "person", page)


@implements(contract.post_person_fields)
def post_person_fields(crm: UnitOfWork, data: NewField) -> Item[Field]:
    return fields.create(crm, "person", data)


@implements(contract.delete_person_fields)
def delete_person_fields(crm: UnitOfWork, ids: list[int]) -> Item[DeletedMany]:
    return fields.delete_many(crm, "person", ids)


@implements(contract.get_person_fields_by_id)
def get_person_fields_by_id(crm: UnitOfWork, id: int) -> Item[Field]:
    return fields.get(crm, "person", id)


@implements(contract.delete_person_fields_by_id)
def delete_person_fields_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    return fields.delete(crm, "person", id)


@implements(contract.put_person_fields_by_id)
def put_person_fields_by_id(crm: UnitOfWork, id: int, data: FieldChanges) -> Item[Field]:
    return fields.update(crm, "person", id, data)


@implements(contract.get_product_fields)
def get_product_fields(crm: UnitOfWork, page: OffsetPaging) -> Page[Field]:
    return fields.list_page(crm, "product", page)


@implements(contract.post_product_fields)
def post_product_fields(crm: UnitOfWork, data: NewProductField) -> Item[Field]:
    return fields.create(crm, "product", data)


@implements(contract.delete_product_fields)
def delete_product_fields(crm: UnitOfWork, ids: list[int]) -> Item[DeletedMany]:
    return fields.delete_many(crm, "product", ids)


@implements(contract.get_product_fields_by_id)
def get_product_fields_by_id(crm: UnitOfWork, id: int) -> Item[Field]:
    return fields.get(crm, "product", id)


@implements(contract.delete_product_fields_by_id)
def delete_product_fields_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    return fields.delete(crm, "product", id)


@implements(contract.put_product_fields_by_id)
def put_product_fields_by_id(crm: UnitOfWork, id: int, data: FieldChanges) -> Item[Field]:
    return fields.update(crm, "product", id, data)
