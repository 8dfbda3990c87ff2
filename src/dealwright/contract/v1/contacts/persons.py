"""Persons: the people one deals with."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body, V1Labels, V1RecordBody
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import CursorPaging, Ids, OffsetPaging, RecordId
from dealwright.contract.v1.envelopes import CursorPage, Deleted, DeletedMany, Item, List, Page, RelatedObjects
from dealwright.contract.v1.queries import ContactCollectionQuery, ContactsQuery
from dealwright.contract.v1.references import (
    ContactValue,
    DropBox,
    OrganizationReference,
    PictureReference,
    UserReference,
)
from dealwright.contract.values import (
    MAX_CONTACT_VALUES,
    HtmlText,
    Id,
    IsoTime,
    LongText,
    Name,
    PartOfName,
    ShortText,
    VisibleTo,
)

READ = frozenset({"contacts:full", "contacts:read"})
WRITE = frozenset({"contacts:full"})

MarketingStatus = Literal["no_consent", "unsubscribed", "subscribed", "archived"]


class SyncedProperties(TypedDict, total=False):
    """What a person has once the company has set up the synchronization of contacts."""

    notes: str | None
    im: list[ContactValue]
    birthday: str | None
    job_title: str | None
    postal_address: str | None
    postal_address_subpremise: str | None
    postal_address_street_number: str | None
    postal_address_route: str | None
    postal_address_sublocality: str | None
    postal_address_locality: str | None
    postal_address_admin_area_level_1: str | None
    postal_address_admin_area_level_2: str | None
    postal_address_country: str | None
    postal_address_postal_code: str | None
    postal_address_formatted_address: str | None


class SharedPersonProperties(SyncedProperties):
    """What both shapes of a person have in common.

    ``label`` is the first of ``label_ids``. Without an address ``email`` holds one with an empty text, and so does
    ``phone``.
    """

    id: int
    company_id: int
    name: str
    first_name: str | None
    last_name: str | None
    open_deals_count: int
    related_open_deals_count: int
    closed_deals_count: int
    related_closed_deals_count: int
    participant_open_deals_count: int
    participant_closed_deals_count: int
    email_messages_count: int
    activities_count: int
    done_activities_count: int
    undone_activities_count: int
    files_count: int
    notes_count: int
    followers_count: int
    won_deals_count: int
    related_won_deals_count: int
    lost_deals_count: int
    related_lost_deals_count: int
    active_flag: bool
    phone: list[ContactValue]
    email: list[ContactValue]
    primary_email: str | None
    first_char: str
    update_time: str | None
    delete_time: NotRequired[str | None]
    add_time: str
    visible_to: Literal["1", "3", "5", "7"]
    marketing_status: NotRequired[MarketingStatus]
    picture_id: PictureReference | None
    next_activity_date: str | None
    next_activity_time: str | None
    next_activity_id: int | None
    last_activity_id: int | None
    last_activity_date: str | None
    last_incoming_mail_time: str | None
    last_outgoing_mail_time: str | None
    label: int | None
    label_ids: list[int]
    org_name: str | None
    owner_name: str
    cc_email: str
    sync_needed: bool


class Person(SharedPersonProperties):
    """A person, with the records it belongs to embedded."""

    owner_id: UserReference
    org_id: OrganizationReference | None


class MergedPerson(SharedPersonProperties):
    """What is left of two persons, with plain ids; ``merge_what_id`` is the one that went."""

    owner_id: int
    org_id: int | None
    merge_what_id: int


class PersonItem(TypedDict):
    """One person, with the address of its mail."""

    success: Literal[True]
    data: Person
    additional_data: DropBox
    related_objects: NotRequired[RelatedObjects | None]


class CollectedPerson(TypedDict):
    """A person of the collection: plain ids, and only what is cheap to read."""

    id: int
    active_flag: bool
    owner_id: int
    org_id: int | None
    name: str
    email: list[ContactValue]
    phone: list[ContactValue]
    update_time: str | None
    delete_time: str | None
    add_time: str
    visible_to: Literal["1", "3", "5", "7"]
    picture_id: int | None
    label: int | None
    label_ids: list[int]
    cc_email: str


class NewContactValue(V1Body, kw_only=True):
    """An e-mail address, a phone number or the like; the first is the primary one unless another is."""

    value: ShortText | int | None
    primary: bool | UnsetType = UNSET
    label: ShortText | UnsetType | None = UNSET


ContactValues = Annotated[list[NewContactValue | ShortText], Meta(max_length=MAX_CONTACT_VALUES)] | ShortText
"""Several addresses or numbers, or a single one as it is."""


class PersonProperties(V1RecordBody, kw_only=True):
    """What can be written of a person, whether it is created or changed."""

    name: Name | UnsetType = UNSET
    first_name: PartOfName | UnsetType | None = UNSET
    last_name: PartOfName | UnsetType | None = UNSET
    owner_id: Id | UnsetType = UNSET
    org_id: Id | UnsetType | None = UNSET
    email: ContactValues | UnsetType | None = UNSET
    phone: ContactValues | UnsetType | None = UNSET
    label: V1Labels | UnsetType | None = UNSET
    label_ids: V1Labels | UnsetType | None = UNSET
    visible_to: VisibleTo | UnsetType = UNSET
    marketing_status: MarketingStatus | UnsetType = UNSET
    add_time: IsoTime | UnsetType = UNSET
    notes: HtmlText | UnsetType | None = UNSET
    im: ContactValues | UnsetType | None = UNSET
    birthday: date | UnsetType | None = UNSET
    job_title: ShortText | UnsetType | None = UNSET
    postal_address: LongText | UnsetType | None = UNSET
    postal_address_subpremise: ShortText | UnsetType | None = UNSET
    postal_address_street_number: ShortText | UnsetType | None = UNSET
    postal_address_route: ShortText | UnsetType | None = UNSET
    postal_address_sublocality: ShortText | UnsetType | None = UNSET
    postal_address_locality: ShortText | UnsetType | None = UNSET
    postal_address_admin_area_level_1: ShortText | UnsetType | None = UNSET
    postal_address_admin_area_level_2: ShortText | UnsetType | None = UNSET
    postal_address_country: ShortText | UnsetType | None = UNSET
    postal_address_postal_code: ShortText | UnsetType | None = UNSET
    postal_address_formatted_address: LongText | UnsetType | None = UNSET


class NewPerson(PersonProperties, kw_only=True):
    """A person to create. ``label`` beats ``label_ids``.

    It needs a name: as a whole, or as ``first_name`` and ``last_name``, of which one may be empty.
    """


class PersonChanges(PersonProperties, kw_only=True):
    """What to change of a person; addresses and numbers are replaced as a whole. ``label`` beats ``label_ids``."""


class PersonMerge(V1Body, kw_only=True):
    """The person that stays."""

    merge_with_id: Id


@endpoint(
    "DELETE /v1/persons", group="Persons", scopes=WRITE, cost=10, deprecated=True, replaced_by="v2.delete_persons_by_id"
)
def delete_persons(ids: Ids) -> Item[DeletedMany]:
    """Delete several persons."""


@endpoint("GET /v1/persons", group="Persons", scopes=READ, cost=20, deprecated=True, replaced_by="v2.get_persons")
def get_persons(query: ContactsQuery, page: OffsetPaging) -> Page[Person]:
    """List persons."""


@endpoint(
    "POST /v1/persons",
    group="Persons",
    scopes=WRITE,
    cost=10,
    status=201,
    deprecated=True,
    replaced_by="v2.post_persons",
)
def post_persons(data: NewPerson) -> Item[Person]:
    """Create a person."""


@endpoint(
    "GET /v1/persons/collection", group="Persons", scopes=READ, cost=10, deprecated=True, replaced_by="v2.get_persons"
)
def get_persons_collection(query: ContactCollectionQuery, page: CursorPaging) -> CursorPage[CollectedPerson]:
    """List the persons of the whole company, in a short form; for global admins only."""


@endpoint(
    "DELETE /v1/persons/{id}",
    group="Persons",
    scopes=WRITE,
    cost=6,
    deprecated=True,
    replaced_by="v2.delete_persons_by_id",
)
def delete_persons_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a person; it is purged after 30 days."""


@endpoint(
    "GET /v1/persons/{id}", group="Persons", scopes=READ, cost=2, deprecated=True, replaced_by="v2.get_persons_by_id"
)
def get_persons_by_id(id: RecordId) -> PersonItem:
    """Get one person."""


@endpoint("PUT /v1/persons/{id}", group="Persons", scopes=WRITE, cost=10, replaced_by="v2.patch_persons_by_id")
def put_persons_by_id(id: RecordId, data: PersonChanges) -> Item[Person]:
    """Change a person; only the properties given change."""


@endpoint("PUT /v1/persons/{id}/merge", group="Persons", scopes=WRITE, cost=40)
def put_persons_by_id_merge(id: RecordId, data: PersonMerge) -> Item[MergedPerson]:
    """Merge a person into another one, which stays.

    Where both have a value, that of the person that stays wins; addresses, numbers and labels of both are kept. This
    cannot be undone.
    """


@endpoint("GET /v1/persons/{id}/permittedUsers", group="Persons", scopes=READ, cost=10)
def get_persons_by_id_permitted_users(id: RecordId) -> List[int]:
    """List the ids of the users who may see a person."""
