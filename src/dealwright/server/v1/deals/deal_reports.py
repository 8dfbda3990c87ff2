"""Sums over deals: the summary and the timeline."""

from __future__ import annotations

from itertools import islice

from dealwright.contract.v1.deals import deal_reports as contract
from dealwright.contract.v1.deals.deal_reports import (
    CurrencyTotals,
    DealsSummary,
    ReportQuery,
    SummaryQuery,
    TimelineInterval,
    TimelineQuery,
    TimelineTotals,
)
from dealwright.contract.v1.envelopes import Item, List
from dealwright.crm.deals import deal_timeline, deal_totals, deals, money
from dealwright.crm.deals.deal_totals import ByCurrency, Total
from dealwright.crm.kernel import access
from dealwright.crm.kernel.criteria import Criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes
from dealwright.server.v1.deals.deals import show_all_flat


@implements(contract.get_deals_summary)
def get_deals_summary(crm: UnitOfWork, query: SummaryQuery) -> Item[DealsSummary]:
    return envelopes.item(_summary(crm, _summary_totals(crm, query, archived=False)))


@implements(contract.get_deals_summary_archived)
def get_deals_summary_archived(crm: UnitOfWork, query: SummaryQuery) -> Item[DealsSummary]:
    return envelopes.item(_summary(crm, _summary_totals(crm, query, archived=True)))


@implements(contract.get_deals_timeline)
def get_deals_timeline(crm: UnitOfWork, query: TimelineQuery) -> List[TimelineInterval]:
    return envelopes.collection(_timeline(crm, query, archived=False))


@implements(contract.get_deals_timeline_archived)
def get_deals_timeline_archived(crm: UnitOfWork, query: TimelineQuery) -> List[TimelineInterval]:
    return envelopes.collection(_timeline(crm, query, archived=True))


def _criteria(
    crm: UnitOfWork,
    query: ReportQuery,
    *,
    archived: bool,
    stage_id: int | None = None,
    statuses: list[str] | None = None,
) -> Criteria:
    """Returns the criteria of a report. A filter takes the place of the user, but not of the other conditions."""
    found = deals.criteria(
        crm,
        archived=archived,
        owner_id=query.user_id if query.filter_id is None else None,
        pipeline_id=query.pipeline_id,
        stage_id=stage_id,
        statuses=statuses,
    )
    if query.filter_id is None:
        return found
    return [*found, *deals.criteria(crm, archived=archived, filter_id=query.filter_id)]


def _summary_totals(crm: UnitOfWork, query: SummaryQuery, *, archived: bool) -> ByCurrency:
    """Returns the totals of a summary, from the materialized sums where possible. Raises `Forbidden`."""
    access.require_permission(crm, "can_see_deals_list_summary")
    totals = None
    if query.filter_id is None:
        totals = deal_totals.from_materialized_sums(
            crm,
            archived=archived,
            status=query.status,
            owner_id=query.user_id,
            pipeline_id=query.pipeline_id,
            stage_id=query.stage_id,
        )
    if totals is None:
        statuses: list[str] | None = [query.status] if query.status else None
        criteria = _criteria(crm, query, archived=archived, stage_id=query.stage_id, statuses=statuses)
        totals = deal_totals.by_currency(crm, criteria)
    return totals


def _summary(crm: UnitOfWork, totals: ByCurrency) -> DealsSummary:
    default_currency = crm.company_data.company.default_currency
    overall = deal_totals.convert(totals, default_currency)
    return {
        "values_total": {code: _values(crm, code, total, default_currency) for code, total in totals.items()},
        "weighted_values_total": {
            code: {
                "value": total.weighted_value,
                "count": total.deals,
                "value_formatted": money.format_amount(crm, total.weighted_value, code),
            }
            for code, total in totals.items()
        },
        "total_count": deal_totals.count(totals),
        "total_currency_converted_value": overall.value,
        "total_weighted_currency_converted_value": overall.weighted_value,
        "total_currency_converted_value_formatted": money.format_amount(crm, overall.value, default_currency),
        "total_weighted_currency_converted_value_formatted": money.format_amount(
            crm, overall.weighted_value, default_currency
        ),
    }


def _values(crm: UnitOfWork, code: str, total: Total, default_currency: str) -> CurrencyTotals:
    converted = deal_totals.convert({code: total}, default_currency).value
    return {
        "value": total.value,
        "count": total.deals,
        "value_converted": converted,
        "value_formatted": money.format_amount(crm, total.value, code),
        "value_converted_formatted": money.format_amount(crm, converted, default_currency),
    }


def _timeline(crm: UnitOfWork, query: TimelineQuery, *, archived: bool) -> list[TimelineInterval]:
    """Returns the intervals of a timeline, with their deals unless these are excluded."""
    with_deals = query.exclude_deals != 1
    intervals = deal_timeline.intervals(
        crm,
        _criteria(crm, query, archived=archived),
        field_key=query.field_key,
        start=query.start_date,
        length=query.interval,
        amount=query.amount,
        with_deals=with_deals,
    )
    convert_to = query.totals_convert_currency
    currency = None if convert_to is None else deal_totals.target_currency(crm, convert_to)
    all_deals = iter(show_all_flat(crm, [deal for interval in intervals for deal in interval.deals]))
    found: list[TimelineInterval] = []
    for interval in intervals:
        shown: TimelineInterval = {
            "period_start": f"{interval.first} 00:00:00",
            "period_end": f"{interval.last} 23:59:59",
            "totals": _totals(interval.open, interval.won),
        }
        if with_deals:
            shown["deals"] = list(islice(all_deals, len(interval.deals)))
        if currency is not None:
            shown["totals_converted"] = _totals(
                _in_currency(interval.open, currency), _in_currency(interval.won, currency)
            )
        found.append(shown)
    return found


def _totals(open: ByCurrency, won: ByCurrency) -> TimelineTotals:
    both = deal_totals.sum_totals([open, won])
    return {
        "count": deal_totals.count(both),
        "values": _sums(both),
        "weighted_values": _weighted_sums(both),
        "open_count": deal_totals.count(open),
        "open_values": _sums(open),
        "weighted_open_values": _weighted_sums(open),
        "won_count": deal_totals.count(won),
        "won_values": _sums(won),
    }


def _in_currency(totals: ByCurrency, currency: str) -> ByCurrency:
    """Returns totals converted into one currency; an empty mapping for empty totals."""
    return {currency: deal_totals.convert(totals, currency)} if totals else {}


def _sums(totals: ByCurrency) -> dict[str, float]:
    return {code: total.value for code, total in totals.items()}


def _weighted_sums(totals: ByCurrency) -> dict[str, float]:
    return {code: total.weighted_value for code, total in totals.items()}
