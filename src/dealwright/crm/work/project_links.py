"""The deals, persons and organizations that projects are linked to, in the order in which they were given.

Values of a project name them as ``deal_ids``, ``person_ids`` and ``org_ids``. They are rows of their own, so that lists by one
of them have an index; the change log has them as fields of the project.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.deals.model import DEAL
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.criteria import Through
from dealwright.crm.kernel.record_types import FieldChange, RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.crm.work.model import PROJECT
from dealwright.storage.tables import project_links

KINDS: Mapping[str, RecordType[Any]] = {"deal_ids": DEAL, "person_ids": PERSON, "org_ids": ORGANIZATION}
"""The record types that projects are linked to, by the name of the list."""

_COLUMNS = {name: project_links.c[name.removesuffix("s")] for name in KINDS}


class ProjectLinks(NamedTuple):
    """The ids of what a project is linked to."""

    deal_ids: list[int]
    person_ids: list[int]
    org_ids: list[int]


def for_projects(crm: UnitOfWork, ids: Iterable[int]) -> dict[int, ProjectLinks]:
    """Returns the links of projects, by the id of the project."""
    wanted = sorted(set(ids))
    found = {id: ProjectLinks([], [], []) for id in wanted}
    columns = project_links.c
    statement = sa.select(columns.project_id, *_COLUMNS.values()).where(columns.project_id.in_(wanted))
    for project_id, *linked in crm.db.rows(statement.order_by(columns.id)) if wanted else ():
        for list, id in zip(found[project_id], linked, strict=True):
            if id is not None:
                list.append(id)
    return found


def validate(crm: UnitOfWork, values: Values, before: ProjectLinks) -> dict[str, list[int]]:
    """Returns the lists of ids that ``values`` have, each id once.

    Raises `Invalid` for a record that the actor does not see, unless the project is linked to it already.
    """
    wanted: dict[str, list[int]] = {}
    for name, kind in KINDS.items():
        if name in values:
            given = values[name] or []
            assert isinstance(given, list)
            wanted[name] = [id for id in dict.fromkeys(given) if isinstance(id, int)]
            _check(crm, kind, name, set(wanted[name]) - set(getattr(before, name)))
    return wanted


def replace(
    crm: UnitOfWork, project_id: int, before: ProjectLinks, wanted: Mapping[str, Sequence[int]]
) -> list[FieldChange]:
    """Makes the lists that are given the links of a project, and returns what has changed, for the change log."""
    changes: list[FieldChange] = []
    for name, ids in wanted.items():
        old = getattr(before, name)
        if old == [*ids]:
            continue
        column = _COLUMNS[name]
        if old:
            these = (project_links.c.project_id == project_id) & column.is_not(None)
            crm.db.execute(sa.delete(project_links).where(these))
        crm.db.insert_many(project_links, [{"project_id": project_id, column.name: id} for id in ids])
        changes.append((name, list[Json](old), list[Json](ids)))
    return changes


def initial_changes(wanted: Mapping[str, Sequence[int]]) -> list[FieldChange]:
    """Returns the change-log entries of the links of a new project."""
    return [(name, None, list[Json](ids)) for name, ids in wanted.items() if ids]


def move(crm: UnitOfWork, kind: RecordType[Any], id: int, into_id: int) -> None:
    """Links the projects of one record to another one instead."""
    name = next(name for name, other in KINDS.items() if other is kind)
    ids = crm.db.values(sa.select(project_links.c.project_id).where(_COLUMNS[name] == id))
    for project in records.in_bulk(crm, PROJECT, ids).values():
        before = for_projects(crm, [project.id])[project.id]
        moved = list(dict.fromkeys(into_id if one == id else one for one in getattr(before, name)))
        changes = replace(crm, project.id, before, {name: moved})
        records.update(crm, PROJECT, project, {}, extra_changes=changes, is_bulk=True)


def through(name: str, id: int) -> Through:
    """Returns the way to the projects that have an id in one of the lists."""
    return Through(PROJECT.table, project_links, "project_id", _COLUMNS[name] == id)


def _check(crm: UnitOfWork, kind: RecordType[Any], path: str, ids: set[int]) -> None:
    if not ids:
        return
    columns, criterion = kind.table.c, access.visible(crm, kind)
    statement = sa.select(columns.id).where(columns.id.in_(sorted(ids)), columns.is_deleted == sa.false())
    found = crm.db.values(statement if criterion is None else statement.where(criterion))
    if missing := sorted(ids.difference(found)):
        raise Invalid(f"{kind.noun} {missing[0]} not found", path)
