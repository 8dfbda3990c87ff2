"""What happens to records, as webhooks are told: one event for each record that a unit of work has changed.

`crm.records` notes every change. When the unit ends, whatever some webhook asks for becomes an event: the record before and
after, however often it was written in between. It is stored in the transaction of the change, together with one delivery
for each webhook whose user sees the record. A company without webhooks pays nothing for all this.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast

import msgspec
import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import access, jobs, product_prices, webhooks
from dealwright.crm.changes import MERGED_FROM, MERGED_INTO, Action, FieldChange
from dealwright.crm.kinds import Kind, Object, Record
from dealwright.crm.model.activities import ACTIVITY
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.leads import LEAD
from dealwright.crm.model.notes import NOTE
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.model.products import PRODUCT
from dealwright.crm.product_prices import Price
from dealwright.crm.settings import ACTIVITY_TYPE, PIPELINE, STAGE, USER, Webhook
from dealwright.crm.unit import Crm
from dealwright.crm.values import dumps, loads
from dealwright.storage.tables import activity_participants, webhook_deliveries, webhook_events

EventAction = Literal["create", "change", "delete", "merge"]

KINDS: Mapping[Object, Kind[Any]] = {
    kind.object: kind
    for kind in (
        *(ACTIVITY, ACTIVITY_TYPE, DEAL, LEAD, NOTE, ORGANIZATION),
        *(PERSON, PIPELINE, PRODUCT, STAGE, USER),
    )
}
"""The kinds of records that webhooks are told about."""


class State(NamedTuple):
    """A record at some moment, with what lies in tables of its own: what a product costs, and who takes part in an activity.

    A participant is the id of a person, and whether it is the primary one.
    """

    record: Any
    prices: Sequence[Price] = ()
    participants: Sequence[tuple[int, bool]] = ()


class Event(NamedTuple):
    """Something has happened to a record. ``merge`` is for the one that stays; the other one is deleted.

    A new record has no ``before``, and one that is deleted no ``after``.
    """

    id: int
    time: str
    correlation_id: str
    actor_user_id: int
    object: Object
    record_id: int
    action: EventAction
    merged_id: int | None
    is_bulk: bool
    source: str
    permitted_user_ids: Sequence[int]
    before: State | None
    after: State | None


class _Noted:
    """What has happened to a record in this unit so far."""

    def __init__(self, kind: Kind[Any], before: Record | None) -> None:
        self.kind = kind
        self.before = before
        self.actions: set[Action] = set()
        self.fields: dict[str, tuple[Json, Json]] = {}
        self.is_bulk = False

    def add(self, action: Action, fields: Sequence[FieldChange], *, is_bulk: bool) -> None:
        """One more change of the record."""
        self.actions.add(action)
        self.is_bulk = self.is_bulk or is_bulk
        for name, old, new in fields:
            first, _ = self.fields.get(name, (old, None))
            self.fields[name] = (first, new)

    @property
    def merged_id(self) -> int | None:
        """The record that it was merged with."""
        for name in (MERGED_INTO, MERGED_FROM):
            if name in self.fields:
                return cast("int", self.fields[name][1])
        return None

    @property
    def action(self) -> EventAction | None:
        """What all of it comes to; None for nothing that anybody is told."""
        if "create" in self.actions:
            return "create"
        if "delete" in self.actions or MERGED_INTO in self.fields:
            return "delete"
        if "merge" in self.actions:
            return "merge"
        return "change" if any(old != new for old, new in self.fields.values()) else None


def note(
    crm: Crm,
    kind: Kind[Any],
    id: int,
    action: Action,
    before: Record | None,
    fields: Sequence[FieldChange],
    *,
    is_bulk: bool = False,
) -> None:
    """Takes note of a change of a record, which was ``before`` until then, for the end of the unit."""
    hooks = crm.settings.active_webhooks
    if not hooks or kind.object not in KINDS or not any(_about(hook, kind.object) for hook in hooks):
        return
    noted = crm.noted.setdefault((kind.object, id), _Noted(kind, before))
    assert isinstance(noted, _Noted)
    noted.add(action, fields, is_bulk=is_bulk)
    crm.at_end(_store)


def entity_id(object: Object, state: State) -> str:
    """What everybody but this CRM knows a record by."""
    return str(state.record.uuid if object == "lead" else state.record.id)


def get(crm: Crm, id: int) -> Event | None:
    """A stored event; None when it is there no more."""
    row = crm.db.row(sa.select(webhook_events).where(webhook_events.c.id == id))
    if row is None:
        return None
    event = Event(*row)
    kind = KINDS[event.object]
    return event._replace(
        is_bulk=bool(event.is_bulk),
        permitted_user_ids=loads(cast("str", event.permitted_user_ids)),
        before=_read(kind, cast("str | None", event.before)),
        after=_read(kind, cast("str | None", event.after)),
    )


def _about(hook: Webhook, object: Object) -> bool:
    return hook.event_object in (object, webhooks.ANY) and webhooks.knows(hook.version, object)


def _store(crm: Crm) -> None:
    """Makes events of what was noted, and deliveries of them."""
    for (_, id), noted in crm.noted.items():
        assert isinstance(noted, _Noted)
        action = noted.action
        asking = [
            hook
            for hook in crm.settings.active_webhooks
            if action and _about(hook, noted.kind.object) and webhooks.asks_for(hook, action)
        ]
        if action and asking:
            _store_one(crm, id, noted, action, asking)


def _store_one(crm: Crm, id: int, noted: _Noted, action: EventAction, asking: Sequence[Webhook]) -> None:
    kind = noted.kind
    row = crm.db.row(sa.select(kind.table).where(kind.table.c.id == id))
    assert row is not None
    record = kind.records([row])[0]
    permitted = access.seers(crm, kind, record)
    told = [hook for hook in asking if hook.user_id in permitted]
    if not told:
        return
    after = _state(crm, kind, record)
    before = None if noted.before is None else _before(after, noted)
    event_id = crm.db.insert(
        webhook_events,
        {
            "time": crm.now3,
            "correlation_id": crm.correlation_id,
            "actor_user_id": crm.actor.id,
            "object": kind.object,
            "record_id": id,
            "action": action,
            "merged_id": noted.merged_id,
            "is_bulk": noted.is_bulk,
            "source": crm.source,
            "permitted_user_ids": dumps(permitted),
            "before": before and _written(before),
            "after": None if action == "delete" else _written(after),
        },
    )
    for hook in told:
        deliver(crm, event_id, hook.id, kind.object, id)


def deliver(
    crm: Crm, event_id: int, webhook_id: int, object: Object, record_id: int, *, known_as: str | None = None
) -> int:
    """Has an event delivered to a webhook, after all others about the same record; the id of the delivery.

    ``known_as`` is what the receiver is to know it by, a new id unless it is given.
    """
    delivery = {"uuid": known_as or str(uuid.uuid4()), "webhook_id": webhook_id, "event_id": event_id}
    id = crm.db.insert(webhook_deliveries, delivery | {"add_time": crm.now3, "state": "waiting"})
    jobs.enqueue(crm, "deliver_webhook", {"delivery_id": id}, lock=f"webhook:{webhook_id}:{object}:{record_id}")
    return id


def _state(crm: Crm, kind: Kind[Any], record: Any) -> State:
    if kind.object == "product":
        return State(record, prices=product_prices.of(crm, [record.id])[record.id])
    if kind.object == "activity":
        return State(record, participants=_participants(crm, record.id))
    return State(record)


def _participants(crm: Crm, activity_id: int) -> list[tuple[int, bool]]:
    # `crm.activity_participants` cannot be asked: it stands above `crm.records`, which notes changes here.
    columns = activity_participants.c
    statement = sa.select(columns.person_id, columns.is_primary).where(columns.activity_id == activity_id)
    return [(id, bool(primary)) for id, primary in crm.db.rows(statement.order_by(columns.position))]


def _before(after: State, noted: _Noted) -> State:
    """The state before: the record as it was, and prices as the log has them. Participants are not logged."""
    if "prices" in noted.fields:
        old = cast("list[dict[str, Any]]", noted.fields["prices"][0])
        return State(noted.before, prices=[Price(id=0, product_id=after.record.id, **price) for price in old])
    return after._replace(record=noted.before)


def _written(state: State) -> str:
    written: dict[str, object] = {"record": msgspec.structs.asdict(state.record)}
    if state.prices:
        written["prices"] = [list(price) for price in state.prices]
    if state.participants:
        written["participants"] = state.participants
    return dumps(written)


def _read(kind: Kind[Any], text: str | None) -> State | None:
    if text is None:
        return None
    stored: Mapping[str, Any] = loads(text)
    # Columns that have come or gone since are passed over.
    names = kind.record.__struct_fields__
    record = kind.record(**{name: stored["record"].get(name) for name in names})
    return State(
        record,
        [Price(*price) for price in stored.get("prices", ())],
        [(id, primary) for id, primary in stored.get("participants", ())],
    )
