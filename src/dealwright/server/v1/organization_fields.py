"""The fields of organizations."""

from __future__ import annotations

from dealwright.contract.v1 import organization_fields as contract
from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, Page
from dealwright.contract.v1.fields import Field, FieldChanges, NewField
from dealwright.crm.fields import definitions
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes, fields


@implements(contract.get_organization_fields)
def get_organization_fields(crm: Crm, start: int = 0, limit: int | None = None) -> Page[Field]:
    return fields.page(crm, definitions.listed(crm, "organization"), start, limit)


@implements(contract.post_organization_fields)
def post_organization_fields(crm: Crm, data: NewField) -> Item[Field]:
    return envelopes.item(fields.show_with_parts(crm, fields.create(crm, "organization", data)))


@implements(contract.delete_organization_fields)
def delete_organization_fields(crm: Crm, ids: list[int]) -> Item[DeletedMany]:
    return fields.delete(crm, "organization", ids)


@implements(contract.get_organization_fields_by_id)
def get_organization_fields_by_id(crm: Crm, id: int) -> Item[Field]:
    return envelopes.item(fields.show_with_parts(crm, definitions.get(crm, "organization", id)))


@implements(contract.put_organization_fields_by_id)
def put_organization_fields_by_id(crm: Crm, id: int, data: FieldChanges) -> Item[Field]:
    return envelopes.item(fields.show_with_parts(crm, fields.update(crm, "organization", id, data)))


@implements(contract.delete_organization_fields_by_id)
def delete_organization_fields_by_id(crm: Crm, id: int) -> Item[Deleted]:
    definitions.delete(crm, [definitions.get(crm, "organization", id)])
    return envelopes.deleted(id)
