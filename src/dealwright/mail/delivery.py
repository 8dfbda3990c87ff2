"""Delivers messages into mailboxes: reads them, stores what is in them, and then, in one unit of work, their rows."""

from __future__ import annotations

from collections.abc import Callable

from dealwright.crm.companies import Companies
from dealwright.crm.correspondence import mail_storage
from dealwright.crm.correspondence.mail_storage import Arrival
from dealwright.crm.correspondence.model import MailMessage
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.mail import Mail
from dealwright.storage.platform import Company


def deliver(
    companies: Companies,
    company: Company,
    user_id: int,
    mail: Mail,
    arrival: Callable[[UnitOfWork], Arrival],
    after: Callable[[UnitOfWork], None] = lambda _crm: None,
) -> MailMessage:
    """Delivers a message into the mailbox of a user, and returns it.

    ``arrival`` says how it has come, and ``after`` is done in the same unit of work. Whatever they raise is raised, and then
    nothing is stored.
    """
    with companies.preparation(company, user_id) as preparation:
        content = mail_storage.prepare(preparation, mail)
        for attempt in companies.attempts(company, user_id, write=True, new_files=preparation.new_files):
            with attempt as crm:
                message = mail_storage.store(crm, mail, content, arrival(crm))
                after(crm)
    return message
