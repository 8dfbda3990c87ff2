"""Organizations as they are stored."""

from __future__ import annotations

from dealwright.crm.kinds import Kind, Record
from dealwright.storage import tables


class Organization(Record):
    """An organization, with its counts and dates kept up to date."""

    id: int
    name: str
    owner_id: int
    add_time: str
    update_time: str
    address: str | None
    is_deleted: bool
    delete_time: str | None
    visible_to: int
    label_ids: str
    picture_id: int | None
    country_code: str | None
    website: str | None
    linkedin: str | None
    industry: int | None
    annual_revenue: float | None
    employee_count: int | None
    revision: int
    custom_fields: str
    first_char: str = ""
    next_activity_id: int | None = None
    next_activity_date: str | None = None
    next_activity_time: str | None = None
    last_activity_id: int | None = None
    last_activity_date: str | None = None
    open_deals_count: int = 0
    related_open_deals_count: int = 0
    closed_deals_count: int = 0
    related_closed_deals_count: int = 0
    won_deals_count: int = 0
    related_won_deals_count: int = 0
    lost_deals_count: int = 0
    related_lost_deals_count: int = 0
    email_messages_count: int = 0
    activities_count: int = 0
    done_activities_count: int = 0
    undone_activities_count: int = 0
    files_count: int = 0
    notes_count: int = 0
    followers_count: int = 0
    people_count: int = 0


ORGANIZATION = Kind("organization", tables.organizations, Organization, "Organization")
