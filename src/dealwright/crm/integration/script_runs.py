"""Runs of scripts: what was run, as whom, how far it has come, and what it has printed.

A run is written before its process is started, and renewed as long as that lives; one whose lease is over was interrupted. The process
may be on another machine: who wants a run to end says so in its row.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import Conflict, NotFound
from dealwright.crm.integration import run_ids, runs
from dealwright.crm.kernel.pages import CursorPage, CursorRequest
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import editor_rights
from dealwright.crm.values.formats import dumps, format_time_ms, loads
from dealwright.storage.tables import script_output, script_runs

Kind = Literal["run", "rehearsal"]
Status = Literal["preparing", "running", "ended"]
Access = Literal["read", "all"]
Outcome = Literal["finished", "failed", "stopped", "time", "cpu", "memory", "output", "interrupted"]
Stream = Literal["out", "err"]

LEASE = timedelta(seconds=20)
_MAX_ERROR = 2000
_BATCH = 200


class ScriptRun(NamedTuple):
    """A run of a script, as far as it has come. Code that was not saved has no script."""

    id: str
    user_id: int
    kind: Kind
    script_id: int | None
    name: str | None
    version: int | None
    schedule_id: int | None
    access: Access
    level: str | None
    status: Status
    outcome: Outcome | None
    error: str | None
    start_time: str
    lease_time: str
    end_time: str | None
    duration_ms: int | None
    calls: int
    changes: int
    is_stopped: bool
    applies: str | None


class NewScriptRun(NamedTuple):
    """What is to be run."""

    code: str
    kind: Kind = "run"
    access: Access = "all"
    script_id: int | None = None
    name: str | None = None
    version: int | None = None
    schedule_id: int | None = None
    applies: str | None = None


class Piece(NamedTuple):
    """Some output, and the position of its end."""

    position: int
    time: str
    stream: Stream
    text: str


class ScriptRunFilter(NamedTuple):
    """Which runs to list: those that have each value that is given."""

    script_id: int | None = None
    schedule_id: int | None = None
    kind: Kind | None = None


_COLUMNS = [script_runs.c[name] for name in ScriptRun._fields]


def start(crm: UnitOfWork, new: NewScriptRun, level: str) -> ScriptRun:
    """Writes a run that begins. Raises `Forbidden`, and `Conflict` while another one of the actor runs that no schedule has begun."""
    crm.require_exclusive_lock()
    editor_rights.require(crm)
    if new.schedule_id is None:
        columns = script_runs.c
        others = _alive(crm) & (columns.user_id == crm.actor.id) & columns.schedule_id.is_(None)
        if crm.db.row(sa.select(columns.id).where(others).limit(1)):
            raise Conflict("A script of yours is running: wait for its end, or stop it")
    id = run_ids.new_id(crm.time)
    values = {
        **new._asdict(),
        "id": id,
        "user_id": crm.actor.id,
        "level": level,
        "status": "preparing" if new.kind == "rehearsal" else "running",
        "start_time": crm.now_ms,
        "lease_time": format_time_ms(crm.time + LEASE),
    }
    crm.db.insert_later(script_runs, values)
    return get(crm, id)


def is_running(crm: UnitOfWork, schedule_id: int) -> bool:
    """Whether a run that a schedule has begun is running."""
    columns = script_runs.c
    these = _alive(crm) & (columns.schedule_id == schedule_id)
    return crm.db.row(sa.select(columns.id).where(these).limit(1)) is not None


def get_applicable(crm: UnitOfWork, id: str) -> NewScriptRun:
    """Returns what a rehearsal of the actor is for real, once. Raises `NotFound`, and `Conflict` when it cannot be applied."""
    run = get(crm, id)
    if run.user_id != crm.actor.id:
        raise NotFound("Run not found")
    if run.kind != "rehearsal" or run.outcome != "finished":
        raise Conflict("Only a rehearsal that has finished can be applied")
    if applied_by(crm, [id]):
        raise Conflict("It was applied already")
    return NewScriptRun(get_code(crm, id), "run", run.access, run.script_id, run.name, run.version, applies=id)


def renew(crm: UnitOfWork, id: str, calls: int, changes: int) -> bool:
    """Says that a run is still running; returns whether it may go on: its user may use the editor, and nobody wants it to end."""
    columns = script_runs.c
    values = {"lease_time": format_time_ms(crm.time + LEASE), "calls": calls, "changes": changes}
    crm.db.execute(sa.update(script_runs).where(columns.id == id, columns.status != "ended").values(values))
    is_stopped = crm.db.value(sa.select(columns.is_stopped).where(columns.id == id))
    return not is_stopped and editor_rights.may_use(crm)


def may_go_on(crm: UnitOfWork, id: str) -> bool:
    """Whether a run may go on: its user may use the editor, and nobody wants it to end."""
    is_stopped = crm.db.value(sa.select(script_runs.c.is_stopped).where(script_runs.c.id == id))
    return not is_stopped and editor_rights.may_use(crm)


def begin_running(crm: UnitOfWork, id: str) -> None:
    """Says that what a run needs is there, and that it runs now."""
    columns = script_runs.c
    these = (columns.id == id) & (columns.status == "preparing")
    crm.db.execute(sa.update(script_runs).where(these).values(status="running"))


def end(
    crm: UnitOfWork,
    id: str,
    outcome: Outcome,
    error: str | None,
    *,
    calls: int,
    changes: int,
    duration_ms: int,
    rehearsed: Json = None,
) -> None:
    """Writes how a run has ended, once."""
    columns = script_runs.c
    values = {
        "status": "ended",
        "outcome": outcome,
        "error": None if error is None else error[:_MAX_ERROR],
        "end_time": crm.now_ms,
        "calls": calls,
        "changes": changes,
        "duration_ms": duration_ms,
        "rehearsed": None if rehearsed is None else dumps(rehearsed),
    }
    crm.db.execute(sa.update(script_runs).where(columns.id == id, columns.status != "ended").values(values))


def request_stop(crm: UnitOfWork, id: str) -> ScriptRun:
    """Says that a run is to end. Raises `NotFound`."""
    get(crm, id)
    columns = script_runs.c
    crm.db.execute(sa.update(script_runs).where(columns.id == id, columns.status != "ended").values(is_stopped=True))
    return get(crm, id)


def get(crm: UnitOfWork, id: str) -> ScriptRun:
    """Returns a run that the actor may see: its own, or anybody's for admins. Raises `NotFound`."""
    row = crm.db.row(sa.select(*_COLUMNS).where(script_runs.c.id == id.lower(), *_may_see(crm)))
    if row is None:
        raise NotFound("Run not found")
    return _to_run(crm, row)


def get_code(crm: UnitOfWork, id: str) -> str:
    """Returns the code that was run. Raises `NotFound`."""
    get(crm, id)
    code: str = crm.db.value(sa.select(script_runs.c.code).where(script_runs.c.id == id.lower()))
    return code


def get_rehearsed(crm: UnitOfWork, id: str) -> Json:
    """Returns what a rehearsal has changed. Raises `NotFound`, and `Conflict` while it runs."""
    run = get(crm, id)
    if run.kind != "rehearsal":
        raise NotFound("This run is no rehearsal")
    if run.status != "ended":
        raise Conflict("The rehearsal is still running")
    rehearsed: Json = loads(crm.db.value(sa.select(script_runs.c.rehearsed).where(script_runs.c.id == id.lower())))
    return rehearsed


def list_runs(crm: UnitOfWork, filter: ScriptRunFilter, page: CursorRequest) -> CursorPage[ScriptRun]:
    """Returns a page of the runs that the actor may see, the newest first. Raises `Invalid`."""
    columns = script_runs.c
    criteria = _may_see(crm)
    criteria += [columns[name] == value for name, value in filter._asdict().items() if value is not None]
    rows, next_cursor = run_ids.read_page(crm.db, sa.select(*_COLUMNS).where(*criteria), columns.id, page)
    return CursorPage([_to_run(crm, row) for row in rows], next_cursor)


def applied_by(crm: UnitOfWork, ids: Collection[str]) -> dict[str, str]:
    """Returns the runs that have applied rehearsals, by the ids of these."""
    columns = script_runs.c
    these = columns.applies.in_(sorted(ids))
    return dict(crm.db.rows(sa.select(columns.applies, columns.id).where(these))) if ids else {}


def add_output(crm: UnitOfWork, id: str, pieces: Sequence[Piece]) -> None:
    """Adds output to a run."""
    for piece in pieces:
        crm.db.insert(script_output, {**piece._asdict(), "run_id": id})


def read_output(crm: UnitOfWork, id: str, after: int) -> list[Piece]:
    """Returns the output of a run after a position. Raises `NotFound`."""
    get(crm, id)
    columns = script_output.c
    these = (columns.run_id == id.lower()) & (columns.position > after)
    selected = [columns[name] for name in Piece._fields]
    return [Piece(*row) for row in crm.db.rows(sa.select(*selected).where(these).order_by(columns.position))]


def delete_expired(crm: UnitOfWork) -> None:
    """Deletes runs with their output that were begun longer ago than runs are kept."""
    oldest = run_ids.first_id(crm.time - timedelta(days=runs.retention_days(crm)))
    columns = script_runs.c
    while ids := crm.db.values(sa.select(columns.id).where(columns.id < oldest).limit(_BATCH)):
        crm.db.execute(sa.delete(script_output).where(script_output.c.run_id.in_(ids)))
        crm.db.execute(sa.delete(script_runs).where(columns.id.in_(ids)))


def _alive(crm: UnitOfWork) -> sa.ColumnElement[bool]:
    columns = script_runs.c
    return (columns.status != "ended") & (columns.lease_time >= format_time_ms(crm.time))


def _may_see(crm: UnitOfWork) -> list[sa.ColumnElement[bool]]:
    return [] if crm.actor.is_admin() else [script_runs.c.user_id == crm.actor.id]


def _to_run(crm: UnitOfWork, row: tuple[object, ...]) -> ScriptRun:
    run = ScriptRun(*row)  # type: ignore[arg-type]
    run = run._replace(is_stopped=bool(run.is_stopped))
    if run.status != "ended" and run.lease_time < format_time_ms(crm.time):
        return run._replace(status="ended", outcome="interrupted", end_time=run.lease_time)
    return run
