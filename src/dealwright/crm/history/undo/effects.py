"""The net effect of a run on each record: what it was before, and what the run has left, read from the change log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.kernel.record_types import Action
from dealwright.crm.kernel.relation_log import ADDED_ACTIONS, REMOVED_ACTIONS, Relation, removed_row
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, loads
from dealwright.storage.tables import changes

_RELATIONS: dict[str, Relation] = {
    action: relation for actions in (ADDED_ACTIONS, REMOVED_ACTIONS) for relation, action in actions.items()
}


class Entry(NamedTuple):
    """One row of the change log."""

    id: int
    object: str
    record_id: int
    action: Action
    fields: list[tuple[str, Json, Json]]
    actor_user_id: int
    run_id: str | None

    @property
    def relation(self) -> Relation | None:
        """The relation that the entry is about; None for one about the record itself."""
        return _RELATIONS.get(self.action)

    @property
    def other_id(self) -> int:
        """The follower or the participant that the entry is about."""
        _, old, new = self.fields[0]
        found = new if self.action in ADDED_ACTIONS.values() else old
        assert isinstance(found, int)
        return found

    @property
    def members(self) -> frozenset[str]:
        """The members of the record that the entry has changed; a follower and a participant are members, too."""
        if self.relation is not None:
            return frozenset({f"{self.relation} {self.other_id}"})
        return frozenset(name for name, _, _ in self.fields)


class RelationEffect(NamedTuple):
    """What became of a follower or a participant: whether there was one before and after, and the row of before."""

    before: bool
    after: bool
    row: Values


class Effect:
    """The net effect of the entries about one record, which come in the order of their ids."""

    def __init__(self, first: Entry) -> None:
        self.object = first.object
        self.record_id = first.record_id
        self.first_id = first.id
        self.last_id = first.id
        self.actions: list[Action] = []
        self.before: Values = {}
        self.after: Values = {}
        self.relations: dict[tuple[Relation, int], RelationEffect] = {}
        self.stage_ids: list[Json] = []
        """The stages that a deal was in, the one before the run first; empty when it did not move."""

    @property
    def was_created(self) -> bool:
        """Whether the run has added the record."""
        return "create" in self.actions

    @property
    def members(self) -> frozenset[str]:
        """The members of the record that were changed."""
        return frozenset([*self.before, *(f"{relation} {id}" for relation, id in self.relations)])

    def add(self, entry: Entry) -> None:
        """Adds one more entry."""
        self.last_id = entry.id
        if (relation := entry.relation) is not None:
            added = entry.action in ADDED_ACTIONS.values()
            key = (relation, entry.other_id)
            row: Values = {} if added else removed_row(relation, entry.fields)
            known = self.relations.get(key, RelationEffect(not added, added, row))
            self.relations[key] = known._replace(after=added)
            return
        self.actions.append(entry.action)
        for name, old, new in entry.fields:
            self.before.setdefault(name, old)
            self.after[name] = new
            if name == "stage_id":
                self.stage_ids = [*(self.stage_ids or [old]), new]


def of_run(crm: UnitOfWork, run_id: str, user_id: int) -> list[Effect]:
    """Returns the effects of the changes that a run has made as a user, the latest first."""
    found: dict[tuple[str, int], Effect] = {}
    for entry in read(crm, changes.c.run_id == run_id, changes.c.actor_user_id == user_id):
        effect = found.setdefault((entry.object, entry.record_id), Effect(entry))
        effect.add(entry)
    return sorted(found.values(), key=lambda effect: -effect.last_id)


def read(crm: UnitOfWork, *criteria: sa.ColumnElement[bool]) -> Iterator[Entry]:
    """Yields entries of the change log, the oldest first."""
    columns = changes.c
    names = ("id", "object", "record_id", "action", "fields", "actor_user_id", "run_id")
    statement = sa.select(*(columns[name] for name in names)).where(*criteria).order_by(columns.id)
    for id, object, record_id, action, fields, actor_user_id, run_id in crm.db.rows(statement):
        yield Entry(id, object, record_id, action, [(*one,) for one in loads(fields)], actor_user_id, run_id)


def by_object(effects: Iterable[Effect]) -> dict[str, dict[int, Effect]]:
    """Returns effects by the type of their records, and then by its id."""
    found: dict[str, dict[int, Effect]] = {}
    for effect in effects:
        found.setdefault(effect.object, {})[effect.record_id] = effect
    return found


def count_by_run(crm: UnitOfWork, run_ids: list[str]) -> dict[str, int]:
    """Returns how many records runs have changed, for those that have changed any."""
    columns = changes.c
    records = sa.select(columns.run_id, columns.object, columns.record_id).where(columns.run_id.in_(run_ids)).distinct()
    found = records.subquery()
    rows = crm.db.rows(sa.select(found.c.run_id, sa.func.count()).group_by(found.c.run_id)) if run_ids else []
    return dict(rows)
