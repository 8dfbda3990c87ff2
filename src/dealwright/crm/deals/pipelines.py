"""Pipelines: the sequences of stages that deals move through."""

from __future__ import annotations

from dealwright.crm.deals import deals
from dealwright.crm.deals.model import PIPELINE, STAGE, Pipeline
from dealwright.crm.errors import NotFound
from dealwright.crm.kernel import access, records, visible_pipelines
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.storage import tables


def get(crm: UnitOfWork, id: int, *, deleted: bool = False) -> Pipeline:
    """Returns a pipeline. Raises `NotFound`, also for one hidden from the actor or, unless ``deleted``, deleted."""
    pipeline = visible_pipelines.find_pipeline(crm, id, deleted=deleted)
    if pipeline is None:
        raise NotFound("Pipeline not found")
    return pipeline


def create(crm: UnitOfWork, values: Values) -> Pipeline:
    """Adds a pipeline, by default as the last one. Raises `Forbidden` unless the actor is an admin."""
    crm.require_exclusive_lock()
    access.require_admin(crm)
    order_nr = values.pop("order_nr", None)
    last = max((pipeline.order_nr for pipeline in visible_pipelines.list_pipelines(crm)), default=-1) + 1
    pipeline = records.insert(
        crm,
        PIPELINE,
        {"is_deal_probability_enabled": False, **values, "order_nr": last, "add_time": crm.now, "update_time": crm.now},
    )
    crm.invalidate_company_data()
    return update(crm, pipeline.id, {"order_nr": order_nr}) if isinstance(order_nr, int) else pipeline


def update(crm: UnitOfWork, id: int, values: Values) -> Pipeline:
    """Changes a pipeline; a new ``order_nr`` moves the others.

    ``is_deleted`` hides it with all that is in it, or restores it, by default as the last one. Raises `NotFound`, and
    `Forbidden` unless the actor is an admin.
    """
    crm.require_exclusive_lock()
    access.require_admin(crm)
    pipeline = get(crm, id, deleted=values.get("is_deleted") is False)
    order_nr = values.pop("order_nr", None)
    if pipeline.is_deleted and order_nr is None:
        order_nr = len(visible_pipelines.list_pipelines(crm))
    records.update(crm, PIPELINE, pipeline, values)
    if isinstance(order_nr, int) and not values.get("is_deleted"):
        others = [other for other in visible_pipelines.list_pipelines(crm) if other.id != id]
        for position, other in enumerate([*others[:order_nr], pipeline, *others[order_nr:]]):
            records.update(crm, PIPELINE, records.refresh(crm, PIPELINE, other.id), {"order_nr": position})
    crm.invalidate_company_data()
    return get(crm, id, deleted=True)


def delete(crm: UnitOfWork, id: int) -> None:
    """Deletes a pipeline, its stages and its open deals.

    Raises `NotFound`, and `Forbidden` unless the actor is an admin.
    """
    crm.require_exclusive_lock()
    access.require_admin(crm)
    pipeline = get(crm, id)
    deals.delete_where(crm, tables.deals.c.pipeline_id == id, tables.deals.c.status == "open")
    for stage in visible_pipelines.list_stages(crm, id):
        records.delete(crm, STAGE, stage)
    records.delete(crm, PIPELINE, pipeline)
    crm.invalidate_company_data()
