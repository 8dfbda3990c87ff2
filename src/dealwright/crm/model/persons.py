"""Persons as they are stored."""

from __future__ import annotations

from dealwright.crm.kinds import Kind, Record
from dealwright.storage import tables


class Person(Record):
    """A person: a contact, with its counts and dates kept up to date."""

    id: int
    name: str
    first_name: str | None
    last_name: str | None
    owner_id: int
    org_id: int | None
    add_time: str
    update_time: str
    emails: str
    phones: str
    is_deleted: bool
    delete_time: str | None
    visible_to: int
    label_ids: str
    picture_id: int | None
    notes: str | None
    im: str
    birthday: str | None
    job_title: str | None
    postal_address: str | None
    marketing_status: str
    doi_status: int
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
    participant_open_deals_count: int
    participant_closed_deals_count: int
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
    last_incoming_mail_time: str | None
    last_outgoing_mail_time: str | None


PERSON = Kind("person", tables.persons, Person, "Person")
