"""Webhooks with their deliveries. What makes and deletes them is in v1."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from msgspec import Meta

from dealwright.contract.app.envelopes import Items
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.values import Digits

GROUP = "Webhooks"

DeliveryState = Literal["waiting", "delivered", "failed", "lost"]


class WebhookUser(TypedDict):
    """Whom a webhook belongs to, or whose records it is about."""

    id: int
    name: str


class Webhook(TypedDict):
    """A webhook.

    ``user`` is the one who sees what the events are about. Events are lost until ``banned_until`` because attempts have failed; it is
    null when none are. It sends nothing any more when ``is_active`` is false, for the reason told.
    """

    id: int
    name: str | None
    url: str
    version: str
    event_action: str
    event_object: str
    owner: WebhookUser
    user: WebhookUser
    http_auth_user: str | None
    is_signed: bool
    is_active: bool
    remove_reason: str | None
    add_time: str
    last_delivery_time: str | None
    last_http_status: int | None
    failing_since: str | None
    banned_until: str | None


class DeliveryCounts(TypedDict):
    """How many deliveries there are in each state; they are kept for a week."""

    waiting: int
    delivered: int
    failed: int
    lost: int


class WebhookDetails(Webhook):
    """A webhook with the numbers of its deliveries; ``repeatable`` of those that failed or were lost were not repeated since."""

    deliveries: DeliveryCounts
    repeatable: int


class Delivery(TypedDict):
    """A delivery of an event to a webhook. ``attempt_time``, ``http_status`` and ``error`` are of the last attempt."""

    id: int
    uuid: str
    webhook_id: int
    object: str
    record_id: int
    action: str
    event_time: str
    add_time: str
    state: DeliveryState
    attempts: int
    attempt_time: str | None
    http_status: int | None
    error: str | None


class Payload(TypedDict):
    """The body of a delivery, as the last attempt had it; null, perhaps with a reason, when it cannot be made any more."""

    payload: Any
    reason: str | None


class ReplayedDeliveries(TypedDict):
    """How many deliveries are made once more."""

    count: int


class DeliveryFilter(Query, kw_only=True):
    """Which deliveries to list."""

    state: Annotated[DeliveryState, Meta(description="In this state only.")] | None = None
    cursor: Annotated[Digits, Meta(description="The page that follows another one.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=500, description="How many.")] = 50


@endpoint("GET /app/api/webhooks", group=GROUP, cost=0)
def get_webhooks() -> Items[Webhook]:
    """List webhooks: one's own; admins see those of all users."""


@endpoint("GET /app/api/webhooks/{id}", group=GROUP, cost=0)
def get_webhooks_by_id(id: RecordId) -> WebhookDetails:
    """Get a webhook."""


@endpoint("GET /app/api/webhooks/{id}/deliveries", group=GROUP, cost=0)
def get_webhooks_by_id_deliveries(id: RecordId, query: DeliveryFilter) -> Items[Delivery]:
    """List the deliveries of a webhook, the newest first."""


@endpoint("POST /app/api/webhooks/{id}/replay", group=GROUP, cost=0)
def post_webhooks_by_id_replay(id: RecordId) -> ReplayedDeliveries:
    """Repeat all deliveries of a webhook that have failed or were lost, and were not repeated since."""


@endpoint("GET /app/api/webhook-deliveries/{id}", group=GROUP, cost=0)
def get_webhook_deliveries_by_id(id: RecordId) -> Delivery:
    """Get a delivery."""


@endpoint("GET /app/api/webhook-deliveries/{id}/payload", group=GROUP, cost=0)
def get_webhook_deliveries_by_id_payload(id: RecordId) -> Payload:
    """Get the body of a delivery, as its receiver gets it."""


@endpoint("POST /app/api/webhook-deliveries/{id}/replay", group=GROUP, cost=0)
def post_webhook_deliveries_by_id_replay(id: RecordId) -> Delivery:
    """Make a delivery once more, with the id that the receiver knows."""
