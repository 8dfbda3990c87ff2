"""Stages of pipelines."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import CursorPaging, RecordId, SortDirection
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.values import Id, Name

READ = frozenset({"admin", "deals:full", "deals:read"})
WRITE = frozenset({"admin"})

Percent = Annotated[int, Meta(ge=0, le=100)]
Days = Annotated[int, Meta(ge=1, le=36_500)]

PipelineId = Annotated[Id, Meta(description="Only the stages of this pipeline.")]
StageOrder = Annotated[
    Literal["id", "update_time", "add_time", "order_nr"], Meta(description="What to sort by; `id` unless given.")
]


class Stage(TypedDict):
    """A step of a pipeline. ``days_to_rotten`` is null when deals do not rot here."""

    id: int
    order_nr: int
    name: str
    is_deleted: bool
    deal_probability: int
    pipeline_id: int
    is_deal_rot_enabled: bool
    days_to_rotten: int | None
    add_time: str
    update_time: str | None


class StageProperties(V2Body, kw_only=True):
    """What can be written of a stage, whether it is created or changed."""

    name: Name | UnsetType = UNSET
    pipeline_id: Id | UnsetType = UNSET
    deal_probability: Percent | UnsetType = UNSET
    is_deal_rot_enabled: bool | UnsetType = UNSET
    days_to_rotten: Days | UnsetType | None = UNSET


class NewStage(StageProperties, kw_only=True):
    """A stage to create; it is put at the end of its pipeline."""

    name: Name
    pipeline_id: Id


class StageChanges(StageProperties, kw_only=True):
    """What to change of a stage."""


class StagesQuery(Query):
    """Which stages to list, and in which order."""

    pipeline_id: PipelineId | None = None
    sort_by: StageOrder = "id"
    sort_direction: SortDirection = "asc"


@endpoint("GET /api/v2/stages", group="Stages", scopes=READ, cost=5)
def get_stages(query: StagesQuery, page: CursorPaging) -> Page[Stage]:
    """List all stages, or those of one pipeline."""


@endpoint("POST /api/v2/stages", group="Stages", scopes=WRITE, cost=5)
def post_stages(data: NewStage) -> Item[Stage]:
    """Add a stage to a pipeline."""


@endpoint("GET /api/v2/stages/{id}", group="Stages", scopes=READ, cost=1)
def get_stages_by_id(id: RecordId) -> Item[Stage]:
    """Get one stage."""


@endpoint("PATCH /api/v2/stages/{id}", group="Stages", scopes=WRITE, cost=5)
def patch_stages_by_id(id: RecordId, data: StageChanges) -> Item[Stage]:
    """Change a stage; only the properties given change."""


@endpoint("DELETE /api/v2/stages/{id}", group="Stages", scopes=WRITE, cost=3)
def delete_stages_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a stage."""
