"""The payload of version 1.0: the record before and after, as v1 of the API shows it, with plain ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dealwright.contract.values import Json
from dealwright.crm.integration.model import Webhook
from dealwright.crm.integration.webhook_events import Event, RecordSnapshot
from dealwright.crm.integration.webhooks import ACTIONS
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import parse_time
from dealwright.crm.work.activity_participants import Participant
from dealwright.jobs.webhooks.hosts import host
from dealwright.server.v1.contacts import organizations, persons
from dealwright.server.v1.correspondence import notes
from dealwright.server.v1.deals import deals, pipelines, stages
from dealwright.server.v1.products import products
from dealwright.server.v1.team import users
from dealwright.server.v1.work import activities, activity_types

JsonObject = Mapping[str, Any]
# Records that v1 of the API embeds are ids in the payload.
_LINKS = ("owner_id", "org_id", "picture_id")


def build_payload(crm: UnitOfWork, hook: Webhook, event: Event, attempt: int) -> dict[str, Any]:
    """Returns the body for one attempt."""
    action = ACTIONS["1.0"][event.action]
    time = parse_time(event.time)
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
        snapshot = event.after or event.before
        assert snapshot is not None
        meta["send_activity_notifications"] = False
        meta["activity_notifications_language"] = crm.company_data.users[snapshot.record.owner_id].language_code
    return {
        "v": 1,
        "matches_filters": {"current": []},
        "meta": meta,
        "current": _render_record(crm, event, event.after),
        "previous": _render_record(crm, event, event.before),
        "event": f"{action}.{event.object}",
        "retry": attempt - 1,
    }


def _render_record(crm: UnitOfWork, event: Event, state: RecordSnapshot | None) -> Json:
    if state is None:
        return None
    rendered: dict[str, Any] = dict(_RENDERERS[event.object](crm, state))
    for name in _LINKS:
        if isinstance(rendered.get(name), dict):
            rendered[name] = rendered[name]["value"]
    # Only a user is in a list of one.
    return [rendered] if event.object == "user" else rendered


def _activity(crm: UnitOfWork, state: RecordSnapshot) -> JsonObject:
    participants = {state.record.id: [Participant(*participant) for participant in state.participants]}
    return activities.show_all(crm, [state.record], participants)[0]


_RENDERERS: Mapping[RecordTypeName, Callable[[UnitOfWork, RecordSnapshot], JsonObject]] = {
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
