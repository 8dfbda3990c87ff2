"""Tasks of projects over HTTP, in both versions."""

from __future__ import annotations

import pytest

from tests.api import Api
from tests.company import add_role, add_user, run_purge
from tests.server.work.test_projects import create as create_project

TASKS = "/api/v2/tasks"
MOMENT = "2026-03-02T10:00:00.000Z"


@pytest.fixture
def project(api: Api) -> int:
    """Returns the id of a project."""
    return create_project(api)


def create(api: Api, project: int, **values: object) -> int:
    """Creates a task; returns its id."""
    id: int = api.post(TASKS, {"title": "Paint", "project_id": project, **values}).data["id"]
    return id


def listed(api: Api, path: str = TASKS, **query: object) -> list[int]:
    """Returns the ids of the tasks of a list."""
    return [task["id"] for task in api.get(path, **query).data]


def test_the_same_task_in_both_versions(api: Api, project: int) -> None:
    user = add_user(api, "Uma").principal.user_id
    body = {
        "title": "Paint",
        "project_id": project,
        "description": "Twice",
        "due_date": "2026-10-11",
        "start_date": "2026-09-01",
        "assignee_ids": [user, 1],
        "priority": 2,
    }
    answer = api.post(TASKS, body | {"done": 0, "milestone": 1})
    assert (answer.status, answer.body["additional_data"]) == (201, None)
    id = answer.data["id"]
    assert answer.data == body | {
        "id": id,
        "creator_id": 1,
        "is_done": False,
        "is_milestone": True,
        "parent_task_id": None,
        "add_time": MOMENT,
        "update_time": MOMENT,
        "marked_as_done_time": None,
    }
    assert api.get(f"{TASKS}/{id}").data == answer.data
    assert api.get(TASKS).data == [answer.data]
    old = {
        "id": id,
        "title": "Paint",
        "creator_id": 1,
        "description": "Twice",
        "done": 0,
        "due_date": "2026-10-11",
        "parent_task_id": None,
        "assignee_id": user,
        "assignee_ids": [user, 1],
        "add_time": "2026-03-02 10:00:00.000",
        "update_time": "2026-03-02 10:00:00.000",
        "marked_as_done_time": None,
        "project_id": project,
    }
    for path in (f"/v1/tasks/{id}", f"/v1/projects/{project}/tasks", "/v1/tasks"):
        assert api.get(path).data in (old, [old])
    assert api.post("/v1/tasks", {"title": "x", "project_id": str(project), "done": "1"}).status == 201


def test_who_a_task_is_for(api: Api, project: int) -> None:
    users = [add_user(api, name).principal.user_id for name in ("Uma", "Udo")]
    id = create(api, project, assignee_id=users[0])
    assert api.get(f"{TASKS}/{id}").data["assignee_ids"] == users[:1]
    for body, expected in (
        ({"assignee_ids": users}, users),
        ({"title": "x"}, users),
        ({"assignee_id": users[1]}, users[1:]),
        ({"assignee_id": None}, []),
        ({"assignee_id": users[1], "assignee_ids": users[:1]}, users[:1]),
        ({"assignee_ids": []}, []),
    ):
        assert api.patch(f"{TASKS}/{id}", body).data["assignee_ids"] == expected
    api.put(f"/v1/tasks/{id}", {"assignee_ids": users})
    assert api.get(f"/v1/tasks/{id}").data["assignee_id"] == users[0]
    for path in (TASKS, "/v1/tasks"):
        assert listed(api, path, assignee_id=users[1]) == [id]
        assert listed(api, path, assignee_id=1) == []
    for name, value in (("assignee_id", 99), ("assignee_ids", [99])):
        assert name in str(api.patch(f"{TASKS}/{id}", {name: value}).body)


def test_done_tasks_know_when(api: Api, project: int) -> None:
    id = create(api, project)
    api.clock.advance(hours=1)
    done = api.patch(f"{TASKS}/{id}", {"done": 1}).data
    assert (done["is_done"], done["marked_as_done_time"]) == (True, "2026-03-02T11:00:00.000Z")
    api.clock.advance(hours=1)
    assert api.put(f"/v1/tasks/{id}", {"done": 1}).data["marked_as_done_time"] == "2026-03-02 11:00:00.000"
    assert api.patch(f"{TASKS}/{id}", {"done": 0}).data["marked_as_done_time"] is None
    assert api.get(f"{TASKS}/{create(api, project, done=1)}").data["marked_as_done_time"] == "2026-03-02T12:00:00.000Z"


def test_one_level_of_subtasks(api: Api, project: int) -> None:
    other = create_project(api)
    parent, lone = create(api, project), create(api, project)
    child = create(api, project, parent_task_id=parent)
    refused = (
        (TASKS, {"title": "x", "project_id": project, "parent_task_id": child}),
        (TASKS, {"title": "x", "project_id": other, "parent_task_id": parent}),
        (TASKS, {"title": "x", "project_id": project, "parent_task_id": 99}),
        (f"{TASKS}/{parent}", {"parent_task_id": lone}),
        (f"{TASKS}/{lone}", {"parent_task_id": lone}),
        (f"{TASKS}/{lone}", {"parent_task_id": child}),
        (f"{TASKS}/{child}", {"project_id": other}),
    )
    for path, body in refused:
        answer = api.call("POST" if path == TASKS else "PATCH", path, body)
        assert answer.status == 400
        assert "parent_task_id" in str(answer.body)
    assert listed(api, parent_task_id="null") == listed(api, "/v1/tasks", parent_task_id="null") == [parent, lone]
    assert listed(api, parent_task_id=parent) == listed(api, "/v1/tasks", parent_task_id=parent) == [child]
    assert api.patch(f"{TASKS}/{lone}", {"parent_task_id": parent}).data["parent_task_id"] == parent
    assert api.patch(f"{TASKS}/{lone}", {"parent_task_id": None}).data["parent_task_id"] is None
    api.patch(f"{TASKS}/{parent}", {"project_id": other})
    assert listed(api, project_id=other) == [parent, child]
    assert api.delete(f"{TASKS}/{parent}").body == {"success": True, "data": {"id": parent}, "additional_data": None}
    assert listed(api) == [lone]
    assert api.get(f"/v1/tasks/{child}").status == 404


def test_lists(api: Api, project: int) -> None:
    done, milestone, plain = create(api, project, done=1), create(api, project, milestone=1), create(api, project)
    other = create(api, create_project(api))
    assert listed(api) == listed(api, "/v1/tasks") == [done, milestone, plain, other]
    assert listed(api, is_done="true") == listed(api, "/v1/tasks", done=1) == [done]
    assert listed(api, is_milestone="true") == [milestone]
    assert listed(api, is_milestone="false", is_done="false") == [plain, other]
    assert listed(api, project_id=project) == listed(api, "/v1/tasks", project_id=project) == [done, milestone, plain]
    assert listed(api, f"/v1/projects/{project}/tasks") == [done, milestone, plain]
    first = api.get(TASKS, limit=3)
    assert listed(api, cursor=first.next_cursor) == [other]
    assert api.get("/v1/projects/99/tasks").status == 404
    assert api.get(TASKS, parent_task_id="none").status == 400


def test_tasks_are_seen_with_their_project(api: Api) -> None:
    role = add_role(api, "Sales", project_default_visibility=1)
    owner, other = add_user(api, "Olga", role_id=role), add_user(api, "Otto", role_id=add_role(api, "Support"))
    project = create_project(owner)
    id = create(owner, project)
    assert owner.get(f"{TASKS}/{id}").status == 200
    assert listed(other) == listed(other, "/v1/tasks") == []
    for answer in (
        other.get(f"{TASKS}/{id}"),
        other.patch(f"{TASKS}/{id}", {"title": "x"}),
        other.delete(f"/v1/tasks/{id}"),
    ):
        assert answer.status == 404
    assert other.post(TASKS, {"title": "x", "project_id": project}).status == 400


def test_tasks_go_with_their_project(api: Api, project: int) -> None:
    id = create(api, project, assignee_id=1)
    create(api, project, parent_task_id=id)
    api.delete(f"/api/v2/projects/{project}")
    assert listed(api) == []
    assert api.get(f"{TASKS}/{id}").status == 404
    assert api.post(TASKS, {"title": "x", "project_id": project}).status == 400


def test_notes_on_tasks(api: Api, project: int) -> None:
    task, other = create(api, project), create(api, project, title="Clean")
    made = api.post("/v1/notes", {"content": "Two coats", "task_id": task, "pinned_to_task_flag": 1})
    assert made.status == 200
    note = made.data
    shown = ("task_id", "task", "pinned_to_task_flag", "project_id")
    assert [note[name] for name in shown] == [task, {"title": "Paint"}, True, None]
    path = f"/v1/notes/{note['id']}"
    assert listed(api, "/v1/notes", task_id=task) == listed(api, "/v1/notes", pinned_to_task_flag=1) == [note["id"]]
    assert api.get("/v1/notes", task_id=other).data is None
    assert api.post("/v1/notes", {"content": "x", "task_id": 99}).status == 400
    assert api.post("/v1/notes", {"content": "x", "project_id": project, "pinned_to_task_flag": 1}).status == 400
    assert api.put(path, {"task_id": None}).status == 400
    moved = api.put(path, {"task_id": other}).data
    assert [moved[name] for name in shown] == [other, {"title": "Clean"}, False, None]


def test_a_note_on_a_task_is_seen_by_whom_the_project_is_seen(api: Api) -> None:
    role = add_role(api, "Sales", project_default_visibility=1)
    owner, other = add_user(api, "Olga", role_id=role), add_user(api, "Otto", role_id=add_role(api, "Support"))
    task = create(owner, create_project(owner))
    note = owner.post("/v1/notes", {"content": "Two coats", "task_id": task}).data["id"]
    assert api.get(f"/v1/notes/{note}").data["task"] == {"title": "Paint"}
    assert other.get(f"/v1/notes/{note}").status == 404
    assert other.get("/v1/notes").data is None


def test_a_note_on_nothing_but_a_task_is_purged_with_it(api: Api, project: int) -> None:
    task = create(api, project)
    alone, both = (
        api.post("/v1/notes", {"content": "x", "task_id": task, **more}).data["id"]
        for more in ({}, {"project_id": project})
    )
    assert api.delete(f"{TASKS}/{task}").status == 200
    run_purge(api)
    assert api.get(f"/v1/notes/{alone}").status == 404
    assert api.get(f"/v1/notes/{both}").data["task_id"] is None
