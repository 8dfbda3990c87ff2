"""Webhooks: addresses that are told about events."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.values import Flag, Id, Name, ShortText, Url

SCOPES = frozenset({"admin"})

EventAction = Literal["create", "change", "delete", "added", "updated", "deleted", "merged", "*"]
EventObject = Literal[
    "activity",
    "activityType",
    "deal",
    "lead",
    "note",
    "organization",
    "person",
    "pipeline",
    "product",
    "stage",
    "user",
    "*",
]
WebhookVersion = Literal["1.0", "2.0"]


class Webhook(TypedDict):
    """A webhook. It is gone for good when ``remove_time`` is set; ``type`` says who made it."""

    id: int
    company_id: int
    owner_id: int
    user_id: int
    event_action: EventAction
    event_object: EventObject
    subscription_url: str
    version: WebhookVersion
    is_active: Flag
    add_time: str
    remove_time: str | None
    type: Literal["general", "application", "automation"]
    http_auth_user: str | None
    http_auth_password: str | None
    remove_reason: str | None
    last_delivery_time: str | None
    last_http_status: int | None
    admin_id: int
    name: str | None


class WebhookItem(TypedDict):
    """One webhook."""

    status: Literal["ok"]
    success: Literal[True]
    data: Webhook


class WebhookList(TypedDict):
    """All webhooks."""

    status: Literal["ok"]
    success: Literal[True]
    data: list[Webhook]


class WebhookDone(TypedDict):
    """Success, with nothing to say."""

    status: Literal["ok"]
    success: Literal[True]


class WebhookError(TypedDict):
    """What is wrong with a webhook: by property, or as one message when the caller may not touch it."""

    success: Literal[False]
    status: NotRequired[Literal["error"]]
    errors: NotRequired[dict[str, list[str]]]
    message: NotRequired[str]


class NewWebhook(V1Body, kw_only=True):
    """A webhook to create. Without ``version`` it is of version 2.0, or of 1.0 where only that knows the event.

    Version 2.0 knows the actions ``create``, ``change`` and ``delete``, and no ``activityType``; version 1.0 knows
    ``added``, ``updated``, ``deleted`` and ``merged``, and no ``lead``. Without ``name`` it has none.
    """

    subscription_url: Annotated[Url, Meta(min_length=1)]
    event_action: EventAction
    event_object: EventObject
    name: Name | UnsetType | None = UNSET
    user_id: Id | UnsetType = UNSET
    http_auth_user: ShortText | UnsetType | None = UNSET
    http_auth_password: ShortText | UnsetType | None = UNSET
    version: WebhookVersion | UnsetType = UNSET


@endpoint("GET /v1/webhooks", group="Webhooks", scopes=SCOPES, cost=10)
def get_webhooks() -> WebhookList:
    """List the webhooks of the company; an app sees only its own."""


@endpoint("POST /v1/webhooks", group="Webhooks", scopes=SCOPES, cost=10, status=201)
def post_webhooks(data: NewWebhook) -> WebhookItem:
    """Have events sent to an address, as far as a user may see what they are about.

    The address must be reachable from anywhere and may not redirect. The user is the caller unless `user_id` is given.
    """


@endpoint("DELETE /v1/webhooks/{id}", group="Webhooks", scopes=SCOPES, cost=6)
def delete_webhooks_by_id(id: RecordId) -> WebhookDone:
    """Delete a webhook."""
