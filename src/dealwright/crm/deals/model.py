"""Rows of deals, pipelines, stages and currencies, as they are stored."""

from __future__ import annotations

from dealwright.crm.kernel.counts import Count, Linked, of_activities, of_attachments
from dealwright.crm.kernel.record_types import OwnVisibility, PipelineVisibility, Record, RecordType
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
    ),
)


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


PIPELINE = RecordType("pipeline", tables.pipelines, Pipeline, "Pipeline", PipelineVisibility("id"))
STAGE = RecordType("stage", tables.stages, Stage, "Stage", PipelineVisibility("pipeline_id"))
