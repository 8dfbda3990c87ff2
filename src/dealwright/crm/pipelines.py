"""Pipelines: the boards that deals move on."""

from __future__ import annotations

from dealwright.crm import access, boards, deals, records
from dealwright.crm.errors import NotFound
from dealwright.crm.settings import PIPELINE, STAGE, Pipeline
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.storage import tables


def get(crm: Crm, id: int, *, deleted: bool = False) -> Pipeline:
    """One pipeline. Raises `NotFound`, unless ``deleted``, also for one that is hidden or deleted."""
    pipeline = crm.settings.pipelines.get(id)
    if pipeline is None or (pipeline.is_deleted and not deleted):
        raise NotFound("Pipeline not found")
    return pipeline


def create(crm: Crm, values: Values) -> Pipeline:
    """Adds a pipeline, last unless ``order_nr`` says where. Only admins may."""
    access.require_admin(crm)
    order_nr = values.pop("order_nr", None)
    last = max((pipeline.order_nr for pipeline in boards.pipelines(crm)), default=-1) + 1
    id = records.insert(
        crm,
        PIPELINE,
        {"is_deal_probability_enabled": False, **values, "order_nr": last, "add_time": crm.now, "update_time": crm.now},
    )
    crm.settings_changed()
    return update(crm, id, {"order_nr": order_nr}) if isinstance(order_nr, int) else get(crm, id)


def update(crm: Crm, id: int, values: Values) -> Pipeline:
    """Changes a pipeline; a new ``order_nr`` moves the others. Only admins may.

    ``is_deleted`` hides it, with all that is in it, or brings it back, then as the last one.
    """
    access.require_admin(crm)
    pipeline = get(crm, id, deleted=values.get("is_deleted") is False)
    order_nr = values.pop("order_nr", None)
    if pipeline.is_deleted and order_nr is None:
        order_nr = len(boards.pipelines(crm))
    records.update(crm, PIPELINE, pipeline, values)
    if isinstance(order_nr, int) and not values.get("is_deleted"):
        others = [other for other in boards.pipelines(crm) if other.id != id]
        for place, other in enumerate([*others[:order_nr], pipeline, *others[order_nr:]]):
            records.update(crm, PIPELINE, records.reread(crm, PIPELINE, other.id), {"order_nr": place})
    crm.settings_changed()
    return get(crm, id, deleted=True)


def delete(crm: Crm, id: int) -> None:
    """Deletes a pipeline with its stages; its open deals are deleted too. Only admins may."""
    access.require_admin(crm)
    pipeline = get(crm, id)
    deals.delete_where(crm, tables.deals.c.pipeline_id == id, tables.deals.c.status == "open")
    for stage in boards.stages(crm, id):
        records.delete(crm, STAGE, stage)
    records.delete(crm, PIPELINE, pipeline)
    crm.settings_changed()
