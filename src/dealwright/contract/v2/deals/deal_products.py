"""The products of deals."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import CursorPaging, RecordId, SortDirection
from dealwright.contract.v2.envelopes import Deleted, Item, List, Page
from dealwright.contract.v2.products.products import BillingCycles, BillingFrequency
from dealwright.contract.values import Amount, Id, LongText

READ = frozenset({"deals:full", "deals:read", "products:full", "products:read"})
WRITE = frozenset({"deals:full", "products:full"})

DiscountType = Literal["percentage", "amount"]
TaxMethod = Literal["exclusive", "inclusive", "none"]
NotNegative = Annotated[float, Meta(ge=0)]
Quantity = Annotated[float, Meta(ge=0, le=2**53 - 1)]

DealIds = Annotated[
    list[Id], Meta(min_length=1, max_length=100, description="Ids of the deals, comma-separated, at most 100.")
]
ProductAttachmentId = Annotated[
    Id, Meta(description="The `id` of the product in the deal's list of products, not that of the product itself.")
]
DealProductsOrder = Annotated[
    Literal["id", "deal_id", "add_time", "update_time", "order_nr"],
    Meta(description="What to sort by; `id` unless given."),
]
DealProductOrder = Annotated[
    Literal["id", "add_time", "update_time", "order_nr"], Meta(description="What to sort by; `id` unless given.")
]


class DealProduct(TypedDict):
    """A product of a deal; ``product_id`` is null when the product itself is gone for good."""

    id: int
    deal_id: int
    product_id: int | None
    product_variation_id: int | None
    name: str
    item_price: float
    quantity: float
    discount: float
    discount_type: DiscountType
    sum: float
    tax: float
    tax_method: TaxMethod
    currency: str
    is_enabled: bool
    comments: str
    order_nr: int | None
    add_time: str
    update_time: str | None
    billing_frequency: BillingFrequency
    billing_frequency_cycles: int | None
    billing_start_date: str | None


class DeletedDealProducts(TypedDict):
    """What a delete of many leaves: the ids."""

    ids: list[int]


class DeletedDealProductsInfo(TypedDict):
    """Whether the deal has more products to delete."""

    more_items_in_collection: bool


class DealProductsDeletion(TypedDict):
    """The products that were deleted."""

    success: Literal[True]
    data: DeletedDealProducts
    additional_data: DeletedDealProductsInfo | None


class DealProductProperties(V2Body, kw_only=True):
    """What can be written of a product of a deal, whether it is attached or changed."""

    product_id: Id | UnsetType = UNSET
    item_price: Amount | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    tax: NotNegative | UnsetType = UNSET
    comments: LongText | UnsetType | None = UNSET
    discount: NotNegative | UnsetType = UNSET
    is_enabled: bool | UnsetType = UNSET
    tax_method: TaxMethod | UnsetType = UNSET
    discount_type: DiscountType | UnsetType = UNSET
    product_variation_id: Id | UnsetType | None = UNSET
    billing_frequency: BillingFrequency | UnsetType = UNSET
    billing_frequency_cycles: BillingCycles | UnsetType | None = UNSET
    billing_start_date: date | UnsetType | None = UNSET


class NewDealProduct(DealProductProperties, kw_only=True):
    """A product to attach to a deal."""

    product_id: Id
    item_price: Amount
    quantity: Quantity


class NewDealProducts(V2Body, kw_only=True):
    """Products to attach to a deal, at most 100."""

    data: Annotated[list[NewDealProduct], Meta(min_length=1, max_length=100)]


class DealProductChanges(DealProductProperties, kw_only=True):
    """What to change of a product of a deal."""


class DealProductsQuery(Query):
    """The products of which deals to list, and in which order."""

    deal_ids: DealIds
    sort_by: DealProductsOrder = "id"
    sort_direction: SortDirection = "asc"


class DealProductSorting(Query):
    """In which order to list the products of a deal."""

    sort_by: DealProductOrder = "id"
    sort_direction: SortDirection = "asc"


@endpoint("GET /api/v2/deals/products", group="Deals", scopes=READ, cost=10)
def get_deals_products(query: DealProductsQuery, page: CursorPaging) -> Page[DealProduct]:
    """List the products of several deals."""


@endpoint("GET /api/v2/deals/{id}/products", group="Deals", scopes=READ, cost=10)
def get_deals_by_id_products(id: RecordId, sorting: DealProductSorting, page: CursorPaging) -> Page[DealProduct]:
    """List the products of a deal."""


@endpoint("POST /api/v2/deals/{id}/products", group="Deals", scopes=WRITE, cost=5, status=201)
def post_deals_by_id_products(id: RecordId, data: NewDealProduct) -> Item[DealProduct]:
    """Attach a product to a deal; the deal's value follows."""


@endpoint("DELETE /api/v2/deals/{id}/products", group="Deals", scopes=WRITE, cost=15)
def delete_deals_by_id_products(
    id: RecordId,
    ids: Annotated[
        list[Id],
        Meta(
            min_length=1,
            max_length=100,
            description="The `id`s in the deal's list of products, comma-separated, at most 100; all unless given.",
        ),
    ]
    | None = None,
) -> DealProductsDeletion:
    """Detach up to 100 products from a deal; the deal's value follows."""


@endpoint("PATCH /api/v2/deals/{id}/products/{product_attachment_id}", group="Deals", scopes=WRITE, cost=5)
def patch_deals_by_id_products_by_product_attachment_id(
    id: RecordId, product_attachment_id: ProductAttachmentId, data: DealProductChanges
) -> Item[DealProduct]:
    """Change a product of a deal; the deal's value follows."""


@endpoint("DELETE /api/v2/deals/{id}/products/{product_attachment_id}", group="Deals", scopes=WRITE, cost=3)
def delete_deals_by_id_products_by_product_attachment_id(
    id: RecordId, product_attachment_id: ProductAttachmentId
) -> Item[Deleted]:
    """Detach a product from a deal; the deal's value follows."""


@endpoint("POST /api/v2/deals/{id}/products/bulk", group="Deals", scopes=WRITE, cost=25, status=201)
def post_deals_by_id_products_bulk(id: RecordId, data: NewDealProducts) -> List[DealProduct]:
    """Attach several products to a deal, all or none; the deal's value follows."""
