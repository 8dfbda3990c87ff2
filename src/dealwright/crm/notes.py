"""Notes on deals, persons, organizations, leads and projects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import access, counters, leads, markup, records
from dealwright.crm.criteria import asked
from dealwright.crm.errors import Forbidden, Invalid
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.notes import NOTE, Note
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.storage.tables import notes

LARGEST_CONTENT = 100 * 1024
"""Bytes that the text of a note or of a comment may have."""

PINS: Mapping[str, str] = {
    "pinned_to_deal_flag": "deal_id",
    "pinned_to_person_flag": "person_id",
    "pinned_to_organization_flag": "org_id",
    "pinned_to_lead_flag": "lead_id",
    "pinned_to_project_flag": "project_id",
}
"""Which link a pin needs."""


def create(crm: Crm, values: Values) -> Note:
    """Adds a note to one record at least. Only admins may add it in the name of another user.

    Raises `Invalid` for a link that does not exist, and for a pin to a record that the note is not on.
    """
    values = leads.canonical(values)
    _check_links(crm, values)
    _check_places(values)
    complete: Values = {
        "add_time": crm.now,
        "update_time": crm.now,
        **values,
        "content": content(values["content"]),
        "user_id": _author(crm, values.get("user_id", crm.actor.id)),
        "last_update_user_id": crm.actor.id,
    }
    note = records.reread(crm, NOTE, records.insert(crm, NOTE, complete))
    _recount(crm, [note])
    records.touch(crm, DEAL, [note.deal_id])
    return note


def update(crm: Crm, id: int, values: Values) -> Note:
    """Changes a note, which must stay on one record at least; it is unpinned from those that it leaves."""
    note = records.get(crm, NOTE, id)
    values = leads.canonical(values)
    _check_links(crm, {name: value for name, value in values.items() if getattr(note, name) != value})
    changes = dict(values)
    for pin, link in PINS.items():
        if link in values and values[link] != getattr(note, link):
            changes.setdefault(pin, False)
    _check_places({name: changes.get(name, getattr(note, name)) for name in (*PINS, *PINS.values())})
    if "content" in changes:
        changes["content"] = content(changes["content"])
    if "user_id" in changes and changes["user_id"] != note.user_id:
        changes["user_id"] = _author(crm, changes["user_id"])
    changed = records.update(crm, NOTE, note, changes)
    if changed is not note:
        _recount(crm, [note, changed])
    return changed


def delete(crm: Crm, id: int) -> None:
    """Deletes a note. Raises `NotFound`."""
    note = records.get(crm, NOTE, id)
    records.delete(crm, NOTE, note)
    _recount(crm, [note])


@asked
def criteria(
    _crm: Crm,
    links: Mapping[str, int | str | None],
    pins: Mapping[str, bool | None],
    *,
    user_id: int | None = None,
    added_from: date | None = None,
    added_until: date | None = None,
) -> list[sa.ColumnElement[bool]]:
    """What a list of notes asks for, as criteria. ``links`` and ``pins`` are by column; ``added_until`` is included."""
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
    return found


def content(given: Json) -> str:
    """The text of a note or a comment as it is kept. Raises `Invalid` when it is too large, or nothing is left of it."""
    kept = markup.sanitized(str(given))
    if len(kept.encode()) > LARGEST_CONTENT:
        raise Invalid(f"may not be larger than {LARGEST_CONTENT} bytes", "content")
    if not kept.strip():
        raise Invalid("may not be empty", "content")
    return kept


def _check_links(crm: Crm, values: Values) -> None:
    records.linked(crm, DEAL, values.get("deal_id"), "deal_id")
    records.linked(crm, PERSON, values.get("person_id"), "person_id")
    records.linked(crm, ORGANIZATION, values.get("org_id"), "org_id")
    leads.linked(crm, values.get("lead_id"), "lead_id")
    if values.get("project_id") is not None:
        raise Invalid("Project not found", "project_id")


def _check_places(values: Values) -> None:
    """Raises `Invalid` unless a note is on some record, and on each of those that it is pinned to."""
    if all(values.get(link) is None for link in PINS.values()):
        raise Invalid("A note needs a deal_id, person_id, org_id, lead_id or project_id")
    for pin, link in PINS.items():
        if values.get(pin) and values.get(link) is None:
            raise Invalid(f"{link} is required to pin the note", pin)


def _author(crm: Crm, user_id: Json) -> int:
    if user_id != crm.actor.id and not crm.actor.is_admin():
        raise Forbidden("Only an admin can change the author of a note.")
    return access.assignable_user(crm, user_id, "user_id").id


def _recount(crm: Crm, touched: Iterable[Note]) -> None:
    found = list(touched)
    counters.recount_notes(
        crm, [note.deal_id for note in found], [note.person_id for note in found], [note.org_id for note in found]
    )
