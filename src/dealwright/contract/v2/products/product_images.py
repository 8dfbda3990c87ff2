"""The image of a product: it has one at most."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import Upload, endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v2.envelopes import Deleted, Item
from dealwright.contract.v2.products.products import READ, WRITE


class UploadedProductImage(TypedDict):
    """An image of a product after it was uploaded; the id of the company is text."""

    id: int
    product_id: int
    company_id: str
    add_time: str


class ProductImage(UploadedProductImage):
    """An image of a product; anybody can get it from its ``public_url``, for 7 days."""

    public_url: str
    mime_type: str
    name: str


class NewProductImage(V2Body, kw_only=True):
    """An image to upload."""

    data: Upload


@endpoint("GET /api/v2/products/{id}/images", group="Products", scopes=READ, cost=10)
def get_products_by_id_images(id: RecordId) -> Item[ProductImage]:
    """Get the image of a product."""


@endpoint("POST /api/v2/products/{id}/images", group="Products", scopes=WRITE, cost=20, status=201, body="multipart")
def post_products_by_id_images(id: RecordId, data: NewProductImage) -> Item[UploadedProductImage]:
    """Give a product an image; one that has an image already is refused."""


@endpoint("PUT /api/v2/products/{id}/images", group="Products", scopes=WRITE, cost=20, body="multipart")
def put_products_by_id_images(id: RecordId, data: NewProductImage) -> Item[UploadedProductImage]:
    """Replace the image of a product."""


@endpoint("DELETE /api/v2/products/{id}/images", group="Products", scopes=WRITE, cost=6)
def delete_products_by_id_images(id: RecordId) -> Item[Deleted]:
    """Delete the image of a product."""
