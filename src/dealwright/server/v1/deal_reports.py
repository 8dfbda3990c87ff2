"""Sums over deals: the summary and the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import islice
from typing import Literal

from dealwright.contract.v1 import deal_reports as contract
from dealwright.contract.v1.deal_reports import CurrencyTotals, DealsSummary, TimelineInterval, TimelineTotals
from dealwright.contract.v1.envelopes import Item, List
from dealwright.contract.values import Flag
from dealwright.crm import access, deal_timeline, deal_totals, deals, money
from dealwright.crm.criteria import Criteria
from dealwright.crm.deal_timeline import Interval
from dealwright.crm.deal_totals import ByCurrency, Total
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes
from dealwright.server.v1.deals import show_all_flat

Status = Literal["open", "won", "lost"]


@implements(contract.get_deals_summary)
def get_deals_summary(
    crm: Crm,
    status: Status | None = None,
    filter_id: int | None = None,
    user_id: int | None = None,
    pipeline_id: int | None = None,
    stage_id: int | None = None,
) -> Item[DealsSummary]:
    return envelopes.item(_summary(crm, _totals_of(crm, False, filter_id, user_id, pipeline_id, stage_id, status)))


@implements(contract.get_deals_summary_archived)
def get_deals_summary_archived(
    crm: Crm,
    status: Status | None = None,
    filter_id: int | None = None,
    user_id: int | None = None,
    pipeline_id: int | None = None,
    stage_id: int | None = None,
) -> Item[DealsSummary]:
    return envelopes.item(_summary(crm, _totals_of(crm, True, filter_id, user_id, pipeline_id, stage_id, status)))


@implements(contract.get_deals_timeline)
def get_deals_timeline(
    crm: Crm,
    start_date: date,
    interval: deal_timeline.Length,
    amount: int,
    field_key: str,
    user_id: int | None = None,
    pipeline_id: int | None = None,
    filter_id: int | None = None,
    exclude_deals: Flag | None = None,
    totals_convert_currency: str | None = None,
) -> List[TimelineInterval]:
    found = deal_timeline.intervals(
        crm,
        _criteria(crm, False, filter_id, user_id, pipeline_id),
        field_key=field_key,
        start=start_date,
        length=interval,
        amount=amount,
        with_deals=exclude_deals != 1,
    )
    return envelopes.whole(_timeline(crm, found, exclude_deals, totals_convert_currency))


@implements(contract.get_deals_timeline_archived)
def get_deals_timeline_archived(
    crm: Crm,
    start_date: date,
    interval: deal_timeline.Length,
    amount: int,
    field_key: str,
    user_id: int | None = None,
    pipeline_id: int | None = None,
    filter_id: int | None = None,
    exclude_deals: Flag | None = None,
    totals_convert_currency: str | None = None,
) -> List[TimelineInterval]:
    found = deal_timeline.intervals(
        crm,
        _criteria(crm, True, filter_id, user_id, pipeline_id),
        field_key=field_key,
        start=start_date,
        length=interval,
        amount=amount,
        with_deals=exclude_deals != 1,
    )
    return envelopes.whole(_timeline(crm, found, exclude_deals, totals_convert_currency))


def _criteria(
    crm: Crm,
    archived: bool,
    filter_id: int | None,
    user_id: int | None,
    pipeline_id: int | None,
    stage_id: int | None = None,
    status: Status | None = None,
) -> Criteria:
    """What a report is about. A filter takes the place of the user, but not of the other conditions."""
    found = deals.criteria(
        crm,
        archived=archived,
        owner_id=user_id if filter_id is None else None,
        pipeline_id=pipeline_id,
        stage_id=stage_id,
        statuses=[status] if status else None,
    )
    return found if filter_id is None else [*found, *deals.criteria(crm, archived=archived, filter_id=filter_id)]


def _totals_of(
    crm: Crm,
    archived: bool,
    filter_id: int | None,
    user_id: int | None,
    pipeline_id: int | None,
    stage_id: int | None,
    status: Status | None,
) -> ByCurrency:
    """The totals of a summary: added up already, where the question is one that there are sums for."""
    access.require(crm, "can_see_deals_list_summary")
    totals = None
    if filter_id is None:
        totals = deal_totals.kept(
            crm, archived=archived, status=status, owner_id=user_id, pipeline_id=pipeline_id, stage_id=stage_id
        )
    if totals is None:
        criteria = _criteria(crm, archived, filter_id, user_id, pipeline_id, stage_id, status)
        totals = deal_totals.by_currency(crm, criteria)
    return totals


def _summary(crm: Crm, totals: ByCurrency) -> DealsSummary:
    own = crm.settings.company.default_currency
    overall = deal_totals.converted(totals, own)
    return {
        "values_total": {code: _values(crm, code, total, own) for code, total in totals.items()},
        "weighted_values_total": {
            code: {
                "value": total.weighted_value,
                "count": total.deals,
                "value_formatted": money.formatted(crm, total.weighted_value, code),
            }
            for code, total in totals.items()
        },
        "total_count": deal_totals.count(totals),
        "total_currency_converted_value": overall.value,
        "total_weighted_currency_converted_value": overall.weighted_value,
        "total_currency_converted_value_formatted": money.formatted(crm, overall.value, own),
        "total_weighted_currency_converted_value_formatted": money.formatted(crm, overall.weighted_value, own),
    }


def _values(crm: Crm, code: str, total: Total, own: str) -> CurrencyTotals:
    converted = deal_totals.converted({code: total}, own).value
    return {
        "value": total.value,
        "count": total.deals,
        "value_converted": converted,
        "value_formatted": money.formatted(crm, total.value, code),
        "value_converted_formatted": money.formatted(crm, converted, own),
    }


def _timeline(
    crm: Crm, intervals: Sequence[Interval], exclude_deals: Flag | None, into: str | None
) -> list[TimelineInterval]:
    currency = None if into is None else deal_totals.target_currency(crm, into)
    deals_of_all = iter(show_all_flat(crm, [deal for interval in intervals for deal in interval.deals]))
    found: list[TimelineInterval] = []
    for interval in intervals:
        shown: TimelineInterval = {
            "period_start": f"{interval.first} 00:00:00",
            "period_end": f"{interval.last} 23:59:59",
            "totals": _totals(interval.open, interval.won),
        }
        if exclude_deals != 1:
            shown["deals"] = list(islice(deals_of_all, len(interval.deals)))
        if currency is not None:
            shown["totals_converted"] = _totals(_as_one(interval.open, currency), _as_one(interval.won, currency))
        found.append(shown)
    return found


def _totals(open: ByCurrency, won: ByCurrency) -> TimelineTotals:
    both = deal_totals.added([open, won])
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


def _as_one(totals: ByCurrency, currency: str) -> ByCurrency:
    """Totals in one currency; none where there is nothing."""
    return {currency: deal_totals.converted(totals, currency)} if totals else {}


def _sums(totals: ByCurrency) -> dict[str, float]:
    return {code: total.value for code, total in totals.items()}


def _weighted_sums(totals: ByCurrency) -> dict[str, float]:
    return {code: total.weighted_value for code, total in totals.items()}
