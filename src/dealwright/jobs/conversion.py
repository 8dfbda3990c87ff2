"""The job that converts a lead into a deal, or a deal into a lead."""

from __future__ import annotations

from dealwright.crm.companies import InactiveUser
from dealwright.crm.errors import CrmError
from dealwright.crm.history import conversion as rules
from dealwright.jobs.registry import JobContext, job
from dealwright.storage.engines import run_in_transaction


def _give_up(context: JobContext, error: Exception) -> None:
    database, id = context.company.database, str(context.arguments["conversion_id"])
    reason = f"{type(error).__name__}: {error}"
    run_in_transaction(database, lambda db: rules.mark_failed(db, id, "failed", reason, context.now))


@job("convert", retries=(1, 5, 30), on_failure=_give_up)
def convert(context: JobContext) -> None:
    """Converts a record as the user who asked for it. What a rule forbids is rejected, and not tried again."""
    database, id = context.company.database, str(context.arguments["conversion_id"])
    user_id = run_in_transaction(database, lambda db: rules.mark_running(db, id, context.now))
    if user_id is None:
        return
    try:
        context.companies.run(context.company, user_id, lambda crm: rules.convert(crm, id), write=True)
    except (CrmError, InactiveUser) as error:
        reason = str(error)
        run_in_transaction(database, lambda db: rules.mark_failed(db, id, "rejected", reason, context.now))
