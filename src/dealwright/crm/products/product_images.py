"""Images of products: at most one for each product."""

from __future__ import annotations

from typing import BinaryIO, NamedTuple

import sqlalchemy as sa

from dealwright.crm.correspondence.model import PRODUCT_IMAGE, ProductImage
from dealwright.crm.errors import Conflict, NotFound
from dealwright.crm.kernel import records
from dealwright.crm.kernel.preparation import Preparation
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


class NewImage(NamedTuple):
    """A new image, whose content is in the file store already."""

    key: str
    size: int
    name: str
    mime_type: str


def prepare(
    preparation: Preparation, product_id: int, content: BinaryIO, *, size: int, name: str, replaces: bool
) -> NewImage:
    """Stores an image, before the unit of work.

    Raises `Invalid`; raises `NotFound`, and `Conflict` unless it ``replaces`` another one, before it reads the image.
    """
    with preparation.read() as crm:
        _require_place(crm, product_id, replaces=replaces)
    mime_type = images.detect_media_type(content, "data")
    return NewImage(preparation.new_files.put(content), size, file_names.clean_name(name), mime_type)


def create(crm: UnitOfWork, product_id: int, image: NewImage) -> ProductImage:
    """Adds the image of a product. Raises `NotFound`, and `Conflict` when it already has one."""
    _require_place(crm, product_id, replaces=False)
    return _add(crm, product_id, image)


def replace(crm: UnitOfWork, product_id: int, image: NewImage) -> ProductImage:
    """Replaces the image of a product. Raises `NotFound`, also when it has none."""
    delete(crm, product_id)
    return _add(crm, product_id, image)


def delete(crm: UnitOfWork, product_id: int) -> ProductImage:
    """Deletes the image of a product, and a day later its content. Raises `NotFound`."""
    image = get(crm, product_id)
    crm.files.delete(image.content_key)
    return records.delete(crm, PRODUCT_IMAGE, image)


def _require_place(crm: UnitOfWork, product_id: int, *, replaces: bool) -> None:
    """Raises `NotFound` when there is no image to replace, `Conflict` when there is one and it is not to be replaced."""
    if replaces:
        get(crm, product_id)
    elif _find(crm, product_id) is not None:
        raise Conflict("The product has an image already")


def _add(crm: UnitOfWork, product_id: int, image: NewImage) -> ProductImage:
    return records.insert(
        crm,
        PRODUCT_IMAGE,
        {
            "product_id": product_id,
            "content_key": image.key,
            "name": image.name,
            "mime_type": image.mime_type,
            "file_size": image.size,
            "add_time": crm.now,
        },
    )


def _find(crm: UnitOfWork, product_id: int) -> ProductImage | None:
    product = records.get(crm, PRODUCT, product_id)
    columns = product_images.c
    live = records.select(crm, PRODUCT_IMAGE, columns.product_id == product.id, columns.is_deleted == sa.false())
    return live[-1] if live else None
