"""Messages of mail threads: single ones, and the mail about a deal, a person or an organization."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.correspondence import mail_messages as contract
from dealwright.contract.v1.correspondence.mail_messages import LinkedMailMessage, MailMessageEntry
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.service_envelopes import ServiceItem
from dealwright.contract.values import Flag
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.correspondence import mail_messages
from dealwright.crm.correspondence.model import MAIL_MESSAGE, MailMessage, MailParty
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server import urls
from dealwright.server.binding import implements
from dealwright.server.times import iso_time
from dealwright.server.v1 import envelopes, service_envelopes
from dealwright.server.v1.embedded_records import EmbeddedRecords

SERVICE = "email-api"

MAX_BODIES = 20
"""How many messages a list shows at most with their texts, which may be long."""

Bodies = Mapping[int, str | None]
"""The texts of messages, by the id of the message."""


def flag(value: bool) -> Flag:
    """Returns a flag as mail has it."""
    return 1 if value else 0


def show_party(party: MailParty, references: EmbeddedRecords) -> contract.MailParty:
    """Returns whom a message is from or to, with the person, as far as the actor may know it."""
    return {
        "id": party.id,
        "email_address": party.email_address,
        "name": party.name,
        "linked_person_id": party.person_id,
        "linked_person_name": references.person_name(party.person_id) or "",
        "mail_message_party_id": party.id,
    }


class MailMessages:
    """Messages with whom they are between, which are read at once."""

    def __init__(self, crm: UnitOfWork, found: Sequence[MailMessage]) -> None:
        self._crm = crm
        self._parties = mail_messages.parties(crm, [message.id for message in found])
        self._references = EmbeddedRecords(
            crm, persons=[party.person_id for parties in self._parties.values() for party in parties]
        )

    def show(self, message: MailMessage) -> contract.MailMessage:
        """Returns a message as v1 writes it."""
        by_role: dict[str, list[contract.MailParty]] = {"from": [], "to": [], "cc": [], "bcc": []}
        for party in self._parties[message.id]:
            by_role[party.role].append(show_party(party, self._references))
        shown: dict[str, Any] = {
            "id": message.id,
            **by_role,
            "body_url": urls.mail_body_url(self._crm, message),
            "account_id": message.account_id,
            "user_id": message.user_id,
            "mail_thread_id": message.mail_thread_id,
            "subject": message.subject,
            "snippet": message.snippet,
            "mail_tracking_status": None,
            "mail_link_tracking_enabled_flag": 0,
            "read_flag": flag(message.is_read),
            "draft": None,
            "draft_flag": flag(message.is_draft),
            "synced_flag": flag(message.is_synced),
            "deleted_flag": flag(message.is_deleted),
            "has_body_flag": flag(message.content_key is not None),
            "sent_flag": flag(message.is_sent),
            "sent_from_pipedrive_flag": 0,
            "smart_bcc_flag": flag(message.is_smart_bcc),
            "message_time": iso_time(message.message_time),
            "add_time": iso_time(message.add_time),
            "update_time": iso_time(message.update_time),
            "has_attachments_flag": flag(message.has_inline_attachments or message.has_real_attachments),
            "has_inline_attachments_flag": flag(message.has_inline_attachments),
            "has_real_attachments_flag": flag(message.has_real_attachments),
        }
        return cast("contract.MailMessage", shown)

    def show_linked(self, message: MailMessage) -> LinkedMailMessage:
        """Returns a message as the records that it is about list it."""
        return {
            **self.show(message),
            "nylas_id": None,
            "s3_bucket": None,
            "s3_bucket_path": None,
            "external_deleted_flag": False,
            "mua_message_id": message.mua_message_id,
            "template_id": None,
            "timestamp": iso_time(message.message_time),
            "item_type": "mailMessage",
            "company_id": self._crm.company.id,
        }


def _prepare_body(preparation: Preparation, id: int, include_body: Flag = 0) -> str | None:
    """Returns the text of a message, if it is asked for and there is one; it is read while no transaction is open."""
    if not include_body:
        return None
    with preparation.read() as crm:
        message = records.get(crm, MAIL_MESSAGE, id)
    return mail_messages.read_body(crm, message)


@implements(contract.get_mailbox_mail_messages_by_id, prepare=_prepare_body, waits=True)
def get_mailbox_mail_messages_by_id(
    crm: UnitOfWork, body: str | None, id: int, include_body: Flag = 0
) -> ServiceItem[contract.MailMessage]:
    message = records.get(crm, MAIL_MESSAGE, id)
    shown = MailMessages(crm, [message]).show(message)
    if include_body:
        shown["body"] = body
    return service_envelopes.item(SERVICE, shown)


def _prepare_bodies(kind: RecordType[Any]) -> Callable[[Preparation, int, OffsetPaging, Flag], Bodies]:
    """Returns the function that reads the texts of a page of the mail about a record, if they are asked for."""

    def prepare(preparation: Preparation, id: int, page: OffsetPaging, include_body: Flag = 0) -> Bodies:
        if not include_body:
            return {}
        with preparation.read() as crm:
            found = _select_page(crm, kind, id, page, include_body)
        return {message.id: mail_messages.read_body(crm, message) for message in found.items}

    return prepare


@implements(contract.get_deals_by_id_mail_messages, prepare=_prepare_bodies(DEAL), waits=True)
def get_deals_by_id_mail_messages(
    crm: UnitOfWork, bodies: Bodies, id: int, page: OffsetPaging, include_body: Flag = 0
) -> Page[MailMessageEntry]:
    return _list_page(crm, DEAL, bodies, id, page, include_body)


@implements(contract.get_persons_by_id_mail_messages, prepare=_prepare_bodies(PERSON), waits=True)
def get_persons_by_id_mail_messages(
    crm: UnitOfWork, bodies: Bodies, id: int, page: OffsetPaging, include_body: Flag = 0
) -> Page[MailMessageEntry]:
    return _list_page(crm, PERSON, bodies, id, page, include_body)


@implements(contract.get_organizations_by_id_mail_messages, prepare=_prepare_bodies(ORGANIZATION), waits=True)
def get_organizations_by_id_mail_messages(
    crm: UnitOfWork, bodies: Bodies, id: int, page: OffsetPaging, include_body: Flag = 0
) -> Page[MailMessageEntry]:
    return _list_page(crm, ORGANIZATION, bodies, id, page, include_body)


def _select_page(
    crm: UnitOfWork, kind: RecordType[Any], id: int, page: OffsetPaging, include_body: Flag
) -> pages.OffsetPage[MailMessage]:
    """Returns a page of the mail about a record, a short one when it is to hold the texts. Raises `NotFound`."""
    records.get(crm, kind, id, deleted=True)
    if include_body:
        size = pages.page_size(page.limit, MAX_BODIES, MAX_BODIES)
        page = OffsetPaging(start=page.start, limit=size)
    return mail_messages.select_page(crm, kind, id, page)


def _list_page(
    crm: UnitOfWork, kind: RecordType[Any], bodies: Bodies, id: int, page: OffsetPaging, include_body: Flag
) -> Page[MailMessageEntry]:
    found = _select_page(crm, kind, id, page, include_body)
    shown = MailMessages(crm, found.items)

    def show(message: MailMessage) -> MailMessageEntry:
        data = shown.show_linked(message)
        if include_body:
            data["body"] = bodies.get(message.id)
        return {"object": "mailMessage", "timestamp": message.message_time, "data": data}

    return envelopes.page(found, show)
