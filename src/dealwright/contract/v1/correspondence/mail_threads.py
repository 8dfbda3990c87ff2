"""Mail threads of the caller's mailbox, and the messages in them."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.correspondence.mail_messages import READ, MailMessage, MailParty
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.service_envelopes import ServiceItem
from dealwright.contract.values import Flag, Id, Uuid

WRITE = frozenset({"mail:full"})

Folder = Literal["inbox", "drafts", "sent", "archive"]

ThreadParties = TypedDict("ThreadParties", {"to": list[MailParty], "from": list[MailParty]})
"""Between whom a thread goes."""


class MailThread(TypedDict):
    """A thread. ``snippet`` is the beginning of its last message; it may belong to a deal or to a lead."""

    id: int
    parties: NotRequired[ThreadParties]
    drafts_parties: NotRequired[list[MailParty]]
    folders: list[Folder]
    account_id: str
    user_id: int
    version: int
    subject: str
    snippet: str
    snippet_draft: str | None
    snippet_sent: str | None
    message_count: NotRequired[int]
    read_flag: Flag
    mail_tracking_status: NotRequired[Literal["opened", "not opened"] | None]
    has_attachments_flag: Flag
    has_inline_attachments_flag: Flag
    has_real_attachments_flag: Flag
    has_draft_flag: Flag
    has_sent_flag: Flag
    archived_flag: Flag
    deleted_flag: Flag
    shared_flag: Flag
    synced_flag: Flag
    external_deleted_flag: Flag
    smart_bcc_flag: Flag
    first_message_to_me_flag: Flag
    mail_link_tracking_enabled_flag: Flag
    last_message_timestamp: str
    first_message_timestamp: str
    last_message_sent_timestamp: str | None
    last_message_received_timestamp: str | None
    add_time: str
    update_time: str
    deal_id: int | None
    deal_status: str | None
    lead_id: NotRequired[str | None]
    all_messages_sent_flag: Flag


class MailThreadChanges(V1Body, kw_only=True):
    """What to change of a thread; only one from the inbox can be archived."""

    deal_id: Id | UnsetType | None = UNSET
    lead_id: Uuid | UnsetType | None = UNSET
    shared_flag: bool | UnsetType = UNSET
    read_flag: bool | UnsetType = UNSET
    archived_flag: bool | UnsetType = UNSET


@endpoint("GET /v1/mailbox/mailThreads", group="Mailbox", scopes=READ, cost=20)
def get_mailbox_mail_threads(
    page: OffsetPaging, folder: Annotated[Folder, Meta(description="The folder to list.")]
) -> Page[MailThread]:
    """List the mail threads in a folder, the one with the newest message first."""


@endpoint("DELETE /v1/mailbox/mailThreads/{id}", group="Mailbox", scopes=WRITE, cost=6)
def delete_mailbox_mail_threads_by_id(id: RecordId) -> ServiceItem[Deleted]:
    """Delete a mail thread."""


@endpoint("GET /v1/mailbox/mailThreads/{id}", group="Mailbox", scopes=READ, cost=20)
def get_mailbox_mail_threads_by_id(id: RecordId) -> Item[MailThread]:
    """Get one mail thread."""


@endpoint("PUT /v1/mailbox/mailThreads/{id}", group="Mailbox", scopes=WRITE, cost=10, body="form")
def put_mailbox_mail_threads_by_id(id: RecordId, data: MailThreadChanges) -> Item[MailThread]:
    """Change a mail thread: link it to a deal or a lead, share it, mark it as read, archive it."""


@endpoint("GET /v1/mailbox/mailThreads/{id}/mailMessages", group="Mailbox", scopes=READ, cost=20)
def get_mailbox_mail_threads_by_id_mail_messages(id: RecordId) -> Page[MailMessage]:
    """List the messages in a mail thread: all of them, on one page."""
