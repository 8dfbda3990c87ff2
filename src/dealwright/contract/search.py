"""Query parameters and results of the searches that both versions of the API have."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, NotRequired, TypedDict, TypeVar

from msgspec import Meta

from dealwright.contract.endpoint import Query
from dealwright.contract.values import MAX_MEMBERS, Id, SearchText

T = TypeVar("T")

Term = Annotated[
    SearchText,
    Meta(min_length=1, description="What to look for: two characters or more, one with `exact_match`."),
]
ExactMatch = Annotated[
    bool, Meta(description="Only values that equal the term as a whole; upper and lower case are the same.")
]

_FIELDS = Meta(max_length=MAX_MEMBERS, description="What to look in, comma-separated; everything unless given.")


class SearchQuery(Query):
    """What to look for; the base of what each search adds to it."""

    term: Term
    exact_match: ExactMatch | None = None


class DealSearchQuery(SearchQuery):
    """Which deals to search, and what to show of them."""

    fields: Annotated[list[Literal["custom_fields", "notes", "title"]], _FIELDS] | None = None
    person_id: Annotated[Id, Meta(description="Only deals with this person.")] | None = None
    organization_id: Annotated[Id, Meta(description="Only deals with this organization.")] | None = None
    status: Annotated[Literal["open", "won", "lost"], Meta(description="Only deals in this status.")] | None = None
    include_fields: (
        Annotated[
            list[Literal["deal.cc_email"]],
            Meta(max_length=MAX_MEMBERS, description="What to add to every deal, comma-separated."),
        ]
        | None
    ) = None


class PersonSearchQuery(SearchQuery):
    """Which persons to search, and what to show of them."""

    fields: Annotated[list[Literal["custom_fields", "email", "notes", "phone", "name"]], _FIELDS] | None = None
    organization_id: Annotated[Id, Meta(description="Only persons of this organization.")] | None = None
    include_fields: (
        Annotated[
            list[Literal["person.picture"]],
            Meta(max_length=MAX_MEMBERS, description="What to add to every person, comma-separated."),
        ]
        | None
    ) = None


class OrganizationSearchQuery(SearchQuery):
    """Which organizations to search."""

    fields: Annotated[list[Literal["address", "custom_fields", "notes", "name"]], _FIELDS] | None = None


class ProductSearchQuery(SearchQuery):
    """Which products to search, and what to show of them."""

    fields: Annotated[list[Literal["code", "custom_fields", "name"]], _FIELDS] | None = None
    include_fields: (
        Annotated[
            list[Literal["product.price"]],
            Meta(max_length=MAX_MEMBERS, description="What to add to every product, comma-separated."),
        ]
        | None
    ) = None


class LeadSearchQuery(SearchQuery):
    """Which leads to search, and what to show of them."""

    fields: Annotated[list[Literal["custom_fields", "notes", "title"]], _FIELDS] | None = None
    person_id: Annotated[Id, Meta(description="Only leads of this person.")] | None = None
    organization_id: Annotated[Id, Meta(description="Only leads of this organization.")] | None = None
    include_fields: (
        Annotated[
            list[Literal["lead.was_seen"]],
            Meta(max_length=MAX_MEMBERS, description="What to add to every lead, comma-separated."),
        ]
        | None
    ) = None


class ProjectSearchQuery(SearchQuery):
    """Which projects to search."""

    fields: Annotated[list[Literal["custom_fields", "notes", "title", "description"]], _FIELDS] | None = None
    person_id: Annotated[Id, Meta(description="Only projects with this person.")] | None = None
    organization_id: Annotated[Id, Meta(description="Only projects with this organization.")] | None = None


class ItemSearchQuery(SearchQuery):
    """Which kinds of items to search, and what to show of them."""

    item_types: (
        Annotated[
            list[Literal["deal", "person", "organization", "product", "lead", "file", "mail_attachment", "project"]],
            Meta(max_length=MAX_MEMBERS, description="What to look for, comma-separated; everything unless given."),
        ]
        | None
    ) = None
    fields: (
        Annotated[
            list[
                Literal["address", "code", "custom_fields", "email", "name", "notes", "phone", "title", "description"]
            ],
            Meta(
                max_length=MAX_MEMBERS,
                description="What to look in, comma-separated; everything that the kind of item has unless given.",
            ),
        ]
        | None
    ) = None
    search_for_related_items: (
        Annotated[
            bool,
            Meta(
                description="Add the newest leads and deals of every person and organization found, "
                "and the newest persons of every organization, 100 of each at most."
            ),
        ]
        | None
    ) = None
    include_fields: (
        Annotated[
            list[Literal["deal.cc_email", "person.picture", "product.price"]],
            Meta(max_length=MAX_MEMBERS, description="What to add to the items of a kind, comma-separated."),
        ]
        | None
    ) = None


class OwnerLink(TypedDict):
    """The user who owns a found item."""

    id: int


class StageLink(TypedDict):
    """The stage of a found deal."""

    id: int
    name: str


class PhaseLink(TypedDict):
    """The phase of a found project."""

    id: int
    name: str


class DealLink(TypedDict):
    """The deal of a found item."""

    id: int
    title: str | None


class LeadLink(TypedDict):
    """The lead of a found item."""

    id: str
    title: str | None


class PersonLink(TypedDict):
    """The person of a found item."""

    id: int
    name: str | None


class OrganizationLink(TypedDict):
    """The organization of a found item."""

    id: int
    name: str | None
    address: NotRequired[str | None]


class PictureLink(TypedDict):
    """The picture of a found person."""

    id: int


class FoundPrice(TypedDict):
    """A price of a found product."""

    price: float
    currency: str


class FoundDeal(TypedDict):
    """A deal. ``custom_fields`` and ``notes`` hold the texts that match; ``cc_email`` is there on request."""

    id: int
    type: Literal["deal"]
    title: str
    value: float
    currency: str
    status: str
    visible_to: int
    owner: OwnerLink
    stage: StageLink
    person: PersonLink | None
    organization: OrganizationLink | None
    custom_fields: list[str]
    notes: list[str]
    is_archived: bool
    cc_email: NotRequired[str]


class FoundPerson(TypedDict):
    """A person. ``custom_fields`` and ``notes`` hold the texts that match; ``picture`` is there on request."""

    id: int
    type: Literal["person"]
    name: str
    phones: list[str]
    emails: list[str]
    primary_email: NotRequired[str | None]
    visible_to: int
    owner: OwnerLink
    organization: OrganizationLink | None
    custom_fields: list[str]
    notes: list[str]
    picture: NotRequired[PictureLink | None]


class FoundOrganization(TypedDict):
    """An organization. ``custom_fields`` and ``notes`` hold the texts that match."""

    id: int
    type: Literal["organization"]
    name: str
    address: str | None
    visible_to: int
    owner: OwnerLink
    custom_fields: list[str]
    notes: list[str]


class FoundProduct(TypedDict):
    """A product. ``custom_fields`` holds the texts that match; ``prices`` are there on request."""

    id: int
    type: Literal["product"]
    name: str
    code: str | None
    visible_to: int
    owner: OwnerLink
    custom_fields: list[str]
    prices: NotRequired[list[FoundPrice]]


class FoundLead(TypedDict):
    """A lead. ``phones`` and ``emails`` are its person's; ``was_seen`` is there on request."""

    id: str
    type: Literal["lead"]
    title: str
    owner: OwnerLink
    person: PersonLink | None
    organization: OrganizationLink | None
    phones: list[str]
    emails: list[str]
    custom_fields: list[str]
    notes: list[str]
    value: float | None
    currency: str | None
    visible_to: int
    is_archived: bool
    was_seen: NotRequired[bool]


class FoundFile(TypedDict):
    """A file, with the records that it hangs on."""

    id: int
    type: Literal["file"]
    name: str
    url: str
    deal: NotRequired[DealLink]
    lead: NotRequired[LeadLink]
    person: NotRequired[PersonLink]
    organization: NotRequired[OrganizationLink]


class FoundMailAttachment(TypedDict):
    """A file that came with a mail message."""

    id: int
    type: Literal["mail_attachment"]
    name: str
    url: str


class FoundProject(TypedDict):
    """A project. ``custom_fields`` and ``notes`` hold the texts that match."""

    id: int
    type: Literal["project"]
    title: str
    status: str | None
    owner: OwnerLink
    board_id: int | None
    phase: PhaseLink | None
    person: PersonLink | None
    organization: OrganizationLink | None
    deal: DealLink | None
    deal_count: int
    description: str | None
    end_date: str | None
    custom_fields: list[str]
    notes: list[str]


class FoundItem(TypedDict):
    """An item of any kind: what ``FoundDeal``, ``FoundPerson`` … have, as ``type`` says; related items may have less."""

    id: int | str
    type: Literal["deal", "person", "organization", "product", "lead", "file", "mail_attachment", "project"]
    title: NotRequired[str]
    name: NotRequired[str]
    address: NotRequired[str | None]
    code: NotRequired[str | None]
    description: NotRequired[str | None]
    url: NotRequired[str]
    value: NotRequired[float | None]
    currency: NotRequired[str | None]
    status: NotRequired[str | None]
    end_date: NotRequired[str | None]
    visible_to: NotRequired[int]
    owner: NotRequired[OwnerLink]
    stage: NotRequired[StageLink]
    board_id: NotRequired[int | None]
    phase: NotRequired[PhaseLink | None]
    deal: NotRequired[DealLink | None]
    deal_count: NotRequired[int]
    lead: NotRequired[LeadLink]
    person: NotRequired[PersonLink | None]
    organization: NotRequired[OrganizationLink | None]
    phones: NotRequired[list[str]]
    emails: NotRequired[list[str]]
    primary_email: NotRequired[str | None]
    custom_fields: NotRequired[list[str]]
    notes: NotRequired[list[str]]
    is_archived: NotRequired[bool]
    was_seen: NotRequired[bool]
    cc_email: NotRequired[str]
    picture: NotRequired[PictureLink | None]
    prices: NotRequired[list[FoundPrice]]


class SearchResult(TypedDict, Generic[T]):
    """An item and how well it fits."""

    result_score: float
    item: T


class SearchResults(TypedDict, Generic[T]):
    """What was found, the best first. ``related_items`` are there when they were asked for; they do not count."""

    items: list[SearchResult[T]]
    related_items: NotRequired[list[SearchResult[T]]]
