"""Stages of pipelines."""

from __future__ import annotations

from dealwright.contract.v2 import stages as contract
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.stages import NewStage, StageChanges, StageOrder
from dealwright.contract.values import Direction
from dealwright.crm import boards, stages
from dealwright.crm.pages import sorted_slice
from dealwright.crm.settings import Stage
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import time


def show(stage: Stage) -> contract.Stage:
    """A stage as v2 writes it."""
    return {
        "id": stage.id,
        "order_nr": stage.order_nr,
        "name": stage.name,
        "is_deleted": stage.is_deleted,
        "deal_probability": stage.deal_probability,
        "pipeline_id": stage.pipeline_id,
        "is_deal_rot_enabled": stage.is_deal_rot_enabled,
        "days_to_rotten": stage.days_to_rotten,
        "add_time": time(stage.add_time),
        "update_time": time(stage.update_time),
    }


@implements(contract.get_stages)
def get_stages(
    crm: Crm,
    pipeline_id: int | None = None,
    sort_by: StageOrder = "id",
    sort_direction: Direction = "asc",
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[contract.Stage]:
    found = boards.stages(crm, pipeline_id)
    return envelopes.page(sorted_slice(found, sort_by, sort_direction, limit, cursor), show)


@implements(contract.post_stages)
def post_stages(crm: Crm, data: NewStage) -> Item[contract.Stage]:
    return envelopes.item(show(stages.create(crm, given(data))))


@implements(contract.get_stages_by_id)
def get_stages_by_id(crm: Crm, id: int) -> Item[contract.Stage]:
    return envelopes.item(show(stages.get(crm, id)))


@implements(contract.patch_stages_by_id)
def patch_stages_by_id(crm: Crm, id: int, data: StageChanges) -> Item[contract.Stage]:
    return envelopes.item(show(stages.update(crm, id, given(data))))


@implements(contract.delete_stages_by_id)
def delete_stages_by_id(crm: Crm, id: int) -> Item[Deleted]:
    stages.delete(crm, [id])
    return envelopes.deleted(id)
