"""The list of runs, one of them, and taking one back."""

from __future__ import annotations

from dealwright.console import undo
from dealwright.console.endpoints.shown_runs import show_details, show_run, show_runs
from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration import runs as contract
from dealwright.crm.integration import runs
from dealwright.crm.integration.runs import RunFilter
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import format_time_ms
from dealwright.server.binding import implements


@implements(contract.get_runs)
def get_runs(crm: UnitOfWork, query: contract.RunFilter) -> Items[contract.Run]:
    filter = RunFilter(
        user_id=query.user_id,
        connection_id=query.connection_id,
        action=query.action,
        source=query.source,
        status=query.status,
        script_run_id=None if query.script_run_id is None else query.script_run_id.lower(),
        since=None if query.since is None else format_time_ms(query.since),
        until=None if query.until is None else format_time_ms(query.until),
        text=query.text,
    )
    page = runs.list_runs(crm, filter, query)
    return {"items": show_runs(crm, page.items), "next_cursor": page.next_cursor}


@implements(contract.get_runs_settings)
def get_runs_settings(crm: UnitOfWork) -> contract.RunSettings:
    return {"retention_days": runs.retention_days(crm)}


@implements(contract.patch_runs_settings)
def patch_runs_settings(crm: UnitOfWork, data: contract.RunSettingChanges) -> contract.RunSettings:
    runs.change_retention(crm, data.retention_days)
    return {"retention_days": runs.retention_days(crm)}


@implements(contract.get_runs_by_id)
def get_runs_by_id(crm: UnitOfWork, id: str) -> contract.RunDetails:
    return show_details(crm, runs.get(crm, id))


@implements(contract.post_runs_by_id_undo)
def post_runs_by_id_undo(crm: UnitOfWork, id: str) -> contract.Run:
    return show_run(crm, undo.take_back(crm, id))
