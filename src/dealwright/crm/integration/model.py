"""Rows of filters, fields and webhooks, as they are stored."""

from __future__ import annotations

from dealwright.crm.kernel.record_types import Record, RecordType, RecordTypeName, SharedVisibility
from dealwright.storage import tables


class Filter(Record):
    """A filter: stored conditions for lists."""

    id: int
    name: str
    type: str
    owner_id: int
    visible_to: int
    is_temporary: bool
    is_deleted: bool
    conditions: str
    add_time: str
    update_time: str


FILTER = RecordType("filter", tables.filters, Filter, "Filter", SharedVisibility())


class Field(Record):
    """A field of a record type."""

    id: int
    object: RecordTypeName
    key: str
    name: str
    description: str | None
    field_type: str
    order_nr: int
    is_custom: bool
    is_deleted: bool
    ui_visibility: str
    important_fields: str | None
    required_fields: str | None
    created_by_user_id: int | None
    last_updated_by_user_id: int | None
    add_time: str
    update_time: str | None


class FieldOption(Record):
    """An option of a field."""

    id: int
    field_id: int
    label: str
    color: str | None
    alt_id: str | None
    order_nr: int
    is_deleted: bool
    add_time: str
    update_time: str | None


class Webhook(Record):
    """A URL that receives events. ``app`` is the client id of the app that created the webhook; None for a user."""

    id: int
    owner_id: int
    user_id: int
    admin_id: int
    event_action: str
    event_object: str
    subscription_url: str
    version: str
    name: str | None
    type: str
    app: str | None
    http_auth_user: str | None
    sealed_http_auth_password: str | None
    sealed_secret: str | None
    is_active: bool
    add_time: str
    remove_time: str | None
    remove_reason: str | None
