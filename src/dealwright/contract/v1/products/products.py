"""Products: what is sold."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body, V1RecordBody
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import FilterId, FirstChar, OffsetPaging, RecordId, UserId
from dealwright.contract.v1.envelopes import Deleted, Item, List, PageInfo, RelatedObjects
from dealwright.contract.v1.references import UserReference
from dealwright.contract.values import MAX_MEMBERS, Currency, Id, IdList, LongText, Name, ShortText, VisibleTo

READ = frozenset({"products:full", "products:read"})
WRITE = frozenset({"products:full"})

BillingFrequency = Literal["one-time", "annually", "semi-annually", "quarterly", "monthly", "weekly"]
BillingCycles = Annotated[int, Meta(ge=1, le=208)]
Tax = Annotated[float, Meta(ge=0)]
Cost = Annotated[float, Meta(ge=0)]

GetSummary = Annotated[bool, Meta(description="Whether to count all products too, not only those on the page.")]


class Price(TypedDict):
    """What a product costs in one currency."""

    id: int
    product_id: int
    price: float
    currency: str
    cost: float
    overhead_cost: float | None
    notes: str
    price_formatted: NotRequired[str]


class VariationPrice(TypedDict):
    """What a variation of a product costs in one currency."""

    id: int
    product_variation_id: int
    price: float
    currency: str
    cost: float
    overhead_cost: float | None
    notes: str


class Variation(TypedDict):
    """A variation of a product."""

    id: int
    name: str
    product_id: int
    prices: list[VariationPrice]


class CommonProductProperties(TypedDict):
    """What v1 shows of a product wherever one stands."""

    id: int
    name: str
    code: str | None
    description: str | None
    unit: str | None
    tax: float
    category: str | None
    active_flag: bool
    selectable: bool
    first_char: str
    visible_to: Literal["1", "3", "5", "7"]
    files_count: int | None
    add_time: str
    update_time: str | None


class Product(CommonProductProperties):
    """A product. ``category`` is the id of an option, as text; one not ``selectable`` cannot be put into deals."""

    owner_id: UserReference
    billing_frequency: BillingFrequency
    billing_frequency_cycles: int | None
    prices: list[Price]
    product_variations: NotRequired[list[Variation]]


class ProductsSummary(TypedDict):
    """How many products there are, as text."""

    total_count: str


class ProductsInfo(PageInfo):
    """Where the page lies, and the summary when it was asked for."""

    summary: NotRequired[ProductsSummary]


class ProductsPage(TypedDict):
    """A page of products."""

    success: Literal[True]
    data: list[Product] | None
    additional_data: ProductsInfo
    related_objects: NotRequired[RelatedObjects | None]


class NewPrice(V1Body, kw_only=True):
    """What a product shall cost in a currency; there is one price per currency."""

    currency: Currency
    price: float
    cost: Cost | UnsetType | None = UNSET
    overhead_cost: Cost | UnsetType | None = UNSET
    notes: LongText | UnsetType | None = UNSET


class ProductProperties(V1RecordBody, kw_only=True):
    """What can be written of a product, whether it is created or changed."""

    name: Name | UnsetType = UNSET
    code: ShortText | UnsetType | None = UNSET
    description: LongText | UnsetType | None = UNSET
    unit: ShortText | UnsetType | None = UNSET
    tax: Tax | UnsetType = UNSET
    category: Id | UnsetType | None = UNSET
    active_flag: bool | UnsetType = UNSET
    selectable: bool | UnsetType = UNSET
    visible_to: VisibleTo | UnsetType = UNSET
    owner_id: Id | UnsetType = UNSET
    prices: Annotated[list[NewPrice], Meta(max_length=MAX_MEMBERS)] | UnsetType = UNSET
    billing_frequency: BillingFrequency | UnsetType = UNSET
    billing_frequency_cycles: BillingCycles | UnsetType | None = UNSET


class NewProduct(ProductProperties, kw_only=True):
    """A product to create; without prices it costs 0 in the company's currency.

    ``billing_frequency_cycles`` must be null for ``one-time`` and a number for ``weekly``; null means for ever with the
    others.
    """

    name: Name


class ProductChanges(ProductProperties, kw_only=True):
    """What to change of a product; the prices are replaced as a whole."""


class ProductsQuery(Query):
    """Which products to list, and whether to count all of them."""

    user_id: UserId | None = None
    filter_id: FilterId | None = None
    ids: Annotated[IdList, Meta(description="Ids of the products to take, comma-separated.")] | None = None
    first_char: FirstChar | None = None
    get_summary: GetSummary | None = None


@endpoint("GET /v1/products", group="Products", scopes=READ, cost=20, deprecated=True, replaced_by="v2.get_products")
def get_products(query: ProductsQuery, page: OffsetPaging) -> ProductsPage:
    """List products."""


@endpoint(
    "POST /v1/products",
    group="Products",
    scopes=WRITE,
    cost=10,
    status=201,
    deprecated=True,
    replaced_by="v2.post_products",
)
def post_products(data: NewProduct) -> Item[Product]:
    """Create a product."""


@endpoint(
    "DELETE /v1/products/{id}",
    group="Products",
    scopes=WRITE,
    cost=6,
    deprecated=True,
    replaced_by="v2.delete_products_by_id",
)
def delete_products_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a product; it is purged after 30 days."""


@endpoint(
    "GET /v1/products/{id}",
    group="Products",
    scopes=READ,
    cost=2,
    deprecated=True,
    replaced_by="v2.get_products_by_id",
)
def get_products_by_id(id: RecordId) -> Item[Product]:
    """Get one product."""


@endpoint(
    "PUT /v1/products/{id}",
    group="Products",
    scopes=WRITE,
    cost=10,
    deprecated=True,
    replaced_by="v2.patch_products_by_id",
)
def put_products_by_id(id: RecordId, data: ProductChanges) -> Item[Product]:
    """Change a product; only the properties given change."""


@endpoint("GET /v1/products/{id}/permittedUsers", group="Products", scopes=READ, cost=10)
def get_products_by_id_permitted_users(id: RecordId) -> List[int]:
    """List the ids of the users who may see a product."""
