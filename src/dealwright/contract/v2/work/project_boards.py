"""Boards of projects."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v2.envelopes import Deleted, Item, List
from dealwright.contract.v2.work.projects import READ, WRITE
from dealwright.contract.values import Name

OrderNr = Annotated[int, Meta(ge=1, le=1_000_000)]


class Board(TypedDict):
    """A board, whose phases projects go through."""

    id: int
    name: str
    order_nr: int
    add_time: str
    update_time: str | None


class BoardProperties(V2Body, kw_only=True):
    """What can be written of a board, whether it is created or changed."""

    name: Name | UnsetType = UNSET
    order_nr: OrderNr | UnsetType = UNSET


class NewBoard(BoardProperties, kw_only=True):
    """A board to create; it is the last one unless told otherwise."""

    name: Name


class BoardChanges(BoardProperties, kw_only=True):
    """What to change of a board; an ``order_nr`` moves the others."""


@endpoint("GET /api/v2/boards", group="ProjectBoards", scopes=READ, cost=10, documented=False)
def get_boards() -> List[Board]:
    """List all boards."""


@endpoint("POST /api/v2/boards", group="ProjectBoards", scopes=WRITE, cost=5, documented=False)
def post_boards(data: NewBoard) -> Item[Board]:
    """Create a board."""


@endpoint("GET /api/v2/boards/{id}", group="ProjectBoards", scopes=READ, cost=10, documented=False)
def get_boards_by_id(id: RecordId) -> Item[Board]:
    """Get one board."""


@endpoint("PATCH /api/v2/boards/{id}", group="ProjectBoards", scopes=WRITE, cost=5, documented=False)
def patch_boards_by_id(id: RecordId, data: BoardChanges) -> Item[Board]:
    """Change a board; only the properties given change."""


@endpoint("DELETE /api/v2/boards/{id}", group="ProjectBoards", scopes=WRITE, cost=3, documented=False)
def delete_boards_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a board, its phases and its open projects."""
