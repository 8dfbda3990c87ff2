"""The fields of deals."""

from __future__ import annotations

from dealwright.contract.v1 import deal_fields as contract
from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, Page
from dealwright.contract.v1.fields import Field, FieldChanges, NewField
from dealwright.crm.fields import definitions
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes, fields


@implements(contract.get_deal_fields)
def get_deal_fields(crm: Crm, start: int = 0, limit: int | None = None) -> Page[Field]:
    return fields.page(crm, definitions.listed(crm, "deal"), start, limit)


@implements(contract.post_deal_fields)
def post_deal_fields(crm: Crm, data: NewField) -> Item[Field]:
    return envelopes.item(fields.show_with_parts(crm, fields.create(crm, "deal", data)))


@implements(contract.delete_deal_fields)
def delete_deal_fields(crm: Crm, ids: list[int]) -> Item[DeletedMany]:
    return fields.delete(crm, "deal", ids)


@implements(contract.get_deal_fields_by_id)
def get_deal_fields_by_id(crm: Crm, id: int) -> Item[Field]:
    return envelopes.item(fields.show_with_parts(crm, definitions.get(crm, "deal", id)))


@implements(contract.put_deal_fields_by_id)
def put_deal_fields_by_id(crm: Crm, id: int, data: FieldChanges) -> Item[Field]:
    return envelopes.item(fields.show_with_parts(crm, fields.update(crm, "deal", id, data)))


@implements(contract.delete_deal_fields_by_id)
def delete_deal_fields_by_id(crm: Crm, id: int) -> Item[Deleted]:
    definitions.delete(crm, [definitions.get(crm, "deal", id)])
    return envelopes.deleted(id)
