"""What the user should know."""

from __future__ import annotations

from dealwright.contract.app.integration import notifications as contract
from dealwright.crm.history import notifications
from dealwright.crm.history.notifications import Notification
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.times import iso_time


def _show(one: Notification) -> contract.Notification:
    stored, details = one.stored, one.details
    return {
        "id": stored.id,
        "kind": stored.kind,
        "time": iso_time(stored.time),
        "is_read": stored.read_time is not None,
        "actor": None if one.by is None else {"id": one.by.id, "name": one.by.name},
        "object": stored.object,
        "records": [{"object": record.object, "id": record.id, "name": record.name} for record in one.records],
        "count": one.total,
        "about": None
        if one.about is None
        else {"object": one.about.object, "id": one.about.id, "name": one.about.name},
        "text": one.text or details.get("error") or details.get("reason") or None,
        "job": details.get("job"),
        "outcome": details.get("outcome") or details.get("state"),
        "run_id": one.run_id,
    }


@implements(contract.get_notifications)
def get_notifications(crm: UnitOfWork, query: contract.NotificationPaging) -> contract.NotificationPage:
    page = notifications.list_page(crm, query)
    return {
        "items": [_show(one) for one in page.items],
        "next_cursor": page.next_cursor,
        "unread": notifications.count_unread(crm),
    }


@implements(contract.post_notifications_read)
def post_notifications_read(crm: UnitOfWork, data: contract.ReadUpTo) -> contract.Unread:
    notifications.mark_all_read(crm, data.up_to)
    return {"unread": notifications.count_unread(crm)}


@implements(contract.post_notifications_by_id_read)
def post_notifications_by_id_read(crm: UnitOfWork, id: int) -> contract.Unread:
    notifications.mark_read(crm, id)
    return {"unread": notifications.count_unread(crm)}
