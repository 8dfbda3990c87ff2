"""Delivers what waits for webhooks, one attempt at a time, without anything that runs jobs by itself."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.jobs.registry import Work
from dealwright.jobs.webhooks.delivery import Undelivered, deliver
from dealwright.storage.tables import webhook_deliveries
from tests.api import Api

ATTEMPTS = 4


def waiting(api: Api) -> dict[int, int]:
    """The deliveries that are still to be made, and how many attempts each has had."""
    columns = webhook_deliveries.c
    with api.bearer.company.database.read() as db:
        rows = db.rows(sa.select(columns.id, columns.attempts).where(columns.state == "waiting").order_by(columns.id))
    return {int(id): int(attempts) for id, attempts in rows}


def attempt(api: Api) -> int:
    """Makes the next attempt at each delivery, in their order; how many failed."""
    failed = 0
    for id, attempts in waiting(api).items():
        number = attempts + 1
        work = Work(api.companies, api.bearer.company, {"delivery_id": id}, number, number == ATTEMPTS)
        try:
            deliver(work)
        except Undelivered:
            failed += 1
    return failed
