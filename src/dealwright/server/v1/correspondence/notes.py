"""Notes on deals, persons, organizations, leads, projects and tasks."""

from __future__ import annotations

from collections.abc import Sequence

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.correspondence import notes as contract
from dealwright.contract.v1.correspondence.notes import NewNote, NoteChanges, NotesQuery
from dealwright.contract.v1.envelopes import Item, Page
from dealwright.crm.correspondence import notes
from dealwright.crm.correspondence.model import NOTE, Note
from dealwright.crm.correspondence.notes import NoteValues
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes
from dealwright.server.v1.embedded_records import EmbeddedRecords
from dealwright.server.v1.sorting import parse_sort


def show_all(crm: UnitOfWork, found: Sequence[Note]) -> list[contract.Note]:
    """Returns notes as v1 writes them inside other answers."""
    references = _references(crm, found)
    return [show(crm, note, references) for note in found]


def show(crm: UnitOfWork, note: Note, references: EmbeddedRecords) -> contract.Note:
    """Returns a note as v1 writes it."""
    author = crm.company_data.users[note.user_id]
    deal_title = references.deal_title(note.deal_id)
    person_name = references.person_name(note.person_id)
    organization_name = references.organization_name(note.org_id)
    project_title = references.project_title(note.project_id)
    task_title = references.task_title(note.task_id)
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
        "project": None if project_title is None else {"title": project_title},
        "task_id": note.task_id,
        "task": None if task_title is None else {"title": task_title},
        "pinned_to_lead_flag": note.pinned_to_lead_flag,
        "pinned_to_deal_flag": note.pinned_to_deal_flag,
        "pinned_to_organization_flag": note.pinned_to_organization_flag,
        "pinned_to_person_flag": note.pinned_to_person_flag,
        "pinned_to_project_flag": note.pinned_to_project_flag,
        "pinned_to_task_flag": note.pinned_to_task_flag,
    }


@implements(contract.get_notes)
def get_notes(crm: UnitOfWork, query: NotesQuery, page: OffsetPaging) -> Page[contract.Note]:
    pins = {
        "pinned_to_lead_flag": query.pinned_to_lead_flag,
        "pinned_to_deal_flag": query.pinned_to_deal_flag,
        "pinned_to_organization_flag": query.pinned_to_organization_flag,
        "pinned_to_person_flag": query.pinned_to_person_flag,
        "pinned_to_project_flag": query.pinned_to_project_flag,
        "pinned_to_task_flag": query.pinned_to_task_flag,
    }
    criteria = notes.criteria(
        crm,
        {
            "lead_id": query.lead_id,
            "deal_id": query.deal_id,
            "person_id": query.person_id,
            "org_id": query.org_id,
            "project_id": query.project_id,
            "task_id": query.task_id,
        },
        {name: None if flag is None else flag == 1 for name, flag in pins.items()},
        user_id=query.user_id,
        added_from=query.start_date,
        added_until=query.end_date,
        updated_since=query.updated_since,
    )
    found = pages.select_by_offset(crm, NOTE, criteria, page, parse_sort(crm, NOTE, query.sort))
    references = _references(crm, found.items)
    return envelopes.page(found, lambda note: show(crm, note, references))


def _prepare_new(_preparation: Preparation, data: NewNote) -> NoteValues:
    return notes.prepare(provided_values(data))


@implements(contract.post_notes, prepare=_prepare_new)
def post_notes(crm: UnitOfWork, values: NoteValues, data: NewNote) -> Item[contract.Note]:
    return _show_item(crm, notes.create(crm, values))


@implements(contract.delete_notes_by_id)
def delete_notes_by_id(crm: UnitOfWork, id: int) -> Item[bool]:
    notes.delete(crm, id)
    return envelopes.item(True)


@implements(contract.get_notes_by_id)
def get_notes_by_id(crm: UnitOfWork, id: int) -> Item[contract.Note]:
    return _show_item(crm, records.get(crm, NOTE, id, deleted=True))


def _prepare_changes(_preparation: Preparation, id: int, data: NoteChanges) -> NoteValues:
    return notes.prepare(provided_values(data))


@implements(contract.put_notes_by_id, prepare=_prepare_changes)
def put_notes_by_id(crm: UnitOfWork, values: NoteValues, id: int, data: NoteChanges) -> Item[contract.Note]:
    return _show_item(crm, notes.update(crm, id, values))


def _show_item(crm: UnitOfWork, note: Note) -> Item[contract.Note]:
    return envelopes.item(show(crm, note, _references(crm, [note])))


def _references(crm: UnitOfWork, found: Sequence[Note]) -> EmbeddedRecords:
    return EmbeddedRecords(
        crm,
        persons=[note.person_id for note in found],
        organizations=[note.org_id for note in found],
        deals=[note.deal_id for note in found],
        projects=[note.project_id for note in found],
        tasks=[note.task_id for note in found],
    )
