"""Threads of mail in the mailboxes of users: their folders, what they are about, and who may read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import sqlalchemy as sa

from dealwright.crm.correspondence.model import FILE, MAIL_MESSAGE, MAIL_THREAD, File, MailMessage, MailThread
from dealwright.crm.deals.model import DEAL
from dealwright.crm.errors import Forbidden, Invalid
from dealwright.crm.kernel import records
from dealwright.crm.kernel.criteria import lazy_criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import leads
from dealwright.crm.values.formats import Values
from dealwright.storage.tables import files, mail_messages, mail_threads

Folder = Literal["inbox", "drafts", "sent", "archive"]

_FOLDERS: Mapping[Folder, Mapping[str, bool]] = {
    "inbox": {"has_received": True, "is_archived": False},
    "drafts": {"has_drafts": True},
    "sent": {"has_sent": True},
    "archive": {"is_archived": True},
}
"""What the threads in a folder have."""

LINKS = ("deal_id", "lead_id")
"""What a thread may be about: one of them, or neither."""

_OF_MESSAGES = (*LINKS, "is_private")
"""The values of a thread that its messages repeat, and the files in these."""

NEWEST_FIRST = (mail_threads.c.last_message_time.desc(), mail_threads.c.id.desc())


def folders(thread: MailThread) -> list[Folder]:
    """Returns the folders that a thread is in."""
    return [
        folder
        for folder, values in _FOLDERS.items()
        if all(getattr(thread, name) == value for name, value in values.items())
    ]


@lazy_criteria
def criteria(crm: UnitOfWork, folder: Folder) -> list[sa.ColumnElement[bool]]:
    """Returns the criteria of the threads in a folder of the actor's mailbox."""
    columns = mail_threads.c
    these = [columns[name] == (sa.true() if value else sa.false()) for name, value in _FOLDERS[folder].items()]
    return [columns.user_id == crm.actor.id, columns.is_deleted == sa.false(), *these]


def get_own(crm: UnitOfWork, id: int) -> MailThread:
    """Returns a thread of the actor's mailbox. Raises `NotFound`, and `Forbidden` for one that others share."""
    thread = records.get(crm, MAIL_THREAD, id)
    if thread.user_id != crm.actor.id:
        raise Forbidden("Only the owner of a mailbox can change what is in it.")
    return thread


def update(crm: UnitOfWork, id: int, values: Values) -> MailThread:
    """Links a thread to a deal or a lead, shares it, marks it as read, or moves it to the archive and back.

    A thread that is linked to a deal leaves its lead, and the other way round. Raises `NotFound`, `Forbidden` and `Invalid`.
    """
    thread = get_own(crm, id)
    found = leads.normalize_lead_id(values)
    given = [name for name in LINKS if found.get(name) is not None]
    if len(given) == len(LINKS):
        raise Invalid("A thread is about a deal or about a lead, not about both", "lead_id")
    for name in given:
        found |= {other: None for other in LINKS if other != name}
    if found.get("deal_id") != thread.deal_id:
        records.require_linked(crm, DEAL, found.get("deal_id"), "deal_id")
    if found.get("lead_id") != thread.lead_id:
        leads.require_linked(crm, found.get("lead_id"), "lead_id")
    if found.get("is_archived") and not thread.is_archived and "inbox" not in folders(thread):
        raise Invalid("Only a thread from the inbox can be archived", "archived_flag")
    thread = change(crm, thread, found)
    if "is_read" in found:
        for message in messages(crm, id):
            update_message(crm, message, {"is_read": found["is_read"]})
    return thread


def change(crm: UnitOfWork, thread: MailThread, values: Values, *, is_bulk: bool = False) -> MailThread:
    """Changes a thread, and with it what its messages and their files repeat."""
    different = {name: value for name, value in values.items() if getattr(thread, name) != value}
    if not different:
        return thread
    changed = records.update(crm, MAIL_THREAD, thread, {**different, "version": thread.version + 1}, is_bulk=is_bulk)
    repeated = {name: different[name] for name in _OF_MESSAGES if name in different}
    # Most changes are messages that come, however many there are already.
    own = messages(crm, thread.id) if repeated else []
    for message in own:
        update_message(crm, message, repeated, is_bulk=is_bulk)
    for file in _files(crm, own):
        # What is shown in a text only is no file of the deal.
        shown = {name: value for name, value in repeated.items() if name == "is_private" or not file.is_inline}
        records.update(crm, FILE, file, shown, is_bulk=is_bulk)
    if changed.deal_id != thread.deal_id and not is_bulk:
        records.touch(crm, DEAL, [thread.deal_id, changed.deal_id])
    return changed


def _files(crm: UnitOfWork, found: Sequence[MailMessage]) -> list[File]:
    """Returns the files of messages."""
    criteria = (files.c.mail_message_id.in_([message.id for message in found]), files.c.is_deleted == sa.false())
    return records.select(crm, FILE, *criteria) if found else []


def update_message(crm: UnitOfWork, message: MailMessage, values: Values, *, is_bulk: bool = False) -> MailMessage:
    """Changes a message where it differs from ``values``."""
    different = {name: value for name, value in values.items() if getattr(message, name) != value}
    return records.update(crm, MAIL_MESSAGE, message, different, is_bulk=is_bulk) if different else message


def delete(crm: UnitOfWork, id: int) -> None:
    """Deletes a thread with its messages and their files. Raises `NotFound` and `Forbidden`."""
    thread = get_own(crm, id)
    own = messages(crm, thread.id)
    for message in own:
        records.delete(crm, MAIL_MESSAGE, message)
    for file in _files(crm, own):
        records.delete(crm, FILE, file)
    records.delete(crm, MAIL_THREAD, thread)
    records.touch(crm, DEAL, [thread.deal_id])


def move(crm: UnitOfWork, before: Values, after: Values) -> None:
    """Links the live threads of one deal or lead to another one instead: ``{"deal_id": 1}`` to ``{"lead_id": …}``."""
    these = [mail_threads.c[name] == value for name, value in before.items()]
    values: Values = {**dict.fromkeys(before), **after}
    for thread in records.select(crm, MAIL_THREAD, *these, mail_threads.c.is_deleted == sa.false()):
        change(crm, thread, values, is_bulk=True)


def messages(crm: UnitOfWork, thread_id: int) -> list[MailMessage]:
    """Returns the messages of a thread, the oldest first."""
    found = records.select(crm, MAIL_MESSAGE, mail_messages.c.mail_thread_id == thread_id)
    return sorted(found, key=lambda message: (message.message_time, message.id))
