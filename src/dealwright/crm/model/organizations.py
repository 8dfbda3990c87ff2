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
    custom_fields: str
    first_char: str
    next_activity_id: int | None
    next_activity_date: str | None
    next_activity_time: str | None
    last_activity_id: int | None
    last_activity_date: str | None
    open_deals_count: int
    related_open_deals_count: int
    closed_deals_count: int
    related_closed_deals_count: int
    won_deals_count: int
    related_won_deals_count: int
    lost_deals_count: int
    related_lost_deals_count: int
    email_messages_count: int
    activities_count: int
    done_activities_count: int
    undone_activities_count: int
    files_count: int
    notes_count: int
    followers_count: int
    people_count: int


ORGANIZATION = Kind("organization", tables.organizations, Organization, "Organization")
