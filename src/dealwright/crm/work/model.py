"""Rows of activities, projects, their boards and their tasks, as they are stored."""

from __future__ import annotations

from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel.counts import Copies, Distribution, Linked
from dealwright.crm.kernel.record_types import (
    LinkedVisibility,
    OwnVisibility,
    PublicVisibility,
    Record,
    RecordType,
)
from dealwright.crm.leads.model import LEAD
from dealwright.storage import tables


class ProjectBoard(Record):
    """A board, whose phases projects go through."""

    id: int
    name: str
    order_nr: int
    is_deleted: bool
    add_time: str
    update_time: str | None


class ProjectPhase(Record):
    """A phase of a board."""

    id: int
    board_id: int
    name: str
    order_nr: int
    is_deleted: bool
    add_time: str
    update_time: str | None


class ProjectTemplate(Record):
    """A template; ``contents`` are what a project gets from it (`crm.work.project_templates`)."""

    id: int
    title: str
    description: str | None
    projects_board_id: int
    owner_id: int
    contents: str
    is_deleted: bool
    add_time: str
    update_time: str


class Project(Record):
    """A project. What it is linked to is in a table of its own (`crm.work.project_links`)."""

    id: int
    title: str
    description: str | None
    status: str
    status_change_time: str | None
    board_id: int
    phase_id: int
    owner_id: int
    start_date: str | None
    end_date: str | None
    label_ids: str
    health_status: int | None
    is_archived: bool
    archive_time: str | None
    is_deleted: bool
    delete_time: str | None
    visible_to: int
    add_time: str
    update_time: str
    custom_fields: str


class Task(Record):
    """A task of a project; one with a ``parent_task_id`` is a subtask. ``phase_id`` and ``group_id`` are its place in the plan."""

    id: int
    title: str
    creator_id: int
    description: str | None
    project_id: int
    parent_task_id: int | None
    done: bool
    is_milestone: bool
    due_date: str | None
    start_date: str | None
    priority: int | None
    marked_as_done_time: str | None
    phase_id: int | None
    group_id: int | None
    is_deleted: bool
    delete_time: str | None
    add_time: str
    update_time: str


PROJECT_BOARD = RecordType("projectBoard", tables.project_boards, ProjectBoard, "Board", PublicVisibility())
PROJECT_PHASE = RecordType("projectPhase", tables.project_phases, ProjectPhase, "Phase", PublicVisibility())
PROJECT_TEMPLATE = RecordType(
    "projectTemplate", tables.project_templates, ProjectTemplate, "Project template", PublicVisibility()
)
PROJECT = RecordType("project", tables.projects, Project, "Project", OwnVisibility())
TASK = RecordType("task", tables.tasks, Task, "Task", LinkedVisibility({"project_id": PROJECT}))
TASK_COPIES = Copies(tables.task_assignees, "task_id", tables.tasks, ("done",))
"""What the assignees of a task repeat of it."""


class Activity(Record):
    """An activity: a call, a meeting, a task or the like."""

    id: int
    subject: str
    type: str
    owner_id: int
    creator_user_id: int
    update_user_id: int | None
    is_deleted: bool
    delete_time: str | None
    add_time: str
    update_time: str
    deal_id: int | None
    lead_id: str | None
    person_id: int | None
    org_id: int | None
    project_id: int | None
    due_date: str | None
    due_time: str | None
    duration: str | None
    busy: bool
    done: bool
    marked_as_done_time: str | None
    location: str | None
    attendees: str
    conference_meeting_client: str | None
    conference_meeting_url: str | None
    conference_meeting_id: str | None
    public_description: str | None
    priority: int | None
    note: str | None
    revision: int = 0
    project_phase_id: int | None = None
    project_group_id: int | None = None


ACTIVITY = RecordType(
    "activity",
    tables.activities,
    Activity,
    "Activity",
    LinkedVisibility(
        {"deal_id": DEAL, "person_id": PERSON, "org_id": ORGANIZATION, "lead_id": LEAD, "project_id": PROJECT},
        owner_column="owner_id",
    ),
)
ACTIVITY_COPIES = Copies(
    tables.activity_participants,
    "activity_id",
    tables.activities,
    ("is_deleted", "done", "due_date", "due_time", "marked_as_done_time", "add_time", "owner_id", "type"),
)
"""What participants repeat of their activity, so that an index leads to a person's next and last one."""

ACTIVITY_DISTRIBUTIONS = (
    Distribution("deal", Linked(tables.activities, "deal_id")),
    Distribution("person", Linked(tables.activity_participants, "person_id")),
    Distribution("organization", Linked(tables.activities, "org_id")),
)
"""The records that keep how their activities are spread over owners and types."""


class ActivityType(Record):
    """A type of activity."""

    id: int
    order_nr: int
    name: str
    key_string: str
    icon_key: str
    color: str | None
    is_active: bool
    is_custom: bool
    add_time: str
    update_time: str | None


ACTIVITY_TYPE = RecordType("activityType", tables.activity_types, ActivityType, "Activity type", PublicVisibility())
