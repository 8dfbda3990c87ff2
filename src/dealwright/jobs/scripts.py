"""The job that runs a script whose time has come."""

from __future__ import annotations

from typing import Any

from dealwright.crm.companies import InactiveUser
from dealwright.crm.integration import script_schedules
from dealwright.crm.kernel.unit_of_work import Principal
from dealwright.jobs.registry import JobContext, Postponed, job
from dealwright.storage.engines import run_in_transaction

_WITHOUT_CONSOLE_SECONDS = 60.0


@job("run_script")
def run_script(context: JobContext) -> None:
    """Runs a script as the user of its schedule, which is switched off when this one is not active any more.

    It is not tried again: the next time comes by itself.
    """
    run = context.companies.run_scheduled_script
    if run is None:
        # This process serves nothing that a script could call.
        raise Postponed(_WITHOUT_CONSOLE_SECONDS)
    arguments: Any = context.arguments
    id, database = int(arguments["schedule_id"]), context.company.database
    user_id = run_in_transaction(database, lambda db: script_schedules.owner_of(db, id))
    if user_id is None:
        return
    try:
        run(Principal(context.company, user_id), id, str(arguments["time"]))
    except InactiveUser:
        run_in_transaction(database, lambda db: script_schedules.switch_off(db, id, "user_inactive"))
