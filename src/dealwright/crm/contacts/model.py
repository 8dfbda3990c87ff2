"""Rows of persons, organizations and relationships, as they are stored."""

from __future__ import annotations

from dealwright.crm.kernel.counts import (
    Count,
    Indirect,
    Linked,
    Related,
    live,
    of_activities,
    of_attachments,
    of_deals,
    of_mail,
)
from dealwright.crm.kernel.record_types import LinkedVisibility, OwnVisibility, Record, RecordType
from dealwright.storage import tables
from dealwright.storage.sort_indexes import JsonMember
from dealwright.storage.tables.contacts import organizations, persons


class OrganizationRelationship(Record):
    """A relationship of two organizations. With the type ``parent``, the owner is the parent of the linked one."""

    id: int
    type: str
    rel_owner_org_id: int
    rel_linked_org_id: int
    is_deleted: bool
    delete_time: str | None
    add_time: str
    update_time: str


class Organization(Record):
    """An organization, with stored counts and dates of its related records."""

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


ADDRESS_TEXT: JsonMember = organizations.ADDRESS_TEXT
"""The address of an organization as one text."""

ORGANIZATION = RecordType(
    "organization",
    tables.organizations,
    Organization,
    "Organization",
    OwnVisibility(),
    link="org_id",
    kept=(
        # The deals of its persons are related to it, too.
        *of_deals(Linked(tables.deals, "org_id"), Indirect(tables.deals, "person_id", tables.persons, "org_id")),
        *of_activities(tables.activities, "org_id"),
        *of_attachments("organization", "org_id"),
        Count("people_count", Linked(tables.persons, "org_id"), live()),
        *of_mail(Linked(tables.mail_links, "org_id"), times=False),
    ),
)


class Person(Record):
    """A person, with stored counts and dates of its related records."""

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
    participant_open_deals_count: int = 0
    participant_closed_deals_count: int = 0
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
    last_incoming_mail_time: str | None = None
    last_outgoing_mail_time: str | None = None


FIRST_EMAIL: JsonMember = persons.FIRST_EMAIL
FIRST_PHONE: JsonMember = persons.FIRST_PHONE
FIRST_IM = JsonMember(tables.persons.c.im, 0, "value")
"""The first of a person's e-mail addresses, phone numbers and addresses of messengers."""

PERSON = RecordType(
    "person",
    tables.persons,
    Person,
    "Person",
    OwnVisibility(),
    kept=(
        # The deals that it takes part in are related to it, too.
        *of_deals(
            Linked(tables.deals, "person_id"),
            Related(tables.deals, tables.deal_participants, "person_id", row_id="deal_id", other_than="person_id"),
        ),
        # Those that it takes part in, whether it is the primary participant or not.
        *of_activities(tables.activity_participants, "person_id"),
        *of_attachments("person", "person_id"),
        *of_mail(Linked(tables.mail_links, "person_id")),
    ),
)

ORGANIZATION_RELATIONSHIP = RecordType(
    "organizationRelationship",
    tables.organization_relationships,
    OrganizationRelationship,
    "Organization relationship",
    LinkedVisibility({"rel_owner_org_id": ORGANIZATION, "rel_linked_org_id": ORGANIZATION}),
)
