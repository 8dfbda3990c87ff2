"""The image of a product."""

from __future__ import annotations

from dealwright.contract.v2 import product_images as contract
from dealwright.contract.v2.envelopes import Deleted, Item
from dealwright.contract.v2.product_images import NewProductImage, ProductImage, UploadedProductImage
from dealwright.crm import product_images, public_images
from dealwright.crm.model import files as model
from dealwright.crm.unit import Crm
from dealwright.server import addresses
from dealwright.server.binding import implements
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import time


def show(crm: Crm, image: model.ProductImage) -> ProductImage:
    """An image of a product as v2 writes it."""
    return {
        **show_uploaded(crm, image),
        "public_url": addresses.url(public_images.product_image_path(crm, image)),
        "mime_type": image.mime_type,
        "name": image.name,
    }


def show_uploaded(crm: Crm, image: model.ProductImage) -> UploadedProductImage:
    """What v2 says of an image when it has been uploaded."""
    return {
        "id": image.id,
        "product_id": image.product_id,
        "company_id": str(crm.company.id),
        "add_time": time(image.add_time),
    }


@implements(contract.get_products_by_id_images)
def get_products_by_id_images(crm: Crm, id: int) -> Item[ProductImage]:
    return envelopes.item(show(crm, product_images.get(crm, id)))


@implements(contract.post_products_by_id_images)
def post_products_by_id_images(crm: Crm, id: int, data: NewProductImage) -> Item[UploadedProductImage]:
    return envelopes.item(show_uploaded(crm, product_images.create(crm, id, data.data.content, data.data.filename)))


@implements(contract.put_products_by_id_images)
def put_products_by_id_images(crm: Crm, id: int, data: NewProductImage) -> Item[UploadedProductImage]:
    return envelopes.item(show_uploaded(crm, product_images.replace(crm, id, data.data.content, data.data.filename)))


@implements(contract.delete_products_by_id_images)
def delete_products_by_id_images(crm: Crm, id: int) -> Item[Deleted]:
    return envelopes.deleted(product_images.delete(crm, id).id)
