"""Leads and their labels as they are stored."""

from __future__ import annotations

from dealwright.crm.kinds import Kind, Record
from dealwright.storage import tables


class Lead(Record):
    """A lead. ``id`` is known in here only; everybody else knows a lead by its ``uuid``, and so its labels."""

    id: int
    uuid: str
    title: str
    owner_id: int
    creator_id: int
    label_ids: str
    person_id: int | None
    organization_id: int | None
    value: int | float | None
    currency: str | None
    expected_close_date: str | None
    source_name: str
    origin: str
    origin_id: str | None
    channel: int | None
    channel_id: str | None
    is_archived: bool
    was_seen: bool
    is_deleted: bool
    delete_time: str | None
    visible_to: int
    add_time: str
    update_time: str
    custom_fields: str
    next_activity_id: int | None = None


class LeadLabel(Record):
    """A label for leads."""

    id: int
    uuid: str
    name: str
    color: str
    is_deleted: bool
    add_time: str
    update_time: str


LEAD = Kind("lead", tables.leads, Lead, "Lead")
LEAD_LABEL = Kind("leadLabel", tables.lead_labels, LeadLabel, "Lead label")
