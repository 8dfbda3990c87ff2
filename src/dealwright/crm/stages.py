"""Stages: the steps of a pipeline."""

from __future__ import annotations

from dealwright.crm import access, boards, deals, records
from dealwright.crm.errors import NotFound
from dealwright.crm.settings import STAGE, Stage
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.storage import tables


def get(crm: Crm, id: int) -> Stage:
    """One stage. Raises `NotFound` also for one that is deleted or hidden."""
    stage = boards.stage(crm, id)
    if stage is None:
        raise NotFound("Stage not found")
    return stage


def create(crm: Crm, values: Values) -> Stage:
    """Adds a stage at the end of its pipeline. Only admins may."""
    access.require_admin(crm)
    pipeline_id = boards.linked_pipeline(crm, values["pipeline_id"]).id
    given: Values = {"deal_probability": 100, "is_deal_rot_enabled": False, "days_to_rotten": None, **values}
    place = max((stage.order_nr for stage in boards.stages(crm, pipeline_id)), default=-1) + 1
    id = records.insert(crm, STAGE, {**given, "order_nr": place, "add_time": crm.now, "update_time": crm.now})
    crm.settings_changed()
    return get(crm, id)


def update(crm: Crm, id: int, values: Values) -> Stage:
    """Changes a stage; a new ``order_nr`` moves the others of its pipeline. Only admins may."""
    access.require_admin(crm)
    stage = get(crm, id)
    order_nr = values.pop("order_nr", None)
    if "pipeline_id" in values:
        pipeline = boards.linked_pipeline(crm, values["pipeline_id"])
        if pipeline.id != stage.pipeline_id:
            # It joins the other pipeline at the end, and takes its deals along.
            order_nr = len(boards.stages(crm, pipeline.id)) if order_nr is None else order_nr
            deals.follow_stage(crm, id, pipeline.id)
    records.update(crm, STAGE, stage, values)
    crm.settings_changed()
    if isinstance(order_nr, int):
        others = [other for other in boards.stages(crm, get(crm, id).pipeline_id) if other.id != id]
        for place, other in enumerate([*others[:order_nr], get(crm, id), *others[order_nr:]]):
            records.update(crm, STAGE, other, {"order_nr": place})
        crm.settings_changed()
    return get(crm, id)


def delete(crm: Crm, ids: list[int]) -> None:
    """Deletes stages with their open deals. Raises `NotFound`, and changes nothing, when one is unknown. Only admins may."""
    access.require_admin(crm)
    for stage in [get(crm, id) for id in ids]:
        deals.delete_where(crm, tables.deals.c.stage_id == stage.id, tables.deals.c.status == "open")
        records.delete(crm, STAGE, stage, is_bulk=len(ids) > 1)
    crm.settings_changed()
