"""The payload of version 2.0: the record, and the former values of its changed properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dealwright.crm.fields import labels, timezones
from dealwright.crm.integration.model import Webhook
from dealwright.crm.integration.webhook_events import Event, RecordSnapshot, entity_id
from dealwright.crm.integration.webhooks import ACTIONS
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products import products
from dealwright.crm.values.formats import loads, parse_time
from dealwright.jobs.webhooks import custom_fields
from dealwright.jobs.webhooks.hosts import host
from dealwright.server.times import iso_time
from dealwright.server.v2.products.products import show_price
from dealwright.server.v2.values import address, rfc3339_time

JsonObject = dict[str, Any]


def build_payload(crm: UnitOfWork, hook: Webhook, event: Event, id: str, attempt: int) -> JsonObject:
    """Returns the body for one attempt; ``id`` identifies the message to the receiver."""
    before, after = (_render_record(crm, event, state) for state in (event.before, event.after))
    if event.action == "create":
        data, previous = after, None
    elif event.action == "delete":
        data, previous = None, before
    else:
        assert before is not None
        assert after is not None
        data, previous = after, _differences(before, after)
    return {"data": data, "previous": previous, "meta": _build_meta(crm, hook, event, id, attempt)}


def _build_meta(crm: UnitOfWork, hook: Webhook, event: Event, id: str, attempt: int) -> JsonObject:
    state = event.after or event.before
    assert state is not None
    meta: JsonObject = {
        "action": ACTIONS["2.0"][event.action],
        "entity": event.object,
        "company_id": str(crm.company.id),
        "correlation_id": event.correlation_id,
        "entity_id": entity_id(event.object, state),
        "id": id,
        "is_bulk_edit": event.is_bulk,
        "timestamp": iso_time(event.time),
        "type": hook.type,
        "user_id": str(event.actor_user_id),
        "version": hook.version,
        "webhook_id": str(hook.id),
        "webhook_owner_id": str(hook.owner_id),
        "change_source": event.source,
        "attempt": attempt,
        "host": host(crm),
    }
    if event.object == "user":
        meta["timestamp"] = int(parse_time(event.time).timestamp())
    else:
        meta["permitted_user_ids"] = [str(user_id) for user_id in event.permitted_user_ids]
    if event.merged_id is not None:
        meta["merged_to_id" if event.action == "delete" else "merged_from_id"] = str(event.merged_id)
    return meta


def _render_record(crm: UnitOfWork, event: Event, state: RecordSnapshot | None) -> JsonObject | None:
    return None if state is None else _RENDERERS[event.object](crm, state)


def _differences(before: JsonObject, after: JsonObject) -> JsonObject:
    """Returns the former values of the properties that differ; of custom fields only those that differ."""
    found: JsonObject = {}
    for name, value in before.items():
        if name == "custom_fields":
            changed = {key: old for key, old in value.items() if old != after[name].get(key)}
            if changed:
                found[name] = changed
        elif value != after[name] and name not in ("update_time", "update_user_id", "modified"):
            found[name] = value
    return found


def _activity(crm: UnitOfWork, state: RecordSnapshot) -> JsonObject:
    activity = state.record
    timezone = timezones.IDS.get(crm.company_data.users[activity.owner_id].timezone_name)

    def in_zone(value: str | None) -> JsonObject | None:
        return None if value is None else {"timezone_id": timezone, "value": value}

    return {
        "active_flag": not activity.is_deleted,
        "add_time": rfc3339_time(activity.add_time),
        "busy_flag": activity.busy,
        "custom_fields": {},
        "deal_id": activity.deal_id,
        "done": activity.done,
        "due_date": activity.due_date,
        "due_time": in_zone(activity.due_time),
        "duration": in_zone(activity.duration),
        "id": activity.id,
        "lead_id": activity.lead_id,
        "location": address(activity.location),
        "org_id": activity.org_id,
        "owner_id": activity.owner_id,
        "person_id": activity.person_id,
        "public_description": activity.public_description,
        "subject": activity.subject,
        "type": activity.type,
        "update_time": rfc3339_time(activity.update_time),
        "update_user_id": activity.update_user_id,
    }


def _deal(crm: UnitOfWork, state: RecordSnapshot) -> JsonObject:
    deal = state.record
    return {
        "id": deal.id,
        "title": deal.title,
        "value": deal.value,
        "currency": deal.currency,
        "status": deal.status,
        "stage_id": deal.stage_id,
        "pipeline_id": deal.pipeline_id,
        "owner_id": deal.owner_id,
        "creator_user_id": deal.creator_user_id,
        "person_id": deal.person_id,
        "org_id": deal.org_id,
        "probability": deal.probability,
        "label_ids": labels.existing_ids(crm, "deal", loads(deal.label_ids)),
        "visible_to": str(deal.visible_to),
        "add_time": rfc3339_time(deal.add_time),
        "update_time": rfc3339_time(deal.update_time),
        "stage_change_time": rfc3339_time(deal.stage_change_time),
        "expected_close_date": deal.expected_close_date,
        "close_time": rfc3339_time(deal.close_time),
        "won_time": rfc3339_time(deal.won_time),
        "first_won_time": rfc3339_time(deal.first_won_time),
        "lost_time": rfc3339_time(deal.lost_time),
        "lost_reason": deal.lost_reason,
        "is_archived": deal.is_archived,
        "archive_time": rfc3339_time(deal.archive_time),
        "origin": deal.origin,
        "origin_id": deal.origin_id,
        "channel": deal.channel,
        "channel_id": deal.channel_id,
        "custom_fields": custom_fields.show(crm, "deal", deal.custom_fields),
    }


def _lead(crm: UnitOfWork, state: RecordSnapshot) -> JsonObject:
    lead = state.record
    worth = None if lead.value is None or lead.currency is None else {"amount": lead.value, "currency": lead.currency}
    return {
        "add_time": iso_time(lead.add_time),
        "channel": lead.channel,
        "channel_id": lead.channel_id,
        "creator_id": lead.creator_id,
        "custom_fields": custom_fields.show(crm, "lead", lead.custom_fields),
        "expected_close_date": lead.expected_close_date,
        "id": lead.uuid,
        "is_archived": lead.is_archived,
        "label_ids": loads(lead.label_ids),
        "next_activity_id": lead.next_activity_id,
        "organization_id": lead.organization_id,
        "origin": lead.origin,
        "origin_id": lead.origin_id,
        "owner_id": lead.owner_id,
        "person_id": lead.person_id,
        "source_name": lead.source_name,
        "title": lead.title,
        "update_time": iso_time(lead.update_time),
        "value": worth,
        "was_seen": lead.was_seen,
    }


def _note(crm: UnitOfWork, state: RecordSnapshot) -> JsonObject:
    note = state.record
    return {
        "id": note.id,
        "user_id": note.user_id,
        "deal_id": note.deal_id,
        "person_id": note.person_id,
        "org_id": note.org_id,
        "lead_id": note.lead_id,
        "project_id": note.project_id,
        "active_flag": not note.is_deleted,
        "content": note.content,
        "add_time": rfc3339_time(note.add_time),
        "update_time": rfc3339_time(note.update_time),
        "pinned_to_deal_flag": note.pinned_to_deal_flag,
        "pinned_to_person_flag": note.pinned_to_person_flag,
        "pinned_to_organization_flag": note.pinned_to_organization_flag,
    }


def _organization(crm: UnitOfWork, state: RecordSnapshot) -> JsonObject:
    organization = state.record
    label_ids = labels.existing_ids(crm, "organization", loads(organization.label_ids))
    return {
        "add_time": rfc3339_time(organization.add_time),
        "address": address(organization.address),
        "country_code": organization.country_code,
        "custom_fields": custom_fields.show(crm, "organization", organization.custom_fields),
        "id": organization.id,
        "label": label_ids[0] if label_ids else None,
        "label_ids": label_ids,
        "name": organization.name,
        "owner_id": organization.owner_id,
        "picture_id": organization.picture_id,
        "update_time": rfc3339_time(organization.update_time),
        "visible_to": str(organization.visible_to),
    }


def _person(crm: UnitOfWork, state: RecordSnapshot) -> JsonObject:
    person = state.record
    label_ids = labels.existing_ids(crm, "person", loads(person.label_ids))
    return {
        "add_time": rfc3339_time(person.add_time),
        "custom_fields": custom_fields.show(crm, "person", person.custom_fields),
        "emails": loads(person.emails),
        "first_name": person.first_name,
        "id": person.id,
        "label": label_ids[0] if label_ids else None,
        "label_ids": label_ids,
        "last_name": person.last_name,
        "name": person.name,
        "org_id": person.org_id,
        "owner_id": person.owner_id,
        "phones": loads(person.phones),
        "update_time": rfc3339_time(person.update_time),
        "visible_to": str(person.visible_to),
    }


def _pipeline(crm: UnitOfWork, state: RecordSnapshot) -> JsonObject:
    pipeline = state.record
    return {
        "id": pipeline.id,
        "name": pipeline.name,
        "url_title": pipeline.name.replace(" ", "-"),
        "order_nr": pipeline.order_nr,
        "active_flag": not pipeline.is_deleted,
        "deal_probability": pipeline.is_deal_probability_enabled,
        "add_time": rfc3339_time(pipeline.add_time),
        "update_time": rfc3339_time(pipeline.update_time),
    }


def _product(crm: UnitOfWork, state: RecordSnapshot) -> JsonObject:
    product = state.record
    category = products.category(crm, product)
    return {
        "add_time": rfc3339_time(product.add_time),
        "category": None if category is None else str(category),
        "code": product.code,
        "custom_fields": custom_fields.show(crm, "product", product.custom_fields),
        "description": product.description,
        "id": product.id,
        "name": product.name,
        "owner_id": product.owner_id,
        "selectable": product.is_linkable,
        "tax": product.tax,
        "unit": product.unit,
        "update_time": rfc3339_time(product.update_time),
        "visible_to": str(product.visible_to),
        "prices": [show_price(price) for price in state.prices],
    }


def _stage(crm: UnitOfWork, state: RecordSnapshot) -> JsonObject:
    stage = state.record
    return {
        "id": stage.id,
        "name": stage.name,
        "active_flag": not stage.is_deleted,
        "rotten_days": stage.days_to_rotten,
        "order_nr": stage.order_nr,
        "deal_probability": stage.deal_probability,
        "rotten_flag": stage.is_deal_rot_enabled,
        "add_time": rfc3339_time(stage.add_time),
        "pipeline_id": stage.pipeline_id,
        "update_time": rfc3339_time(stage.update_time),
    }


def _user(crm: UnitOfWork, state: RecordSnapshot) -> JsonObject:
    user = state.record
    return {
        "id": str(user.id),
        "default_currency": user.default_currency,
        "name": user.name,
        "email": user.email,
        "phone": user.phone,
        "locale": user.locale,
        "lang": f"{user.language_code}-{user.country_code}",
        "active_flag": user.is_active,
        "last_login": user.last_login,
        "timezone_name": user.timezone_name,
        "icon_url": user.icon_url,
        "created": user.add_time,
        "modified": user.update_time,
        "access": None,
    }


_RENDERERS: Mapping[RecordTypeName, Callable[[UnitOfWork, RecordSnapshot], JsonObject]] = {
    "activity": _activity,
    "deal": _deal,
    "lead": _lead,
    "note": _note,
    "organization": _organization,
    "person": _person,
    "pipeline": _pipeline,
    "product": _product,
    "stage": _stage,
    "user": _user,
}
