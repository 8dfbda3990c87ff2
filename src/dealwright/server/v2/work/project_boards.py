"""Boards of projects."""

from __future__ import annotations

from dealwright.contract.v2.envelopes import Deleted, Item, List
from dealwright.contract.v2.work import project_boards as contract
from dealwright.contract.v2.work.project_boards import BoardChanges, NewBoard
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.work import placement, project_boards
from dealwright.crm.work.model import ProjectBoard
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.times import iso_time
from dealwright.server.v2 import envelopes


def show(board: ProjectBoard) -> contract.Board:
    """Returns a board as v2 writes it."""
    return {
        "id": board.id,
        "name": board.name,
        "order_nr": board.order_nr,
        "add_time": iso_time(board.add_time),
        "update_time": iso_time(board.update_time),
    }


@implements(contract.get_boards)
def get_boards(crm: UnitOfWork) -> List[contract.Board]:
    return envelopes.whole_collection([show(board) for board in placement.list_boards(crm)])


@implements(contract.post_boards)
def post_boards(crm: UnitOfWork, data: NewBoard) -> Item[contract.Board]:
    return envelopes.item(show(project_boards.create(crm, provided_values(data))))


@implements(contract.get_boards_by_id)
def get_boards_by_id(crm: UnitOfWork, id: int) -> Item[contract.Board]:
    return envelopes.item(show(project_boards.get(crm, id)))


@implements(contract.patch_boards_by_id)
def patch_boards_by_id(crm: UnitOfWork, id: int, data: BoardChanges) -> Item[contract.Board]:
    return envelopes.item(show(project_boards.update(crm, id, provided_values(data))))


@implements(contract.delete_boards_by_id)
def delete_boards_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    project_boards.delete(crm, id)
    return envelopes.deleted(id)
