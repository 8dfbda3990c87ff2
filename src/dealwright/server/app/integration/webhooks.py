"""Webhooks with their deliveries."""

from __future__ import annotations

from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration import webhooks as contract
from dealwright.crm.integration import webhook_deliveries, webhooks
from dealwright.crm.integration.model import Webhook
from dealwright.crm.integration.webhook_deliveries import Delivery
from dealwright.crm.integration.webhooks import ACTIONS, DeliveryStatus
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import parse_time
from dealwright.server.binding import implements
from dealwright.server.times import iso_time


def _show(crm: UnitOfWork, hook: Webhook, status: DeliveryStatus) -> contract.Webhook:
    return {
        "id": hook.id,
        "name": hook.name,
        "url": hook.subscription_url,
        "version": hook.version,
        "event_action": hook.event_action,
        "event_object": hook.event_object,
        "owner": _show_user(crm, hook.owner_id),
        "user": _show_user(crm, hook.user_id),
        "http_auth_user": hook.http_auth_user,
        "is_signed": hook.sealed_secret is not None,
        "is_active": hook.is_active,
        "remove_reason": hook.remove_reason,
        "add_time": iso_time(hook.add_time),
        "last_delivery_time": iso_time(status.last_delivery_time),
        "last_http_status": status.last_http_status,
        "failing_since": iso_time(status.failing_since),
        "banned_until": iso_time(status.banned_until) if _is_banned(crm, status) else None,
    }


def _is_banned(crm: UnitOfWork, status: DeliveryStatus) -> bool:
    return status.banned_until is not None and parse_time(status.banned_until) > crm.time


def _show_user(crm: UnitOfWork, id: int) -> contract.WebhookUser:
    return {"id": id, "name": crm.company_data.users[id].name}


def _show_delivery(hook: Webhook, delivery: Delivery) -> contract.Delivery:
    return {
        "id": delivery.id,
        "uuid": delivery.uuid,
        "webhook_id": delivery.webhook_id,
        "object": delivery.object,
        "record_id": delivery.record_id,
        "action": ACTIONS[hook.version][delivery.action],
        "event_time": iso_time(delivery.event_time),
        "add_time": iso_time(delivery.add_time),
        "state": delivery.state,  # type: ignore[typeddict-item]
        "attempts": delivery.attempts,
        "attempt_time": iso_time(delivery.time),
        "http_status": delivery.http_status,
        "error": delivery.error,
    }


@implements(contract.get_webhooks)
def get_webhooks(crm: UnitOfWork) -> Items[contract.Webhook]:
    return {"items": [_show(crm, hook, status) for hook, status in webhooks.list_all(crm)], "next_cursor": None}


@implements(contract.get_webhooks_by_id)
def get_webhooks_by_id(crm: UnitOfWork, id: int) -> contract.WebhookDetails:
    hook = webhooks.get(crm, id)
    counts = webhook_deliveries.count_by_state(crm, hook)
    return {
        **_show(crm, hook, webhooks.status(crm, hook)),
        "deliveries": {
            "waiting": counts.get("waiting", 0),
            "delivered": counts.get("delivered", 0),
            "failed": counts.get("failed", 0),
            "lost": counts.get("lost", 0),
        },
        "repeatable": len(webhook_deliveries.list_undelivered(crm, hook)) if hook.is_active else 0,
    }


@implements(contract.get_webhooks_by_id_deliveries)
def get_webhooks_by_id_deliveries(crm: UnitOfWork, id: int, query: contract.DeliveryFilter) -> Items[contract.Delivery]:
    hook = webhooks.get(crm, id)
    page = webhook_deliveries.list_page(crm, hook, query.state, query)
    return {"items": [_show_delivery(hook, one) for one in page.items], "next_cursor": page.next_cursor}


@implements(contract.post_webhooks_by_id_replay)
def post_webhooks_by_id_replay(crm: UnitOfWork, id: int) -> contract.ReplayedDeliveries:
    hook = webhooks.get(crm, id)
    ids = webhook_deliveries.list_undelivered(crm, hook)
    return {"count": len(webhook_deliveries.replay_as_actor(crm, hook, ids))}


@implements(contract.get_webhook_deliveries_by_id)
def get_webhook_deliveries_by_id(crm: UnitOfWork, id: int) -> contract.Delivery:
    delivery = webhook_deliveries.get(crm, id)
    return _show_delivery(webhooks.get(crm, delivery.webhook_id), delivery)


@implements(contract.post_webhook_deliveries_by_id_replay)
def post_webhook_deliveries_by_id_replay(crm: UnitOfWork, id: int) -> contract.Delivery:
    delivery = webhook_deliveries.get(crm, id)
    hook = webhooks.get(crm, delivery.webhook_id)
    [repeated] = webhook_deliveries.replay_as_actor(crm, hook, [id])
    return _show_delivery(hook, webhook_deliveries.get(crm, repeated))
