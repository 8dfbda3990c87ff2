"""Rehearses a call: it is carried out in its unit of work, and taken back with that; what it has changed by then is the proposal.

The change log of the unit says all that would change, side effects included. What is proposed is summed up in a fingerprint: the
records with the number of their latest entry of the log, and each member with its values before and after. A call that is made with
the fingerprint of a proposal does exactly what was proposed, or nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import Conflict
from dealwright.crm.history import run_changes
from dealwright.crm.history.run_changes import RecordChanges
from dealwright.crm.history.undo import effects
from dealwright.crm.history.undo.effects import Effect
from dealwright.crm.integration import run_ids
from dealwright.crm.kernel.unit_of_work import Principal, UnitOfWork
from dealwright.crm.values.formats import dumps
from dealwright.storage.tables import changes

HEADER = "x-dealwright-rehearsal"
"""The name of the header with the sealed wish; it goes with `run_ids.HEADER`."""

CHANGED_SINCE = "What was planned is not what would happen now: something has changed since. Nothing was changed"

_CHUNK = 500
# What is another each time, though the call is the same: moments, and identifiers that are made at random.
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,64}")


class Rehearsal(NamedTuple):
    """What a call would change: ``total`` records, not all of which are told. ``jobs`` are those that would follow it."""

    records: list[RecordChanges]
    total: int
    jobs: list[str]
    fingerprint: str

    def show(self) -> dict[str, Json]:
        """Returns it as JSON; what is created has no id yet."""
        records: list[Json] = [
            {
                **one._asdict(),
                "id": None if one.action == "created" else one.id,
                "members": [member._asdict() for member in one.members],
            }
            for one in self.records
        ]
        return {"records": records, "total": self.total, "jobs": [*self.jobs], "fingerprint": self.fingerprint}


class Rehearsed(Exception):
    """Ends a unit of work whose call was a rehearsal, so that nothing of it is committed."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        super().__init__()
        self.rehearsal = rehearsal


def seal(principal: Principal, run_id: str, fingerprint: str = "") -> str:
    """Returns the wish that goes with a request of a run: to be rehearsed, or to do what has this fingerprint and nothing else."""
    return run_ids.seal(principal.company, principal.user_id, f"{run_id} {fingerprint}")


def unseal(principal: Principal, run_id: str | None, sealed: str | None) -> str | None:
    """Returns the fingerprint of a wish, empty for a rehearsal; None when there is none that was sealed for this run."""
    if run_id is None or not sealed:
        return None
    found = run_ids.unseal(principal.company, principal.user_id, sealed)
    if found is None:
        return None
    of_run, _, fingerprint = found.partition(" ")
    return fingerprint if of_run == run_id else None


def finish(crm: UnitOfWork, fingerprint: str) -> None:
    """Ends a call that has a wish.

    Raises `Rehearsed` for a rehearsal, and `Conflict` when the call has done something else than what has the fingerprint.
    """
    assert crm.run_id is not None
    found = sorted(effects.of_run(crm, crm.run_id, crm.actor.id), key=lambda effect: effect.first_id)
    now = _fingerprint(found, _latest_before(crm, found))
    if not fingerprint:
        jobs = [job.name for job in crm.pending_jobs]
        raise Rehearsed(Rehearsal(run_changes.tell(crm, found), len(found), jobs, now))
    if now != fingerprint:
        raise Conflict(CHANGED_SINCE)


def _latest_before(crm: UnitOfWork, found: Iterable[Effect]) -> dict[tuple[str, int], int]:
    """Returns the id of the latest entry about each record from before this run."""
    columns = changes.c
    latest: dict[tuple[str, int], int] = {}
    others = columns.run_id.is_(None) | (columns.run_id != crm.run_id)
    for object, by_id in effects.by_object(found).items():
        ids = sorted(by_id)
        for start in range(0, len(ids), _CHUNK):
            these = columns.record_id.in_(ids[start : start + _CHUNK])
            statement = sa.select(columns.record_id, sa.func.max(columns.id)).where(
                columns.object == object, these, others
            )
            for id, newest in crm.db.rows(statement.group_by(columns.record_id)):
                latest[object, id] = newest
    return latest


def _fingerprint(found: list[Effect], latest: Mapping[tuple[str, int], int]) -> str:
    new = frozenset((effect.object, effect.record_id) for effect in found if effect.was_created)
    lines: list[list[object]] = [
        [
            effect.object,
            "new" if effect.was_created else effect.record_id,
            0 if effect.was_created else latest.get((effect.object, effect.record_id), 0),
            list(effect.actions),
            [
                [key, _steady(key, effect.before[key], new), _steady(key, effect.after.get(key), new)]
                for key in sorted(effect.before)
            ],
            sorted(
                [relation, "new" if ("person", other) in new else str(other), one.before, one.after]
                for (relation, other), one in effect.relations.items()
            ),
        ]
        for effect in found
    ]
    return hashlib.sha256(dumps(lines).encode()).hexdigest()


def _steady(key: str, value: Json, new: frozenset[tuple[str, int]]) -> Json:
    """Returns a value without what is another each time: also the ids of new records, which PostgreSQL does not give a second time."""
    if isinstance(value, str):
        return _UUID.sub("#", _TIME.sub("@", value))
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return "new" if (run_changes.target_of(key), value) in new else value
    if isinstance(value, list):
        return [_steady(key, one, new) for one in value]
    if isinstance(value, dict):
        return {name: _steady(name, one, new) for name, one in value.items()}
    return value
