"""Organizations: the companies one deals with."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from msgspec import UNSET, UnsetType

from dealwright.contract.bodies import V1Body, V1Labels, V1RecordBody
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import CursorPaging, Ids, OffsetPaging, RecordId
from dealwright.contract.v1.envelopes import CursorPage, Deleted, DeletedMany, Item, List, Page, RelatedObjects
from dealwright.contract.v1.queries import ContactCollectionQuery, ContactsQuery
from dealwright.contract.v1.references import DropBox, PictureReference, UserReference
from dealwright.contract.v1.work.activities import Activity
from dealwright.contract.values import Id, IsoTime, LongText, Name, ShortText, VisibleTo

READ = frozenset({"contacts:full", "contacts:read"})
WRITE = frozenset({"contacts:full"})


class SharedOrganizationProperties(TypedDict):
    """What both shapes of an organization have in common; ``label`` is the first of ``label_ids``."""

    id: int
    name: str
    active_flag: bool
    update_time: str | None
    add_time: str
    visible_to: Literal["1", "3", "5", "7"]
    label: int | None
    label_ids: list[int]
    address: str | None
    address_subpremise: str | None
    address_street_number: str | None
    address_route: str | None
    address_sublocality: str | None
    address_locality: str | None
    address_admin_area_level_1: str | None
    address_admin_area_level_2: str | None
    address_country: str | None
    address_postal_code: str | None
    address_formatted_address: str | None
    cc_email: str


class Organization(SharedOrganizationProperties):
    """An organization, with the records it belongs to embedded."""

    company_id: int
    owner_id: UserReference
    open_deals_count: int
    related_open_deals_count: int
    closed_deals_count: int
    related_closed_deals_count: int
    email_messages_count: int
    people_count: int
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
    picture_id: PictureReference | None
    country_code: str | None
    first_char: str
    next_activity_date: str | None
    next_activity_time: str | None
    next_activity_id: int | None
    last_activity_id: int | None
    last_activity_date: str | None
    owner_name: str
    edit_name: NotRequired[bool]


class OrganizationDetails(Organization):
    """An organization with what only the single record tells."""

    last_activity: Activity | None
    next_activity: Activity | None


class FollowingUser(TypedDict):
    """A user who follows an organization."""

    id: int
    name: str
    email: str
    user_id: int
    pic_hash: str | None


class OrganizationDetailsInfo(DropBox):
    """The address of an organization's mail, and its followers by the id of the user."""

    followers: NotRequired[dict[str, FollowingUser]]


class OrganizationDetailsItem(TypedDict):
    """One organization with its details."""

    success: Literal[True]
    data: OrganizationDetails
    additional_data: OrganizationDetailsInfo
    related_objects: NotRequired[RelatedObjects | None]


class CollectedOrganization(SharedOrganizationProperties):
    """An organization of the collection: plain ids, and only what is cheap to read."""

    owner_id: int
    delete_time: str | None


class MergedOrganization(TypedDict):
    """What is left of two organizations: the id."""

    id: int


class OrganizationProperties(V1RecordBody, kw_only=True):
    """What can be written of an organization, whether it is created or changed."""

    name: Name | UnsetType = UNSET
    owner_id: Id | UnsetType = UNSET
    label: V1Labels | UnsetType | None = UNSET
    label_ids: V1Labels | UnsetType | None = UNSET
    visible_to: VisibleTo | UnsetType = UNSET
    address: LongText | UnsetType | None = UNSET
    address_subpremise: ShortText | UnsetType | None = UNSET
    address_street_number: ShortText | UnsetType | None = UNSET
    address_route: ShortText | UnsetType | None = UNSET
    address_sublocality: ShortText | UnsetType | None = UNSET
    address_locality: ShortText | UnsetType | None = UNSET
    address_admin_area_level_1: ShortText | UnsetType | None = UNSET
    address_admin_area_level_2: ShortText | UnsetType | None = UNSET
    address_country: ShortText | UnsetType | None = UNSET
    address_postal_code: ShortText | UnsetType | None = UNSET
    address_formatted_address: LongText | UnsetType | None = UNSET


class NewOrganization(OrganizationProperties, kw_only=True):
    """An organization to create. ``label`` beats ``label_ids``."""

    name: Name
    add_time: IsoTime | UnsetType = UNSET


class OrganizationChanges(OrganizationProperties, kw_only=True):
    """What to change of an organization; a new address empties the parts of the old one."""


class OrganizationMerge(V1Body, kw_only=True):
    """The organization that stays."""

    merge_with_id: Id


@endpoint(
    "DELETE /v1/organizations",
    group="Organizations",
    scopes=WRITE,
    cost=10,
    deprecated=True,
    replaced_by="v2.delete_organizations_by_id",
)
def delete_organizations(ids: Ids) -> Item[DeletedMany]:
    """Delete several organizations."""


@endpoint(
    "GET /v1/organizations",
    group="Organizations",
    scopes=READ,
    cost=20,
    deprecated=True,
    replaced_by="v2.get_organizations",
)
def get_organizations(query: ContactsQuery, page: OffsetPaging) -> Page[Organization]:
    """List organizations."""


@endpoint(
    "POST /v1/organizations",
    group="Organizations",
    scopes=WRITE,
    cost=10,
    status=201,
    deprecated=True,
    replaced_by="v2.post_organizations",
)
def post_organizations(data: NewOrganization) -> Item[Organization]:
    """Create an organization."""


@endpoint(
    "GET /v1/organizations/collection",
    group="Organizations",
    scopes=READ,
    cost=10,
    deprecated=True,
    replaced_by="v2.get_organizations",
)
def get_organizations_collection(
    query: ContactCollectionQuery, page: CursorPaging
) -> CursorPage[CollectedOrganization]:
    """List the organizations of the whole company, in a short form; for global admins only."""


@endpoint(
    "DELETE /v1/organizations/{id}",
    group="Organizations",
    scopes=WRITE,
    cost=6,
    deprecated=True,
    replaced_by="v2.delete_organizations_by_id",
)
def delete_organizations_by_id(id: RecordId) -> Item[Deleted]:
    """Delete an organization; it is purged after 30 days."""


@endpoint(
    "GET /v1/organizations/{id}",
    group="Organizations",
    scopes=READ,
    cost=2,
    deprecated=True,
    replaced_by="v2.get_organizations_by_id",
)
def get_organizations_by_id(id: RecordId) -> OrganizationDetailsItem:
    """Get one organization, with its next and last activity and its followers."""


@endpoint(
    "PUT /v1/organizations/{id}",
    group="Organizations",
    scopes=WRITE,
    cost=10,
    deprecated=True,
    replaced_by="v2.patch_organizations_by_id",
)
def put_organizations_by_id(id: RecordId, data: OrganizationChanges) -> Item[Organization]:
    """Change an organization; only the properties given change."""


@endpoint("PUT /v1/organizations/{id}/merge", group="Organizations", scopes=WRITE, cost=40)
def put_organizations_by_id_merge(id: RecordId, data: OrganizationMerge) -> Item[MergedOrganization]:
    """Merge an organization into another one, which stays.

    Where both have a value, that of the organization that stays wins; its persons and deals are those of both. This
    cannot be undone.
    """


@endpoint("GET /v1/organizations/{id}/permittedUsers", group="Organizations", scopes=READ, cost=10)
def get_organizations_by_id_permitted_users(id: RecordId) -> List[int]:
    """List the ids of the users who may see an organization."""
