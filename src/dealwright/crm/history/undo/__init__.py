"""Takes back what a run has changed, in one unit of work: a run of its own, which can be taken back in turn.

    undo_run_id = undo.take_back(crm, run_id)

What the change log says of the run is undone, the latest first: records that it added are deleted, deleted ones restored, and changed
members get the values that they had. The entries of that are those of the run ``undo_run_id``; webhooks are told as of any change.
`kinds` says what cannot be taken back and who may do it. When somebody has changed the same since, nothing is done.
"""

from __future__ import annotations

from dealwright.crm.errors import Conflict, NotFound
from dealwright.crm.history.undo import aftermath, conflicts, effects, restoration, undone
from dealwright.crm.integration import run_ids
from dealwright.crm.kernel.unit_of_work import UnitOfWork


def take_back(crm: UnitOfWork, run_id: str, user_id: int | None = None) -> str:
    """Takes back what a run of a user, by default the actor, has changed; returns the id of the run that does it: that of the unit of work, if it has one.

    Raises `NotFound` when the run has changed nothing, `Forbidden`, and `Conflict`, which names a record and its member, when
    something cannot be taken back.
    """
    crm.require_exclusive_lock()
    user_id = crm.actor.id if user_id is None else user_id
    found = effects.of_run(crm, run_id, user_id)
    if not found:
        raise NotFound("There is nothing to take back: the run has changed nothing")
    if (earlier := undone.load(crm, [run_id]).undo_in_effect(run_id)) is not None:
        raise Conflict(f"The run was taken back already, at {earlier.time[:19]} UTC")
    conflicts.check_possible(found)
    conflicts.check_unchanged_since(crm, run_id, user_id, found)
    if crm.run_id is None:
        crm.run_id = run_ids.new_id(crm.time)
    undone.add(crm, run_id, crm.run_id)
    for effect in restoration.in_order(found):
        restoration.restore(crm, effect)
    aftermath.finish(crm, found)
    return crm.run_id
