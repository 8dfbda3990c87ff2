"""Rows of leads and their labels, as they are stored."""

from __future__ import annotations

from dealwright.crm.kernel.counts import Linked, Nearest, live
from dealwright.crm.kernel.record_types import OwnVisibility, PublicVisibility, Record, RecordType
from dealwright.storage import tables


class Lead(Record):
    """A lead. ``id`` is internal: the API and links of other records use the ``uuid``. ``label_ids`` are UUIDs, too."""

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
    source_deal_id: int | None = None


class LeadLabel(Record):
    """A label for leads."""

    id: int
    uuid: str
    name: str
    color: str
    is_deleted: bool
    add_time: str
    update_time: str


LEAD = RecordType(
    "lead",
    tables.leads,
    Lead,
    "Lead",
    OwnVisibility(),
    key="uuid",
    kept=(Nearest({"next_activity_id": "id"}, Linked(tables.activities, "lead_id"), live(done=False)),),
)
LEAD_LABEL = RecordType("leadLabel", tables.lead_labels, LeadLabel, "Lead label", PublicVisibility())
