"""Pipelines, and the deals in them."""

from __future__ import annotations

from dealwright.contract.v1 import pipelines as contract
from dealwright.contract.v1.envelopes import Deleted, Item, List
from dealwright.contract.v1.pipelines import NewPipeline, PipelineChanges, PipelineDealsPage, PipelineSummary
from dealwright.contract.values import Flag
from dealwright.crm import boards, deal_totals, money, pipelines
from dealwright.crm.criteria import Criteria
from dealwright.crm.settings import Pipeline
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v1 import deals, envelopes


def show(pipeline: Pipeline) -> contract.Pipeline:
    """A pipeline as v1 writes it."""
    return {
        "id": pipeline.id,
        "name": pipeline.name,
        "url_title": pipeline.name.replace(" ", "-"),
        "order_nr": pipeline.order_nr,
        "active": not pipeline.is_deleted,
        "deal_probability": pipeline.is_deal_probability_enabled,
        "add_time": pipeline.add_time,
        "update_time": pipeline.update_time,
        "selected": pipeline.order_nr == 0,
    }


def _values(data: NewPipeline | PipelineChanges) -> Values:
    values = given(data, {"deal_probability": "is_deal_probability_enabled", "active": "is_deleted"})
    if "is_deleted" in values:
        values["is_deleted"] = not values["is_deleted"]
    return values


@implements(contract.get_pipelines)
def get_pipelines(crm: Crm) -> List[contract.Pipeline]:
    return envelopes.whole([show(pipeline) for pipeline in boards.pipelines(crm)])


@implements(contract.post_pipelines)
def post_pipelines(crm: Crm, data: NewPipeline) -> Item[contract.Pipeline]:
    values = _values(data)
    values.pop("is_deleted", None)
    return envelopes.item(show(pipelines.create(crm, values)))


@implements(contract.get_pipelines_by_id)
def get_pipelines_by_id(crm: Crm, id: int) -> Item[contract.Pipeline]:
    return envelopes.item(show(pipelines.get(crm, id, deleted=True)))


@implements(contract.put_pipelines_by_id)
def put_pipelines_by_id(crm: Crm, id: int, data: PipelineChanges) -> Item[contract.Pipeline]:
    return envelopes.item(show(pipelines.update(crm, id, _values(data))))


@implements(contract.delete_pipelines_by_id)
def delete_pipelines_by_id(crm: Crm, id: int) -> Item[Deleted]:
    pipelines.delete(crm, id)
    return envelopes.deleted(id)


@implements(contract.get_pipelines_by_id_deals)
def get_pipelines_by_id_deals(
    crm: Crm,
    id: int,
    filter_id: int | None = None,
    user_id: int | None = None,
    everyone: Flag | None = None,
    stage_id: int | None = None,
    start: int = 0,
    limit: int | None = None,
    get_summary: Flag | None = None,
    totals_convert_currency: str | None = None,
) -> PipelineDealsPage:
    pipelines.get(crm, id)
    criteria = deals.on_board(
        crm, pipeline_id=id, stage_id=stage_id, filter_id=filter_id, user_id=user_id, everyone=everyone == 1
    )
    page = deals.flat_page_of(crm, criteria, start=start, limit=limit)
    answer: PipelineDealsPage = {
        "success": True,
        "data": page["data"],
        "additional_data": {"pagination": page["additional_data"]["pagination"]},
        "related_objects": page.get("related_objects"),
    }
    if get_summary == 1:
        answer["additional_data"]["deals_summary"] = _summary(crm, criteria, totals_convert_currency)
    return answer


def _summary(crm: Crm, criteria: Criteria, into: str | None) -> PipelineSummary:
    by_stage = {str(stage_id): totals for stage_id, totals in deal_totals.by_stage(crm, criteria).items()}
    overall = deal_totals.added(by_stage.values())
    own = crm.settings.company.default_currency
    converted = deal_totals.converted(overall, own)
    summary: PipelineSummary = {
        "per_stages": {
            stage_id: {code: _totals(crm, total, code) for code, total in totals.items()}
            for stage_id, totals in by_stage.items()
        },
        "per_currency": {code: _totals(crm, total, code) for code, total in overall.items()},
        "total_count": deal_totals.count(overall),
        "total_currency_converted_value": converted.value,
        "total_weighted_currency_converted_value": converted.weighted_value,
        "total_currency_converted_value_formatted": money.formatted(crm, converted.value, own),
        "total_weighted_currency_converted_value_formatted": money.formatted(crm, converted.weighted_value, own),
    }
    if into is not None:
        currency = deal_totals.target_currency(crm, into)
        summary["per_stages_converted"] = {
            stage_id: {currency: _totals(crm, deal_totals.converted(totals, currency), currency)}
            for stage_id, totals in by_stage.items()
        }
    return summary


def _totals(crm: Crm, total: deal_totals.Total, currency: str) -> contract.StageTotals:
    return {
        "count": total.deals,
        "value": total.value,
        "value_formatted": money.formatted(crm, total.value, currency),
        "weighted_value": total.weighted_value,
        "weighted_value_formatted": money.formatted(crm, total.weighted_value, currency),
    }
