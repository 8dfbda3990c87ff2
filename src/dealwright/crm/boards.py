"""What pipelines and stages there are: for the rules of pipelines, stages and deals alike."""

from __future__ import annotations

from dealwright.crm.errors import Invalid
from dealwright.crm.settings import Pipeline, Stage
from dealwright.crm.unit import Crm


def pipelines(crm: Crm) -> list[Pipeline]:
    """The pipelines that are not deleted, in their order."""
    return [pipeline for pipeline in crm.settings.pipelines.values() if not pipeline.is_deleted]


def stages(crm: Crm, pipeline_id: int | None = None) -> list[Stage]:
    """The stages that are not deleted, in their order, of all pipelines or of one."""
    return [
        stage
        for stage in crm.settings.stages.values()
        if not stage.is_deleted and pipeline_id in (None, stage.pipeline_id)
    ]


def linked_pipeline(crm: Crm, id: object) -> Pipeline:
    """The pipeline that another record is to point at. Raises `Invalid` when there is none."""
    pipeline = crm.settings.pipelines.get(id) if isinstance(id, int) else None
    if pipeline is None or pipeline.is_deleted:
        raise Invalid("Pipeline not found", "pipeline_id")
    return pipeline


def linked_stage(crm: Crm, id: object) -> Stage:
    """The stage that a deal is to stand in. Raises `Invalid` when there is none."""
    stage = crm.settings.stages.get(id) if isinstance(id, int) else None
    if stage is None or stage.is_deleted or crm.settings.pipelines[stage.pipeline_id].is_deleted:
        raise Invalid("Stage not found", "stage_id")
    return stage


def first_stage(crm: Crm, pipeline_id: int | None = None) -> Stage:
    """Where a new deal begins: the first stage of a pipeline, or of the first pipeline that has stages.

    Raises `Invalid` when there is no stage.
    """
    candidates = [pipeline_id] if pipeline_id is not None else [pipeline.id for pipeline in pipelines(crm)]
    for candidate in candidates:
        if found := stages(crm, candidate):
            return found[0]
    raise Invalid("The pipeline has no stages", "pipeline_id")
