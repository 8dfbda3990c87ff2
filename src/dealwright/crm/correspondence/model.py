"""Rows of notes, comments and files, as they are stored."""

from __future__ import annotations

from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel.counts import Copies
from dealwright.crm.kernel.record_types import LinkedVisibility, PublicVisibility, Record, RecordType
from dealwright.crm.leads.model import LEAD
from dealwright.crm.products.model import PRODUCT
from dealwright.crm.work.model import ACTIVITY, PROJECT
from dealwright.storage import tables


class File(Record):
    """A file on other records. A document in Google Drive has no ``content_key``."""

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
    """A picture of a person: at most one at a time."""

    id: int
    person_id: int
    content_key: str
    file_size: int
    added_by_user_id: int
    is_deleted: bool
    add_time: str
    update_time: str | None


class ProductImage(Record):
    """An image of a product: at most one at a time."""

    id: int
    product_id: int
    content_key: str
    name: str
    mime_type: str
    file_size: int
    is_deleted: bool
    add_time: str


FILE = RecordType(
    "file",
    tables.files,
    File,
    "File",
    LinkedVisibility(
        {
            "deal_id": DEAL,
            "person_id": PERSON,
            "org_id": ORGANIZATION,
            "lead_id": LEAD,
            "product_id": PRODUCT,
            "activity_id": ACTIVITY,
        },
        owner_column="user_id",
    ),
)
PICTURE = RecordType("picture", tables.person_pictures, PersonPicture, "Picture", PublicVisibility())
PRODUCT_IMAGE = RecordType("productImage", tables.product_images, ProductImage, "Product image", PublicVisibility())


class Note(Record):
    """A note on other records."""

    id: int
    content: str
    user_id: int
    last_update_user_id: int | None
    deal_id: int | None
    person_id: int | None
    org_id: int | None
    lead_id: str | None
    project_id: int | None
    pinned_to_deal_flag: bool
    pinned_to_person_flag: bool
    pinned_to_organization_flag: bool
    pinned_to_lead_flag: bool
    pinned_to_project_flag: bool
    is_deleted: bool
    delete_time: str | None
    add_time: str
    update_time: str


class NoteComment(Record):
    """A comment on a note."""

    uuid: str
    note_id: int
    content: str
    user_id: int
    updater_id: int | None
    is_deleted: bool
    add_time: str
    update_time: str | None
    deal_id: int | None = None
    person_id: int | None = None
    org_id: int | None = None


COMMENT_COPIES = Copies(tables.note_comments, "note_id", tables.notes, ("deal_id", "person_id", "org_id"))
"""What comments repeat of their note, so that indexes lead to the newest ones on the notes of a record."""

NOTE = RecordType(
    "note",
    tables.notes,
    Note,
    "Note",
    LinkedVisibility(
        {"deal_id": DEAL, "person_id": PERSON, "org_id": ORGANIZATION, "lead_id": LEAD, "project_id": PROJECT},
        owner_column="user_id",
    ),
)
