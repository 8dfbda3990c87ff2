"""The fields of products."""

from __future__ import annotations

from dealwright.contract.v1 import product_fields as contract
from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, Page
from dealwright.contract.v1.fields import Field, FieldChanges
from dealwright.contract.v1.product_fields import NewProductField
from dealwright.crm.fields import definitions
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes, fields


@implements(contract.get_product_fields)
def get_product_fields(crm: Crm, start: int = 0, limit: int | None = None) -> Page[Field]:
    return fields.page(crm, definitions.listed(crm, "product"), start, limit)


@implements(contract.post_product_fields)
def post_product_fields(crm: Crm, data: NewProductField) -> Item[Field]:
    return envelopes.item(fields.show_with_parts(crm, fields.create(crm, "product", data)))


@implements(contract.delete_product_fields)
def delete_product_fields(crm: Crm, ids: list[int]) -> Item[DeletedMany]:
    return fields.delete(crm, "product", ids)


@implements(contract.get_product_fields_by_id)
def get_product_fields_by_id(crm: Crm, id: int) -> Item[Field]:
    return envelopes.item(fields.show_with_parts(crm, definitions.get(crm, "product", id)))


@implements(contract.put_product_fields_by_id)
def put_product_fields_by_id(crm: Crm, id: int, data: FieldChanges) -> Item[Field]:
    return envelopes.item(fields.show_with_parts(crm, fields.update(crm, "product", id, data)))


@implements(contract.delete_product_fields_by_id)
def delete_product_fields_by_id(crm: Crm, id: int) -> Item[Deleted]:
    definitions.delete(crm, [definitions.get(crm, "product", id)])
    return envelopes.deleted(id)
