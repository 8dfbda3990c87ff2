"""Mail threads of the caller's mailbox, and the messages in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.correspondence import mail_threads as contract
from dealwright.contract.v1.correspondence.mail_messages import MailMessage, MailParty
from dealwright.contract.v1.correspondence.mail_threads import Folder, MailThreadChanges
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.service_envelopes import ServiceItem
from dealwright.crm.correspondence import mail_messages, mail_threads
from dealwright.crm.correspondence.model import MAIL_THREAD, MailThread
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, parse_time
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.times import iso_time
from dealwright.server.v1 import envelopes, service_envelopes
from dealwright.server.v1.correspondence.mail_messages import SERVICE, MailMessages, flag, show_party
from dealwright.server.v1.embedded_records import EmbeddedRecords

_COLUMNS = {"shared_flag": "is_private", "read_flag": "is_read", "archived_flag": "is_archived"}


class MailThreads:
    """Threads with whom they are between and their deals, which are read at once."""

    def __init__(self, crm: UnitOfWork, found: Sequence[MailThread]) -> None:
        self._parties = mail_messages.latest_parties(crm, [thread.id for thread in found])
        parties = [party for those in self._parties.values() for party, _ in those]
        self._persons = EmbeddedRecords(crm, persons=[party.person_id for party in parties])
        self._organizations = mail_messages.organization_ids(crm, parties)
        deals = records.in_bulk(crm, DEAL, [thread.deal_id for thread in found])
        self._deals = {id: deals[id] for id in records.visible_ids(crm, DEAL, deals)}

    def show(self, thread: MailThread) -> contract.MailThread:
        """Returns a thread as v1 writes it."""
        deal = self._deals.get(thread.deal_id) if thread.deal_id is not None else None
        shown: dict[str, Any] = {
            "id": thread.id,
            **self._show_parties(thread),
            "folders": mail_threads.folders(thread),
            "account_id": thread.account_id,
            "user_id": thread.user_id,
            "version": thread.version,
            "subject": thread.subject,
            "snippet": thread.snippet,
            "snippet_draft": thread.snippet_draft,
            "snippet_sent": thread.snippet_sent,
            "message_count": thread.message_count,
            "read_flag": flag(thread.is_read),
            "mail_tracking_status": None,
            "has_attachments_flag": flag(thread.has_inline_attachments or thread.has_real_attachments),
            "has_inline_attachments_flag": flag(thread.has_inline_attachments),
            "has_real_attachments_flag": flag(thread.has_real_attachments),
            "has_draft_flag": flag(thread.has_drafts),
            "has_sent_flag": flag(thread.has_sent),
            "archived_flag": flag(thread.is_archived),
            "deleted_flag": flag(thread.is_deleted),
            "shared_flag": flag(not thread.is_private),
            "synced_flag": flag(not thread.is_smart_bcc),
            "external_deleted_flag": 0,
            "smart_bcc_flag": flag(thread.is_smart_bcc),
            "first_message_to_me_flag": flag(thread.was_begun_by_others),
            "mail_link_tracking_enabled_flag": 0,
            "last_message_timestamp": iso_time(thread.last_message_time),
            "first_message_timestamp": iso_time(thread.first_message_time),
            "last_message_sent_timestamp": iso_time(thread.last_sent_time),
            "last_message_received_timestamp": iso_time(thread.last_received_time),
            "add_time": iso_time(thread.add_time),
            "update_time": iso_time(thread.update_time),
            "deal_id": thread.deal_id,
            "deal_status": None if deal is None else "deleted" if deal.is_deleted else deal.status,
            "lead_id": thread.lead_id,
            "all_messages_sent_flag": flag(thread.has_sent and not (thread.has_received or thread.has_drafts)),
        }
        return cast("contract.MailThread", shown)

    def _show_parties(self, thread: MailThread) -> dict[str, Any]:
        """Returns whom a thread is between, and whom its drafts are for."""
        found: dict[str, list[MailParty]] = {"to": [], "from": []}
        of_drafts: list[MailParty] = []
        for party, message in self._parties[thread.id]:
            shown: MailParty = {
                **show_party(party, self._persons),
                "latest_sent": party.role == "from" and message.message_time == thread.last_message_time,
                "message_time": int(parse_time(message.message_time).timestamp() * 1000),
                "linked_organization_id": self._organizations.get(party.person_id or 0),
            }
            if message.is_draft:
                of_drafts.append(shown)
            else:
                found["from" if party.role == "from" else "to"].append(shown)
        return {"parties": found, "drafts_parties": of_drafts}


@implements(contract.get_mailbox_mail_threads)
def get_mailbox_mail_threads(crm: UnitOfWork, page: OffsetPaging, folder: Folder) -> Page[contract.MailThread]:
    criteria = mail_threads.criteria(crm, folder)
    found = pages.select_by_offset(crm, MAIL_THREAD, criteria, page, mail_threads.NEWEST_FIRST)
    return envelopes.page(found, MailThreads(crm, found.items).show, empty=[])


@implements(contract.delete_mailbox_mail_threads_by_id)
def delete_mailbox_mail_threads_by_id(crm: UnitOfWork, id: int) -> ServiceItem[Deleted]:
    mail_threads.delete(crm, id)
    return service_envelopes.item(SERVICE, {"id": id})


@implements(contract.get_mailbox_mail_threads_by_id)
def get_mailbox_mail_threads_by_id(crm: UnitOfWork, id: int) -> Item[contract.MailThread]:
    return _show_item(crm, records.get(crm, MAIL_THREAD, id))


@implements(contract.put_mailbox_mail_threads_by_id)
def put_mailbox_mail_threads_by_id(crm: UnitOfWork, id: int, data: MailThreadChanges) -> Item[contract.MailThread]:
    values: Values = {_COLUMNS.get(name, name): value for name, value in provided_values(data).items()}
    if "is_private" in values:
        values["is_private"] = not values["is_private"]
    return _show_item(crm, mail_threads.update(crm, id, values))


@implements(contract.get_mailbox_mail_threads_by_id_mail_messages)
def get_mailbox_mail_threads_by_id_mail_messages(crm: UnitOfWork, id: int) -> Page[MailMessage]:
    thread = records.get(crm, MAIL_THREAD, id)
    found = mail_threads.messages(crm, thread.id)
    # Clients go by where the page lies as in every list of mail, although there is one page only.
    page = pages.OffsetPage(found, 0, len(found), has_more=False)
    return envelopes.page(page, MailMessages(crm, found).show, empty=[])


def _show_item(crm: UnitOfWork, thread: MailThread) -> Item[contract.MailThread]:
    return envelopes.item(MailThreads(crm, [thread]).show(thread))
