"""The plan of a project: its tasks, activities and groups."""

from __future__ import annotations

from dealwright.contract.v1.envelopes import CursorPage, Item, List
from dealwright.contract.v1.work import project_plans as contract
from dealwright.contract.v1.work.activities import CollectedActivity
from dealwright.contract.v1.work.project_plans import PlanItemChanges
from dealwright.contract.v1.work.tasks import Task
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.work import activities, project_plans, tasks
from dealwright.crm.work.model import ACTIVITY, PROJECT, TASK
from dealwright.crm.work.project_plans import PlanItem
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes
from dealwright.server.v1.work.activities import show_collected
from dealwright.server.v1.work.tasks import show_all as show_tasks


def _show(item: PlanItem) -> contract.PlanItem:
    return {
        "item_id": item.item_id,
        "item_type": item.item_type,
        "phase_id": item.phase_id,
        "group_id": item.group_id,
    }


@implements(contract.get_projects_by_id_plan)
def get_projects_by_id_plan(crm: UnitOfWork, id: int) -> List[contract.PlanItem]:
    return envelopes.whole_collection([_show(item) for item in project_plans.list_items(crm, id)])


@implements(contract.put_projects_by_id_plan_activities_by_activity_id)
def put_projects_by_id_plan_activities_by_activity_id(
    crm: UnitOfWork, id: int, activity_id: int, data: PlanItemChanges
) -> Item[contract.PlanItem]:
    found = project_plans.place(crm, id, "activity", activity_id, provided_values(data))
    return envelopes.item_without_more(_show(found))


@implements(contract.put_projects_by_id_plan_tasks_by_task_id)
def put_projects_by_id_plan_tasks_by_task_id(
    crm: UnitOfWork, id: int, task_id: int, data: PlanItemChanges
) -> Item[contract.PlanItem]:
    return envelopes.item_without_more(_show(project_plans.place(crm, id, "task", task_id, provided_values(data))))


@implements(contract.get_projects_by_id_groups)
def get_projects_by_id_groups(crm: UnitOfWork, id: int) -> List[contract.ProjectGroup]:
    found = project_plans.list_groups(crm, id)
    return envelopes.whole_collection(
        [{"id": group.id, "name": group.name, "order_nr": group.order_nr} for group in found]
    )


@implements(contract.get_projects_by_id_tasks)
def get_projects_by_id_tasks(crm: UnitOfWork, id: int) -> CursorPage[Task]:
    records.get(crm, PROJECT, id)
    # The operation has no parameters: there is nothing to go on with.
    found = pages.select_all(crm, TASK, tasks.criteria(crm, project_id=id))
    return envelopes.rendered_cursor_page(show_tasks(crm, found), None)


@implements(contract.get_projects_by_id_activities)
def get_projects_by_id_activities(crm: UnitOfWork, id: int) -> CursorPage[CollectedActivity]:
    records.get(crm, PROJECT, id)
    found = pages.select_all(crm, ACTIVITY, activities.criteria(crm, project_id=id))
    return envelopes.rendered_cursor_page([show_collected(crm, activity) for activity in found], None)
