"""The persons and organizations that mail is about: those whose addresses it is from or to, when it comes in.

A message stays with an organization when its persons leave that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.contacts.model import ORGANIZATION, PERSON, Person
from dealwright.crm.correspondence.model import MAIL_LINK_COPIES, MailMessage
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import counters
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.search import query
from dealwright.crm.values.formats import Values, loads
from dealwright.storage.tables import mail_links, mail_parties

MAX_PERSONS = 10
"""How many persons with one address a message is linked to."""

MAX_ADDRESSES = 50
"""For how many addresses of a message persons are looked for."""

LINK_COLUMNS: dict[str, str] = {PERSON.object: "person_id", ORGANIZATION.object: "org_id"}


class MailLinks(NamedTuple):
    """The ids of the persons and organizations that a message is linked to."""

    person_ids: list[int]
    org_ids: list[int]


def find_persons(crm: UnitOfWork, addresses: Iterable[str]) -> dict[str, list[Person]]:
    """Returns the persons whom the actor sees and who have one of these addresses, by the address in lower case."""
    found: dict[str, list[Person]] = {}
    for address in list(dict.fromkeys(address.lower() for address in addresses))[:MAX_ADDRESSES]:
        try:
            wanted = query.build_search(address, [PERSON.object], ["email"], exact=True)
        except Invalid:
            # It is too short to be searched for, and no address of anybody.
            continue
        for one in query.run_search(crm, wanted, 0, MAX_PERSONS).items:
            # The search does not tell accents from letters.
            if any(str(email["value"]).lower() == address for email in loads(one.record.emails)):
                found.setdefault(address, []).append(one.record)
    return {address: sorted(persons, key=lambda person: person.id) for address, persons in found.items()}


def add(crm: UnitOfWork, message: MailMessage, persons: Iterable[Person]) -> MailLinks:
    """Links a message to persons and to their organizations, as far as it is not yet; returns what it is linked to."""
    before = of_message(crm, message.id)
    for_persons = list(persons)
    _insert(crm, message, "person_id", [one.id for one in for_persons], before.person_ids)
    _insert(crm, message, "org_id", [one.org_id for one in for_persons if one.org_id is not None], before.org_ids)
    return of_message(crm, message.id)


def of_message(crm: UnitOfWork, message_id: int) -> MailLinks:
    """Returns what a message is linked to, in the order in which it was."""
    columns = mail_links.c
    statement = sa.select(columns.person_id, columns.org_id).where(columns.mail_message_id == message_id)
    found = MailLinks([], [])
    for ids in crm.db.rows(statement.order_by(columns.id)):
        for known, id in zip(found, ids, strict=True):
            if id is not None:
                known.append(id)
    return found


def move(crm: UnitOfWork, kind: RecordType[Any], id: int, into_id: int) -> None:
    """Links the mail of a person or an organization to another one instead."""
    name = LINK_COLUMNS[kind.object]
    columns, plan = mail_links.c, counters.plan(mail_links).columns
    column = columns[name]
    linked = sa.select(columns.mail_message_id).where(column == into_id)
    twice = (column == id) & columns.mail_message_id.in_(linked)
    selected = [columns.id, *(columns[one] for one in plan)]
    for is_removed, these in ((True, twice), (False, (column == id) & ~columns.mail_message_id.in_(linked))):
        for row_id, *values in crm.db.rows(sa.select(*selected).where(these).order_by(columns.id)):
            row = dict(zip(plan, values, strict=True))
            counters.row_changed(crm, mail_links, row_id, row, None if is_removed else {**row, name: into_id})
    crm.db.execute(sa.delete(mail_links).where(twice))
    crm.db.execute(sa.update(mail_links).where(column == id).values({name: into_id}))
    if kind is PERSON:
        parties = sa.update(mail_parties).where(mail_parties.c.person_id == id)
        crm.db.execute(parties.values(person_id=into_id))


def message_ids(crm: UnitOfWork, kind: RecordType[Any], id: int, start: int, limit: int) -> list[int]:
    """Returns the ids of the newest messages of a person or an organization that the actor, who sees that, sees."""
    columns = mail_links.c
    these = [
        columns[LINK_COLUMNS[kind.object]] == id,
        columns.is_deleted == sa.false(),
        columns.is_draft == sa.false(),
        (columns.is_private == sa.false()) | (columns.user_id == crm.actor.id),
    ]
    order = (columns.message_time.desc(), columns.mail_message_id.desc())
    return crm.db.values(sa.select(columns.mail_message_id).where(*these).order_by(*order).limit(limit).offset(start))


def _insert(crm: UnitOfWork, message: MailMessage, name: str, ids: Sequence[int], present: Collection[int]) -> None:
    rows: list[Values] = []
    for id in dict.fromkeys(ids):
        if id in present:
            continue
        row: Values = {
            "mail_message_id": message.id,
            "mail_thread_id": message.mail_thread_id,
            "user_id": message.user_id,
            **{column: getattr(message, column) for column in MAIL_LINK_COPIES.columns},
            **dict.fromkeys(LINK_COLUMNS.values()),
            name: id,
        }
        rows.append(row)
        counters.row_changed(crm, mail_links, None, None, row)
    crm.db.insert_many(mail_links, rows)
