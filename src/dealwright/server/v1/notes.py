"""Notes on deals, persons, organizations, leads and projects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dealwright.contract.v1 import notes as contract
from dealwright.contract.v1.envelopes import Item, Page
from dealwright.contract.v1.notes import NewNote, NoteChanges
from dealwright.contract.values import Flag
from dealwright.crm import notes, pages, records
from dealwright.crm.model.notes import NOTE, Note
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v1 import envelopes
from dealwright.server.v1.references import References
from dealwright.server.v1.sorting import order_of


def show_all(crm: Crm, found: Sequence[Note]) -> list[contract.Note]:
    """Notes as v1 writes them, for where they stand among other things."""
    references = _references(crm, found)
    return [show(crm, note, references) for note in found]


def show(crm: Crm, note: Note, references: References) -> contract.Note:
    """A note as v1 writes it."""
    author = crm.settings.users[note.user_id]
    deal_title = references.deal_title(note.deal_id)
    person_name = references.person_name(note.person_id)
    organization_name = references.organization_name(note.org_id)
    return {
        "id": note.id,
        "active_flag": not note.is_deleted,
        "add_time": note.add_time,
        "update_time": note.update_time,
        "content": note.content,
        "user_id": note.user_id,
        "user": {
            "email": author.email,
            "icon_url": author.icon_url or "",
            "is_you": author.id == crm.actor.id,
            "name": author.name,
        },
        "last_update_user_id": note.last_update_user_id,
        "deal_id": note.deal_id,
        "deal": None if deal_title is None else {"title": deal_title},
        "person_id": note.person_id,
        "person": None if person_name is None else {"name": person_name},
        "org_id": note.org_id,
        "organization": None if organization_name is None else {"name": organization_name},
        "lead_id": note.lead_id,
        "project_id": note.project_id,
        "project": None,
        "pinned_to_lead_flag": note.pinned_to_lead_flag,
        "pinned_to_deal_flag": note.pinned_to_deal_flag,
        "pinned_to_organization_flag": note.pinned_to_organization_flag,
        "pinned_to_person_flag": note.pinned_to_person_flag,
        "pinned_to_project_flag": note.pinned_to_project_flag,
    }


@implements(contract.get_notes)
def get_notes(
    crm: Crm,
    user_id: int | None = None,
    lead_id: str | None = None,
    deal_id: int | None = None,
    person_id: int | None = None,
    org_id: int | None = None,
    project_id: int | None = None,
    start: int = 0,
    limit: int | None = None,
    sort: str | None = None,
    start_date: date | None = None,
    end_date: date | None = None,
    pinned_to_lead_flag: Flag | None = None,
    pinned_to_deal_flag: Flag | None = None,
    pinned_to_organization_flag: Flag | None = None,
    pinned_to_person_flag: Flag | None = None,
    pinned_to_project_flag: Flag | None = None,
) -> Page[contract.Note]:
    pins = {
        "pinned_to_lead_flag": pinned_to_lead_flag,
        "pinned_to_deal_flag": pinned_to_deal_flag,
        "pinned_to_organization_flag": pinned_to_organization_flag,
        "pinned_to_person_flag": pinned_to_person_flag,
        "pinned_to_project_flag": pinned_to_project_flag,
    }
    criteria = notes.criteria(
        crm,
        {
            "lead_id": lead_id,
            "deal_id": deal_id,
            "person_id": person_id,
            "org_id": org_id,
            "project_id": project_id,
        },
        {name: None if flag is None else flag == 1 for name, flag in pins.items()},
        user_id=user_id,
        added_from=start_date,
        added_until=end_date,
    )
    found = pages.by_offset(crm, NOTE, criteria, order=order_of(NOTE, sort), start=start, limit=limit)
    references = _references(crm, found.items)
    return envelopes.page(found, lambda note: show(crm, note, references))


@implements(contract.post_notes)
def post_notes(crm: Crm, data: NewNote) -> Item[contract.Note]:
    return _item(crm, notes.create(crm, given(data)))


@implements(contract.delete_notes_by_id)
def delete_notes_by_id(crm: Crm, id: int) -> Item[bool]:
    notes.delete(crm, id)
    return envelopes.item(True)


@implements(contract.get_notes_by_id)
def get_notes_by_id(crm: Crm, id: int) -> Item[contract.Note]:
    return _item(crm, records.get(crm, NOTE, id, deleted=True))


@implements(contract.put_notes_by_id)
def put_notes_by_id(crm: Crm, id: int, data: NoteChanges) -> Item[contract.Note]:
    return _item(crm, notes.update(crm, id, given(data)))


def _item(crm: Crm, note: Note) -> Item[contract.Note]:
    return envelopes.item(show(crm, note, _references(crm, [note])))


def _references(crm: Crm, found: Sequence[Note]) -> References:
    return References(
        crm,
        persons=[note.person_id for note in found],
        organizations=[note.org_id for note in found],
        deals=[note.deal_id for note in found],
    )
