"""Boards of projects."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v1.envelopes import Item, List
from dealwright.contract.v1.work.projects import READ


class Board(TypedDict):
    """A board, whose phases projects go through."""

    id: int
    name: str
    order_nr: int
    add_time: str
    update_time: str | None


@endpoint("GET /v1/projects/boards", group="Projects", scopes=READ, cost=20)
def get_projects_boards() -> List[Board]:
    """List all boards."""


@endpoint("GET /v1/projects/boards/{id}", group="ProjectTemplates", scopes=READ, cost=2)
def get_projects_boards_by_id(id: RecordId) -> Item[Board]:
    """Get one board."""
