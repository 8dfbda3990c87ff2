"""Images of products: at most one for each product."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.crm.correspondence.model import PRODUCT_IMAGE, ProductImage
from dealwright.crm.errors import Conflict, NotFound
from dealwright.crm.kernel import records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products.model import PRODUCT
from dealwright.crm.values import file_names, images
from dealwright.storage.tables import product_images


def get(crm: UnitOfWork, product_id: int) -> ProductImage:
    """Returns the image of a product that the actor may see. Raises `NotFound`."""
    image = _find(crm, product_id)
    if image is None:
        raise NotFound("Product image not found")
    return image


def create(crm: UnitOfWork, product_id: int, content: bytes, name: str) -> ProductImage:
    """Adds the image of a product. Raises `NotFound`, `Invalid`, and `Conflict` when it already has one."""
    if _find(crm, product_id) is not None:
        raise Conflict("The product has an image already")
    return _add(crm, product_id, content, name)


def replace(crm: UnitOfWork, product_id: int, content: bytes, name: str) -> ProductImage:
    """Replaces the image of a product. Raises `NotFound`, also when it has none, and `Invalid`."""
    delete(crm, product_id)
    return _add(crm, product_id, content, name)


def delete(crm: UnitOfWork, product_id: int) -> ProductImage:
    """Deletes the image of a product, and its content at once. Raises `NotFound`."""
    image = get(crm, product_id)
    crm.files.delete(image.content_key)
    return records.delete(crm, PRODUCT_IMAGE, image)


def _add(crm: UnitOfWork, product_id: int, content: bytes, name: str) -> ProductImage:
    mime_type = images.detect_media_type(content, "data")
    id = records.insert(
        crm,
        PRODUCT_IMAGE,
        {
            "product_id": product_id,
            "content_key": crm.files.put(content),
            "name": file_names.clean_name(name),
            "mime_type": mime_type,
            "file_size": len(content),
            "add_time": crm.now,
        },
    )
    return records.refresh(crm, PRODUCT_IMAGE, id)


def _find(crm: UnitOfWork, product_id: int) -> ProductImage | None:
    product = records.get(crm, PRODUCT, product_id)
    columns = product_images.c
    live = records.select(crm, PRODUCT_IMAGE, columns.product_id == product.id, columns.is_deleted == sa.false())
    return live[-1] if live else None
