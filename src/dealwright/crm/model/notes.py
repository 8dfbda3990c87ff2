"""Notes and the comments on them as they are stored."""

from __future__ import annotations

from dealwright.crm.kinds import Kind, Record
from dealwright.storage import tables


class Note(Record):
    """A note on other records."""

    id: int
    content: str
    user_id: int
    last_update_user_id: int | None
    deal_id: int | None
    person_id: int | None
    org_id: int | None
    lead_id: str | None
    project_id: int | None
    pinned_to_deal_flag: bool
    pinned_to_person_flag: bool
    pinned_to_organization_flag: bool
    pinned_to_lead_flag: bool
    pinned_to_project_flag: bool
    is_deleted: bool
    delete_time: str | None
    add_time: str
    update_time: str


class NoteComment(Record):
    """A comment on a note."""

    uuid: str
    note_id: int
    content: str
    user_id: int
    updater_id: int | None
    is_deleted: bool
    add_time: str
    update_time: str | None


NOTE = Kind("note", tables.notes, Note, "Note")
