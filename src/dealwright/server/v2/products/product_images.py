"""The image of a product."""

from __future__ import annotations

from dealwright.contract.v2.envelopes import Deleted, Item
from dealwright.contract.v2.products import product_images as contract
from dealwright.contract.v2.products.product_images import NewProductImage, ProductImage, UploadedProductImage
from dealwright.crm.correspondence import model
from dealwright.crm.integration import public_images
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products import product_images
from dealwright.crm.products.product_images import NewImage
from dealwright.server import urls
from dealwright.server.binding import implements
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import rfc3339_time


def show(crm: UnitOfWork, image: model.ProductImage) -> ProductImage:
    """Returns an image of a product as v2 writes it."""
    return {
        **show_uploaded(crm, image),
        "public_url": urls.url(public_images.product_image_path(crm, image)),
        "mime_type": image.mime_type,
        "name": image.name,
    }


def show_uploaded(crm: UnitOfWork, image: model.ProductImage) -> UploadedProductImage:
    """Returns the properties of an image that v2 shows after an upload."""
    return {
        "id": image.id,
        "product_id": image.product_id,
        "company_id": str(crm.company.id),
        "add_time": rfc3339_time(image.add_time),
    }


@implements(contract.get_products_by_id_images)
def get_products_by_id_images(crm: UnitOfWork, id: int) -> Item[ProductImage]:
    return envelopes.item(show(crm, product_images.get(crm, id)))


def _prepare(preparation: Preparation, id: int, data: NewProductImage, *, replaces: bool) -> NewImage:
    file = data.data
    return product_images.prepare(preparation, id, file.content, size=file.size, name=file.filename, replaces=replaces)


def _prepare_new(preparation: Preparation, id: int, data: NewProductImage) -> NewImage:
    return _prepare(preparation, id, data, replaces=False)


def _prepare_other(preparation: Preparation, id: int, data: NewProductImage) -> NewImage:
    return _prepare(preparation, id, data, replaces=True)


@implements(contract.post_products_by_id_images, prepare=_prepare_new, waits=True)
def post_products_by_id_images(
    crm: UnitOfWork, image: NewImage, id: int, data: NewProductImage
) -> Item[UploadedProductImage]:
    return envelopes.item(show_uploaded(crm, product_images.create(crm, id, image)))


@implements(contract.put_products_by_id_images, prepare=_prepare_other, waits=True)
def put_products_by_id_images(
    crm: UnitOfWork, image: NewImage, id: int, data: NewProductImage
) -> Item[UploadedProductImage]:
    return envelopes.item(show_uploaded(crm, product_images.replace(crm, id, image)))


@implements(contract.delete_products_by_id_images)
def delete_products_by_id_images(crm: UnitOfWork, id: int) -> Item[Deleted]:
    return envelopes.deleted(product_images.delete(crm, id).id)
