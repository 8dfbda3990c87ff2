"""Rows of activities and their types, as they are stored."""

from __future__ import annotations

from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel.counts import Copies, Distribution, Linked
from dealwright.crm.kernel.record_types import LinkedVisibility, PublicVisibility, Record, RecordType
from dealwright.crm.leads.model import LEAD
from dealwright.storage import tables


class Activity(Record):
    """An activity: a call, a meeting, a task or the like."""

    id: int
    subject: str
    type: str
    owner_id: int
    creator_user_id: int
    update_user_id: int | None
    is_deleted: bool
    delete_time: str | None
    add_time: str
    update_time: str
    deal_id: int | None
    lead_id: str | None
    person_id: int | None
    org_id: int | None
    project_id: int | None
    due_date: str | None
    due_time: str | None
    duration: str | None
    busy: bool
    done: bool
    marked_as_done_time: str | None
    location: str | None
    attendees: str
    conference_meeting_client: str | None
    conference_meeting_url: str | None
    conference_meeting_id: str | None
    public_description: str | None
    priority: int | None
    note: str | None
    revision: int = 0


ACTIVITY = RecordType(
    "activity",
    tables.activities,
    Activity,
    "Activity",
    LinkedVisibility(
        {"deal_id": DEAL, "person_id": PERSON, "org_id": ORGANIZATION, "lead_id": LEAD}, owner_column="owner_id"
    ),
)
ACTIVITY_COPIES = Copies(
    tables.activity_participants,
    "activity_id",
    tables.activities,
    ("is_deleted", "done", "due_date", "due_time", "marked_as_done_time", "add_time", "owner_id", "type"),
)
"""What participants repeat of their activity, so that an index leads to a person's next and last one."""

ACTIVITY_DISTRIBUTIONS = (
    Distribution("deal", Linked(tables.activities, "deal_id")),
    Distribution("person", Linked(tables.activity_participants, "person_id")),
    Distribution("organization", Linked(tables.activities, "org_id")),
)
"""The records that keep how their activities are spread over owners and types."""


class ActivityType(Record):
    """A type of activity."""

    id: int
    order_nr: int
    name: str
    key_string: str
    icon_key: str
    color: str | None
    is_active: bool
    is_custom: bool
    add_time: str
    update_time: str | None


ACTIVITY_TYPE = RecordType("activityType", tables.activity_types, ActivityType, "Activity type", PublicVisibility())
