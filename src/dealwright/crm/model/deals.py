"""Deals as they are stored."""

from __future__ import annotations

from dealwright.crm.kinds import Kind, Record
from dealwright.storage import tables


class Deal(Record):
    """A deal, with its counts and dates kept up to date. Whole amounts are integers, as they are on the wire."""

    id: int
    title: str
    creator_user_id: int
    owner_id: int
    value: int | float
    currency: str
    person_id: int | None
    org_id: int | None
    stage_id: int
    pipeline_id: int
    add_time: str
    update_time: str
    stage_change_time: str | None
    status: str
    is_archived: bool
    archive_time: str | None
    is_deleted: bool
    delete_time: str | None
    probability: int | None
    lost_reason: str | None
    visible_to: int
    close_time: str | None
    won_time: str | None
    first_won_time: str | None
    lost_time: str | None
    local_won_date: str | None
    local_lost_date: str | None
    local_close_date: str | None
    expected_close_date: str | None
    label_ids: str
    origin: str
    origin_id: str | None
    channel: int | None
    channel_id: str | None
    acv: int | float | None
    arr: int | float | None
    mrr: int | float | None
    revision: int
    custom_fields: str
    next_activity_id: int | None = None
    next_activity_date: str | None = None
    next_activity_time: str | None = None
    last_activity_id: int | None = None
    last_activity_date: str | None = None
    products_count: int = 0
    files_count: int = 0
    notes_count: int = 0
    followers_count: int = 0
    email_messages_count: int = 0
    activities_count: int = 0
    done_activities_count: int = 0
    undone_activities_count: int = 0
    participants_count: int = 0
    last_incoming_mail_time: str | None = None
    last_outgoing_mail_time: str | None = None


DEAL = Kind("deal", tables.deals, Deal, "Deal")
