"""Plans, groups and templates of projects over HTTP."""

from __future__ import annotations

from typing import Any

from dealwright.crm.work import project_templates
from dealwright.crm.work.project_templates import TemplateActivity, TemplateContents, TemplateTask
from tests.api import Api
from tests.server.work.test_projects import PROJECTS
from tests.server.work.test_projects import create as create_project
from tests.server.work.test_tasks import create as create_task

CONTENTS = TemplateContents(
    groups=["Inside", "Outside"],
    tasks=[
        TemplateTask(
            title="Measure",
            phase=0,
            group=0,
            due_in_days=2,
            subtasks=[TemplateTask(title="Kitchen", due_in_days=1), TemplateTask(title="Attic", group=1)],
        ),
        TemplateTask(title="Handover", phase=9, is_milestone=True),
    ],
    activities=[TemplateActivity(subject="Visit", type="meeting", phase=1, group=1, due_in_days=5)],
)


def create_template(api: Api, contents: TemplateContents = CONTENTS) -> int:
    """Adds a template for the first board; returns its id."""
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        values: dict[str, Any] = {"title": "Renovation", "projects_board_id": 1}
        return project_templates.create(crm, values, contents).id


def test_the_plan_of_a_project(api: Api) -> None:
    template = create_template(api)
    project = create_project(api, template_id=template)
    own = create_task(api, project)
    activity = api.post("/api/v2/activities", {"project_id": project}).data["id"]
    group = api.get(f"/v1/projects/{project}/groups").data[1]["id"]
    item = {"item_id": own, "item_type": "task", "phase_id": None, "group_id": None}
    assert item in api.get(f"/v1/projects/{project}/plan").data
    tasks, activities = (f"/v1/projects/{project}/plan/{noun}" for noun in ("tasks", "activities"))
    assert api.put(f"{tasks}/{own}", {"phase_id": 2}).data == item | {"phase_id": 2}
    assert api.put(f"{tasks}/{own}", {"group_id": group}).data == item | {"phase_id": 2, "group_id": group}
    placed = api.put(f"{activities}/{activity}", {"phase_id": 3, "group_id": group}).data
    assert placed == {"item_id": activity, "item_type": "activity", "phase_id": 3, "group_id": group}
    assert placed in api.get(f"/v1/projects/{project}/plan").data
    taken_out = api.put(f"{activities}/{activity}", {"phase_id": None}).data
    assert (taken_out["phase_id"], taken_out["group_id"]) == (None, group)
    board = api.post("/api/v2/boards", {"name": "Other"}).data["id"]
    phase = api.post("/api/v2/phases", {"name": "x", "board_id": board}).data["id"]
    others = create_project(api)
    foreign_group = api.get(f"/v1/projects/{create_project(api, template_id=template)}/groups").data[0]["id"]
    for body in ({"phase_id": phase}, {"phase_id": 99}, {"group_id": foreign_group}, {"group_id": 99}):
        assert api.put(f"{tasks}/{own}", body).status == 400
    assert api.put(f"/v1/projects/{others}/plan/tasks/{own}", {"phase_id": 1}).status == 404
    assert api.put(f"{tasks}/99", {"phase_id": 1}).status == 404
    assert api.put(f"{activities}/99", {"phase_id": 1}).status == 404
    api.patch(f"{PROJECTS}/{project}", {"board_id": board})
    moved = [one for one in api.get(f"/v1/projects/{project}/plan").data if one["item_id"] == own]
    assert item | {"group_id": group} in moved


def test_places_are_lost_in_another_project(api: Api) -> None:
    project, other = create_project(api), create_project(api)
    task = create_task(api, project)
    activity = api.post("/api/v2/activities", {"project_id": project}).data["id"]
    api.put(f"/v1/projects/{project}/plan/tasks/{task}", {"phase_id": 2})
    api.put(f"/v1/projects/{project}/plan/activities/{activity}", {"phase_id": 2})
    api.patch(f"/api/v2/tasks/{task}", {"project_id": other})
    api.patch(f"/api/v2/activities/{activity}", {"project_id": other})
    assert api.get(f"/v1/projects/{project}/plan").data == []
    assert [one["phase_id"] for one in api.get(f"/v1/projects/{other}/plan").data] == [None, None]
    api.delete(f"/api/v2/activities/{activity}")
    assert [one["item_type"] for one in api.get(f"/v1/projects/{other}/plan").data] == ["task"]


def test_what_a_template_brings(api: Api) -> None:
    template = create_template(api)
    project = create_project(api, template_id=template, start_date="2026-04-01")
    groups = api.get(f"/v1/projects/{project}/groups").data
    assert [(group["name"], group["order_nr"]) for group in groups] == [("Inside", 1), ("Outside", 2)]
    inside, outside = (group["id"] for group in groups)
    tasks = api.get("/api/v2/tasks", project_id=project).data
    found = [(task["title"], task["due_date"], task["parent_task_id"], task["is_milestone"]) for task in tasks]
    parent = tasks[0]["id"]
    assert found == [
        ("Measure", "2026-04-03", None, False),
        ("Kitchen", "2026-04-02", parent, False),
        ("Attic", None, parent, False),
        ("Handover", None, None, True),
    ]
    [activity] = api.get(f"/v1/projects/{project}/activities").data
    assert (activity["subject"], activity["type"], activity["due_date"]) == ("Visit", "meeting", "2026-04-06")
    places = [(one["phase_id"], one["group_id"]) for one in api.get(f"/v1/projects/{project}/plan").data]
    assert places == [(1, inside), (None, None), (None, outside), (None, None), (2, outside)]
    again = api.post("/v1/projects", {"title": "x", "board_id": 1, "phase_id": 1, "template_id": template}).data["id"]
    assert len(api.get(f"/v1/projects/{again}/plan").data) == 5
    count = len(api.get(f"/v1/projects/{project}/plan").data)
    api.patch(f"{PROJECTS}/{project}", {"template_id": template})
    assert len(api.get(f"/v1/projects/{project}/plan").data) == count
    assert api.post(PROJECTS, {"title": "x", "template_id": 99}).status == 400


def test_templates(api: Api) -> None:
    ids = [create_template(api) for _ in range(3)]
    shown = {"id": ids[0], "title": "Renovation", "description": None, "projects_board_id": 1, "owner_id": 1}
    times = dict.fromkeys(("add_time", "update_time"), "2026-03-02T10:00:00.000Z")
    answer = api.get(f"/api/v2/projectTemplates/{ids[0]}")
    assert (answer.data, answer.body["additional_data"]) == (shown | times, None)
    times = dict.fromkeys(times, "2026-03-02 10:00:00.000")
    assert api.get(f"/v1/projectTemplates/{ids[0]}").data == shown | times
    for version in ("/v1", "/api/v2"):
        first = api.get(f"{version}/projectTemplates", limit=2)
        rest = api.get(f"{version}/projectTemplates", cursor=first.next_cursor).data
        assert [one["id"] for one in first.data + rest] == ids
        assert api.get(f"{version}/projectTemplates/99").status == 404


def test_paths_of_projects_that_there_are_not(api: Api) -> None:
    for part in ("plan", "groups", "tasks", "activities"):
        assert api.get(f"/v1/projects/99/{part}").status == 404
    assert api.put("/v1/projects/99/plan/tasks/1", {"phase_id": 1}).status == 404
    assert api.get("/api/v2/projects/99/permittedUsers").status == 404
