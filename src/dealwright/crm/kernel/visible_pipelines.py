"""The pipelines and stages that the actor sees: for the rules of pipelines, stages and deals alike."""

from __future__ import annotations

from dealwright.crm.deals.model import Pipeline, Stage
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import access
from dealwright.crm.kernel.unit_of_work import UnitOfWork


def list_pipelines(crm: UnitOfWork) -> list[Pipeline]:
    """Returns the pipelines that are neither deleted nor hidden, in their order."""
    hidden = access.hidden_pipelines(crm, crm.actor)
    return [
        pipeline
        for pipeline in crm.company_data.pipelines.values()
        if not pipeline.is_deleted and pipeline.id not in hidden
    ]


def list_stages(crm: UnitOfWork, pipeline_id: int | None = None) -> list[Stage]:
    """Returns the stages that are neither deleted nor hidden, in their order, of one pipeline or of all."""
    hidden = access.hidden_pipelines(crm, crm.actor)
    return [
        stage
        for stage in crm.company_data.stages.values()
        if not stage.is_deleted and stage.pipeline_id not in hidden and pipeline_id in (None, stage.pipeline_id)
    ]


def find_pipeline(crm: UnitOfWork, id: object, *, deleted: bool = False) -> Pipeline | None:
    """Returns a pipeline by id; None if it is hidden, or deleted unless ``deleted``."""
    found = crm.company_data.pipelines.get(id) if isinstance(id, int) else None
    if found is None or found.id in access.hidden_pipelines(crm, crm.actor):
        return None
    return found if deleted or not found.is_deleted else None


def find_stage(crm: UnitOfWork, id: object) -> Stage | None:
    """Returns a stage by id; None if it is deleted or hidden."""
    found = crm.company_data.stages.get(id) if isinstance(id, int) else None
    is_there = (
        found is not None and not found.is_deleted and found.pipeline_id not in access.hidden_pipelines(crm, crm.actor)
    )
    return found if is_there else None


def require_linked_pipeline(crm: UnitOfWork, id: object) -> Pipeline:
    """Returns the pipeline that another record is to be linked to. Raises `Invalid` when there is none."""
    found = find_pipeline(crm, id)
    if found is None:
        raise Invalid("Pipeline not found", "pipeline_id")
    return found


def require_linked_stage(crm: UnitOfWork, id: object) -> Stage:
    """Returns the stage that a deal is to be in. Raises `Invalid` when there is none."""
    found = find_stage(crm, id)
    if found is None or crm.company_data.pipelines[found.pipeline_id].is_deleted:
        raise Invalid("Stage not found", "stage_id")
    return found


def choose_stage(crm: UnitOfWork, stage_id: object, pipeline_id: object) -> Stage:
    """Returns the stage that a deal is to be in: the one given, else the first of the pipeline given, else the first one.

    Raises `Invalid` for a stage or a pipeline that there is not, and when there is no stage.
    """
    if stage_id is not None:
        return require_linked_stage(crm, stage_id)
    return first_stage(crm, None if pipeline_id is None else require_linked_pipeline(crm, pipeline_id).id)


def first_stage(crm: UnitOfWork, pipeline_id: int | None = None) -> Stage:
    """Returns the stage of a new deal: the first of a pipeline, or of the first pipeline that has stages.

    Raises `Invalid` when there is no stage.
    """
    candidates = [pipeline_id] if pipeline_id is not None else [pipeline.id for pipeline in list_pipelines(crm)]
    for candidate in candidates:
        if found := list_stages(crm, candidate):
            return found[0]
    raise Invalid("The pipeline has no stages", "pipeline_id")
