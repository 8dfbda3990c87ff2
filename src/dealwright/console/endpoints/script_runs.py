"""Runs of scripts, their output, and what rehearsals would change."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, cast

from dealwright.console import scripts as console_scripts
from dealwright.console.endpoints.browsers import console_of
from dealwright.console.endpoints.shown_runs import show_user, time_text
from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration import script_runs as contract
from dealwright.crm.errors import Invalid
from dealwright.crm.integration import script_runs, scripts
from dealwright.crm.integration.script_runs import NewScriptRun, Piece, ScriptRun, ScriptRunFilter
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import BrowserSession, implements, implements_in_session

_LOOK_SECONDS = 0.25
"""How often what another process has stored is looked for."""


@implements(contract.get_script_runs)
def get_script_runs(crm: UnitOfWork, query: contract.ScriptRunFilter) -> Items[contract.ScriptRun]:
    filter = ScriptRunFilter(query.script_id, query.schedule_id, query.kind)
    page = script_runs.list_runs(crm, filter, query)
    return {"items": _show_all(crm, page.items), "next_cursor": page.next_cursor}


@implements_in_session(contract.post_script_runs, waits=True)
def post_script_runs(browser: BrowserSession, data: contract.ScriptToRun) -> contract.ScriptRun:
    principal, console = console_of(browser)
    return _show_now(browser, console_scripts.start(console, principal, lambda crm: _wanted(crm, data)).id)


@implements(contract.get_script_runs_by_id)
def get_script_runs_by_id(crm: UnitOfWork, id: str) -> contract.ScriptRunDetails:
    return {**_show(crm, script_runs.get(crm, id)), "code": script_runs.get_code(crm, id)}


@implements_in_session(contract.get_script_runs_by_id_output, waits=True)
def get_script_runs_by_id_output(
    browser: BrowserSession, id: str, query: contract.OutputPosition
) -> contract.ScriptOutput:
    principal, console = console_of(browser)
    until = time.monotonic() + query.wait
    while True:
        with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
            # In this order: output is stored before the end.
            run = script_runs.get(crm, id)
            pieces = script_runs.read_output(crm, id, query.after)
            shown = _show(crm, run)
        left = until - time.monotonic()
        if pieces or run.status == "ended" or left <= 0:
            return {
                "items": [_show_piece(one) for one in pieces],
                "after": pieces[-1].position if pieces else query.after,
                "is_complete": run.status == "ended",
                "run": shown,
            }
        with console.script_news:
            console.script_news.wait(min(left, _LOOK_SECONDS))


@implements_in_session(contract.post_script_runs_by_id_stop, waits=True)
def post_script_runs_by_id_stop(browser: BrowserSession, id: str) -> contract.ScriptRun:
    principal, console = console_of(browser)
    return _show_now(browser, console_scripts.stop(console, principal, id).id)


@implements(contract.get_script_runs_by_id_changes)
def get_script_runs_by_id_changes(crm: UnitOfWork, id: str) -> contract.RehearsedChanges:
    nothing: contract.RehearsedChanges = {"items": [], "total": 0, "elsewhere": []}
    rehearsed = cast("contract.RehearsedChanges | None", script_runs.get_rehearsed(crm, id))
    return nothing if rehearsed is None else rehearsed


@implements_in_session(contract.post_script_runs_by_id_apply, waits=True)
def post_script_runs_by_id_apply(browser: BrowserSession, id: str) -> contract.ScriptRun:
    principal, console = console_of(browser)
    return _show_now(browser, console_scripts.apply(console, principal, id).id)


def _wanted(crm: UnitOfWork, data: contract.ScriptToRun) -> NewScriptRun:
    code = data.code if isinstance(data.code, str) else None
    if not isinstance(data.script_id, int):
        if code is None:
            raise Invalid("is needed, or script_id", "code")
        if isinstance(data.version, int):
            raise Invalid("goes with script_id", "version")
        return NewScriptRun(code, data.kind, data.access)
    script = scripts.get(crm, data.script_id)
    if code is not None:
        # What was edited and not saved is no version.
        return NewScriptRun(code, data.kind, data.access, script.id, script.name)
    version = scripts.get_version(crm, script.id, data.version if isinstance(data.version, int) else None)
    return NewScriptRun(version.code, data.kind, data.access, script.id, script.name, version.version)


def _show_now(browser: BrowserSession, id: str) -> contract.ScriptRun:
    principal, console = console_of(browser)
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        return _show(crm, script_runs.get(crm, id))


def _show(crm: UnitOfWork, run: ScriptRun) -> contract.ScriptRun:
    return _show_all(crm, [run])[0]


def _show_all(crm: UnitOfWork, found: Iterable[ScriptRun]) -> list[contract.ScriptRun]:
    found = list(found)
    applied = script_runs.applied_by(crm, [run.id for run in found if run.kind == "rehearsal"])
    return [_show_one(crm, run, applied.get(run.id)) for run in found]


def _show_one(crm: UnitOfWork, run: ScriptRun, applied_by: str | None) -> contract.ScriptRun:
    level: Any = run.level
    is_own = run.user_id == crm.actor.id
    return {
        "id": run.id,
        "kind": run.kind,
        "script_id": run.script_id,
        "name": run.name,
        "version": run.version,
        "schedule_id": run.schedule_id,
        "user": show_user(crm, run.user_id),
        "access": run.access,
        "level": level,
        "status": run.status,
        "outcome": run.outcome,
        "error": run.error,
        "start_time": time_text(run.start_time),
        "end_time": time_text(run.end_time),
        "duration_ms": run.duration_ms,
        "calls": run.calls,
        "changes": run.changes,
        "can_apply": is_own and run.kind == "rehearsal" and run.outcome == "finished" and applied_by is None,
        "applies": run.applies,
        "applied_by": applied_by,
    }


def _show_piece(piece: Piece) -> contract.OutputPiece:
    return {
        "position": piece.position,
        "time": time_text(piece.time),
        "stream": piece.stream,
        "text": piece.text,
    }
