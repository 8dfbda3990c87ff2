"""Webhooks."""

from __future__ import annotations

from typing import Any, cast

from msgspec import UNSET

from dealwright.contract.v1.integration import webhooks as contract
from dealwright.contract.v1.integration.webhooks import NewWebhook, WebhookDone, WebhookItem, WebhookList
from dealwright.crm.integration import webhooks
from dealwright.crm.integration.model import Webhook
from dealwright.crm.integration.webhooks import DeliveryStatus, Destination
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server import urls
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.times import iso_time


def show(crm: UnitOfWork, hook: Webhook, state: DeliveryStatus, http_auth_password: str | None) -> contract.Webhook:
    """Returns a webhook as v1 writes it, with its password in plain text."""
    shown: dict[str, Any] = {
        "id": hook.id,
        "company_id": crm.company.id,
        "owner_id": hook.owner_id,
        "user_id": hook.user_id,
        "event_action": hook.event_action,
        "event_object": hook.event_object,
        "subscription_url": hook.subscription_url,
        "version": hook.version,
        "is_active": 1 if hook.is_active else 0,
        "add_time": iso_time(hook.add_time),
        "remove_time": hook.remove_time and iso_time(hook.remove_time),
        "type": hook.type,
        "http_auth_user": hook.http_auth_user,
        "http_auth_password": http_auth_password,
        "remove_reason": hook.remove_reason,
        "last_delivery_time": state.last_delivery_time and iso_time(state.last_delivery_time),
        "last_http_status": state.last_http_status,
        "admin_id": hook.admin_id,
        "name": hook.name,
    }
    return cast("contract.Webhook", shown)


@implements(contract.get_webhooks)
def get_webhooks(crm: UnitOfWork) -> WebhookList:
    shown = [
        show(crm, hook, state, webhooks.readable_http_auth_password(crm, hook))
        for hook, state in webhooks.list_all(crm)
    ]
    return {"status": "ok", "success": True, "data": shown}


def _prepare_new(preparation: Preparation, data: NewWebhook) -> Destination:
    return webhooks.prepare(preparation, provided_values(data), own_hosts=urls.hosts())


@implements(contract.post_webhooks, prepare=_prepare_new, waits=True)
def post_webhooks(crm: UnitOfWork, destination: Destination, data: NewWebhook) -> WebhookItem:
    hook = webhooks.create(crm, provided_values(data), destination)
    password = None if data.http_auth_password is UNSET else data.http_auth_password
    return {"status": "ok", "success": True, "data": show(crm, hook, DeliveryStatus(), password)}


@implements(contract.delete_webhooks_by_id)
def delete_webhooks_by_id(crm: UnitOfWork, id: int) -> WebhookDone:
    webhooks.delete(crm, id)
    return {"status": "ok", "success": True}
