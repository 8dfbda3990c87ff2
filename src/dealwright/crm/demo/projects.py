"""Generates projects: what is done for customers after a deal was won, with tasks, and templates for more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dealwright._json import Json
from dealwright.crm.demo import times
from dealwright.crm.demo.context import Deal, DemoContext
from dealwright.crm.fields.labels import label_options
from dealwright.crm.fields.system.projects import HEALTH_STATUSES
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.crm.work import placement, project_boards, project_phases, project_templates
from dealwright.crm.work.model import ACTIVITY, PROJECT, TASK
from dealwright.crm.work.project_templates import TemplateActivity, TemplateContents, TemplateTask
from dealwright.crm.work.projects import EVERYBODY

_EVENT_PHASES = ("Idea", "Preparation", "On stage", "Follow-up")
_ONBOARDING = TemplateContents(
    groups=["Technology", "People"],
    tasks=[
        TemplateTask(
            title="Agree on goals and dates",
            phase=0,
            group=1,
            due_in_days=5,
            subtasks=[TemplateTask(title="Invite the team", due_in_days=2), TemplateTask(title="Write the minutes")],
        ),
        TemplateTask(title="Set up accounts", phase=1, group=0, due_in_days=12),
        TemplateTask(
            title="Bring the old data in",
            phase=2,
            group=0,
            due_in_days=25,
            subtasks=[TemplateTask(title="Get an export"), TemplateTask(title="Try it with a part", due_in_days=20)],
        ),
        TemplateTask(title="Train the users", phase=2, group=1, due_in_days=35),
        TemplateTask(title="Handover", phase=3, is_milestone=True, due_in_days=45),
    ],
    activities=[TemplateActivity(subject="Kick-off meeting", type="meeting", phase=0, group=1, due_in_days=3)],
)
_EVENT = TemplateContents(
    groups=["Place", "Guests"],
    tasks=[
        TemplateTask(title="Find a place", phase=0, group=0, due_in_days=10),
        TemplateTask(title="Invite guests", phase=1, group=1, due_in_days=20),
        TemplateTask(title="Send the pictures", phase=3, group=1, due_in_days=60),
    ],
    activities=[TemplateActivity(subject="Look at the place", type="meeting", phase=0, group=0, due_in_days=8)],
)

_DAYS_PER_PHASE = 15
_EVENT_RATE = 0.15
_ARCHIVED_RATE, _CANCELED_RATE = 0.5, 0.06
_LATE_RATE = 0.15
_MAX_ACTIVITIES = 2


class DemoBoard(NamedTuple):
    """A board, its phases in their order, and the template for its projects."""

    board_id: int
    phase_ids: list[int]
    name: str
    description: str
    contents: TemplateContents


class ProjectSetting(NamedTuple):
    """What projects need: boards and the labels that they may have."""

    onboarding: DemoBoard
    events: DemoBoard
    labels: list[int]


def set_up(crm: UnitOfWork) -> ProjectSetting:
    """Adds boards and templates to a new company, as old as the time of the unit."""
    first = project_boards.update(crm, placement.list_boards(crm)[0].id, {"name": "Customer onboarding"}).id
    events = project_boards.create(crm, {"name": "Events"}).id
    for name in _EVENT_PHASES:
        project_phases.create(crm, {"name": name, "board_id": events})
    boards = []
    for id, title, description, contents in (
        (first, "Onboarding", "From the signature to the first day with all users", _ONBOARDING),
        (events, "Customer event", "An afternoon for a customer and its guests", _EVENT),
    ):
        template: Values = {"title": title, "description": description, "projects_board_id": id}
        project_templates.create(crm, template, contents)
        phases = [phase.id for phase in placement.list_phases(crm, id)]
        boards.append(DemoBoard(id, phases, title, description, contents))
    return ProjectSetting(boards[0], boards[1], list(label_options(crm, "project")))


class Projects:
    """The values of projects and tasks by id, and the rows that belong to them."""

    def __init__(self, context: DemoContext, setting: ProjectSetting, activities: dict[int, Values]) -> None:
        self._context = context
        self._setting = setting
        self._activities_by_deal: dict[Any, list[int]] = {}
        for id, activity in activities.items():
            self._activities_by_deal.setdefault(activity["deal_id"], []).append(id)
        self._activities = activities
        self.projects: dict[int, Values] = {}
        self.tasks: dict[int, Values] = {}
        self.links: list[dict[str, int]] = []
        self.groups: list[dict[str, int | str]] = []
        self.assignees: list[dict[str, int]] = []

    def add(self, count: int, deals: Sequence[Deal]) -> None:
        """Generates projects for deals that were won, in the order in which they were added."""
        rng = self._context.rng
        won = [
            deal for deal in deals if deal.ended and deal.values["status"] == "won" and not deal.values["is_deleted"]
        ]
        won.sort(key=lambda deal: (deal.ended or 0, deal.id))
        # As many of the newest ones as of all before them, so that some projects are under way.
        newest = won[max(len(won) - count // 2, 0) :]
        older = won[: len(won) - len(newest)]
        chosen = [*rng.sample(older, min(count - len(newest), len(older))), *newest]
        plans = []
        for deal in chosen:
            ended = deal.ended or self._context.now
            added = self._context.later_work_time(ended, 1 + rng.random() * 6, after=ended)
            if added < self._context.now:
                plans.append((added, deal))
        for id, (added, deal) in enumerate(sorted(plans, key=lambda plan: plan[0]), 1):
            self._add(id, added, deal)
        for values in (*self.projects.values(), *self.tasks.values()):
            values["update_time"] = times.with_milliseconds(str(values["update_time"]))

    def _add(self, id: int, added: int, deal: Deal) -> None:
        context, rng = self._context, self._context.rng
        board = self._setting.events if rng.random() < _EVENT_RATE else self._setting.onboarding
        owner = deal.values["owner_id"]
        assert isinstance(owner, int)
        links = {
            "deal_ids": [deal.id],
            "person_ids": [deal.person.id] if deal.person else [],
            "org_ids": [deal.organization.id] if deal.organization else [],
        }
        day, customer = added // times.DAY, deal.organization or deal.person
        days = _DAYS_PER_PHASE * len(board.phase_ids)
        currency = str(deal.values["currency"])
        values: Values = {
            "title": f"{board.name}: {customer.name}" if customer else board.name,
            "description": board.description,
            "status": "open",
            "status_change_time": times.format_time_ms(added),
            "board_id": board.board_id,
            "phase_id": board.phase_ids[0],
            "owner_id": owner,
            "start_date": times.format_day(day),
            "end_date": times.format_day(times.working_day(day + days)),
            "label_ids": list[Json]([context.choice(self._setting.labels)]) if rng.random() < 0.3 else [],
            "health_status": None,
            "is_archived": False,
            "archive_time": None,
            "visible_to": EVERYBODY,
            "add_time": times.format_time_ms(added),
            "update_time": times.format_time_ms(added),
            "custom_fields": context.fields.make_values("project", context.value_context(added, currency)),
        }
        logged = {**values, **{name: list[Json](ids) for name, ids in links.items()}}
        context.log.create(PROJECT, id, logged, added, owner)
        values |= {"is_deleted": False, "delete_time": None}
        for name, ids in links.items():
            self.links += [{"project_id": id, name.removesuffix("s"): one} for one in ids]
        groups = [self._add_group(id, name, number) for number, name in enumerate(board.contents.groups, 1)]
        for task in board.contents.tasks:
            parent = self._add_task(id, task, added, owner, board, groups)
            for subtask in task.subtasks:
                self._add_task(id, subtask, added, owner, board, groups, parent)
        self._link_activities(id, deal, added, owner)
        self._progress(id, values, added, owner, board)
        self.projects[id] = values

    def _progress(self, id: int, values: Values, added: int, owner: int, board: DemoBoard) -> None:
        """Moves a project through the phases, to its end and into the archive."""
        context, rng = self._context, self._context.rng
        last = added
        for phase_id in board.phase_ids[1:]:
            last = context.later_work_time(last, _DAYS_PER_PHASE * (0.5 + rng.random()), after=last)
            if last >= context.now:
                health = context.choice(HEALTH_STATUSES).id
                self._update(
                    id, values, context.work_time_between(added, context.now), owner, {"health_status": health}
                )
                return
            self._update(id, values, last, owner, {"phase_id": phase_id})
        ended = context.later_work_time(last, _DAYS_PER_PHASE * rng.random(), after=last)
        if ended >= context.now:
            return
        status = "canceled" if rng.random() < _CANCELED_RATE else "completed"
        self._update(id, values, ended, owner, {"status": status, "status_change_time": times.format_time_ms(ended)})
        archived = context.later_work_time(ended, 20, after=ended)
        if archived < context.now and rng.random() < _ARCHIVED_RATE:
            self._update(
                id, values, archived, owner, {"is_archived": True, "archive_time": times.format_time_ms(archived)}
            )

    def _update(self, id: int, values: Values, timestamp: int, owner: int, new: Values) -> None:
        self._context.log.update(PROJECT, id, values, timestamp, owner, new)

    def _add_group(self, project_id: int, name: str, number: int) -> int:
        id = len(self.groups) + 1
        self.groups.append({"id": id, "project_id": project_id, "name": name, "order_nr": number})
        return id

    def _add_task(
        self,
        project_id: int,
        task: TemplateTask,
        added: int,
        owner: int,
        board: DemoBoard,
        groups: Sequence[int],
        parent_id: int | None = None,
    ) -> int:
        context, rng = self._context, self._context.rng
        id = len(self.tasks) + 1
        due = None if task.due_in_days is None else times.working_day(added // times.DAY + task.due_in_days)
        values: Values = {
            "title": task.title,
            "creator_id": owner,
            "description": task.description,
            "project_id": project_id,
            "parent_task_id": parent_id,
            "done": False,
            "is_milestone": task.is_milestone,
            "due_date": None if due is None else times.format_day(due),
            "start_date": None,
            "priority": None,
            "marked_as_done_time": None,
            "phase_id": None if task.phase is None else board.phase_ids[task.phase],
            "group_id": None if task.group is None else groups[task.group],
            "add_time": times.format_time_ms(added),
            "update_time": times.format_time_ms(added),
        }
        assignee = context.team.random_member(rng)
        logged: Values = {**values, "assignee_ids": [assignee]}
        context.log.create(TASK, id, logged, added, owner)
        values |= {"is_deleted": False, "delete_time": None}
        self.assignees.append({"task_id": id, "user_id": assignee, "position": 0})
        day = due if due is not None else added // times.DAY + 10
        done = max(times.random_work_time(rng, day), added + times.HOUR)
        if done < context.now and rng.random() > _LATE_RATE:
            new: Values = {"done": True, "marked_as_done_time": times.format_time_ms(done)}
            context.log.update(TASK, id, values, done, assignee, new)
        self.tasks[id] = values
        return id

    def _link_activities(self, project_id: int, deal: Deal, added: int, owner: int) -> None:
        """Makes the newest activities about the deal ones of the project."""
        for id in self._activities_by_deal.get(deal.id, [])[-_MAX_ACTIVITIES:]:
            activity = self._activities[id]
            since = max(added, times.parse_time(str(activity["add_time"]))) + 60
            if since < self._context.now and not activity["is_deleted"]:
                self._context.log.update(ACTIVITY, id, activity, since, owner, {"project_id": project_id})
