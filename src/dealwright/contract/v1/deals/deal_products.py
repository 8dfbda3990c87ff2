"""The products of a deal."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.envelopes import Deleted, Item, PageInfo, RelatedObjects
from dealwright.contract.v1.products.products import BillingCycles, BillingFrequency, Product
from dealwright.contract.values import Amount, Flag, Id, LongText

DiscountType = Literal["percentage", "amount"]
TaxMethod = Literal["exclusive", "inclusive", "none"]
NotNegative = Annotated[float, Meta(ge=0)]
Quantity = Annotated[float, Meta(ge=0, le=2**53 - 1)]

ProductAttachmentId = Annotated[
    Id, Meta(description="The `id` of the product in the deal's list of products, not that of the product itself.")
]


class SharedDealProductProperties(TypedDict):
    """What both shapes of a product of a deal have in common."""

    id: int
    deal_id: int
    order_nr: int
    product_id: int | None
    product_variation_id: int | None
    item_price: float
    discount: float
    discount_type: DiscountType
    sum: float
    currency: str
    enabled_flag: bool
    add_time: str
    last_edit: str
    comments: str | None
    active_flag: bool
    tax: float
    tax_method: TaxMethod
    name: str
    quantity: float
    billing_frequency: BillingFrequency
    billing_frequency_cycles: int | None
    billing_start_date: str | None


class DealProduct(SharedDealProductProperties):
    """A product of a deal in its list; ``product`` is there on request."""

    sum_formatted: str
    quantity_formatted: str
    product: NotRequired[Product | None]


class AttachedProduct(SharedDealProductProperties):
    """A product of a deal after it was attached or changed."""

    company_id: int
    product_attachment_id: NotRequired[int]


class DealProductsInfo(PageInfo):
    """Where the page lies, and the totals of the deal's products."""

    products_quantity_total: float
    products_sum_total: float
    products_quantity_total_formatted: str
    products_sum_total_formatted: str


class DealProductsPage(TypedDict):
    """A page of the products of a deal."""

    success: Literal[True]
    data: list[DealProduct] | None
    additional_data: DealProductsInfo
    related_objects: NotRequired[RelatedObjects | None]


class DealProductProperties(V1Body, kw_only=True):
    """What can be written of a product of a deal, whether it is attached or changed."""

    product_id: Id | UnsetType = UNSET
    item_price: Amount | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    discount: NotNegative | UnsetType = UNSET
    discount_type: DiscountType | UnsetType = UNSET
    product_variation_id: Id | UnsetType | None = UNSET
    comments: LongText | UnsetType | None = UNSET
    tax: NotNegative | UnsetType = UNSET
    tax_method: TaxMethod | UnsetType = UNSET
    enabled_flag: bool | UnsetType = UNSET
    billing_frequency: BillingFrequency | UnsetType = UNSET
    billing_frequency_cycles: BillingCycles | UnsetType | None = UNSET
    billing_start_date: date | UnsetType | None = UNSET


class NewDealProduct(DealProductProperties, kw_only=True):
    """A product to attach to a deal."""

    product_id: Id
    item_price: Amount
    quantity: Quantity


class DealProductChanges(DealProductProperties, kw_only=True):
    """What to change of a product of a deal."""


@endpoint(
    "GET /v1/deals/{id}/products",
    group="Deals",
    scopes={"products:full", "products:read"},
    cost=20,
    deprecated=True,
    replaced_by="v2.get_deals_by_id_products",
)
def get_deals_by_id_products(
    id: RecordId,
    page: OffsetPaging,
    include_product_data: Annotated[Flag, Meta(description="1 for the product's own record too, as `product`.")]
    | None = None,
) -> DealProductsPage:
    """List the products of a deal."""


@endpoint(
    "POST /v1/deals/{id}/products",
    group="Deals",
    scopes={"deals:full", "products:full"},
    cost=10,
    deprecated=True,
    replaced_by="v2.post_deals_by_id_products",
)
def post_deals_by_id_products(id: RecordId, data: NewDealProduct) -> Item[AttachedProduct]:
    """Attach a product to a deal; the deal's value follows."""


@endpoint(
    "PUT /v1/deals/{id}/products/{product_attachment_id}",
    group="Deals",
    scopes={"deals:full"},
    cost=10,
    deprecated=True,
    replaced_by="v2.patch_deals_by_id_products_by_product_attachment_id",
)
def put_deals_by_id_products_by_product_attachment_id(
    id: RecordId, product_attachment_id: ProductAttachmentId, data: DealProductChanges
) -> Item[AttachedProduct]:
    """Change a product of a deal; the deal's value follows."""


@endpoint(
    "DELETE /v1/deals/{id}/products/{product_attachment_id}",
    group="Deals",
    scopes={"deals:full", "products:full"},
    cost=6,
    deprecated=True,
    replaced_by="v2.delete_deals_by_id_products_by_product_attachment_id",
)
def delete_deals_by_id_products_by_product_attachment_id(
    id: RecordId, product_attachment_id: ProductAttachmentId
) -> Item[Deleted]:
    """Detach a product from a deal; the deal's value follows."""
