"""Random operations on projects and their tasks, linked to deals, persons and organizations."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from tests.journeys.company_machine import CHOICE, NAMES, VERSIONS, CompanyMachine
from tests.journeys.model import ExpectedProject, ExpectedTask

LISTS = {"deals": "deal_ids", "persons": "person_ids", "organizations": "org_ids"}
STATUSES = st.sampled_from(["open", "completed", "canceled"])


class ProjectRules(CompanyMachine):
    """What is done to projects."""

    def pick_project(self, choice: int) -> ExpectedProject | None:
        """Returns one of the live projects."""
        projects = self.model.live_projects
        return projects[choice % len(projects)] if projects else None

    def pick_task(self, choice: int, *, only_parents: bool = False) -> tuple[ExpectedProject, int] | None:
        """Returns one of the tasks of live projects: its project and its id."""
        tasks = [
            (project, id)
            for project in self.model.live_projects
            for id, task in project.tasks.items()
            if not (only_parents and task.parent_id)
        ]
        return tasks[choice % len(tasks)] if tasks else None

    def draw_links(self, deal: int | None, person: int | None, org: int | None) -> dict[str, list[int]]:
        """Returns links to live records."""
        found: dict[str, list[int]] = {}
        for kind, choice in zip(LISTS, (deal, person, org), strict=True):
            record = None if choice is None else self.pick_record(kind, choice)
            found[kind] = [record.id] if record else []
        return found

    @rule(version=VERSIONS, title=NAMES, deal=st.none() | CHOICE, person=st.none() | CHOICE, org=st.none() | CHOICE)
    def create_project(self, version: str, title: str, deal: int | None, person: int | None, org: int | None) -> None:
        links = self.draw_links(deal, person, org)
        body: dict[str, Any] = {"title": title, **{LISTS[kind]: ids for kind, ids in links.items()}}
        if version == "/v1":
            body = {"title": title, "board_id": 1, "phase_id": 1, "deal_ids": links["deals"]}
            body |= {
                "person_id": next(iter(links["persons"]), None),
                "org_id": next(iter(links["organizations"]), None),
            }
        id = self.api.post(f"{version}/projects", body).data["id"]
        self.model.projects.append(ExpectedProject(id, title, links))

    @rule(version=VERSIONS, choice=CHOICE, title=NAMES, status=STATUSES)
    def update_project(self, version: str, choice: int, title: str, status: str) -> None:
        if project := self.pick_project(choice):
            change = self.api.put if version == "/v1" else self.api.patch
            changed = change(f"{version}/projects/{project.id}", {"title": title, "status": status}).data
            assert (changed["title"], changed["status"]) == (title, status)
            project.title, project.status = title, status

    @rule(choice=CHOICE, deal=st.none() | CHOICE, person=st.none() | CHOICE, org=st.none() | CHOICE)
    def relink_project(self, choice: int, deal: int | None, person: int | None, org: int | None) -> None:
        if project := self.pick_project(choice):
            links = self.draw_links(deal, person, org)
            self.api.patch(f"/api/v2/projects/{project.id}", {LISTS[kind]: ids for kind, ids in links.items()})
            project.links = links

    @rule(version=VERSIONS, choice=CHOICE)
    def archive_project(self, version: str, choice: int) -> None:
        if project := self.pick_project(choice):
            assert self.api.post(f"{version}/projects/{project.id}/archive").data["archive_time"]
            project.is_archived = True

    @rule(version=VERSIONS, choice=CHOICE)
    def delete_project(self, version: str, choice: int) -> None:
        if project := self.pick_project(choice):
            assert self.api.delete(f"{version}/projects/{project.id}").data["id"] == project.id
            project.is_deleted = True
            assert self.api.get(f"/v1/projects/{project.id}").data["status"] == "deleted"
            assert self.api.get(f"/api/v2/projects/{project.id}").status == 404

    @rule(version=VERSIONS, choice=CHOICE, title=NAMES, is_done=st.booleans())
    def add_task(self, version: str, choice: int, title: str, is_done: bool) -> None:
        if project := self.pick_project(choice):
            body = {"title": title, "project_id": project.id, "done": int(is_done)}
            id = self.api.post(f"{version}/tasks", body).data["id"]
            project.tasks[id] = ExpectedTask(title, None, is_done)

    @rule(version=VERSIONS, choice=CHOICE, title=NAMES)
    def add_subtask(self, version: str, choice: int, title: str) -> None:
        if picked := self.pick_task(choice):
            project, parent_id = picked
            body = {"title": title, "project_id": project.id, "parent_task_id": parent_id}
            answer = self.api.post(f"{version}/tasks", body)
            # There is one level of them.
            assert (answer.status == 400) == (project.tasks[parent_id].parent_id is not None)
            if answer.status < 400:
                project.tasks[answer.data["id"]] = ExpectedTask(title, parent_id, is_done=False)

    @rule(version=VERSIONS, choice=CHOICE, is_done=st.booleans())
    def do_task(self, version: str, choice: int, is_done: bool) -> None:
        if picked := self.pick_task(choice):
            project, id = picked
            change = self.api.put if version == "/v1" else self.api.patch
            changed = change(f"{version}/tasks/{id}", {"done": int(is_done)}).data
            assert (changed["marked_as_done_time"] is not None) == is_done
            project.tasks[id].is_done = is_done

    @rule(choice=CHOICE, other=CHOICE)
    def move_task(self, choice: int, other: int) -> None:
        picked, target = self.pick_task(choice, only_parents=True), self.pick_project(other)
        if picked and target:
            project, id = picked
            self.api.patch(f"/api/v2/tasks/{id}", {"project_id": target.id})
            family = {one: task for one, task in project.tasks.items() if id in (one, task.parent_id)}
            for one in family:
                del project.tasks[one]
            target.tasks |= family

    @rule(version=VERSIONS, choice=CHOICE)
    def delete_task(self, version: str, choice: int) -> None:
        if picked := self.pick_task(choice):
            project, id = picked
            assert self.api.delete(f"{version}/tasks/{id}").data["id"] == id
            project.tasks = {one: task for one, task in project.tasks.items() if id not in (one, task.parent_id)}

    @invariant()
    def projects_agree(self) -> None:
        """Compares the lists of projects and of their tasks, those of the versions by turns."""
        if self.steps % 2:
            listed = self.api.get("/v1/projects", include_archived=1).data
        else:
            listed = [one for path in ("", "/archived") for one in self.api.get(f"/api/v2/projects{path}").data]
        found = {one["id"]: (one["title"], one["status"], one["archive_time"] is not None) for one in listed}
        live = self.model.live_projects
        assert found == {one.id: (one.title, one.status, one.is_archived) for one in live}
        assert [one["deal_ids"] for one in sorted(listed, key=lambda one: one["id"])] == [
            one.links["deals"] for one in live
        ]
        if not self.steps % 2:
            linked = {one["id"]: {kind: one[name] for kind, name in LISTS.items()} for one in listed}
            assert linked == {one.id: one.links for one in live}
        tasks = self.api.get("/api/v2/tasks").data
        assert {
            task["id"]: (task["title"], task["project_id"], task["parent_task_id"], task["is_done"]) for task in tasks
        } == {
            id: (task.title, project.id, task.parent_id, task.is_done)
            for project in live
            for id, task in project.tasks.items()
        }
