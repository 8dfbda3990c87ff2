"""What happened to projects: the changelog of their fields."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import CursorPaging, RecordId
from dealwright.contract.v2.envelopes import Page
from dealwright.contract.v2.work.projects import READ
from dealwright.contract.values import Json


class ChangeEntry(TypedDict):
    """What one user changed at once: the fields' values before and after, by their codes."""

    change_source: str | None
    change_source_user_agent: str | None
    time: str
    new_values: dict[str, Json]
    old_values: dict[str, Json]
    actor_user_id: int


@endpoint("GET /api/v2/projects/{id}/changelog", group="Projects", scopes=READ, cost=10, documented=False)
def get_projects_by_id_changelog(id: RecordId, page: CursorPaging) -> Page[ChangeEntry]:
    """List the changes of a project's fields, the newest first."""
