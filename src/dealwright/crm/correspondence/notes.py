"""Notes on deals, persons, organizations, leads, projects and tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NewType

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.correspondence import mentions
from dealwright.crm.correspondence.model import NOTE, Note
from dealwright.crm.deals.model import DEAL
from dealwright.crm.errors import Forbidden, Invalid
from dealwright.crm.kernel import access, pages, records
from dealwright.crm.kernel.criteria import lazy_criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import leads
from dealwright.crm.values import html
from dealwright.crm.values.formats import Values
from dealwright.crm.values.html import SafeHtml
from dealwright.crm.work.model import PROJECT, TASK
from dealwright.storage.tables import notes

NoteValues = NewType("NoteValues", Values)
"""The values of a note, whose content is safe (`prepare`)."""

PINS: Mapping[str, str] = {
    "pinned_to_deal_flag": "deal_id",
    "pinned_to_person_flag": "person_id",
    "pinned_to_organization_flag": "org_id",
    "pinned_to_lead_flag": "lead_id",
    "pinned_to_project_flag": "project_id",
    "pinned_to_task_flag": "task_id",
}
"""The link that each pin requires."""


def prepare(values: Values) -> NoteValues:
    """Returns the values of a note with its content sanitized, before the unit of work. Raises `Invalid`."""
    return NoteValues(values | ({"content": clean_content(values["content"])} if "content" in values else {}))


def create(crm: UnitOfWork, prepared: NoteValues) -> Note:
    """Adds a note to at least one record.

    Raises `Invalid` for a link that does not exist, and for a pin to a record that the note is not on; raises
    `Forbidden` when a user who is not an admin adds it for another user.
    """
    values = leads.normalize_lead_id(prepared)
    _check_links(crm, values)
    _check_links_and_pins(values)
    complete: Values = {
        "add_time": crm.now,
        "update_time": crm.now,
        **values,
        "user_id": _validated_author_id(crm, values.get("user_id", crm.actor.id)),
        "last_update_user_id": crm.actor.id,
    }
    note = records.insert(crm, NOTE, complete)
    records.touch(crm, DEAL, [note.deal_id])
    mentions.notify(crm, note, "", note.content)
    return note


def update(crm: UnitOfWork, id: int, prepared: NoteValues) -> Note:
    """Changes a note, which must stay on at least one record; it is unpinned from records that it leaves.

    Raises `NotFound`, `Forbidden` and `Invalid`.
    """
    note = records.get(crm, NOTE, id)
    values = leads.normalize_lead_id(prepared)
    _check_links(crm, {name: value for name, value in values.items() if getattr(note, name) != value})
    changes = dict(values)
    for pin, link in PINS.items():
        if link in values and values[link] != getattr(note, link):
            changes.setdefault(pin, False)
    _check_links_and_pins({name: changes.get(name, getattr(note, name)) for name in (*PINS, *PINS.values())})
    if "user_id" in changes and changes["user_id"] != note.user_id:
        changes["user_id"] = _validated_author_id(crm, changes["user_id"])
    changed = records.update(crm, NOTE, note, changes)
    mentions.notify(crm, changed, note.content, changed.content)
    return changed


def delete(crm: UnitOfWork, id: int) -> None:
    """Deletes a note. Raises `NotFound`."""
    note = records.get(crm, NOTE, id)
    records.delete(crm, NOTE, note)


@lazy_criteria
def criteria(
    _crm: UnitOfWork,
    links: Mapping[str, int | str | None],
    pins: Mapping[str, bool | None],
    *,
    user_id: int | None = None,
    added_from: date | None = None,
    added_until: date | None = None,
    updated_since: datetime | None = None,
) -> list[sa.ColumnElement[bool]]:
    """Returns the criteria of a list of notes. ``links`` and ``pins`` are by column; ``added_until`` and ``updated_since`` are inclusive."""
    columns = notes.c
    found = [columns.is_deleted == sa.false()]
    found += [
        columns[name] == (id.lower() if isinstance(id, str) else id) for name, id in links.items() if id is not None
    ]
    found += [columns[name] == (sa.true() if pin else sa.false()) for name, pin in pins.items() if pin is not None]
    if user_id is not None:
        found.append(columns.user_id == user_id)
    if added_from is not None:
        found.append(columns.add_time >= f"{added_from} 00:00:00")
    if added_until is not None:
        found.append(columns.add_time <= f"{added_until} 23:59:59")
    return found + pages.updated_between(NOTE, updated_since, None)


def clean_content(text: Json) -> SafeHtml:
    """Returns the sanitized text of a note or a comment. Raises `Invalid` when it is too large or becomes empty."""
    cleaned = html.sanitize(str(text), "content")
    if not cleaned.strip():
        raise Invalid("may not be empty", "content")
    return cleaned


def _check_links(crm: UnitOfWork, values: Values) -> None:
    records.require_linked(crm, DEAL, values.get("deal_id"), "deal_id")
    records.require_linked(crm, PERSON, values.get("person_id"), "person_id")
    records.require_linked(crm, ORGANIZATION, values.get("org_id"), "org_id")
    leads.require_linked(crm, values.get("lead_id"), "lead_id")
    records.require_linked(crm, PROJECT, values.get("project_id"), "project_id")
    records.require_linked(crm, TASK, values.get("task_id"), "task_id")


def _check_links_and_pins(values: Values) -> None:
    """Raises `Invalid` unless a note is on some record, and on each record that it is pinned to."""
    if all(values.get(link) is None for link in PINS.values()):
        raise Invalid("A note needs a deal_id, person_id, org_id, lead_id, project_id or task_id")
    for pin, link in PINS.items():
        if values.get(pin) and values.get(link) is None:
            raise Invalid(f"{link} is required to pin the note", pin)


def _validated_author_id(crm: UnitOfWork, user_id: Json) -> int:
    if user_id != crm.actor.id and not crm.actor.is_admin():
        raise Forbidden("Only an admin can change the author of a note.")
    return access.require_assignable_user(crm, user_id, "user_id").id
