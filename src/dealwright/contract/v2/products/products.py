"""Products: what is sold."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body, V2RecordBody
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import (
    CursorPaging,
    CustomFieldKeys,
    FilterId,
    Ids,
    OwnerId,
    RecordId,
    SortDirection,
    UpdatedSince,
)
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.values import MAX_MEMBERS, Currency, Id, Json, LongText, Name, ShortText, VisibleTo

READ = frozenset({"products:full", "products:read"})
WRITE = frozenset({"products:full"})

BillingFrequency = Literal["one-time", "annually", "semi-annually", "quarterly", "monthly", "weekly"]
BillingCycles = Annotated[int, Meta(ge=1, le=208)]
Tax = Annotated[float, Meta(ge=0)]
Cost = Annotated[float, Meta(ge=0)]

ProductOrder = Annotated[
    Literal["id", "name", "add_time", "update_time"], Meta(description="What to sort by; `id` unless given.")
]


class Price(TypedDict):
    """What a product costs in one currency."""

    product_id: int
    price: float
    currency: str
    cost: float
    direct_cost: float | None
    notes: str


class Product(TypedDict):
    """A product. ``category`` is the id of an option; one that is not ``is_linkable`` cannot be put into deals."""

    id: int
    name: str
    code: str | None
    description: str | None
    unit: str | None
    tax: float
    category: int | str | None
    is_linkable: bool
    is_deleted: bool
    visible_to: VisibleTo
    owner_id: int
    add_time: str
    update_time: str | None
    billing_frequency: BillingFrequency
    billing_frequency_cycles: int | None
    prices: list[Price]
    custom_fields: dict[str, Json]


class NewPrice(V2Body, kw_only=True):
    """What a product, or a variation of it, shall cost in a currency; there is one price per currency."""

    currency: Currency
    price: float
    cost: Cost | UnsetType | None = UNSET
    direct_cost: Cost | UnsetType | None = UNSET
    notes: LongText | UnsetType | None = UNSET


class ProductProperties(V2RecordBody, kw_only=True):
    """What can be written of a product, whether it is created or changed."""

    name: Name | UnsetType = UNSET
    code: ShortText | UnsetType | None = UNSET
    description: LongText | UnsetType | None = UNSET
    unit: ShortText | UnsetType | None = UNSET
    tax: Tax | UnsetType = UNSET
    category: Id | UnsetType | None = UNSET
    owner_id: Id | UnsetType = UNSET
    is_linkable: bool | UnsetType = UNSET
    visible_to: VisibleTo | UnsetType = UNSET
    prices: Annotated[list[NewPrice], Meta(max_length=MAX_MEMBERS)] | UnsetType = UNSET
    billing_frequency: BillingFrequency | UnsetType = UNSET
    billing_frequency_cycles: BillingCycles | UnsetType | None = UNSET


class NewProduct(ProductProperties, kw_only=True):
    """A product to create; without prices it costs 0 in the user's currency.

    ``billing_frequency_cycles`` must be null for ``one-time`` and a number for ``weekly``; null means for ever with the
    others.
    """

    name: Name


class ProductChanges(ProductProperties, kw_only=True):
    """What to change of a product; the prices are replaced as a whole."""


class ProductsQuery(Query):
    """Which products to list, and in which order."""

    owner_id: OwnerId | None = None
    ids: Ids | None = None
    filter_id: FilterId | None = None
    updated_since: UpdatedSince | None = None
    sort_by: ProductOrder = "id"
    sort_direction: SortDirection = "asc"


class ProductFields(Query):
    """What to show of products."""

    custom_fields: CustomFieldKeys | None = None


@endpoint("GET /api/v2/products", group="Products", scopes=READ, cost=10)
def get_products(query: ProductsQuery, fields: ProductFields, page: CursorPaging) -> Page[Product]:
    """List products."""


@endpoint("POST /api/v2/products", group="Products", scopes=WRITE, cost=5, status=201)
def post_products(data: NewProduct) -> Item[Product]:
    """Create a product."""


@endpoint("DELETE /api/v2/products/{id}", group="Products", scopes=WRITE, cost=3)
def delete_products_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a product; it is purged after 30 days."""


@endpoint("GET /api/v2/products/{id}", group="Products", scopes=READ, cost=1)
def get_products_by_id(id: RecordId) -> Item[Product]:
    """Get one product."""


@endpoint("PATCH /api/v2/products/{id}", group="Products", scopes=WRITE, cost=5)
def patch_products_by_id(id: RecordId, data: ProductChanges) -> Item[Product]:
    """Change a product; only the properties given change."""


@endpoint("POST /api/v2/products/{id}/duplicate", group="Products", scopes=WRITE, cost=5, status=201, documented=False)
def post_products_by_id_duplicate(id: RecordId) -> Item[Product]:
    """Copy a product with its prices, variations and custom fields."""
