"""Projects on their boards: in both versions, with phases, tasks, plans and templates, archived and deleted."""

from __future__ import annotations

from typing import Any

from dealwright.crm.work import project_templates
from dealwright.crm.work.project_templates import TemplateActivity, TemplateContents, TemplateTask
from tests.actions.local_crm import LocalCrm
from tests.company import open_write


def test_boards_and_their_phases(crm: LocalCrm) -> None:
    board = crm.create("v2.post_boards", name="Fitting")
    first, last = (crm.create("v2.post_phases", name=name, board_id=board) for name in ("First", "Last"))
    crm.data("v2.patch_boards_by_id", id=board, data={"name": "Kitchens", "order_nr": 1})
    crm.data("v2.patch_phases_by_id", id=last, data={"name": "Measure", "order_nr": 1})
    assert crm.data("v2.get_boards_by_id", id=board)["name"] == "Kitchens"
    assert crm.ids("v2.get_boards")[0] == crm.ids("v1.get_projects_boards")[0] == board
    assert crm.data("v1.get_projects_boards_by_id", id=board)["order_nr"] == 1
    phases = [(last, "Measure"), (first, "First")]
    assert [(one["id"], one["name"]) for one in crm.data("v2.get_phases", board_id=board)] == phases
    assert [(one["id"], one["name"]) for one in crm.data("v1.get_projects_phases", board_id=board)] == phases
    assert crm.data("v2.get_phases_by_id", id=last)["order_nr"] == 1
    assert crm.data("v1.get_projects_phases_by_id", id=first)["board_id"] == board
    assert crm.data("v2.delete_phases_by_id", id=last)["id"] == last
    assert crm.ids("v2.get_phases", board_id=board) == [first]
    assert crm.data("v2.delete_boards_by_id", id=board)["id"] == board
    assert board not in crm.ids("v2.get_boards")
    assert crm.refusal("v2.get_phases_by_id", id=first) == 404


def test_a_project_of_v2_from_the_deal_to_the_archive(crm: LocalCrm) -> None:
    mary = crm.create("v2.post_persons", name="Mary")
    deal = crm.create("v2.post_deals", title="Kitchen", status="won", person_id=mary)
    phase, later = crm.ids("v2.get_phases", board_id=crm.ids("v2.get_boards")[0])[:2]
    project = crm.create(
        "v2.post_projects", title="Kitchen", phase_id=phase, deal_ids=[deal], person_ids=[mary], start_date="2030-04-01"
    )
    found = crm.data("v2.get_projects_by_id", id=project)
    assert (found["title"], found["status"], found["deal_ids"]) == ("Kitchen", "open", [deal])
    assert (found["person_ids"], found["start_date"]) == ([mary], "2030-04-01")
    crm.data("v2.patch_projects_by_id", id=project, data={"title": "Large kitchen", "phase_id": later})
    [listed] = crm.data("v2.get_projects", deal_id=deal)
    assert (listed["id"], listed["title"], listed["phase_id"]) == (project, "Large kitchen", later)
    changed = crm.data("v2.get_projects_by_id_changelog", id=project)[0]
    assert changed["old_values"] == {"title": "Kitchen", "phase_id": phase}
    assert changed["new_values"] == {"title": "Large kitchen", "phase_id": later}
    assert crm.data("v1.get_users_me")["id"] in crm.data("v2.get_projects_by_id_permitted_users", id=project)

    assert crm.data("v2.post_projects_by_id_archive", id=project)["archive_time"] is not None
    assert crm.data("v2.get_projects", deal_id=deal) == []
    assert crm.ids("v2.get_projects_archived") == [project]
    assert crm.data("v2.delete_projects_by_id", id=project)["id"] == project
    assert crm.data("v2.get_projects_archived") == []
    assert crm.refusal("v2.get_projects_by_id", id=project) == 404


def test_a_project_of_v1_to_its_archive(crm: LocalCrm) -> None:
    board = crm.create("v2.post_boards", name="Baths")
    phase, later = (crm.create("v2.post_phases", name=name, board_id=board) for name in ("Plan", "Build"))
    mary = crm.create("v2.post_persons", name="Mary")
    project = crm.create("v1.post_projects", title="Bath", board_id=board, phase_id=phase, person_id=mary)
    found = crm.data("v1.get_projects_by_id", id=project)
    assert (found["title"], found["board_id"], found["person_id"]) == ("Bath", board, mary)
    crm.data("v1.put_projects_by_id", id=project, data={"title": "Bathroom", "phase_id": later})
    [listed] = crm.data("v1.get_projects", phase_id=later)
    assert (listed["id"], listed["title"]) == (project, "Bathroom")
    crm.data("v1.post_projects_by_id_archive", id=project)
    assert crm.ids("v1.get_projects", phase_id=later) == []
    assert crm.ids("v1.get_projects", phase_id=later, include_archived=True) == [project]
    crm.data("v1.delete_projects_by_id", id=project)
    assert crm.data("v1.get_projects_by_id", id=project)["status"] == "deleted"
    assert crm.ids("v1.get_projects", phase_id=later, include_archived=True) == []


def test_tasks_of_v2(crm: LocalCrm) -> None:
    me = crm.data("v1.get_users_me")["id"]
    project = crm.create("v2.post_projects", title="Kitchen")
    task = crm.create("v2.post_tasks", title="Paint", project_id=project, assignee_ids=[me], due_date="2030-04-05")
    part = crm.create("v2.post_tasks", title="Buy paint", project_id=project, parent_task_id=task)
    found = crm.data("v2.get_tasks_by_id", id=task)
    assert (found["title"], found["assignee_ids"], found["due_date"]) == ("Paint", [me], "2030-04-05")
    assert crm.ids("v2.get_tasks", parent_task_id=task) == [part]
    crm.data("v2.patch_tasks_by_id", id=part, data={"done": 1, "title": "Bought paint"})
    [done] = crm.data("v2.get_tasks", project_id=project, is_done=True)
    assert (done["id"], done["title"]) == (part, "Bought paint")
    assert crm.data("v2.delete_tasks_by_id", id=task)["id"] == task
    assert crm.data("v2.get_tasks", project_id=project) == []
    assert crm.refusal("v2.get_tasks_by_id", id=part) == 404


def test_tasks_of_v1(crm: LocalCrm) -> None:
    me = crm.data("v1.get_users_me")["id"]
    project = crm.create("v2.post_projects", title="Kitchen")
    task = crm.create("v1.post_tasks", title="Paint", project_id=project, assignee_id=me)
    found = crm.data("v1.get_tasks_by_id", id=task)
    assert (found["title"], found["assignee_id"], found["done"]) == ("Paint", me, 0)
    crm.data("v1.put_tasks_by_id", id=task, data={"done": 1, "description": "Twice"})
    [done] = crm.data("v1.get_tasks", project_id=project, done=1)
    assert (done["id"], done["description"]) == (task, "Twice")
    assert crm.ids("v1.get_projects_by_id_tasks", id=project) == [task]
    assert crm.data("v1.delete_tasks_by_id", id=task)["id"] == task
    assert crm.data("v1.get_tasks", project_id=project) == []


def test_a_template_brings_a_plan_that_is_changed(crm: LocalCrm) -> None:
    board = crm.ids("v2.get_boards")[0]
    phase, later = crm.ids("v2.get_phases", board_id=board)[:2]
    contents = TemplateContents(
        groups=["Inside", "Outside"],
        tasks=[TemplateTask(title="Measure", phase=0, group=0)],
        activities=[TemplateActivity(subject="Visit", type="meeting", phase=1, group=1)],
    )
    # Templates are made nowhere in the API.
    with open_write(crm.as_user()) as unit_of_work:
        values: dict[str, Any] = {"title": "Renovation", "projects_board_id": board}
        template = project_templates.create(unit_of_work, values, contents).id
    for version in ("v1", "v2"):
        assert crm.ids(f"{version}.get_project_templates") == [template]
        assert crm.data(f"{version}.get_project_templates_by_id", id=template)["title"] == "Renovation"

    project = crm.create("v2.post_projects", title="House", board_id=board, template_id=template)
    groups = crm.data("v1.get_projects_by_id_groups", id=project)
    assert [one["name"] for one in groups] == ["Inside", "Outside"]
    inside, outside = (one["id"] for one in groups)
    [task] = crm.ids("v1.get_projects_by_id_tasks", id=project)
    [activity] = crm.ids("v1.get_projects_by_id_activities", id=project)

    def plan() -> dict[str, tuple[int, int, int]]:
        listed = crm.data("v1.get_projects_by_id_plan", id=project)
        return {one["item_type"]: (one["item_id"], one["phase_id"], one["group_id"]) for one in listed}

    assert plan() == {"task": (task, phase, inside), "activity": (activity, later, outside)}
    place = {"phase_id": later, "group_id": outside}
    crm.data("v1.put_projects_by_id_plan_tasks_by_task_id", id=project, taskId=task, data=place)
    place = {"phase_id": phase, "group_id": inside}
    crm.data("v1.put_projects_by_id_plan_activities_by_activity_id", id=project, activityId=activity, data=place)
    assert plan() == {"task": (task, later, outside), "activity": (activity, phase, inside)}
