"""Stages of pipelines."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Ids, OffsetPaging, RecordId
from dealwright.contract.v1.deals.deals import BoardQuery, FlatDeal
from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, Page
from dealwright.contract.values import Id, Name

READ = frozenset({"admin", "deals:full", "deals:read"})
WRITE = frozenset({"admin"})

Percent = Annotated[int, Meta(ge=0, le=100)]
Days = Annotated[int, Meta(ge=1, le=36_500)]


class Stage(TypedDict):
    """A step of a pipeline. ``rotten_days`` is null when deals do not rot here."""

    id: int
    order_nr: int
    name: str
    active_flag: bool
    deal_probability: int
    pipeline_id: int
    rotten_flag: bool
    rotten_days: int | None
    add_time: str
    update_time: str | None


class ListedStage(Stage):
    """A stage in a list, with what is to be known of its pipeline."""

    pipeline_name: str
    pipeline_deal_probability: bool


class StageProperties(V1Body, kw_only=True):
    """What can be written of a stage, whether it is created or changed."""

    name: Name | UnsetType = UNSET
    pipeline_id: Id | UnsetType = UNSET
    deal_probability: Percent | UnsetType = UNSET
    rotten_flag: bool | UnsetType = UNSET
    rotten_days: Days | UnsetType | None = UNSET


class NewStage(StageProperties, kw_only=True):
    """A stage to create; it is put at the end of its pipeline."""

    name: Name
    pipeline_id: Id


class StageChanges(StageProperties, kw_only=True):
    """What to change of a stage."""

    order_nr: Annotated[int, Meta(ge=0)] | UnsetType = UNSET


@endpoint("GET /v1/stages", group="Stages", scopes=READ, cost=10, deprecated=True, replaced_by="v2.get_stages")
def get_stages(
    page: OffsetPaging,
    pipeline_id: Annotated[Id, Meta(description="Only the stages of this pipeline.")] | None = None,
) -> Page[ListedStage]:
    """List all stages, or those of one pipeline."""


@endpoint("POST /v1/stages", group="Stages", scopes=WRITE, cost=10, deprecated=True, replaced_by="v2.post_stages")
def post_stages(data: NewStage) -> Item[Stage]:
    """Add a stage to a pipeline."""


@endpoint(
    "DELETE /v1/stages", group="Stages", scopes=WRITE, cost=10, deprecated=True, replaced_by="v2.delete_stages_by_id"
)
def delete_stages(ids: Ids) -> Item[DeletedMany]:
    """Delete several stages."""


@endpoint(
    "GET /v1/stages/{id}", group="Stages", scopes=READ, cost=2, deprecated=True, replaced_by="v2.get_stages_by_id"
)
def get_stages_by_id(id: RecordId) -> Item[Stage]:
    """Get one stage."""


@endpoint(
    "PUT /v1/stages/{id}", group="Stages", scopes=WRITE, cost=10, deprecated=True, replaced_by="v2.patch_stages_by_id"
)
def put_stages_by_id(id: RecordId, data: StageChanges) -> Item[Stage]:
    """Change a stage; its place among the others moves with `order_nr`."""


@endpoint(
    "DELETE /v1/stages/{id}",
    group="Stages",
    scopes=WRITE,
    cost=6,
    deprecated=True,
    replaced_by="v2.delete_stages_by_id",
)
def delete_stages_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a stage."""


@endpoint(
    "GET /v1/stages/{id}/deals",
    group="Stages",
    scopes={"deals:full", "deals:read"},
    cost=20,
    deprecated=True,
    replaced_by="v2.get_deals",
)
def get_stages_by_id_deals(id: RecordId, query: BoardQuery, page: OffsetPaging) -> Page[FlatDeal]:
    """List the deals in a stage: the caller's open ones unless asked otherwise."""
