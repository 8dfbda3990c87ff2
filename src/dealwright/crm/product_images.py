"""The images of products. A product has one at a time."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.crm import files, imaging, records
from dealwright.crm.errors import Conflict, NotFound
from dealwright.crm.model.files import PRODUCT_IMAGE, ProductImage
from dealwright.crm.model.products import PRODUCT
from dealwright.crm.unit import Crm
from dealwright.storage.tables import product_images


def get(crm: Crm, product_id: int) -> ProductImage:
    """The image of a product that the actor sees. Raises `NotFound`."""
    image = _of(crm, product_id)
    if image is None:
        raise NotFound("Product image not found")
    return image


def create(crm: Crm, product_id: int, content: bytes, name: str) -> ProductImage:
    """Gives a product an image. Raises `NotFound`, `Invalid`, and `Conflict` when it has one."""
    if _of(crm, product_id) is not None:
        raise Conflict("The product has an image already")
    return _add(crm, product_id, content, name)


def replace(crm: Crm, product_id: int, content: bytes, name: str) -> ProductImage:
    """Puts another image in place of the one that a product has. Raises `NotFound` and `Invalid`."""
    delete(crm, product_id)
    return _add(crm, product_id, content, name)


def delete(crm: Crm, product_id: int) -> ProductImage:
    """Deletes the image of a product; its content is gone at once. Raises `NotFound`."""
    image = get(crm, product_id)
    crm.files.delete(image.content_key)
    return records.delete(crm, PRODUCT_IMAGE, image)


def _add(crm: Crm, product_id: int, content: bytes, name: str) -> ProductImage:
    mime_type = imaging.media_type(content, "data")
    id = records.insert(
        crm,
        PRODUCT_IMAGE,
        {
            "product_id": product_id,
            "content_key": crm.files.put(content),
            "name": files.clean_name(name),
            "mime_type": mime_type,
            "file_size": len(content),
            "add_time": crm.now,
        },
    )
    return records.reread(crm, PRODUCT_IMAGE, id)


def _of(crm: Crm, product_id: int) -> ProductImage | None:
    product = records.get(crm, PRODUCT, product_id)
    columns = product_images.c
    live = records.select(crm, PRODUCT_IMAGE, columns.product_id == product.id, columns.is_deleted == sa.false())
    return live[-1] if live else None
