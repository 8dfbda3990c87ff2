"""Boards of projects."""

from __future__ import annotations

from dealwright.contract.v1.envelopes import Item, List
from dealwright.contract.v1.work import project_boards as contract
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.work import placement, project_boards
from dealwright.crm.work.model import ProjectBoard
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


def show(board: ProjectBoard) -> contract.Board:
    """Returns a board as v1 writes it."""
    return {
        "id": board.id,
        "name": board.name,
        "order_nr": board.order_nr,
        "add_time": board.add_time,
        "update_time": board.update_time,
    }


@implements(contract.get_projects_boards)
def get_projects_boards(crm: UnitOfWork) -> List[contract.Board]:
    return envelopes.whole_collection([show(board) for board in placement.list_boards(crm)])


@implements(contract.get_projects_boards_by_id)
def get_projects_boards_by_id(crm: UnitOfWork, id: int) -> Item[contract.Board]:
    return envelopes.item_without_more(show(project_boards.get(crm, id)))
