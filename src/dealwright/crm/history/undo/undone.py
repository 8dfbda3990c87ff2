"""Which runs were taken back. Taking back is a run of its own, which can be taken back in turn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.tables import undos

_CHUNK = 500


class Undo(NamedTuple):
    """A run that was taken back, and the run that did it."""

    run_id: str
    undo_run_id: str
    user_id: int
    time: str


class Undone:
    """What is known of some runs: which of them are undos, and which are in effect."""

    def __init__(self, undos_by_run: dict[str, list[Undo]], undo_run_ids: frozenset[str]) -> None:
        self._undos = undos_by_run
        self._undo_run_ids = undo_run_ids

    def is_undo(self, run_id: str) -> bool:
        """Whether a run has taken back another one."""
        return run_id in self._undo_run_ids

    def undo_in_effect(self, run_id: str) -> Undo | None:
        """Returns the undo of a run that was not taken back itself; None for a run that is in effect."""
        for undo in reversed(self._undos.get(run_id, ())):
            if self.undo_in_effect(undo.undo_run_id) is None:
                return undo
        return None


def load(crm: UnitOfWork, run_ids: Iterable[str]) -> Undone:
    """Returns what is known of runs, and of the undos of theirs."""
    columns = undos.c
    names = [columns[name] for name in Undo._fields]
    found: dict[str, list[Undo]] = {}
    wanted = sorted(set(run_ids))
    undo_run_ids = set(_in_chunks(crm, sa.select(columns.undo_run_id), columns.undo_run_id, wanted))
    while wanted:
        following = []
        for start in range(0, len(wanted), _CHUNK):
            these = columns.run_id.in_(wanted[start : start + _CHUNK])
            for row in crm.db.rows(sa.select(*names).where(these).order_by(columns.id)):
                undo = Undo(*row)
                found.setdefault(undo.run_id, []).append(undo)
                following.append(undo.undo_run_id)
        undo_run_ids.update(following)
        wanted = following
    return Undone(found, frozenset(undo_run_ids))


def add(crm: UnitOfWork, run_id: str, undo_run_id: str) -> None:
    """Stores that the changes of a run are taken back by those of another."""
    values = {"run_id": run_id, "undo_run_id": undo_run_id, "user_id": crm.actor.id, "time": crm.now_ms}
    crm.db.insert_later(undos, values)


def _in_chunks(
    crm: UnitOfWork, statement: sa.Select[tuple[str]], column: sa.Column[str], values: list[str]
) -> Iterable[str]:
    for start in range(0, len(values), _CHUNK):
        yield from crm.db.values(statement.where(column.in_(values[start : start + _CHUNK])))


def undoes(crm: UnitOfWork, run_id: str) -> str | None:
    """Returns the run that a run has taken back; None for any other run."""
    found: str | None = crm.db.value(sa.select(undos.c.run_id).where(undos.c.undo_run_id == run_id))
    return found
