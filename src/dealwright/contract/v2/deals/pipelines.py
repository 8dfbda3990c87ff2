"""Pipelines."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import CursorPaging, RecordId, SortDirection
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.values import Name

READ = frozenset({"admin", "deals:full", "deals:read"})
WRITE = frozenset({"admin"})

PipelineOrder = Annotated[
    Literal["id", "update_time", "add_time"], Meta(description="What to sort by; `id` unless given.")
]


class Pipeline(TypedDict):
    """A pipeline; the one with the lowest ``order_nr`` is the default."""

    id: int
    name: str
    order_nr: int
    is_deleted: bool
    is_deal_probability_enabled: bool
    add_time: str
    update_time: str | None


class NewPipeline(V2Body, kw_only=True):
    """A pipeline to create; it becomes the last one."""

    name: Name
    is_deal_probability_enabled: bool | UnsetType = UNSET


class PipelineChanges(V2Body, kw_only=True):
    """What to change of a pipeline."""

    name: Name | UnsetType = UNSET
    is_deal_probability_enabled: bool | UnsetType = UNSET


class PipelineSorting(Query):
    """In which order to list pipelines."""

    sort_by: PipelineOrder = "id"
    sort_direction: SortDirection = "asc"


@endpoint("GET /api/v2/pipelines", group="Pipelines", scopes=READ, cost=5)
def get_pipelines(sorting: PipelineSorting, page: CursorPaging) -> Page[Pipeline]:
    """List all pipelines."""


@endpoint("POST /api/v2/pipelines", group="Pipelines", scopes=WRITE, cost=5)
def post_pipelines(data: NewPipeline) -> Item[Pipeline]:
    """Create a pipeline, without stages."""


@endpoint("DELETE /api/v2/pipelines/{id}", group="Pipelines", scopes=WRITE, cost=3)
def delete_pipelines_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a pipeline."""


@endpoint("GET /api/v2/pipelines/{id}", group="Pipelines", scopes=READ, cost=1)
def get_pipelines_by_id(id: RecordId) -> Item[Pipeline]:
    """Get one pipeline."""


@endpoint("PATCH /api/v2/pipelines/{id}", group="Pipelines", scopes=WRITE, cost=5)
def patch_pipelines_by_id(id: RecordId, data: PipelineChanges) -> Item[Pipeline]:
    """Change a pipeline; only the properties given change."""
