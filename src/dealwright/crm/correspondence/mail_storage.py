"""Stores messages that come in: each once, in the thread of those that it answers, linked to whom and what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm.contacts.model import Person
from dealwright.crm.correspondence import files, mail_links, mail_summary, mail_threads
from dealwright.crm.correspondence.mail_threads import Folder
from dealwright.crm.correspondence.model import FILE, MAIL_MESSAGE, MAIL_THREAD, MailMessage, MailThread
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, format_time
from dealwright.crm.values.mail import Mail
from dealwright.storage.tables import deals, mail_messages, mail_parties, mail_references
from dealwright.storage.tables import mail_threads as mail_threads_table

SMART_BCC_ACCOUNT = "smart-bcc"
"""What stands for an account where mail has come to the addresses for copies."""

_ROLES = ("from", "to", "cc", "bcc")
_FIRST_TIME = "1990-01-01 00:00:00"


class Arrival(NamedTuple):
    """How a message has come: into a folder of the actor's mailbox, through an account, at a time.

    ``deal_id`` or ``lead_id`` is what it was sent to; with ``finds_deal`` it goes to the only open deal of its persons.
    """

    account_id: str
    folder: Folder
    time: str
    is_read: bool = False
    is_private: bool = False
    is_synced: bool = False
    is_smart_bcc: bool = False
    deal_id: int | None = None
    lead_id: str | None = None
    finds_deal: bool = False


class StoredContent(NamedTuple):
    """The keys of the text and of the files of a message in the store of files."""

    body: str | None
    attachments: Sequence[str]


def prepare(preparation: Preparation, mail: Mail) -> StoredContent:
    """Stores the text and the files of a message, before the unit of work."""
    put = preparation.new_files.put
    body = put(mail.body.encode()) if mail.body else None
    return StoredContent(body, [put(one.content) for one in mail.attachments])


def store(crm: UnitOfWork, mail: Mail, content: StoredContent, arrival: Arrival) -> MailMessage:
    """Stores a message in the actor's mailbox, and returns it; one that is there already is only linked to more.

    The deal and the lead of an arrival are records that the actor sees.
    """
    known = _find(crm, mail.message_id)
    if known is not None:
        _drop(crm, content)
        return known if known.is_deleted else _arrive_again(crm, known, arrival)
    own_address = crm.actor.email.lower()
    persons = mail_links.find_persons(
        crm,
        [
            one.email_address
            for role in _ROLES
            for one in mail.parties[role]
            if one.email_address.lower() != own_address
        ],
    )
    everybody = {person.id: person for those in persons.values() for person in those}
    links = _links(crm, arrival, everybody.values())
    values = _values(crm, mail, content, arrival)
    thread = _find_thread(crm, mail)
    thread = (
        _add_thread(crm, values, links, arrival) if thread is None else _extend(crm, thread, values, links, arrival)
    )
    message = records.insert(
        crm,
        MAIL_MESSAGE,
        {
            **values,
            "mail_thread_id": thread.id,
            **{name: getattr(thread, name) for name in (*mail_threads.LINKS, "is_private")},
        },
    )
    _add_references(crm, thread.id, [mail.message_id, *mail.references])
    _add_parties(crm, message, mail, persons)
    linked = mail_links.add(crm, message, everybody.values())
    _add_files(crm, message, mail, content, linked)
    records.touch(crm, DEAL, [thread.deal_id])
    return message


def _find(crm: UnitOfWork, message_id: str) -> MailMessage | None:
    columns = mail_messages.c
    found = records.select(crm, MAIL_MESSAGE, columns.user_id == crm.actor.id, columns.mua_message_id == message_id)
    return found[0] if found else None


def _drop(crm: UnitOfWork, content: StoredContent) -> None:
    """Has content removed that no row refers to."""
    for key in (content.body, *content.attachments):
        if key is not None:
            crm.files.delete(key)


def _arrive_again(crm: UnitOfWork, message: MailMessage, arrival: Arrival) -> MailMessage:
    """Changes a message that has come before: a draft may have been sent, and a copy may link it to a deal."""
    thread = records.refresh(crm, MAIL_THREAD, message.mail_thread_id)
    values: Values = {}
    if message.is_draft and arrival.folder != "drafts":
        values = {"is_draft": False, "is_sent": arrival.folder == "sent", "message_time": arrival.time}
    if arrival.is_synced:
        values["is_synced"] = True
    if arrival.is_smart_bcc:
        values["is_smart_bcc"] = True
    changed = mail_threads.update_message(crm, message, values)
    new = _links(crm, arrival, ())
    if arrival.is_smart_bcc and not arrival.is_private:
        new["is_private"] = False
    if changed is not message:
        new |= mail_summary.of_messages(mail_threads.messages(crm, thread.id))
    mail_threads.change(crm, thread, new)
    return records.refresh(crm, MAIL_MESSAGE, message.id)


def _links(crm: UnitOfWork, arrival: Arrival, persons: Iterable[Person]) -> Values:
    """Returns what a message makes its thread be about; nothing when it says nothing of that."""
    if arrival.deal_id is not None:
        return {"deal_id": arrival.deal_id, "lead_id": None}
    if arrival.lead_id is not None:
        return {"deal_id": None, "lead_id": arrival.lead_id}
    ids = sorted(person.id for person in persons)
    if not arrival.finds_deal or not ids:
        return {}
    columns, visible = deals.c, access.visible(crm, DEAL)
    criteria = [columns.person_id.in_(ids), columns.is_deleted == sa.false(), columns.status == "open"]
    criteria += [columns.is_archived == sa.false(), *([] if visible is None else [visible])]
    found = crm.db.values(sa.select(columns.id).where(*criteria).limit(2))
    return {"deal_id": found[0], "lead_id": None} if len(found) == 1 else {}


def _values(crm: UnitOfWork, mail: Mail, content: StoredContent, arrival: Arrival) -> Values:
    """Returns the values of a new message, but those of its thread."""
    written = format_time(mail.time) if mail.time is not None else arrival.time
    return {
        "user_id": crm.actor.id,
        "account_id": arrival.account_id,
        "mua_message_id": mail.message_id,
        "subject": mail.subject,
        "snippet": mail.snippet,
        # Nobody has written a message after it came.
        "message_time": min(max(written, _FIRST_TIME), arrival.time),
        "is_read": arrival.is_read,
        "is_draft": arrival.folder == "drafts",
        "is_sent": arrival.folder == "sent",
        "is_synced": arrival.is_synced,
        "is_smart_bcc": arrival.is_smart_bcc,
        "has_inline_attachments": any(one.is_inline for one in mail.attachments),
        "has_real_attachments": any(not one.is_inline for one in mail.attachments),
        "content_key": content.body,
        "body_size": len(mail.body.encode()),
        "add_time": crm.now_ms,
        "update_time": crm.now_ms,
    }


def _find_thread(crm: UnitOfWork, mail: Mail) -> MailThread | None:
    """Returns the thread of the nearest message that this one answers, or of one that answers this one."""
    wanted = [*mail.references, mail.message_id]
    columns = mail_references.c
    statement = sa.select(columns.mua_message_id, columns.mail_thread_id)
    known: dict[str, int] = dict(
        crm.db.rows(statement.where(columns.user_id == crm.actor.id, columns.mua_message_id.in_(wanted)))
    )
    threads = records.in_bulk(crm, MAIL_THREAD, known.values())
    for id in wanted:
        thread = threads.get(known.get(id, 0))
        if thread is not None and not thread.is_deleted:
            return thread
    return None


def _add_thread(crm: UnitOfWork, message: Values, links: Values, arrival: Arrival) -> MailThread:
    values: Values = {
        "user_id": crm.actor.id,
        "account_id": arrival.account_id,
        "subject": message["subject"],
        "deal_id": None,
        "lead_id": None,
        **links,
        "is_private": arrival.is_private,
        "is_archived": arrival.folder == "archive",
        "version": 1,
        "add_time": crm.now_ms,
        "update_time": crm.now_ms,
    }
    return records.insert(crm, MAIL_THREAD, values | mail_summary.with_message(None, message))


def _extend(crm: UnitOfWork, thread: MailThread, message: Values, links: Values, arrival: Arrival) -> MailThread:
    """Adds a message to what a thread knows. One that comes into the inbox brings the thread back from the archive."""
    values = mail_summary.with_message(mail_summary.of_thread(thread), message) | links
    if arrival.is_smart_bcc and not arrival.is_private:
        values["is_private"] = False
    if arrival.folder == "inbox":
        values["is_archived"] = False
    return mail_threads.change(crm, thread, values)


def _add_references(crm: UnitOfWork, thread_id: int, ids: Sequence[str]) -> None:
    columns = mail_references.c
    wanted = list(dict.fromkeys(ids))
    these = (columns.user_id == crm.actor.id) & columns.mua_message_id.in_(wanted)
    gone = sa.exists().where(
        mail_threads_table.c.id == columns.mail_thread_id, mail_threads_table.c.is_deleted == sa.true()
    )
    crm.db.execute(sa.update(mail_references).where(these, gone).values(mail_thread_id=thread_id))
    known = set(crm.db.values(sa.select(columns.mua_message_id).where(these)))
    rows: list[Values] = [
        {"user_id": crm.actor.id, "mua_message_id": id, "mail_thread_id": thread_id} for id in wanted if id not in known
    ]
    crm.db.insert_many(mail_references, rows)


def _add_parties(crm: UnitOfWork, message: MailMessage, mail: Mail, persons: dict[str, list[Person]]) -> None:
    columns = mail_parties.c
    addresses = [one.email_address for role in _ROLES for one in mail.parties[role]]
    rows: list[Values] = []
    seen: set[str] = set()
    for role in _ROLES:
        for address in mail.parties[role]:
            own = persons.get(address.email_address.lower())
            rows.append(
                {
                    "mail_message_id": message.id,
                    "mail_thread_id": message.mail_thread_id,
                    "role": role,
                    "position": len(rows),
                    "email_address": address.email_address,
                    "name": address.name,
                    "person_id": own[0].id if own else None,
                    "is_latest": address.email_address.lower() not in seen,
                }
            )
            seen.add(address.email_address.lower())
    later = (columns.mail_thread_id == message.mail_thread_id) & (columns.is_latest == sa.true())
    these = sa.func.lower(columns.email_address).in_(sorted({address.lower() for address in addresses}))
    crm.db.execute(sa.update(mail_parties).where(later, these).values(is_latest=False))
    crm.db.insert_many(mail_parties, rows)


def _add_files(
    crm: UnitOfWork, message: MailMessage, mail: Mail, content: StoredContent, linked: mail_links.MailLinks
) -> None:
    """Adds the files of a message. What its text shows is on the message only, all else also on what it is about."""
    about: Values = {
        "deal_id": message.deal_id,
        "lead_id": message.lead_id,
        "person_id": next(iter(linked.person_ids), None),
        "org_id": next(iter(linked.org_ids), None),
    }
    for attachment, key in zip(mail.attachments, content.attachments, strict=True):
        records.insert(
            crm,
            FILE,
            {
                **files.upload_values(attachment.name, attachment.content_type, len(attachment.content), key),
                **({} if attachment.is_inline else about),
                "user_id": message.user_id,
                "mail_message_id": message.id,
                "is_inline": attachment.is_inline,
                "cid": attachment.cid,
                "is_private": message.is_private,
                "add_time": crm.now,
                "update_time": crm.now,
            },
        )
