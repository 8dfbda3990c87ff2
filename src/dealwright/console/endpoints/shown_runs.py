"""Runs as the web app sees them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dealwright.contract.app.integration import runs as contract
from dealwright.crm.history import run_changes
from dealwright.crm.history.run_changes import RecordChanges
from dealwright.crm.integration import runs
from dealwright.crm.integration.runs import Run
from dealwright.crm.kernel.unit_of_work import UnitOfWork


def show_run(crm: UnitOfWork, run: Run) -> contract.Run:
    """Returns a run."""
    return show_runs(crm, [run])[0]


def show_runs(crm: UnitOfWork, found: Iterable[Run]) -> list[contract.Run]:
    """Returns runs, with the numbers of records that they have changed."""
    found = list(found)
    counts = run_changes.count_by_run(crm, found)
    return [_show(crm, run, counts.get(run.id, 0)) for run in found]


def show_details(crm: UnitOfWork, run: Run) -> contract.RunDetails:
    """Returns a run with what it has changed."""
    changes = run_changes.of_run(crm, run)
    return {
        **_show(crm, run, changes.total),
        "records": [_show_record(one) for one in changes.records],
        "undone_by": changes.undone_by,
        "undoes": changes.undoes,
    }


def show_user(crm: UnitOfWork, id: int) -> contract.RunUser:
    """Returns who has run or saved something; without a name when there is no such user any more."""
    user = crm.company_data.users.get(id)
    return {"id": id, "name": user.name if user else ""}


def time_text(text: str | None) -> Any:
    """Returns a stored time in the form of RFC 3339."""
    return None if text is None else f"{text.replace(' ', 'T')}Z"


def _show(crm: UnitOfWork, run: Run, changes: int) -> contract.Run:
    error: Any = run.error
    headers: Any = run.rate_headers
    return {
        "id": run.id,
        "user": show_user(crm, run.user_id),
        "source": run.source,
        "connection_id": run.connection_id,
        "connection": run.connection,
        "version": run.version,
        "action": run.action,
        "params": run.params,
        "status": run.status,
        "start_time": time_text(run.start_time),
        "end_time": time_text(run.end_time),
        "duration_ms": run.duration_ms,
        "http_status": run.http_status,
        "error": error,
        "cost": run.cost,
        "rate_headers": headers or {},
        "answer_size": run.answer_size,
        "repeats": run.repeats,
        "script_run_id": run.script_run_id,
        "changes": changes,
        "can_repeat": run.params_are_complete and run.version in runs.ACTION_VERSIONS and run.connection_id is not None,
    }


def _show_record(one: RecordChanges) -> contract.RecordChanges:
    return {
        "object": one.object,
        "id": one.id,
        "name": one.name,
        "noun": one.noun,
        "action": one.action,
        "members": [
            {
                "key": member.key,
                "name": member.name,
                "before": member.before,
                "after": member.after,
                "before_text": member.before_text,
                "after_text": member.after_text,
                "before_currency": member.before_currency,
                "after_currency": member.after_currency,
            }
            for member in one.members
        ],
    }
