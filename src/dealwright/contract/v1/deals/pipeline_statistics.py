"""How deals move through a pipeline."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import EndDate, RecordId, StartDate
from dealwright.contract.v1.deals.deals import READ
from dealwright.contract.v1.envelopes import Item
from dealwright.contract.values import Id

WhoseDeals = Annotated[Id, Meta(description="The user whose deals count; the caller unless given.")]


class StageConversion(TypedDict):
    """How many percent of the deals went from one stage to the next."""

    from_stage_id: int
    to_stage_id: int
    conversion_rate: int


class ConversionStatistics(TypedDict):
    """The conversions between stages, and how many percent of the deals were won and lost."""

    stage_conversions: list[StageConversion]
    won_conversion: int
    lost_conversion: int


class MovementCount(TypedDict):
    """How often deals changed their stage."""

    count: int


class DealGroup(TypedDict):
    """Some deals, and their sums by currency."""

    count: int
    deals_ids: list[int]
    values: dict[str, float]
    formatted_values: dict[str, str]


class StageAge(TypedDict):
    """How many days deals stand in a stage on average."""

    stage_id: int
    value: int


class AverageAge(TypedDict):
    """How many days deals stand in a stage on average, over all stages and in each."""

    across_all_stages: int
    by_stages: list[StageAge]


class MovementStatistics(TypedDict):
    """What became of the deals of a pipeline in a period."""

    movements_between_stages: MovementCount
    new_deals: DealGroup
    deals_left_open: DealGroup
    won_deals: DealGroup
    lost_deals: DealGroup
    average_age_in_days: AverageAge


@endpoint("GET /v1/pipelines/{id}/conversion_statistics", group="Pipelines", scopes=READ, cost=40)
def get_pipelines_by_id_conversion_statistics(
    id: RecordId, start_date: StartDate, end_date: EndDate, user_id: WhoseDeals | None = None
) -> Item[ConversionStatistics]:
    """Tell which share of the deals went from stage to stage in a period, and was won or lost."""


@endpoint("GET /v1/pipelines/{id}/movement_statistics", group="Pipelines", scopes=READ, cost=40)
def get_pipelines_by_id_movement_statistics(
    id: RecordId, start_date: StartDate, end_date: EndDate, user_id: WhoseDeals | None = None
) -> Item[MovementStatistics]:
    """Tell which deals came, moved and were closed in a period, and how old they grew."""
