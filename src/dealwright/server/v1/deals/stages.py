"""Stages of pipelines, and the deals in them."""

from __future__ import annotations

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.deals import stages as contract
from dealwright.contract.v1.deals.deals import BoardQuery, FlatDeal
from dealwright.contract.v1.deals.stages import NewStage, StageChanges
from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, Page
from dealwright.crm.deals import stages
from dealwright.crm.deals.model import Stage
from dealwright.crm.kernel import pages, visible_pipelines
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes
from dealwright.server.v1.deals import deals

_NAMES = {"rotten_flag": "is_deal_rot_enabled", "rotten_days": "days_to_rotten"}


def show(stage: Stage) -> contract.Stage:
    """Returns a stage as v1 writes it."""
    return {
        "id": stage.id,
        "order_nr": stage.order_nr,
        "name": stage.name,
        "active_flag": not stage.is_deleted,
        "deal_probability": stage.deal_probability,
        "pipeline_id": stage.pipeline_id,
        "rotten_flag": stage.is_deal_rot_enabled,
        "rotten_days": stage.days_to_rotten,
        "add_time": stage.add_time,
        "update_time": stage.update_time,
    }


def show_listed(crm: UnitOfWork, stage: Stage) -> contract.ListedStage:
    """Returns a stage as lists show it: with its pipeline's name, and whether the pipeline uses probabilities."""
    pipeline = crm.company_data.pipelines[stage.pipeline_id]
    return {
        **show(stage),
        "pipeline_name": pipeline.name,
        "pipeline_deal_probability": pipeline.is_deal_probability_enabled,
    }


@implements(contract.get_stages)
def get_stages(crm: UnitOfWork, page: OffsetPaging, pipeline_id: int | None = None) -> Page[contract.ListedStage]:
    found = pages.paginate_list(visible_pipelines.list_stages(crm, pipeline_id), page)
    return envelopes.page(found, lambda stage: show_listed(crm, stage))


@implements(contract.post_stages)
def post_stages(crm: UnitOfWork, data: NewStage) -> Item[contract.Stage]:
    return envelopes.item(show(stages.create(crm, provided_values(data, _NAMES))))


@implements(contract.delete_stages)
def delete_stages(crm: UnitOfWork, ids: list[int]) -> Item[DeletedMany]:
    stages.delete(crm, ids)
    return envelopes.deleted_many(ids)


@implements(contract.get_stages_by_id)
def get_stages_by_id(crm: UnitOfWork, id: int) -> Item[contract.Stage]:
    return envelopes.item(show(stages.get(crm, id)))


@implements(contract.put_stages_by_id)
def put_stages_by_id(crm: UnitOfWork, id: int, data: StageChanges) -> Item[contract.Stage]:
    return envelopes.item(show(stages.update(crm, id, provided_values(data, _NAMES))))


@implements(contract.delete_stages_by_id)
def delete_stages_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    stages.delete(crm, [id])
    return envelopes.deleted(id)


@implements(contract.get_stages_by_id_deals)
def get_stages_by_id_deals(crm: UnitOfWork, id: int, query: BoardQuery, page: OffsetPaging) -> Page[FlatDeal]:
    stage = stages.get(crm, id)
    return deals.list_flat_page(crm, deals.board_criteria(crm, query, stage_id=stage.id), page)
