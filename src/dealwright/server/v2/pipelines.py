"""Pipelines."""

from __future__ import annotations

from dealwright.contract.v2 import pipelines as contract
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.pipelines import NewPipeline, PipelineChanges
from dealwright.contract.values import Direction
from dealwright.crm import boards, pipelines
from dealwright.crm.pages import sorted_slice
from dealwright.crm.settings import Pipeline
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import time


def show(pipeline: Pipeline) -> contract.Pipeline:
    """A pipeline as v2 writes it."""
    return {
        "id": pipeline.id,
        "name": pipeline.name,
        "order_nr": pipeline.order_nr,
        "is_deleted": pipeline.is_deleted,
        "is_deal_probability_enabled": pipeline.is_deal_probability_enabled,
        "add_time": time(pipeline.add_time),
        "update_time": time(pipeline.update_time),
    }


@implements(contract.get_pipelines)
def get_pipelines(
    crm: Crm,
    sort_by: str = "id",
    sort_direction: Direction = "asc",
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[contract.Pipeline]:
    found = boards.pipelines(crm)
    return envelopes.page(sorted_slice(found, sort_by, sort_direction, limit, cursor), show)


@implements(contract.post_pipelines)
def post_pipelines(crm: Crm, data: NewPipeline) -> Item[contract.Pipeline]:
    return envelopes.item(show(pipelines.create(crm, given(data))))


@implements(contract.get_pipelines_by_id)
def get_pipelines_by_id(crm: Crm, id: int) -> Item[contract.Pipeline]:
    return envelopes.item(show(pipelines.get(crm, id)))


@implements(contract.patch_pipelines_by_id)
def patch_pipelines_by_id(crm: Crm, id: int, data: PipelineChanges) -> Item[contract.Pipeline]:
    return envelopes.item(show(pipelines.update(crm, id, given(data))))


@implements(contract.delete_pipelines_by_id)
def delete_pipelines_by_id(crm: Crm, id: int) -> Item[Deleted]:
    pipelines.delete(crm, id)
    return envelopes.deleted(id)
