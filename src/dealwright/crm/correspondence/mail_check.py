"""What threads know of their messages, and what messages and files repeat of their threads: checked, and found anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.correspondence import mail_summary
from dealwright.crm.correspondence.model import FILE, MAIL_MESSAGE, MAIL_THREAD, MailMessage
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import files, mail_messages, mail_threads


class WrongValue(NamedTuple):
    """A value that is not what it should be."""

    table: sa.Table
    id: int
    column: str
    stored: Any
    right: Any


_OF_MESSAGES = ("deal_id", "lead_id", "is_private", "is_deleted", "user_id")


def find(db: Transaction) -> Iterator[WrongValue]:
    """Yields what is wrong."""
    messages: dict[int, list[MailMessage]] = {}
    is_private: dict[int, bool] = {}
    for message in MAIL_MESSAGE.to_records(db.rows(sa.select(mail_messages).order_by(mail_messages.c.id))):
        messages.setdefault(message.mail_thread_id, []).append(message)
    for thread in MAIL_THREAD.to_records(db.rows(sa.select(mail_threads).order_by(mail_threads.c.id))):
        own = sorted(messages.get(thread.id, ()), key=lambda message: (message.message_time, message.id))
        yield from _compare(mail_threads, thread, mail_summary.of_messages(own))
        for message in own:
            is_private[message.id] = thread.is_private
            yield from _compare(mail_messages, message, {name: getattr(thread, name) for name in _OF_MESSAGES})
    of_mail = sa.select(files).where(files.c.mail_message_id.is_not(None), files.c.is_deleted == sa.false())
    for file in FILE.to_records(db.rows(of_mail.order_by(files.c.id))):
        if file.mail_message_id in is_private:
            yield from _compare(files, file, {"is_private": is_private[file.mail_message_id]})


def write(db: Transaction) -> None:
    """Makes everything what it should be."""
    for wrong in list(find(db)):
        db.update(wrong.table, wrong.id, {wrong.column: wrong.right})


def _compare(table: sa.Table, record: Any, right: dict[str, Any]) -> Iterator[WrongValue]:
    for name, value in right.items():
        if getattr(record, name) != value:
            yield WrongValue(table, record.id, name, getattr(record, name), value)
