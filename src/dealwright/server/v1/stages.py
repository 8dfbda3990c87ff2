"""Stages of pipelines, and the deals in them."""

from __future__ import annotations

from dealwright.contract.v1 import stages as contract
from dealwright.contract.v1.deals import FlatDeal
from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, Page
from dealwright.contract.v1.stages import NewStage, StageChanges
from dealwright.contract.values import Flag
from dealwright.crm import boards, pages, stages
from dealwright.crm.settings import Stage
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v1 import deals, envelopes

_NAMES = {"rotten_flag": "is_deal_rot_enabled", "rotten_days": "days_to_rotten"}


def show(stage: Stage) -> contract.Stage:
    """A stage as v1 writes it."""
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


def show_listed(crm: Crm, stage: Stage) -> contract.ListedStage:
    """A stage in a list, with what is to be known of its pipeline."""
    pipeline = crm.settings.pipelines[stage.pipeline_id]
    return {
        **show(stage),
        "pipeline_name": pipeline.name,
        "pipeline_deal_probability": pipeline.is_deal_probability_enabled,
    }


@implements(contract.get_stages)
def get_stages(
    crm: Crm, pipeline_id: int | None = None, start: int = 0, limit: int | None = None
) -> Page[contract.ListedStage]:
    found = pages.slice_of(boards.stages(crm, pipeline_id), start, limit)
    return envelopes.page(found, lambda stage: show_listed(crm, stage))


@implements(contract.post_stages)
def post_stages(crm: Crm, data: NewStage) -> Item[contract.Stage]:
    return envelopes.item(show(stages.create(crm, given(data, _NAMES))))


@implements(contract.delete_stages)
def delete_stages(crm: Crm, ids: list[int]) -> Item[DeletedMany]:
    stages.delete(crm, ids)
    return envelopes.deleted_many(ids)


@implements(contract.get_stages_by_id)
def get_stages_by_id(crm: Crm, id: int) -> Item[contract.Stage]:
    return envelopes.item(show(stages.get(crm, id)))


@implements(contract.put_stages_by_id)
def put_stages_by_id(crm: Crm, id: int, data: StageChanges) -> Item[contract.Stage]:
    return envelopes.item(show(stages.update(crm, id, given(data, _NAMES))))


@implements(contract.delete_stages_by_id)
def delete_stages_by_id(crm: Crm, id: int) -> Item[Deleted]:
    stages.delete(crm, [id])
    return envelopes.deleted(id)


@implements(contract.get_stages_by_id_deals)
def get_stages_by_id_deals(
    crm: Crm,
    id: int,
    filter_id: int | None = None,
    user_id: int | None = None,
    everyone: Flag | None = None,
    start: int = 0,
    limit: int | None = None,
) -> Page[FlatDeal]:
    stage = stages.get(crm, id)
    criteria = deals.on_board(crm, stage_id=stage.id, filter_id=filter_id, user_id=user_id, everyone=everyone == 1)
    return deals.flat_page_of(crm, criteria, start=start, limit=limit)
