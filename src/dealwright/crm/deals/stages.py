"""Stages: the steps of a pipeline."""

from __future__ import annotations

from dealwright.crm.deals import deals
from dealwright.crm.deals.model import STAGE, Stage
from dealwright.crm.errors import NotFound
from dealwright.crm.kernel import access, records, visible_pipelines
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.storage import tables


def get(crm: UnitOfWork, id: int) -> Stage:
    """Returns a stage. Raises `NotFound`, also for one that is deleted or hidden."""
    stage = visible_pipelines.find_stage(crm, id)
    if stage is None:
        raise NotFound("Stage not found")
    return stage


def create(crm: UnitOfWork, values: Values) -> Stage:
    """Adds a stage at the end of its pipeline. Raises `Invalid`, and `Forbidden` unless the actor is an admin."""
    crm.require_exclusive_lock()
    access.require_admin(crm)
    pipeline_id = visible_pipelines.require_linked_pipeline(crm, values["pipeline_id"]).id
    complete: Values = {"deal_probability": 100, "is_deal_rot_enabled": False, "days_to_rotten": None, **values}
    position = max((stage.order_nr for stage in visible_pipelines.list_stages(crm, pipeline_id)), default=-1) + 1
    stage = records.insert(crm, STAGE, {**complete, "order_nr": position, "add_time": crm.now, "update_time": crm.now})
    crm.invalidate_company_data()
    return stage


def update(crm: UnitOfWork, id: int, values: Values) -> Stage:
    """Changes a stage; a new ``order_nr`` moves the others of its pipeline.

    Raises `NotFound`, `Invalid`, and `Forbidden` unless the actor is an admin.
    """
    crm.require_exclusive_lock()
    access.require_admin(crm)
    stage = get(crm, id)
    order_nr = values.pop("order_nr", None)
    if "pipeline_id" in values:
        pipeline = visible_pipelines.require_linked_pipeline(crm, values["pipeline_id"])
        if pipeline.id != stage.pipeline_id:
            # By default it becomes the last stage of the other pipeline; its deals move with it.
            order_nr = len(visible_pipelines.list_stages(crm, pipeline.id)) if order_nr is None else order_nr
            deals.move_stage_deals(crm, id, pipeline.id)
    records.update(crm, STAGE, stage, values)
    crm.invalidate_company_data()
    if isinstance(order_nr, int):
        others = [other for other in visible_pipelines.list_stages(crm, get(crm, id).pipeline_id) if other.id != id]
        for position, other in enumerate([*others[:order_nr], get(crm, id), *others[order_nr:]]):
            records.update(crm, STAGE, other, {"order_nr": position})
        crm.invalidate_company_data()
    return get(crm, id)


def delete(crm: UnitOfWork, ids: list[int]) -> None:
    """Deletes stages with their open deals.

    Raises `NotFound`, changing nothing, when one is unknown, and `Forbidden` unless the actor is an admin.
    """
    crm.require_exclusive_lock()
    access.require_admin(crm)
    for stage in [get(crm, id) for id in ids]:
        deals.delete_where(crm, tables.deals.c.stage_id == stage.id, tables.deals.c.status == "open")
        records.delete(crm, STAGE, stage, is_bulk=len(ids) > 1)
    crm.invalidate_company_data()
