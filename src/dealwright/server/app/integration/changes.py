"""The changes of records, as they happen. `server.change_streams` sends them."""

from __future__ import annotations

from dealwright.contract.app.integration import changes as contract
from dealwright.contract.endpoint import EventStream
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements


@implements(contract.get_changes)
def get_changes(_crm: UnitOfWork, last_event_id: int | None = None, after: int | None = None) -> EventStream:
    return EventStream(last_event_id if last_event_id is not None else after)
