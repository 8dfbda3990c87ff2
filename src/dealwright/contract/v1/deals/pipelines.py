"""Pipelines, and the deals in them."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.deals.deal_reports import ConvertCurrency
from dealwright.contract.v1.deals.deals import BoardQuery, FlatDeal, StageId
from dealwright.contract.v1.envelopes import Deleted, Item, List, PageInfo, RelatedObjects
from dealwright.contract.values import Flag, Name

READ = frozenset({"admin", "deals:full", "deals:read"})
WRITE = frozenset({"admin"})

OrderNr = Annotated[int, Meta(ge=0)]

GetSummary = Annotated[Flag, Meta(description="1 for sums over all these deals, in the additional data.")]


class Pipeline(TypedDict):
    """A pipeline; the one with the lowest ``order_nr`` is the default. ``selected`` is missing when just created."""

    id: int
    name: str
    url_title: str
    order_nr: int
    active: bool
    deal_probability: bool
    add_time: str
    update_time: str | None
    selected: NotRequired[bool]


class StageTotals(TypedDict):
    """The deals in one currency."""

    count: int
    value: float
    value_formatted: str
    weighted_value: float
    weighted_value_formatted: str


class PipelineSummary(TypedDict):
    """Sums over a pipeline: by stage (its id) and currency, by currency, and in the company's own.

    ``per_stages_converted`` is there when a currency was asked for.
    """

    per_stages: dict[str, dict[str, StageTotals]]
    per_stages_converted: NotRequired[dict[str, dict[str, StageTotals]]]
    per_currency: dict[str, StageTotals]
    total_count: int
    total_currency_converted_value: float
    total_weighted_currency_converted_value: float
    total_currency_converted_value_formatted: str
    total_weighted_currency_converted_value_formatted: str


class PipelineDealsInfo(PageInfo):
    """Where the page lies, and the sums when they were asked for."""

    deals_summary: NotRequired[PipelineSummary]


class PipelineDealsPage(TypedDict):
    """A page of the deals in a pipeline."""

    success: Literal[True]
    data: list[FlatDeal] | None
    additional_data: PipelineDealsInfo
    related_objects: NotRequired[RelatedObjects | None]


class PipelineProperties(V1Body, kw_only=True):
    """What can be written of a pipeline, whether it is created or changed."""

    name: Name | UnsetType = UNSET
    deal_probability: bool | UnsetType = UNSET
    order_nr: OrderNr | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class NewPipeline(PipelineProperties, kw_only=True):
    """A pipeline to create; the last one unless an order is given."""

    name: Name


class PipelineChanges(PipelineProperties, kw_only=True):
    """What to change of a pipeline."""


class PipelineDealsQuery(BoardQuery):
    """Which deals of a pipeline to list, and which sums over all of them to add."""

    stage_id: StageId | None = None
    get_summary: GetSummary | None = None
    totals_convert_currency: ConvertCurrency | None = None


@endpoint("GET /v1/pipelines", group="Pipelines", scopes=READ, cost=10, deprecated=True, replaced_by="v2.get_pipelines")
def get_pipelines() -> List[Pipeline]:
    """List all pipelines."""


@endpoint(
    "POST /v1/pipelines", group="Pipelines", scopes=WRITE, cost=10, deprecated=True, replaced_by="v2.post_pipelines"
)
def post_pipelines(data: NewPipeline) -> Item[Pipeline]:
    """Create a pipeline, without stages."""


@endpoint(
    "GET /v1/pipelines/{id}",
    group="Pipelines",
    scopes=READ,
    cost=2,
    deprecated=True,
    replaced_by="v2.get_pipelines_by_id",
)
def get_pipelines_by_id(id: RecordId) -> Item[Pipeline]:
    """Get one pipeline."""


@endpoint(
    "PUT /v1/pipelines/{id}",
    group="Pipelines",
    scopes=WRITE,
    cost=10,
    deprecated=True,
    replaced_by="v2.patch_pipelines_by_id",
)
def put_pipelines_by_id(id: RecordId, data: PipelineChanges) -> Item[Pipeline]:
    """Change a pipeline; its place among the others moves with `order_nr`."""


@endpoint(
    "DELETE /v1/pipelines/{id}",
    group="Pipelines",
    scopes=WRITE,
    cost=6,
    deprecated=True,
    replaced_by="v2.delete_pipelines_by_id",
)
def delete_pipelines_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a pipeline."""


@endpoint(
    "GET /v1/pipelines/{id}/deals",
    group="Pipelines",
    scopes={"deals:full", "deals:read"},
    cost=20,
    deprecated=True,
    replaced_by="v2.get_deals",
)
def get_pipelines_by_id_deals(id: RecordId, query: PipelineDealsQuery, page: OffsetPaging) -> PipelineDealsPage:
    """List the deals in a pipeline: the caller's open ones unless asked otherwise."""
