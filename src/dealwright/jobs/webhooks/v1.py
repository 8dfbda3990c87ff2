"""What webhooks of version 1.0 are told: the record before and after, as v1 of the API writes it, with plain ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dealwright.contract.values import Json
from dealwright.crm.activity_participants import Participant
from dealwright.crm.kinds import Object
from dealwright.crm.settings import Webhook
from dealwright.crm.unit import Crm
from dealwright.crm.values import instant
from dealwright.crm.webhook_events import Event, State
from dealwright.crm.webhooks import ACTIONS
from dealwright.jobs.webhooks.hosts import host
from dealwright.server.v1 import (
    activities,
    activity_types,
    deals,
    notes,
    organizations,
    persons,
    pipelines,
    products,
    stages,
    users,
)

Shown = Mapping[str, Any]
# What v1 shows as a whole record stands here as its id.
_LINKS = ("owner_id", "org_id", "picture_id")


def payload(crm: Crm, hook: Webhook, event: Event, attempt: int) -> dict[str, Any]:
    """The body for one attempt."""
    action = ACTIONS["1.0"][event.action]
    time = instant(event.time)
    milliseconds = round(time.timestamp() * 1000)
    meta: dict[str, Any] = {
        "v": 1,
        "action": action,
        "object": event.object,
        "id": event.record_id,
        "company_id": crm.company.id,
        "user_id": event.actor_user_id,
        "host": host(crm),
        "timestamp": milliseconds // 1000,
        "timestamp_micro": milliseconds * 1000,
        "prepublish_timestamp": milliseconds,
        "permitted_user_ids": event.permitted_user_ids,
        "trans_pending": False,
        "is_bulk_update": event.is_bulk,
        "pipedrive_service_name": False,
        "change_source": event.source,
        "matches_filters": {"current": []},
        "webhook_id": str(hook.id),
    }
    if event.object == "activity":
        shown = event.after or event.before
        assert shown is not None
        meta["send_activity_notifications"] = False
        meta["activity_notifications_language"] = crm.settings.users[shown.record.owner_id].language_code
    return {
        "v": 1,
        "matches_filters": {"current": []},
        "meta": meta,
        "current": _record(crm, event, event.after),
        "previous": _record(crm, event, event.before),
        "event": f"{action}.{event.object}",
        "retry": attempt - 1,
    }


def _record(crm: Crm, event: Event, state: State | None) -> Json:
    if state is None:
        return None
    shown: dict[str, Any] = dict(_SHOWS[event.object](crm, state))
    for name in _LINKS:
        if isinstance(shown.get(name), dict):
            shown[name] = shown[name]["value"]
    # For users, and for them alone, it is a list of one.
    return [shown] if event.object == "user" else shown


def _activity(crm: Crm, state: State) -> Shown:
    participants = {state.record.id: [Participant(*participant) for participant in state.participants]}
    return activities.show_all(crm, [state.record], participants)[0]


_SHOWS: Mapping[Object, Callable[[Crm, State], Shown]] = {
    "activity": _activity,
    "activityType": lambda _, state: activity_types.show(state.record),
    "deal": lambda crm, state: deals.show_all_flat(crm, [state.record])[0],
    "note": lambda crm, state: notes.show_all(crm, [state.record])[0],
    "organization": lambda crm, state: organizations.show_all(crm, [state.record])[0],
    "person": lambda crm, state: persons.show_all(crm, [state.record])[0],
    "pipeline": lambda _, state: pipelines.show(state.record),
    "product": lambda crm, state: products.show_all(crm, [state.record], {state.record.id: state.prices})[0],
    "stage": lambda _, state: stages.show(state.record),
    "user": lambda crm, state: users.show(crm, state.record),
}
