"""What pipelines and stages there are for the actor: for the rules of pipelines, stages and deals alike."""

from __future__ import annotations

from dealwright.crm import access
from dealwright.crm.errors import Invalid
from dealwright.crm.settings import Pipeline, Stage
from dealwright.crm.unit import Crm


def pipelines(crm: Crm) -> list[Pipeline]:
    """The pipelines that are neither deleted nor hidden, in their order."""
    hidden = access.hidden_pipelines(crm, crm.actor)
    return [
        pipeline
        for pipeline in crm.settings.pipelines.values()
        if not pipeline.is_deleted and pipeline.id not in hidden
    ]


def stages(crm: Crm, pipeline_id: int | None = None) -> list[Stage]:
    """The stages that are neither deleted nor hidden, in their order, of all pipelines or of one."""
    hidden = access.hidden_pipelines(crm, crm.actor)
    return [
        stage
        for stage in crm.settings.stages.values()
        if not stage.is_deleted and stage.pipeline_id not in hidden and pipeline_id in (None, stage.pipeline_id)
    ]


def pipeline(crm: Crm, id: object, *, deleted: bool = False) -> Pipeline | None:
    """The pipeline with an id, unless it is hidden or, if not ``deleted``, deleted."""
    found = crm.settings.pipelines.get(id) if isinstance(id, int) else None
    if found is None or found.id in access.hidden_pipelines(crm, crm.actor):
        return None
    return found if deleted or not found.is_deleted else None


def stage(crm: Crm, id: object) -> Stage | None:
    """The stage with an id, unless it is deleted or hidden."""
    found = crm.settings.stages.get(id) if isinstance(id, int) else None
    is_there = (
        found is not None and not found.is_deleted and found.pipeline_id not in access.hidden_pipelines(crm, crm.actor)
    )
    return found if is_there else None


def linked_pipeline(crm: Crm, id: object) -> Pipeline:
    """The pipeline that another record is to point at. Raises `Invalid` when there is none."""
    found = pipeline(crm, id)
    if found is None:
        raise Invalid("Pipeline not found", "pipeline_id")
    return found


def linked_stage(crm: Crm, id: object) -> Stage:
    """The stage that a deal is to stand in. Raises `Invalid` when there is none."""
    found = stage(crm, id)
    if found is None or crm.settings.pipelines[found.pipeline_id].is_deleted:
        raise Invalid("Stage not found", "stage_id")
    return found


def first_stage(crm: Crm, pipeline_id: int | None = None) -> Stage:
    """Where a new deal begins: the first stage of a pipeline, or of the first pipeline that has stages.

    Raises `Invalid` when there is no stage.
    """
    candidates = [pipeline_id] if pipeline_id is not None else [pipeline.id for pipeline in pipelines(crm)]
    for candidate in candidates:
        if found := stages(crm, candidate):
            return found[0]
    raise Invalid("The pipeline has no stages", "pipeline_id")
