"""What follows once everything is taken back: amounts of deals, and whether what is there now goes together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from dealwright.crm.deals import deal_installments, deal_value
from dealwright.crm.deals.deal_amounts import ONE_TIME
from dealwright.crm.deals.deal_products import MAX_RECURRING
from dealwright.crm.deals.model import DEAL, Deal
from dealwright.crm.history.undo import conflicts
from dealwright.crm.history.undo.conflicts import conflict
from dealwright.crm.history.undo.effects import Effect, by_object
from dealwright.crm.history.undo.kinds import KINDS
from dealwright.crm.kernel import records
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads.model import LEAD
from dealwright.crm.values.formats import loads
from dealwright.crm.work.model import ACTIVITY, PROJECT, TASK
from dealwright.storage import tables

PARTS = ("dealProduct", "dealDiscount", "dealInstallment")


def finish(crm: UnitOfWork, effects: Sequence[Effect]) -> None:
    """Brings up to date what follows from the records. Raises `Conflict` when they do not go together as they are now."""
    if any(effect.object in KINDS and KINDS[effect.object].is_cached for effect in effects):
        crm.invalidate_company_data()
    found = by_object(effects)
    changed = {object: [id for id, one in of_type.items() if not one.was_created] for object, of_type in found.items()}
    _finish_deals(crm, effects, changed.get("deal", ()))
    _check_projects(crm, changed)
    _check_leads(crm, changed.get("lead", ()))
    _check_team(crm, found)
    for object, of_type in found.items():
        gone = [id for id, effect in of_type.items() if effect.was_created]
        conflicts.check_unused(crm, object, gone)


def _finish_deals(crm: UnitOfWork, effects: Iterable[Effect], changed: Iterable[int]) -> None:
    """Prices the lines of deals anew, and checks that these go together; checks the stages of deals."""
    with_parts = {_deal_id(crm, effect) for effect in effects if effect.object in PARTS}
    currencies = {effect.record_id for effect in effects if effect.object == "deal" and "currency" in effect.before}
    for deal in records.in_bulk(crm, DEAL, {*with_parts, *currencies, *changed}).values():
        if deal.is_deleted:
            continue
        _check_stage(crm, deal)
        if deal.id in with_parts or deal.id in currencies:
            _check_parts(crm, deal)


def _deal_id(crm: UnitOfWork, effect: Effect) -> int | None:
    found = effect.before.get("deal_id") or effect.after.get("deal_id")
    if found is None:
        kind = KINDS[effect.object].record_type
        found = getattr(records.in_bulk(crm, kind, [effect.record_id]).get(effect.record_id), "deal_id", None)
    return found if isinstance(found, int) else None


def _check_parts(crm: UnitOfWork, deal: Deal) -> None:
    lines = deal_value.lines_of(crm, deal.id)
    if len({line.tax_method for line in lines}) > 1:
        raise conflict("deal", deal.id, "tax_method", "its products would have several")
    recurring = sum(line.billing_frequency != ONE_TIME for line in lines)
    if recurring > MAX_RECURRING:
        raise conflict(
            "deal", deal.id, "billing_frequency", f"it would have more than {MAX_RECURRING} recurring products"
        )
    if deal_installments.exist(crm, deal.id):
        if recurring:
            raise conflict("deal", deal.id, "billing_frequency", "it would have recurring products beside installments")
        if not any(line.is_enabled for line in lines):
            raise conflict("deal", deal.id, "installments", "it would have installments without a product")
    if lines:
        deal_value.recalculate(crm, deal)


def _check_stage(crm: UnitOfWork, deal: Deal) -> None:
    stage = crm.company_data.stages.get(deal.stage_id)
    if stage is None or stage.pipeline_id != deal.pipeline_id:
        raise conflict("deal", deal.id, "stage_id", "the stage is in another pipeline by now")
    pipeline = crm.company_data.pipelines[stage.pipeline_id]
    if deal.status == "open" and (stage.is_deleted or pipeline.is_deleted):
        raise conflict("deal", deal.id, "stage_id", "the stage was deleted since")


def _check_projects(crm: UnitOfWork, changed: dict[str, list[int]]) -> None:
    phases, boards = crm.company_data.project_phases, crm.company_data.project_boards
    for project in records.in_bulk(crm, PROJECT, changed.get("project", ())).values():
        phase = phases.get(project.phase_id)
        if project.is_deleted:
            continue
        if phase is None or phase.board_id != project.board_id:
            raise conflict("project", project.id, "phase_id", "the phase is on another board by now")
        if project.status == "open" and (phase.is_deleted or boards[phase.board_id].is_deleted):
            raise conflict("project", project.id, "phase_id", "the phase was deleted since")
    places: tuple[tuple[RecordType[Any], str, str], ...] = (
        (TASK, "phase_id", "group_id"),
        (ACTIVITY, "project_phase_id", "project_group_id"),
    )
    for kind, phase_name, group_name in places:
        for item in records.in_bulk(crm, kind, changed.get(kind.object, ())).values():
            _check_place(crm, kind.object, item, getattr(item, phase_name), getattr(item, group_name))
    _check_tasks(crm, changed.get("task", ()))


def _check_place(crm: UnitOfWork, object: str, item: object, phase_id: int | None, group_id: int | None) -> None:
    id: int = item.id  # type: ignore[attr-defined]
    project_id: int | None = item.project_id  # type: ignore[attr-defined]
    if phase_id is None and group_id is None:
        return
    project = records.in_bulk(crm, PROJECT, [project_id]).get(project_id or 0)
    phase = None if phase_id is None else crm.company_data.project_phases.get(phase_id)
    if phase_id is not None and (
        phase is None or phase.is_deleted or not project or phase.board_id != project.board_id
    ):
        raise conflict(object, id, "phase_id", "the phase is not one of its project by now")
    groups = tables.project_groups.c
    if group_id is not None:
        found = crm.db.value(sa.select(groups.project_id).where(groups.id == group_id))
        if found != project_id:
            raise conflict(object, id, "group_id", "the group is not one of its project by now")


def _check_tasks(crm: UnitOfWork, ids: Iterable[int]) -> None:
    found = records.in_bulk(crm, TASK, ids)
    projects = records.in_bulk(crm, PROJECT, (task.project_id for task in found.values()))
    parents = records.in_bulk(crm, TASK, (task.parent_task_id for task in found.values()))
    for task in found.values():
        if task.is_deleted:
            continue
        if task.project_id not in projects or projects[task.project_id].is_deleted:
            raise conflict("task", task.id, "project_id", "the project was deleted since")
        parent = parents.get(task.parent_task_id or 0)
        if parent is not None and (parent.is_deleted or parent.parent_task_id or parent.project_id != task.project_id):
            raise conflict("task", task.id, "parent_task_id", "cannot be a subtask of it any more")
        columns = tables.tasks.c
        under = (columns.parent_task_id == task.id) & (columns.is_deleted == sa.false())
        if parent is not None and crm.db.row(sa.select(columns.id).where(under).limit(1)) is not None:
            raise conflict("task", task.id, "parent_task_id", "it has subtasks by now")


def _check_leads(crm: UnitOfWork, ids: Iterable[int]) -> None:
    labels = tables.lead_labels.c
    known = {*crm.db.values(sa.select(labels.uuid).where(labels.is_deleted == sa.false()))} if ids else set()
    for lead in records.in_bulk(crm, LEAD, ids).values():
        for label in loads(lead.label_ids):
            if label not in known and not lead.is_deleted:
                raise conflict("lead", lead.id, "label_ids", f"the label {label} was deleted since")


def _check_team(crm: UnitOfWork, found: dict[str, dict[int, Effect]]) -> None:
    """Raises `Conflict` when users or roles would be in a role that is gone, or roles below themselves."""
    roles = crm.company_data.roles
    for object, attribute in (("user", "role_id"), ("role", "parent_role_id")):
        for id in found.get(object, ()):
            one = crm.company_data.users[id] if object == "user" else roles[id]
            if object == "role" and not roles[id].is_active:
                continue
            above = getattr(one, attribute)
            if above is not None and not roles[above].is_active:
                raise conflict(object, id, attribute, "the role was deleted since")
    for id in found.get("role", ()):
        path: list[int] = []
        role_id: int | None = id
        while role_id is not None and role_id not in path:
            path.append(role_id)
            role_id = roles[role_id].parent_role_id
        if role_id is not None:
            raise conflict("role", id, "parent_role_id", "it would be below itself")
