"""Messages of mail threads: single ones, and the mail about a deal, a person or an organization."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.service_envelopes import ServiceItem
from dealwright.contract.values import Flag

READ = frozenset({"mail:full", "mail:read"})

IncludeBody = Annotated[Flag, Meta(description="1 for the text too, as `body`; without it there is only its address.")]
IncludeBodies = Annotated[
    Flag, Meta(description="1 for the texts too, as `body`; a page has 20 messages at most then.")
]


class MailParty(TypedDict):
    """A sender or receiver of a message, with the person that the address belongs to."""

    id: int
    email_address: str
    name: str
    linked_person_id: int | None
    linked_person_name: str
    mail_message_party_id: int
    latest_sent: NotRequired[bool]
    message_time: NotRequired[int]
    linked_organization_id: NotRequired[int | None]


MailParties = TypedDict(
    "MailParties",
    {"from": list[MailParty], "to": list[MailParty], "cc": list[MailParty], "bcc": list[MailParty]},
)
"""Between whom a message goes."""


class MailMessage(MailParties):
    """A message. ``body_url`` leads to its text, which ``body`` holds when asked for; a draft is in ``draft``."""

    id: int
    body_url: str
    body: NotRequired[str | None]
    account_id: str
    user_id: int
    mail_thread_id: int
    subject: str
    snippet: str
    mail_tracking_status: Literal["opened", "not opened"] | None
    mail_link_tracking_enabled_flag: Flag
    read_flag: Flag
    draft: str | None
    draft_flag: Flag
    synced_flag: Flag
    deleted_flag: Flag
    has_body_flag: Flag
    sent_flag: Flag
    sent_from_pipedrive_flag: Flag
    smart_bcc_flag: Flag
    message_time: str
    add_time: str
    update_time: str
    has_attachments_flag: Flag
    has_inline_attachments_flag: Flag
    has_real_attachments_flag: Flag


class LinkedMailMessage(MailMessage):
    """A message as the records it is about list it, with what is known of its storage."""

    nylas_id: str | None
    s3_bucket: str | None
    s3_bucket_path: str | None
    external_deleted_flag: bool
    mua_message_id: str | None
    template_id: int | None
    timestamp: str
    item_type: Literal["mailMessage"]
    company_id: int


class MailMessageEntry(TypedDict):
    """An entry of the list of mail of a deal, a person or an organization."""

    object: Literal["mailMessage"]
    timestamp: str
    data: LinkedMailMessage


@endpoint("GET /v1/mailbox/mailMessages/{id}", group="Mailbox", scopes=READ, cost=2)
def get_mailbox_mail_messages_by_id(id: RecordId, include_body: IncludeBody = 0) -> ServiceItem[MailMessage]:
    """Get one mail message."""


@endpoint("GET /v1/deals/{id}/mailMessages", group="Deals", scopes=READ, cost=20)
def get_deals_by_id_mail_messages(
    id: RecordId, page: OffsetPaging, include_body: IncludeBodies = 0
) -> Page[MailMessageEntry]:
    """List the mail messages about a deal."""


@endpoint("GET /v1/persons/{id}/mailMessages", group="Persons", scopes=READ, cost=20)
def get_persons_by_id_mail_messages(
    id: RecordId, page: OffsetPaging, include_body: IncludeBodies = 0
) -> Page[MailMessageEntry]:
    """List the mail messages about a person."""


@endpoint("GET /v1/organizations/{id}/mailMessages", group="Organizations", scopes=READ, cost=20)
def get_organizations_by_id_mail_messages(
    id: RecordId, page: OffsetPaging, include_body: IncludeBodies = 0
) -> Page[MailMessageEntry]:
    """List the mail messages about an organization."""
