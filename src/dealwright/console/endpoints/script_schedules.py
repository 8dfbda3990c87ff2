"""Schedules of scripts."""

from __future__ import annotations

import msgspec

from dealwright.console.endpoints.shown_runs import show_user, time_text
from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration import script_schedules as contract
from dealwright.crm.integration import script_schedules, scripts
from dealwright.crm.integration.script_schedules import NewSchedule, Schedule
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements


@implements(contract.get_script_schedules)
def get_script_schedules(crm: UnitOfWork, script_id: int | None = None) -> Items[contract.ScriptSchedule]:
    return {"items": _show_all(crm, script_schedules.list_schedules(crm, script_id)), "next_cursor": None}


@implements(contract.post_script_schedules)
def post_script_schedules(crm: UnitOfWork, data: contract.NewSchedule) -> contract.ScriptSchedule:
    new = NewSchedule(
        data.script_id, data.version, data.access, data.every_minutes, data.cron, data.time_zone, data.is_on
    )
    return _show(crm, script_schedules.create(crm, new))


@implements(contract.get_script_schedules_by_id)
def get_script_schedules_by_id(crm: UnitOfWork, id: int) -> contract.ScriptSchedule:
    return _show(crm, script_schedules.get(crm, id))


@implements(contract.patch_script_schedules_by_id)
def patch_script_schedules_by_id(crm: UnitOfWork, id: int, data: contract.ScheduleChanges) -> contract.ScriptSchedule:
    changes = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    return _show(crm, script_schedules.change(crm, id, changes))


@implements(contract.delete_script_schedules_by_id)
def delete_script_schedules_by_id(crm: UnitOfWork, id: int) -> contract.ScriptSchedule:
    return _show(crm, script_schedules.delete(crm, id))


def _show(crm: UnitOfWork, schedule: Schedule) -> contract.ScriptSchedule:
    return _show_all(crm, [schedule])[0]


def _show_all(crm: UnitOfWork, found: list[Schedule]) -> list[contract.ScriptSchedule]:
    names = scripts.find_names(crm, [one.script_id for one in found])
    latest = script_schedules.latest_runs(crm, found)
    shown: list[contract.ScriptSchedule] = []
    for one in found:
        run = latest.get(one.id)
        last_run: contract.LastScheduledRun | None = None
        if run is not None:
            last_run = {"id": run.id, "time": time_text(run.start_time), "outcome": run.outcome}
        shown.append(
            {
                "id": one.id,
                "script_id": one.script_id,
                "script_name": names.get(one.script_id, ""),
                "version": one.version,
                "user": show_user(crm, one.user_id),
                "can_change": one.user_id == crm.actor.id,
                "access": one.access,
                "every_minutes": one.every_minutes,
                "cron": one.cron,
                "time_zone": one.time_zone,
                "is_on": one.is_on,
                "off_reason": one.off_reason,
                "next_time": time_text(one.next_time),
                "last_run": last_run,
            }
        )
    return shown
