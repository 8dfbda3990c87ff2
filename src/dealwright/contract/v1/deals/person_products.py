"""The products in the deals of a person."""

from __future__ import annotations

from typing import Literal, TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.contacts.persons import READ
from dealwright.contract.v1.deals.deals import Status
from dealwright.contract.v1.envelopes import Page


class ProductDeal(TypedDict):
    """The deal that a product is in, with plain ids."""

    id: int
    company_id: int
    creator_user_id: int
    user_id: int
    person_id: int | None
    org_id: int | None
    stage_id: int
    title: str
    value: float
    currency: str
    add_time: str
    first_add_time: str
    update_time: str | None
    stage_change_time: str | None
    active: bool
    deleted: bool
    status: Status
    probability: int | None
    next_activity_date: str | None
    next_activity_time: str | None
    next_activity_id: int | None
    last_activity_id: int | None
    last_activity_date: str | None
    lost_reason: str | None
    visible_to: Literal["1", "3", "5", "7"]
    close_time: str | None
    pipeline_id: int
    won_time: str | None
    first_won_time: str | None
    lost_time: str | None
    products_count: int
    files_count: int
    notes_count: int
    followers_count: int
    email_messages_count: int
    activities_count: int
    done_activities_count: int
    undone_activities_count: int
    participants_count: int
    expected_close_date: str | None
    last_incoming_mail_time: str | None
    last_outgoing_mail_time: str | None
    label: str | None


class DealtProduct(TypedDict):
    """A product in a deal, with plain ids."""

    id: int
    company_id: int
    name: str
    code: str | None
    description: str | None
    unit: str | None
    tax: float
    category: str | None
    active_flag: bool
    selectable: bool
    first_char: str
    visible_to: Literal["1", "3", "5", "7"]
    owner_id: int
    files_count: int | None
    add_time: str
    update_time: str | None
    deal_id: int


class PersonProduct(TypedDict):
    """A product and the deal that it is in."""

    deal: ProductDeal
    product: DealtProduct


@endpoint("GET /v1/persons/{id}/products", group="Persons", scopes=READ, cost=20)
def get_persons_by_id_products(id: RecordId, page: OffsetPaging) -> Page[dict[str, PersonProduct]]:
    """List the products in the deals of a person, each by the id of its deal."""
