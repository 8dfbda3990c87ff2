"""Schedules of scripts: when a script runs by itself, as the user who has set that up, as long as this one may use the editor.

Each time is a job, which is enqueued with the change that makes it the next one; a job whose time is not the next one of its schedule
any more does nothing. What was due while nobody ran jobs is made up for once.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import sqlalchemy as sa

from dealwright.crm.errors import Forbidden, Invalid, LimitReached, NotFound
from dealwright.crm.integration import schedule_times, script_runs, scripts
from dealwright.crm.integration.script_runs import Access, NewScriptRun
from dealwright.crm.kernel.jobs import enqueue
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import editor_rights
from dealwright.crm.values.formats import format_time_ms
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import script_schedules

OffReason = Literal["switched_off", "user_inactive", "not_permitted", "editor_off"]

MAX_PER_USER = 100


class Schedule(NamedTuple):
    """A schedule as it is stored. ``next_time`` is null while it is off."""

    id: int
    script_id: int
    version: int | None
    user_id: int
    access: Access
    every_minutes: int | None
    cron: str | None
    time_zone: str
    is_on: bool
    off_reason: OffReason | None
    next_time: str | None
    last_run_id: str | None


class NewSchedule(NamedTuple):
    """What a schedule is to be: by ``every_minutes`` or by ``cron``."""

    script_id: int
    version: int | None = None
    access: Access = "all"
    every_minutes: int | None = None
    cron: str | None = None
    time_zone: str = "UTC"
    is_on: bool = True


_COLUMNS = [script_schedules.c[name] for name in Schedule._fields]


def list_schedules(crm: UnitOfWork, script_id: int | None = None) -> list[Schedule]:
    """Returns the schedules of the actor, or those of everybody for admins. Raises `Forbidden`."""
    editor_rights.require(crm)
    columns = script_schedules.c
    criteria = _may_see(crm)
    if script_id is not None:
        criteria.append(columns.script_id == script_id)
    return [_to_schedule(crm, row) for row in crm.db.rows(sa.select(*_COLUMNS).where(*criteria).order_by(columns.id))]


def get(crm: UnitOfWork, id: int) -> Schedule:
    """Returns a schedule of the actor, or anybody's for admins. Raises `NotFound` and `Forbidden`."""
    editor_rights.require(crm)
    row = crm.db.row(sa.select(*_COLUMNS).where(script_schedules.c.id == id, *_may_see(crm)))
    if row is None:
        raise NotFound("Schedule not found")
    return _to_schedule(crm, row)


def create(crm: UnitOfWork, new: NewSchedule) -> Schedule:
    """Sets up a schedule of the actor. Raises `NotFound`, `Forbidden`, `Invalid` and `LimitReached`."""
    new = _checked(crm, new)
    count = sa.select(sa.func.count()).select_from(script_schedules)
    if crm.db.value(count.where(script_schedules.c.user_id == crm.actor.id)) >= MAX_PER_USER:
        raise LimitReached(f"You have {MAX_PER_USER} schedules: delete some before you set up another one", "script_id")
    values = {**new._asdict(), "user_id": crm.actor.id, "add_time": crm.now_ms, "update_time": crm.now_ms}
    id = crm.db.insert(script_schedules, values)
    _switch(crm, id, new, is_on=new.is_on)
    return get(crm, id)


def change(crm: UnitOfWork, id: int, changes: dict[str, object]) -> Schedule:
    """Changes members of a schedule of the actor. Admins may switch off anybody's. Raises as `create` does."""
    crm.require_exclusive_lock()
    known = get(crm, id)
    if known.user_id != crm.actor.id:
        if changes != {"is_on": False}:
            raise Forbidden("Only its user changes a schedule: you can switch it off")
        _write(crm, id, is_on=False, off_reason="switched_off", next_time=None)
        return get(crm, id)
    if changes.keys() >= {"every_minutes", "cron"}:
        raise Invalid("goes without cron", "every_minutes")
    if "cron" in changes:
        changes = {**changes, "every_minutes": None}
    elif "every_minutes" in changes:
        changes = {**changes, "cron": None}
    before = {name: getattr(known, name) for name in NewSchedule._fields}
    new = _checked(crm, NewSchedule(**{**before, **changes}))
    _write(crm, id, **new._asdict())
    _switch(crm, id, new, is_on=new.is_on)
    return get(crm, id)


def delete(crm: UnitOfWork, id: int) -> Schedule:
    """Deletes a schedule of the actor, or anybody's for admins. Raises `NotFound`."""
    known = get(crm, id)
    crm.db.execute(sa.delete(script_schedules).where(script_schedules.c.id == id))
    return known


def owner_of(db: Transaction, id: int) -> int | None:
    """Returns the user of a schedule; None when there is no such schedule any more."""
    found: int | None = db.value(sa.select(script_schedules.c.user_id).where(script_schedules.c.id == id))
    return found


def switch_off(db: Transaction, id: int, reason: OffReason) -> None:
    """Switches a schedule off that cannot go on."""
    values = {"is_on": False, "off_reason": reason, "next_time": None}
    db.execute(sa.update(script_schedules).where(script_schedules.c.id == id).values(values))


def take_due(crm: UnitOfWork, id: int, time: str) -> NewScriptRun | None:
    """Returns what a schedule of the actor is to run now, if ``time`` is its next one, and has it go on; None otherwise."""
    row = crm.db.row(sa.select(*_COLUMNS).where(script_schedules.c.id == id))
    if row is None:
        return None
    known = _to_schedule(crm, row)
    if known.next_time != time or not known.is_on:
        return None
    if not editor_rights.may_use(crm):
        switch_off(crm.db, id, "not_permitted")
        return None
    try:
        script, version = scripts.get(crm, known.script_id), scripts.get_version(crm, known.script_id, known.version)
    except NotFound:
        # It is shared no longer, or the version is too old to be kept.
        switch_off(crm.db, id, "not_permitted")
        return None
    _switch(crm, id, NewSchedule(**{name: getattr(known, name) for name in NewSchedule._fields}), is_on=True)
    if script_runs.is_running(crm, id):
        # It takes longer than until its next time, which is left out.
        return None
    return NewScriptRun(
        version.code,
        access=known.access,
        script_id=script.id,
        name=script.name,
        version=version.version,
        schedule_id=id,
    )


def set_last_run(crm: UnitOfWork, id: int, run_id: str) -> None:
    """Notes the latest run of a schedule."""
    _write(crm, id, last_run_id=run_id)


def _checked(crm: UnitOfWork, new: NewSchedule) -> NewSchedule:
    script = scripts.get(crm, new.script_id)
    if (new.every_minutes is None) == (new.cron is None):
        raise Invalid("has either every_minutes or cron", "every_minutes")
    if new.version is not None:
        scripts.get_version(crm, script.id, new.version)
    elif script.user_id != crm.actor.id:
        # Whoever saves another version of it would act as the actor.
        raise Invalid("is needed for a script of somebody else", "version")
    schedule_times.zone(new.time_zone)
    return new if new.cron is None else new._replace(cron=schedule_times.check_cron(new.cron))


def _switch(crm: UnitOfWork, id: int, new: NewSchedule, *, is_on: bool) -> None:
    """Switches a schedule on, and enqueues its next time, or off."""
    if not is_on:
        _write(crm, id, is_on=False, off_reason="switched_off", next_time=None)
        return
    time = schedule_times.next_time(crm.time, new.every_minutes, new.cron, new.time_zone)
    text = format_time_ms(time)
    _write(crm, id, is_on=True, off_reason=None, next_time=text)
    enqueue(crm, "run_script", {"schedule_id": id, "time": text}, schedule_at=time)


def _write(crm: UnitOfWork, id: int, **values: object) -> None:
    values = {**values, "update_time": crm.now_ms}
    crm.db.execute(sa.update(script_schedules).where(script_schedules.c.id == id).values(values))


def _may_see(crm: UnitOfWork) -> list[sa.ColumnElement[bool]]:
    return [] if crm.actor.is_admin() else [script_schedules.c.user_id == crm.actor.id]


def _to_schedule(crm: UnitOfWork, row: tuple[object, ...]) -> Schedule:
    """Returns a schedule; one whose user may not act is off, before its next time finds that out."""
    known = Schedule(*row)  # type: ignore[arg-type]
    known = known._replace(is_on=bool(known.is_on))
    if not known.is_on:
        return known
    user = crm.company_data.users.get(known.user_id)
    reason: OffReason | None = None
    if user is None or not user.is_enabled:
        reason = "user_inactive"
    elif not editor_rights.may_use(crm, user):
        reason = "not_permitted"
    return known if reason is None else known._replace(is_on=False, off_reason=reason, next_time=None)


def latest_runs(crm: UnitOfWork, found: list[Schedule]) -> dict[int, script_runs.ScriptRun]:
    """Returns the latest runs of schedules that the actor may see, by their ids."""
    runs = {}
    for one in found:
        if one.last_run_id is not None:
            try:
                runs[one.id] = script_runs.get(crm, one.last_run_id)
            except NotFound:
                # It is kept no longer.
                continue
    return runs
