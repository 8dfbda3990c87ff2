"""Pictures of persons, images of products and texts of mail at public URLs, because browsers request them without a token.

The URL of a picture contains its key, which cannot be guessed. That of an image or a text contains its expiry time
and a signature; the secret for that is the content's own key, which is never published.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm.contacts import pictures
from dealwright.crm.correspondence.model import MailMessage, PersonPicture, ProductImage
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.platform import Platform
from dealwright.storage.tables import mail_messages, person_pictures, product_images

PREFIX = "/public/"
IMAGE_LIFETIME = timedelta(days=7)
BODY_LIFETIME = timedelta(hours=1)
BODY_TYPE = "text/html; charset=utf-8"


class PublicContent(NamedTuple):
    """An image or a text to send."""

    name: str
    content_type: str
    size: int
    content: Iterator[bytes]


def picture_path(crm: UnitOfWork, picture: PersonPicture, size: int) -> str:
    """Returns the path of a picture of a person in one of its sizes."""
    return f"{PREFIX}{crm.company.domain}/pictures/{picture.content_key}_{size}.jpg"


def product_image_path(crm: UnitOfWork, image: ProductImage) -> str:
    """Returns the path of an image of a product, valid for a week."""
    expires = str(int((crm.time + IMAGE_LIFETIME).timestamp()))
    signature = _signature("product image", image.content_key, expires)
    return f"{PREFIX}{crm.company.domain}/images/{image.id}?expires={expires}&signature={signature}"


def mail_body_path(crm: UnitOfWork, message: MailMessage) -> str:
    """Returns the path of the text of a message, valid for an hour."""
    expires = str(int((crm.time + BODY_LIFETIME).timestamp()))
    signature = _signature("mail", message.content_key or "", expires)
    return f"{PREFIX}{crm.company.domain}/mail/{message.id}?expires={expires}&signature={signature}"


def find_picture(platform: Platform, domain: str, key: str, size: int) -> PublicContent | None:
    """Returns a picture of a person by its key; None when it does not exist or was deleted."""
    company = platform.find_company_by_domain(domain)
    if company is None or size not in pictures.SIZES:
        return None
    columns = person_pictures.c
    with company.database.read() as db:
        known = db.row(sa.select(columns.id).where(columns.content_key == key, columns.is_deleted == sa.false()))
    if known is None:
        return None
    # Pictures are small enough to be read as a whole.
    content = b"".join(company.files.stream(pictures.storage_key(key, size)))
    return PublicContent(f"{key}_{size}.jpg", "image/jpeg", len(content), iter([content]))


def find_product_image(
    platform: Platform, domain: str, id: int, expires: str, signature: str, now: datetime
) -> PublicContent | None:
    """Returns an image of a product by its id; None when it does not exist, or the URL is not, or no longer, valid."""
    company = platform.find_company_by_domain(domain)
    if company is None:
        return None
    columns = product_images.c
    statement = sa.select(columns.content_key, columns.name, columns.mime_type, columns.file_size)
    with company.database.read() as db:
        row = db.row(statement.where(columns.id == id, columns.is_deleted == sa.false()))
    if row is None:
        return None
    key, name, mime_type, file_size = row
    if not _is_valid("product image", key, expires, signature, now):
        return None
    return PublicContent(name, mime_type, file_size, company.files.stream(key))


def find_mail_body(
    platform: Platform, domain: str, id: int, expires: str, signature: str, now: datetime
) -> PublicContent | None:
    """Returns the text of a message by its id; None when it does not exist, or the URL is not, or no longer, valid."""
    company = platform.find_company_by_domain(domain)
    if company is None:
        return None
    columns = mail_messages.c
    statement = sa.select(columns.content_key, columns.body_size)
    with company.database.read() as db:
        row = db.row(statement.where(columns.id == id, columns.is_deleted == sa.false()))
    if row is None or row[0] is None:
        return None
    key, size = row
    if not _is_valid("mail", key, expires, signature, now):
        return None
    return PublicContent("message.html", BODY_TYPE, size, company.files.stream(key))


def _is_valid(what: str, key: str, expires: str, signature: str, now: datetime) -> bool:
    """Whether a signature is the right one, and its time has not passed."""
    right = _signature(what, key, expires)
    return hmac.compare_digest(right, signature.encode("ascii", "replace").decode()) and now.timestamp() <= int(expires)


def _signature(what: str, key: str, expires: str) -> str:
    """Returns the signature of a URL, for which the content's key is required."""
    return hmac.new(key.encode(), f"{what} until {expires}".encode(), hashlib.sha256).hexdigest()
