"""The fields of records, by kind of record; leads share those of deals."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.field_types import CustomFieldType
from dealwright.contract.parameters import Ids, OffsetPaging
from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, Page
from dealwright.contract.v1.fields import Field, FieldChanges, FieldId, FieldType, NewField, Option

READ_ACTIVITIES = frozenset({"activities:full", "activities:read"})
READ_CONTACTS = frozenset({"admin", "contact-fields:full", "contacts:full", "contacts:read"})
READ_DEALS = frozenset({"admin", "deal-fields:full", "deals:full", "deals:read"})
READ_LEADS = frozenset({"admin", "leads:full", "leads:read"})
READ_NOTES = frozenset({"contacts:full", "contacts:read", "deals:full", "deals:read"})
READ_PRODUCTS = frozenset({"product-fields:full", "products:full", "products:read"})
WRITE_CONTACTS = frozenset({"admin", "contact-fields:full"})
WRITE_DEALS = frozenset({"admin", "deal-fields:full"})
WRITE_PRODUCTS = frozenset({"product-fields:full", "products:full"})


class NoteField(TypedDict):
    """A field of notes; ``options`` is there only when there are some."""

    id: int
    key: str
    name: str
    field_type: FieldType
    active_flag: bool
    edit_flag: bool
    bulk_edit_allowed: bool
    mandatory_flag: bool
    options: NotRequired[list[Option]]


class NewProductField(NewField, kw_only=True):
    """A field to create. Fields of type `enum` and `set` need options."""

    field_type: CustomFieldType


@endpoint("GET /v1/activityFields", group="ActivityFields", scopes=READ_ACTIVITIES, cost=20)
def get_activity_fields() -> Page[Field]:
    """List all activity fields."""


@endpoint("GET /v1/dealFields", group="DealFields", scopes=READ_DEALS, cost=20)
def get_deal_fields(page: OffsetPaging) -> Page[Field]:
    """List the deal fields, those of the system and custom ones."""


@endpoint("POST /v1/dealFields", group="DealFields", scopes=WRITE_DEALS, cost=10)
def post_deal_fields(data: NewField) -> Item[Field]:
    """Create a deal field."""


@endpoint("DELETE /v1/dealFields", group="DealFields", scopes=WRITE_DEALS, cost=10)
def delete_deal_fields(ids: Ids) -> Item[DeletedMany]:
    """Delete several deal fields."""


@endpoint("GET /v1/dealFields/{id}", group="DealFields", scopes=READ_DEALS, cost=2)
def get_deal_fields_by_id(id: FieldId) -> Item[Field]:
    """Get a deal field."""


@endpoint("DELETE /v1/dealFields/{id}", group="DealFields", scopes=WRITE_DEALS, cost=6)
def delete_deal_fields_by_id(id: FieldId) -> Item[Deleted]:
    """Delete a deal field and its values."""


@endpoint("PUT /v1/dealFields/{id}", group="DealFields", scopes=WRITE_DEALS, cost=10)
def put_deal_fields_by_id(id: FieldId, data: FieldChanges) -> Item[Field]:
    """Change a deal field."""


@endpoint("GET /v1/leadFields", group="LeadFields", scopes=READ_LEADS, cost=20)
def get_lead_fields(page: OffsetPaging) -> Page[Field]:
    """List the lead fields, those of the system and custom ones."""


@endpoint("GET /v1/noteFields", group="NoteFields", scopes=READ_NOTES, cost=20)
def get_note_fields() -> Page[NoteField]:
    """List all note fields."""


@endpoint("GET /v1/organizationFields", group="OrganizationFields", scopes=READ_CONTACTS, cost=20)
def get_organization_fields(page: OffsetPaging) -> Page[Field]:
    """List the organization fields, those of the system and custom ones."""


@endpoint("POST /v1/organizationFields", group="OrganizationFields", scopes=WRITE_CONTACTS, cost=10)
def post_organization_fields(data: NewField) -> Item[Field]:
    """Create an organization field."""


@endpoint("DELETE /v1/organizationFields", group="OrganizationFields", scopes=WRITE_CONTACTS, cost=10)
def delete_organization_fields(ids: Ids) -> Item[DeletedMany]:
    """Delete several organization fields."""


@endpoint("GET /v1/organizationFields/{id}", group="OrganizationFields", scopes=READ_CONTACTS, cost=2)
def get_organization_fields_by_id(id: FieldId) -> Item[Field]:
    """Get an organization field."""


@endpoint("DELETE /v1/organizationFields/{id}", group="OrganizationFields", scopes=WRITE_CONTACTS, cost=6)
def delete_organization_fields_by_id(id: FieldId) -> Item[Deleted]:
    """Delete an organization field and its values."""


@endpoint("PUT /v1/organizationFields/{id}", group="OrganizationFields", scopes=WRITE_CONTACTS, cost=10)
def put_organization_fields_by_id(id: FieldId, data: FieldChanges) -> Item[Field]:
    """Change an organization field."""


@endpoint("GET /v1/personFields", group="PersonFields", scopes=READ_CONTACTS, cost=20)
def get_person_fields(page: OffsetPaging) -> Page[Field]:
    """List the person fields, those of the system and custom ones."""


@endpoint("POST /v1/personFields", group="PersonFields", scopes=WRITE_CONTACTS, cost=10)
def post_person_fields(data: NewField) -> Item[Field]:
    """Create a person field."""


@endpoint("DELETE /v1/personFields", group="PersonFields", scopes=WRITE_CONTACTS, cost=10)
def delete_person_fields(ids: Ids) -> Item[DeletedMany]:
    """Delete several person fields."""


@endpoint("GET /v1/personFields/{id}", group="PersonFields", scopes=READ_CONTACTS, cost=2)
def get_person_fields_by_id(id: FieldId) -> Item[Field]:
    """Get a person field."""


@endpoint("DELETE /v1/personFields/{id}", group="PersonFields", scopes=WRITE_CONTACTS, cost=6)
def delete_person_fields_by_id(id: FieldId) -> Item[Deleted]:
    """Delete a person field and its values."""


@endpoint("PUT /v1/personFields/{id}", group="PersonFields", scopes=WRITE_CONTACTS, cost=10)
def put_person_fields_by_id(id: FieldId, data: FieldChanges) -> Item[Field]:
    """Change a person field."""


@endpoint("GET /v1/productFields", group="ProductFields", scopes=READ_PRODUCTS, cost=20)
def get_product_fields(page: OffsetPaging) -> Page[Field]:
    """List the product fields, those of the system and custom ones."""


@endpoint("POST /v1/productFields", group="ProductFields", scopes=WRITE_PRODUCTS, cost=10, status=201)
def post_product_fields(data: NewProductField) -> Item[Field]:
    """Create a product field."""


@endpoint("DELETE /v1/productFields", group="ProductFields", scopes=WRITE_PRODUCTS, cost=10)
def delete_product_fields(ids: Ids) -> Item[DeletedMany]:
    """Delete several product fields."""


@endpoint("GET /v1/productFields/{id}", group="ProductFields", scopes=READ_PRODUCTS, cost=2)
def get_product_fields_by_id(id: FieldId) -> Item[Field]:
    """Get a product field."""


@endpoint("DELETE /v1/productFields/{id}", group="ProductFields", scopes=WRITE_PRODUCTS, cost=6)
def delete_product_fields_by_id(id: FieldId) -> Item[Deleted]:
    """Delete a product field and its values."""


@endpoint("PUT /v1/productFields/{id}", group="ProductFields", scopes=WRITE_PRODUCTS, cost=10)
def put_product_fields_by_id(id: FieldId, data: FieldChanges) -> Item[Field]:
    """Change a product field."""
