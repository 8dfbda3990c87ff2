"""Files, pictures of persons and images of products as they are stored."""

from __future__ import annotations

from dealwright.crm.kinds import Kind, Record
from dealwright.storage import tables


class File(Record):
    """A file on other records. What is kept elsewhere has no ``content_key``."""

    id: int
    name: str
    file_name: str
    description: str | None
    file_type: str
    content_type: str
    file_size: int
    remote_location: str
    remote_id: str
    content_key: str | None
    user_id: int
    deal_id: int | None
    person_id: int | None
    org_id: int | None
    product_id: int | None
    activity_id: int | None
    lead_id: str | None
    is_deleted: bool
    delete_time: str | None
    add_time: str
    update_time: str


class PersonPicture(Record):
    """A picture of a person, which has one at a time."""

    id: int
    person_id: int
    content_key: str
    file_size: int
    added_by_user_id: int
    is_deleted: bool
    add_time: str
    update_time: str | None


class ProductImage(Record):
    """An image of a product, which has one at a time."""

    id: int
    product_id: int
    content_key: str
    name: str
    mime_type: str
    file_size: int
    is_deleted: bool
    add_time: str


FILE = Kind("file", tables.files, File, "File")
PICTURE = Kind("picture", tables.person_pictures, PersonPicture, "Picture")
PRODUCT_IMAGE = Kind("productImage", tables.product_images, ProductImage, "Product image")
