"""Rows of deals, their lines, discounts and installments, goals, pipelines, stages and currencies, as they are stored."""

from __future__ import annotations

from dealwright.crm.kernel.counts import Count, Linked, of_activities, of_attachments, of_mail
from dealwright.crm.kernel.record_types import (
    LinkedVisibility,
    OwnVisibility,
    PipelineVisibility,
    PublicVisibility,
    Record,
    RecordType,
)
from dealwright.storage import tables


class Deal(Record):
    """A deal, with stored counts and dates of its related records. Whole amounts are integers, as in the API."""

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
    probability: int | float | None
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
    source_lead_id: str | None = None


DEAL = RecordType(
    "deal",
    tables.deals,
    Deal,
    "Deal",
    OwnVisibility(pipeline_column="pipeline_id"),
    kept=(
        *of_activities(tables.activities, "deal_id"),
        *of_attachments("deal", "deal_id"),
        Count("participants_count", Linked(tables.deal_participants, "deal_id"), {}),
        Count("products_count", Linked(tables.deal_products, "deal_id"), {}),
        *of_mail(Linked(tables.mail_messages, "deal_id")),
    ),
)


class DealProduct(Record):
    """A line of a deal: a product with its price. ``sum`` is what is billed each time, in the currency of the deal."""

    id: int
    deal_id: int
    product_id: int | None
    product_variation_id: int | None
    name: str
    item_price: int | float
    quantity: int | float
    discount: int | float
    discount_type: str
    tax: int | float
    tax_method: str
    is_enabled: bool
    comments: str | None
    order_nr: int
    billing_frequency: str
    billing_frequency_cycles: int | None
    billing_start_date: str | None
    sum: int | float
    add_time: str
    update_time: str


class DealDiscount(Record):
    """A discount on a whole deal, beside those of its lines."""

    id: int
    uuid: str
    deal_id: int
    description: str
    amount: int | float
    type: str
    add_time: str
    creator_user_id: int
    update_time: str
    update_user_id: int


class DealInstallment(Record):
    """A part of what a deal costs, and the day on which it is billed."""

    id: int
    deal_id: int
    description: str
    amount: int | float
    billing_date: str
    add_time: str
    update_time: str


_OF_DEAL = LinkedVisibility({"deal_id": DEAL})
DEAL_PRODUCT = RecordType("dealProduct", tables.deal_products, DealProduct, "Product attachment", _OF_DEAL)
DEAL_DISCOUNT = RecordType("dealDiscount", tables.deal_discounts, DealDiscount, "Discount", _OF_DEAL)
DEAL_INSTALLMENT = RecordType("dealInstallment", tables.deal_installments, DealInstallment, "Installment", _OF_DEAL)


class Pipeline(Record):
    """A pipeline."""

    id: int
    name: str
    order_nr: int
    is_deleted: bool
    is_deal_probability_enabled: bool
    add_time: str
    update_time: str | None


class Stage(Record):
    """A step of a pipeline."""

    id: int
    pipeline_id: int
    name: str
    order_nr: int
    is_deleted: bool
    deal_probability: int
    is_deal_rot_enabled: bool
    days_to_rotten: int | None
    add_time: str
    update_time: str | None


class Currency(Record):
    """A currency."""

    id: int
    code: str
    name: str
    symbol: str
    decimal_points: int
    is_active: bool
    is_custom: bool


class Goal(Record):
    """A goal of a user, a team or the company."""

    id: int
    uuid: str
    report_uuid: str
    owner_id: int
    title: str | None
    type: str
    pipeline_ids: str | None
    stage_id: int | None
    activity_type_ids: str | None
    assignee_type: str
    assignee_id: int
    interval: str
    start_date: str
    end_date: str | None
    target: float
    tracking_metric: str
    currency_id: int | None
    is_deleted: bool
    delete_time: str | None
    add_time: str
    update_time: str


PIPELINE = RecordType("pipeline", tables.pipelines, Pipeline, "Pipeline", PipelineVisibility("id"))
STAGE = RecordType("stage", tables.stages, Stage, "Stage", PipelineVisibility("pipeline_id"))
GOAL = RecordType("goal", tables.goals, Goal, "Goal", PublicVisibility())
