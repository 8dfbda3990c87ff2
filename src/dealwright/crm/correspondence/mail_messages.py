"""Messages of mail: single ones, and those about a deal, a person or an organization."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from dealwright.crm.contacts.model import PERSON
from dealwright.crm.correspondence import mail_links
from dealwright.crm.correspondence.model import MAIL_MESSAGE, MailMessage, MailParty
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.criteria import lazy_criteria
from dealwright.crm.kernel.pages import OffsetPage, OffsetRequest
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.tables import mail_messages, mail_parties

NEWEST_FIRST = (mail_messages.c.message_time.desc(), mail_messages.c.id.desc())


@lazy_criteria
def criteria(_crm: UnitOfWork, deal_id: int) -> list[sa.ColumnElement[bool]]:
    """Returns the criteria of the messages about a deal. Drafts are in mailboxes only."""
    columns = mail_messages.c
    return [columns.deal_id == deal_id, columns.is_deleted == sa.false(), columns.is_draft == sa.false()]


def select_page(crm: UnitOfWork, kind: RecordType[Any], id: int, page: OffsetRequest) -> OffsetPage[MailMessage]:
    """Returns a page of the messages about a record that the actor sees, the newest first."""
    if kind is DEAL:
        return pages.select_by_offset(crm, MAIL_MESSAGE, criteria(crm, id), page, NEWEST_FIRST)
    size = pages.page_size(page.limit)
    ids = mail_links.message_ids(crm, kind, id, page.start, size + 1)
    found = records.in_bulk(crm, MAIL_MESSAGE, ids[:size])
    return OffsetPage([found[one] for one in ids[:size]], page.start, size, len(ids) > size)


def parties(crm: UnitOfWork, ids: Iterable[int]) -> dict[int, list[MailParty]]:
    """Returns whom messages are between, by the id of the message, in their order."""
    columns = mail_parties.c
    wanted = sorted(set(ids))
    found: dict[int, list[MailParty]] = {id: [] for id in wanted}
    if wanted:
        statement = sa.select(mail_parties).where(columns.mail_message_id.in_(wanted)).order_by(columns.id)
        for row in crm.db.rows(statement):
            party = to_party(row)
            found[party.mail_message_id].append(party)
    return found


def latest_parties(crm: UnitOfWork, thread_ids: Iterable[int]) -> dict[int, list[tuple[MailParty, MailMessage]]]:
    """Returns whom threads are between, each address once, with the latest message that has it, by the id of the thread."""
    columns = mail_parties.c
    wanted = sorted(set(thread_ids))
    found: dict[int, list[tuple[MailParty, MailMessage]]] = {id: [] for id in wanted}
    if wanted:
        these = columns.mail_thread_id.in_(wanted) & (columns.is_latest == sa.true())
        rows = [to_party(row) for row in crm.db.rows(sa.select(mail_parties).where(these).order_by(columns.id))]
        messages = records.in_bulk(crm, MAIL_MESSAGE, [party.mail_message_id for party in rows])
        for party in rows:
            found[party.mail_thread_id].append((party, messages[party.mail_message_id]))
    return found


def to_party(row: tuple[Any, ...]) -> MailParty:
    """Returns the party that a row of its table is."""
    id, message_id, thread_id, role, position, email_address, name, person_id, is_latest = row
    return MailParty(
        id=id,
        mail_message_id=message_id,
        mail_thread_id=thread_id,
        role=role,
        position=position,
        email_address=email_address,
        name=name,
        person_id=person_id,
        is_latest=bool(is_latest),
    )


def organization_ids(crm: UnitOfWork, found: Iterable[MailParty]) -> dict[int, int]:
    """Returns the ids of the organizations of the persons among parties whom the actor sees, by the id of the person."""
    persons = records.in_bulk(crm, PERSON, [party.person_id for party in found])
    visible = records.visible_ids(crm, PERSON, persons)
    return {id: one.org_id for id, one in persons.items() if id in visible and one.org_id is not None}


def read_body(crm: UnitOfWork, message: MailMessage) -> str | None:
    """Returns the text of a message as safe HTML; None when it has none. It can be read after the unit of work, too."""
    if message.content_key is None:
        return None
    return b"".join(crm.files.stream(message.content_key)).decode()
