"""Pipelines."""

from __future__ import annotations

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.deals import pipelines as contract
from dealwright.contract.v2.deals.pipelines import NewPipeline, PipelineChanges, PipelineSorting
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.crm.deals import pipelines
from dealwright.crm.deals.model import Pipeline
from dealwright.crm.kernel import visible_pipelines
from dealwright.crm.kernel.pages import paginate_list_by_cursor
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import rfc3339_time


def show(pipeline: Pipeline) -> contract.Pipeline:
    """Returns a pipeline as v2 writes it."""
    return {
        "id": pipeline.id,
        "name": pipeline.name,
        "order_nr": pipeline.order_nr,
        "is_deleted": pipeline.is_deleted,
        "is_deal_probability_enabled": pipeline.is_deal_probability_enabled,
        "add_time": rfc3339_time(pipeline.add_time),
        "update_time": rfc3339_time(pipeline.update_time),
    }


@implements(contract.get_pipelines)
def get_pipelines(crm: UnitOfWork, sorting: PipelineSorting, page: CursorPaging) -> Page[contract.Pipeline]:
    return envelopes.page(paginate_list_by_cursor(visible_pipelines.list_pipelines(crm), page, sorting), show)


@implements(contract.post_pipelines)
def post_pipelines(crm: UnitOfWork, data: NewPipeline) -> Item[contract.Pipeline]:
    return envelopes.item(show(pipelines.create(crm, provided_values(data))))


@implements(contract.get_pipelines_by_id)
def get_pipelines_by_id(crm: UnitOfWork, id: int) -> Item[contract.Pipeline]:
    return envelopes.item(show(pipelines.get(crm, id)))


@implements(contract.patch_pipelines_by_id)
def patch_pipelines_by_id(crm: UnitOfWork, id: int, data: PipelineChanges) -> Item[contract.Pipeline]:
    return envelopes.item(show(pipelines.update(crm, id, provided_values(data))))


@implements(contract.delete_pipelines_by_id)
def delete_pipelines_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    pipelines.delete(crm, id)
    return envelopes.deleted(id)
