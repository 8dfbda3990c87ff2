"""Pipelines, and the deals in them."""

from __future__ import annotations

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.deals import pipelines as contract
from dealwright.contract.v1.deals.pipelines import (
    NewPipeline,
    PipelineChanges,
    PipelineDealsPage,
    PipelineDealsQuery,
    PipelineSummary,
)
from dealwright.contract.v1.envelopes import Deleted, Item, List
from dealwright.crm.deals import deal_totals, money, pipelines
from dealwright.crm.deals.model import Pipeline
from dealwright.crm.kernel import visible_pipelines
from dealwright.crm.kernel.criteria import Criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes
from dealwright.server.v1.deals import deals


def show(pipeline: Pipeline) -> contract.Pipeline:
    """Returns a pipeline as v1 writes it."""
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
    values = provided_values(data, {"deal_probability": "is_deal_probability_enabled", "active": "is_deleted"})
    if "is_deleted" in values:
        values["is_deleted"] = not values["is_deleted"]
    return values


@implements(contract.get_pipelines)
def get_pipelines(crm: UnitOfWork) -> List[contract.Pipeline]:
    return envelopes.collection([show(pipeline) for pipeline in visible_pipelines.list_pipelines(crm)])


@implements(contract.post_pipelines)
def post_pipelines(crm: UnitOfWork, data: NewPipeline) -> Item[contract.Pipeline]:
    values = _values(data)
    values.pop("is_deleted", None)
    return envelopes.item(show(pipelines.create(crm, values)))


@implements(contract.get_pipelines_by_id)
def get_pipelines_by_id(crm: UnitOfWork, id: int) -> Item[contract.Pipeline]:
    return envelopes.item(show(pipelines.get(crm, id, deleted=True)))


@implements(contract.put_pipelines_by_id)
def put_pipelines_by_id(crm: UnitOfWork, id: int, data: PipelineChanges) -> Item[contract.Pipeline]:
    return envelopes.item(show(pipelines.update(crm, id, _values(data))))


@implements(contract.delete_pipelines_by_id)
def delete_pipelines_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    pipelines.delete(crm, id)
    return envelopes.deleted(id)


@implements(contract.get_pipelines_by_id_deals)
def get_pipelines_by_id_deals(
    crm: UnitOfWork, id: int, query: PipelineDealsQuery, page: OffsetPaging
) -> PipelineDealsPage:
    pipelines.get(crm, id)
    criteria = deals.board_criteria(crm, query, pipeline_id=id, stage_id=query.stage_id)
    found = deals.list_flat_page(crm, criteria, page)
    answer: PipelineDealsPage = {
        "success": True,
        "data": found["data"],
        "additional_data": {"pagination": found["additional_data"]["pagination"]},
        "related_objects": found.get("related_objects"),
    }
    if query.get_summary == 1:
        answer["additional_data"]["deals_summary"] = _summary(crm, criteria, query.totals_convert_currency)
    return answer


def _summary(crm: UnitOfWork, criteria: Criteria, convert_to: str | None) -> PipelineSummary:
    by_stage = {str(stage_id): totals for stage_id, totals in deal_totals.by_stage(crm, criteria).items()}
    overall = deal_totals.sum_totals(by_stage.values())
    default_currency = crm.company_data.company.default_currency
    converted = deal_totals.convert(overall, default_currency)
    summary: PipelineSummary = {
        "per_stages": {
            stage_id: {code: _totals(crm, total, code) for code, total in totals.items()}
            for stage_id, totals in by_stage.items()
        },
        "per_currency": {code: _totals(crm, total, code) for code, total in overall.items()},
        "total_count": deal_totals.count(overall),
        "total_currency_converted_value": converted.value,
        "total_weighted_currency_converted_value": converted.weighted_value,
        "total_currency_converted_value_formatted": money.format_amount(crm, converted.value, default_currency),
        "total_weighted_currency_converted_value_formatted": money.format_amount(
            crm, converted.weighted_value, default_currency
        ),
    }
    if convert_to is not None:
        currency = deal_totals.target_currency(crm, convert_to)
        summary["per_stages_converted"] = {
            stage_id: {currency: _totals(crm, deal_totals.convert(totals, currency), currency)}
            for stage_id, totals in by_stage.items()
        }
    return summary


def _totals(crm: UnitOfWork, total: deal_totals.Total, currency: str) -> contract.StageTotals:
    return {
        "count": total.deals,
        "value": total.value,
        "value_formatted": money.format_amount(crm, total.value, currency),
        "weighted_value": total.weighted_value,
        "weighted_value_formatted": money.format_amount(crm, total.weighted_value, currency),
    }
