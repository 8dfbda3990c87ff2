"""Templates for projects."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import CursorPaging, RecordId
from dealwright.contract.v2.envelopes import Item, Page
from dealwright.contract.v2.work.projects import READ


class ProjectTemplate(TypedDict):
    """A template, with the board that its projects come to."""

    id: int
    title: str
    description: str | None
    projects_board_id: int
    owner_id: int
    add_time: str
    update_time: str | None


@endpoint("GET /api/v2/projectTemplates", group="ProjectTemplates", scopes=READ, cost=10, documented=False)
def get_project_templates(page: CursorPaging) -> Page[ProjectTemplate]:
    """List all templates."""


@endpoint("GET /api/v2/projectTemplates/{id}", group="ProjectTemplates", scopes=READ, cost=1, documented=False)
def get_project_templates_by_id(id: RecordId) -> Item[ProjectTemplate]:
    """Get one template."""
