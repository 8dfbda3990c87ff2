"""Sums over deals: the summary and the timeline."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import UserId
from dealwright.contract.v1.deals.deals import READ, FlatDeal, PipelineId, StageId
from dealwright.contract.v1.envelopes import Item, List
from dealwright.contract.values import Flag, Id, ShortText

SummaryStatus = Annotated[
    Literal["open", "won", "lost"],
    Meta(description="Only deals in this status; all that are not deleted unless given."),
]
FilterId = Annotated[Id, Meta(description="Only deals that this saved filter finds; `user_id` is then ignored.")]
FirstDay = Annotated[date, Meta(description="The day on which the first interval begins, `YYYY-MM-DD`.")]
Interval = Annotated[
    Literal["day", "week", "month", "quarter"],
    Meta(description="How long an interval is; weeks, months and quarters count from the first day."),
]
Amount = Annotated[
    int, Meta(ge=1, description="How many intervals to return; over 1000 are refused by the built-in CRM.")
]
DateFieldKey = Annotated[ShortText, Meta(description="The key of the date field by which deals fall into an interval.")]
ExcludeDeals = Annotated[Flag, Meta(description="1 for the totals alone, without the deals.")]
ConvertCurrency = Annotated[
    ShortText,
    Meta(description="The code of a currency to convert totals into, or `default_currency` for the caller's own."),
]


class CurrencyTotals(TypedDict):
    """The deals in one currency, and what they are worth in the company's own."""

    value: float
    count: int
    value_converted: float
    value_formatted: str
    value_converted_formatted: str


class WeightedTotals(TypedDict):
    """The deals in one currency, each worth its value times its probability."""

    value: float
    count: int
    value_formatted: str


class DealsSummary(TypedDict):
    """Sums by currency, and over all currencies in the company's own."""

    values_total: dict[str, CurrencyTotals]
    weighted_values_total: dict[str, WeightedTotals]
    total_count: int
    total_currency_converted_value: float
    total_weighted_currency_converted_value: float
    total_currency_converted_value_formatted: str
    total_weighted_currency_converted_value_formatted: str


class TimelineTotals(TypedDict):
    """Counts, and sums by currency, of the deals of one interval."""

    count: int
    values: dict[str, float]
    weighted_values: dict[str, float]
    open_count: int
    open_values: dict[str, float]
    weighted_open_values: dict[str, float]
    won_count: int
    won_values: dict[str, float]


class TimelineInterval(TypedDict):
    """One interval; ``deals`` is missing when they are excluded, ``totals_converted`` unless a currency is asked for."""

    period_start: str
    period_end: str
    deals: NotRequired[list[FlatDeal]]
    totals: TimelineTotals
    totals_converted: NotRequired[TimelineTotals]


class ReportQuery(Query):
    """Which deals a report is about."""

    user_id: UserId | None = None
    pipeline_id: PipelineId | None = None
    filter_id: FilterId | None = None


class SummaryQuery(ReportQuery):
    """Which deals to sum up."""

    status: SummaryStatus | None = None
    stage_id: StageId | None = None


class TimelineQuery(ReportQuery, kw_only=True):
    """Which deals to list by intervals of time, which intervals, and what to show of them."""

    start_date: FirstDay
    interval: Interval
    amount: Amount
    field_key: DateFieldKey
    exclude_deals: ExcludeDeals | None = None
    totals_convert_currency: ConvertCurrency | None = None


@endpoint("GET /v1/deals/summary", group="Deals", scopes=READ, cost=40)
def get_deals_summary(query: SummaryQuery) -> Item[DealsSummary]:
    """Sum up deals that are not archived, by currency."""


@endpoint("GET /v1/deals/summary/archived", group="Deals", scopes=READ, cost=80, deprecated=True)
def get_deals_summary_archived(query: SummaryQuery) -> Item[DealsSummary]:
    """Sum up archived deals, by currency."""


@endpoint("GET /v1/deals/timeline", group="Deals", scopes=READ, cost=20)
def get_deals_timeline(query: TimelineQuery) -> List[TimelineInterval]:
    """List open and won deals, and their sums, by intervals of time."""


@endpoint("GET /v1/deals/timeline/archived", group="Deals", scopes=READ, cost=40, deprecated=True)
def get_deals_timeline_archived(query: TimelineQuery) -> List[TimelineInterval]:
    """List archived open and won deals, and their sums, by intervals of time."""
