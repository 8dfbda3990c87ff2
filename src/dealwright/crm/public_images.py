"""Pictures of persons and images of products for whoever knows their address: browsers ask for them without a token.

The address of a picture holds its key, which nobody can guess. That of a product's image says until when it is good and is
signed; the image's own key, which nobody is told, is the secret.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm import pictures
from dealwright.crm.model.files import PersonPicture, ProductImage
from dealwright.crm.unit import Companies, Crm
from dealwright.storage.tables import person_pictures, product_images

PREFIX = "/public/"
IMAGE_LIFETIME = timedelta(days=7)


class PublicImage(NamedTuple):
    """An image to hand out."""

    name: str
    content_type: str
    size: int
    content: Iterator[bytes]


def picture_path(crm: Crm, picture: PersonPicture, size: int) -> str:
    """The path at which a picture of a person is, in one of its sizes."""
    return f"{PREFIX}{crm.company.domain}/pictures/{picture.content_key}_{size}.jpg"


def product_image_path(crm: Crm, image: ProductImage) -> str:
    """The path at which an image of a product is, from now on for a week."""
    expires = str(int((crm.time + IMAGE_LIFETIME).timestamp()))
    return f"{PREFIX}{crm.company.domain}/images/{image.id}?expires={expires}&signature={_signature(image.content_key, expires)}"


def picture(companies: Companies, domain: str, key: str, size: int) -> PublicImage | None:
    """A picture of a person by its key, unless it was deleted."""
    company = companies.platform.company_named(domain)
    if company is None or size not in pictures.SIZES:
        return None
    columns = person_pictures.c
    with company.database.read() as db:
        known = db.row(sa.select(columns.id).where(columns.content_key == key, columns.is_deleted == sa.false()))
    if known is None:
        return None
    # They are small.
    content = b"".join(company.files.stream(pictures.stored_under(key, size)))
    return PublicImage(f"{key}_{size}.jpg", "image/jpeg", len(content), iter([content]))


def product_image(companies: Companies, domain: str, id: int, expires: str, signature: str) -> PublicImage | None:
    """An image of a product by its id, unless it was deleted or the address is not, or no longer, good for it."""
    company = companies.platform.company_named(domain)
    if company is None:
        return None
    columns = product_images.c
    found = sa.select(columns.content_key, columns.name, columns.mime_type, columns.file_size)
    with company.database.read() as db:
        row = db.row(found.where(columns.id == id, columns.is_deleted == sa.false()))
    if row is None:
        return None
    key, name, mime_type, file_size = row
    if not hmac.compare_digest(_signature(key, expires), signature.encode("ascii", "replace").decode()):
        return None
    if companies.clock().timestamp() > int(expires):
        return None
    return PublicImage(name, mime_type, file_size, company.files.stream(key))


def _signature(key: str, expires: str) -> str:
    """What proves that an address was made here: only who knows the image's key can sign."""
    return hmac.new(key.encode(), f"product image until {expires}".encode(), hashlib.sha256).hexdigest()
