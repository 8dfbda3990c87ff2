"""Events for webhooks: one event for each record that a unit of work has changed.

`UnitOfWork.add_change` collects every change. Before the commit, each changed record that some webhook subscribes to
becomes an event: the record before and after, however often it was written in between. The event is stored in the
transaction of the change, together with one delivery for each webhook whose user may see the record. For a company
without active webhooks nothing is read or stored.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast

import msgspec
import sqlalchemy as sa

from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.correspondence.model import NOTE
from dealwright.crm.deals.model import DEAL, PIPELINE, STAGE
from dealwright.crm.integration import webhooks
from dealwright.crm.integration.model import Webhook
from dealwright.crm.kernel import access, jobs
from dealwright.crm.kernel.changes import MERGED_FROM, MERGED_INTO
from dealwright.crm.kernel.record_types import RecordType, RecordTypeName
from dealwright.crm.kernel.unit_of_work import RecordChange, UnitOfWork
from dealwright.crm.leads.model import LEAD
from dealwright.crm.products import product_prices
from dealwright.crm.products.model import PRODUCT
from dealwright.crm.products.product_prices import Price
from dealwright.crm.team.model import USER
from dealwright.crm.values.formats import dumps, loads
from dealwright.crm.work import activity_participants
from dealwright.crm.work.model import ACTIVITY, ACTIVITY_TYPE
from dealwright.storage.tables import webhook_deliveries, webhook_events

EventAction = Literal["create", "change", "delete", "merge"]

KINDS: Mapping[RecordTypeName, RecordType[Any]] = {
    kind.object: kind
    for kind in (
        *(ACTIVITY, ACTIVITY_TYPE, DEAL, LEAD, NOTE, ORGANIZATION),
        *(PERSON, PIPELINE, PRODUCT, STAGE, USER),
    )
}
"""The record types that events are about."""


class RecordSnapshot(NamedTuple):
    """A record at some time, with values from other tables: the prices of a product, the participants of an activity.

    A participant is the id of a person, and whether it is the primary one.
    """

    record: Any
    prices: Sequence[Price] = ()
    participants: Sequence[tuple[int, bool]] = ()


class Event(NamedTuple):
    """An event about a record. A merge is ``merge`` for the record that stays, and ``delete`` for the other one.

    A new record has no ``before``, and a deleted one no ``after``.
    """

    id: int
    time: str
    correlation_id: str
    actor_user_id: int
    object: RecordTypeName
    record_id: int
    action: EventAction
    merged_id: int | None
    is_bulk: bool
    source: str
    permitted_user_ids: Sequence[int]
    before: RecordSnapshot | None
    after: RecordSnapshot | None


def store_events(crm: UnitOfWork) -> None:
    """Stores an event, with its deliveries, for each record changed in this unit that some webhook subscribes to."""
    active = crm.company_data.active_webhooks
    if not active:
        return
    for (object, _), change in crm.changes.items():
        hooks = [hook for hook in active if object in KINDS and _subscribes_to_object(hook, object)]
        action = _event_action(change) if hooks else None
        if action:
            _store_event(crm, change, action, [hook for hook in hooks if webhooks.subscribes_to(hook, action)])


def entity_id(object: RecordTypeName, snapshot: RecordSnapshot) -> str:
    """Returns the id used in the API: the UUID of a lead, else the number."""
    return str(snapshot.record.uuid if object == "lead" else snapshot.record.id)


def find(crm: UnitOfWork, id: int) -> Event | None:
    """Returns a stored event; None when it no longer exists."""
    row = crm.db.row(sa.select(webhook_events).where(webhook_events.c.id == id))
    if row is None:
        return None
    event = Event(*row)
    kind = KINDS[event.object]
    return event._replace(
        is_bulk=bool(event.is_bulk),
        permitted_user_ids=loads(cast("str", event.permitted_user_ids)),
        before=_decode_snapshot(kind, cast("str | None", event.before)),
        after=_decode_snapshot(kind, cast("str | None", event.after)),
    )


def _subscribes_to_object(hook: Webhook, object: RecordTypeName) -> bool:
    return hook.event_object in (object, webhooks.ANY) and webhooks.supports(hook.version, object)


def _merged_id(change: RecordChange) -> int | None:
    """Returns the id of the record that a changed one was merged with; None when it was not merged."""
    for name in (MERGED_INTO, MERGED_FROM):
        if name in change.fields:
            return cast("int", change.fields[name][1])
    return None


def _event_action(change: RecordChange) -> EventAction | None:
    """Returns the net effect of all changes of a record; None when nothing changed in the end."""
    if "create" in change.actions:
        return "create"
    if "delete" in change.actions or MERGED_INTO in change.fields:
        return "delete"
    if "merge" in change.actions:
        return "merge"
    return "change" if any(old != new for old, new in change.fields.values()) else None


def _store_event(crm: UnitOfWork, change: RecordChange, action: EventAction, hooks: Sequence[Webhook]) -> None:
    kind, id = change.kind, change.id
    row = crm.db.row(sa.select(kind.table).where(kind.table.c.id == id))
    assert row is not None
    record = kind.to_records([row])[0]
    permitted = access.viewers(crm, kind, record)
    receivers = [hook for hook in hooks if hook.user_id in permitted]
    if not receivers:
        return
    after = _snapshot(crm, kind, record)
    before = None if change.before is None else _snapshot_before(after, change)
    event_id = crm.db.insert(
        webhook_events,
        {
            "time": crm.now_ms,
            "correlation_id": crm.correlation_id,
            "actor_user_id": crm.actor.id,
            "object": kind.object,
            "record_id": id,
            "action": action,
            "merged_id": _merged_id(change),
            "is_bulk": change.is_bulk,
            "source": crm.source,
            "permitted_user_ids": dumps(permitted),
            "before": before and _encode_snapshot(before),
            "after": None if action == "delete" else _encode_snapshot(after),
        },
    )
    for hook in receivers:
        enqueue_delivery(crm, event_id, hook.id, kind.object, id)


def enqueue_delivery(
    crm: UnitOfWork,
    event_id: int,
    webhook_id: int,
    object: RecordTypeName,
    record_id: int,
    *,
    delivery_uuid: str | None = None,
) -> int:
    """Enqueues the delivery of an event to a webhook, after others about the same record; returns the delivery's id.

    ``delivery_uuid`` is the id for the receiver, by default a new one.
    """
    delivery = {"uuid": delivery_uuid or str(uuid.uuid4()), "webhook_id": webhook_id, "event_id": event_id}
    id = crm.db.insert(webhook_deliveries, delivery | {"add_time": crm.now_ms, "state": "waiting"})
    jobs.enqueue(crm, "deliver_webhook", {"delivery_id": id}, lock=f"webhook:{webhook_id}:{object}:{record_id}")
    return id


def _snapshot(crm: UnitOfWork, kind: RecordType[Any], record: Any) -> RecordSnapshot:
    if kind.object == "product":
        return RecordSnapshot(record, prices=product_prices.for_products(crm, [record.id])[record.id])
    if kind.object == "activity":
        return RecordSnapshot(record, participants=_participants(crm, record.id))
    return RecordSnapshot(record)


def _participants(crm: UnitOfWork, activity_id: int) -> list[tuple[int, bool]]:
    found = activity_participants.for_activities(crm, [activity_id]).get(activity_id, [])
    return [(one.person_id, one.is_primary) for one in found]


def _snapshot_before(after: RecordSnapshot, change: RecordChange) -> RecordSnapshot:
    """Returns the record as it was before, with prices and participants from the change log."""
    if "prices" in change.fields:
        old = cast("list[dict[str, Any]]", change.fields["prices"][0])
        return RecordSnapshot(change.before, prices=[Price(id=0, owner_id=after.record.id, **price) for price in old])
    if "participants" in change.fields:
        people = activity_participants.from_log(change.fields["participants"][0])
        return RecordSnapshot(change.before, participants=[(one.person_id, one.is_primary) for one in people])
    return after._replace(record=change.before)


def _encode_snapshot(snapshot: RecordSnapshot) -> str:
    members: dict[str, object] = {"record": msgspec.structs.asdict(snapshot.record)}
    if snapshot.prices:
        members["prices"] = [list(price) for price in snapshot.prices]
    if snapshot.participants:
        members["participants"] = snapshot.participants
    return dumps(members)


def _decode_snapshot(kind: RecordType[Any], text: str | None) -> RecordSnapshot | None:
    if text is None:
        return None
    stored: Mapping[str, Any] = loads(text)
    # Columns that were removed since are ignored, and those that were added are None.
    names = kind.record_class.__struct_fields__
    record = kind.record_class(**{name: stored["record"].get(name) for name in names})
    return RecordSnapshot(
        record,
        [Price(*price) for price in stored.get("prices", ())],
        [(id, primary) for id, primary in stored.get("participants", ())],
    )
