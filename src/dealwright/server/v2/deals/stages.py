"""Stages of pipelines."""

from __future__ import annotations

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.deals import stages as contract
from dealwright.contract.v2.deals.stages import NewStage, StageChanges, StagesQuery
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.crm.deals import stages
from dealwright.crm.deals.model import Stage
from dealwright.crm.kernel import visible_pipelines
from dealwright.crm.kernel.pages import paginate_list_by_cursor
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import rfc3339_time


def show(stage: Stage) -> contract.Stage:
    """Returns a stage as v2 writes it."""
    return {
        "id": stage.id,
        "order_nr": stage.order_nr,
        "name": stage.name,
        "is_deleted": stage.is_deleted,
        "deal_probability": stage.deal_probability,
        "pipeline_id": stage.pipeline_id,
        "is_deal_rot_enabled": stage.is_deal_rot_enabled,
        "days_to_rotten": stage.days_to_rotten,
        "add_time": rfc3339_time(stage.add_time),
        "update_time": rfc3339_time(stage.update_time),
    }


@implements(contract.get_stages)
def get_stages(crm: UnitOfWork, query: StagesQuery, page: CursorPaging) -> Page[contract.Stage]:
    found = visible_pipelines.list_stages(crm, query.pipeline_id)
    return envelopes.page(paginate_list_by_cursor(found, page, query), show)


@implements(contract.post_stages)
def post_stages(crm: UnitOfWork, data: NewStage) -> Item[contract.Stage]:
    return envelopes.item(show(stages.create(crm, provided_values(data))))


@implements(contract.get_stages_by_id)
def get_stages_by_id(crm: UnitOfWork, id: int) -> Item[contract.Stage]:
    return envelopes.item(show(stages.get(crm, id)))


@implements(contract.patch_stages_by_id)
def patch_stages_by_id(crm: UnitOfWork, id: int, data: StageChanges) -> Item[contract.Stage]:
    return envelopes.item(show(stages.update(crm, id, provided_values(data))))


@implements(contract.delete_stages_by_id)
def delete_stages_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    stages.delete(crm, [id])
    return envelopes.deleted(id)
