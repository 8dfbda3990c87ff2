"""Rows of notes, comments, files, mail, calls and channels, as they are stored."""

from __future__ import annotations

from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel.counts import Copies
from dealwright.crm.kernel.record_types import (
    LinkedVisibility,
    LinkRelation,
    PublicVisibility,
    Record,
    RecordType,
)
from dealwright.crm.leads.model import LEAD
from dealwright.crm.products.model import PRODUCT
from dealwright.crm.work.model import ACTIVITY, PROJECT, TASK
from dealwright.storage import tables
from dealwright.storage.tables.correspondence.mail import COPIED


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
    mail_message_id: int | None = None
    is_inline: bool = False
    cid: str | None = None
    is_private: bool = False
    project_id: int | None = None


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


class MailThread(Record):
    """A thread of messages in the mailbox of a user, with what follows from its messages."""

    id: int
    user_id: int
    account_id: str
    subject: str
    deal_id: int | None
    lead_id: str | None
    is_private: bool
    is_read: bool
    is_archived: bool
    has_received: bool
    has_sent: bool
    has_drafts: bool
    is_smart_bcc: bool
    was_begun_by_others: bool
    has_inline_attachments: bool
    has_real_attachments: bool
    message_count: int
    snippet: str
    snippet_sent: str | None
    snippet_draft: str | None
    first_message_time: str
    last_message_time: str
    last_sent_time: str | None
    last_received_time: str | None
    version: int
    is_deleted: bool
    delete_time: str | None
    add_time: str
    update_time: str


class MailMessage(Record):
    """A message of a thread, whose deal, lead and privacy it repeats. One without a text has no ``content_key``."""

    id: int
    mail_thread_id: int
    user_id: int
    account_id: str
    mua_message_id: str
    subject: str
    snippet: str
    message_time: str
    is_read: bool
    is_draft: bool
    is_sent: bool
    is_synced: bool
    is_smart_bcc: bool
    has_inline_attachments: bool
    has_real_attachments: bool
    content_key: str | None
    body_size: int
    deal_id: int | None
    lead_id: str | None
    is_private: bool
    is_deleted: bool
    add_time: str
    update_time: str


class MailParty(Record):
    """Whom a message is from or to, with the person whose address it is."""

    id: int
    mail_message_id: int
    mail_thread_id: int
    role: str
    position: int
    email_address: str
    name: str
    person_id: int | None
    is_latest: bool


MAIL_LINK_COPIES = Copies(tables.mail_links, "mail_message_id", tables.mail_messages, COPIED)
"""What the links of messages to persons and organizations repeat of the message."""


def _mail_visibility(row_id: str) -> LinkedVisibility:
    """Returns who sees mail: while it is private its owner alone, else also who sees what it is about."""
    return LinkedVisibility(
        {"deal_id": DEAL, "lead_id": LEAD},
        owner_column="user_id",
        private_column="is_private",
        relation=LinkRelation(tables.mail_links, row_id, {"person_id": PERSON, "org_id": ORGANIZATION}),
    )


MAIL_THREAD = RecordType(
    "mailThread", tables.mail_threads, MailThread, "Mail thread", _mail_visibility("mail_thread_id")
)
MAIL_MESSAGE = RecordType(
    "mailMessage", tables.mail_messages, MailMessage, "Mail message", _mail_visibility("mail_message_id")
)

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
            "project_id": PROJECT,
            "mail_message_id": MAIL_MESSAGE,
        },
        owner_column="user_id",
        private_column="is_private",
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
    task_id: int | None = None
    pinned_to_task_flag: bool = False


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
        {
            "deal_id": DEAL,
            "person_id": PERSON,
            "org_id": ORGANIZATION,
            "lead_id": LEAD,
            "project_id": PROJECT,
            "task_id": TASK,
        },
        owner_column="user_id",
    ),
)


class CallLog(Record):
    """A call that was made or received. ``recording_id`` is the file with its sound, which may be deleted by now."""

    id: int
    uuid: str
    user_id: int
    activity_id: int | None
    deal_id: int | None
    person_id: int | None
    org_id: int | None
    lead_id: str | None
    subject: str | None
    outcome: str
    duration: int
    from_phone_number: str | None
    to_phone_number: str
    start_time: str
    end_time: str
    note: str | None
    recording_id: int | None
    is_deleted: bool
    delete_time: str | None
    add_time: str
    update_time: str


CALL_LOG = RecordType(
    "callLog",
    tables.call_logs,
    CallLog,
    "Call log",
    LinkedVisibility(
        {"deal_id": DEAL, "person_id": PERSON, "org_id": ORGANIZATION, "lead_id": LEAD}, owner_column="user_id"
    ),
)


class Channel(Record):
    """A channel of a messenger. ``history`` says what of its earlier conversations has been fetched."""

    id: int
    uuid: str
    provider_channel_id: str
    client_id: str
    user_id: int
    name: str
    avatar_url: str | None
    provider_type: str
    template_support: bool
    history: str
    history_error: str | None
    add_time: str
    update_time: str


CHANNEL = RecordType("channel", tables.channels, Channel, "Channel", PublicVisibility())
