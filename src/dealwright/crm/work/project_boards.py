"""Boards of projects. Only admins change them."""

from __future__ import annotations

from dealwright.crm.errors import NotFound
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.crm.work import placement, project_phases
from dealwright.crm.work.model import PROJECT_BOARD, ProjectBoard


def get(crm: UnitOfWork, id: int) -> ProjectBoard:
    """Returns a board. Raises `NotFound`."""
    board = placement.find_board(crm, id)
    if board is None:
        raise NotFound("Board not found")
    return board


def create(crm: UnitOfWork, values: Values) -> ProjectBoard:
    """Adds a board, by default as the last one. Raises `Invalid`, and `Forbidden` unless the actor is an admin."""
    crm.require_exclusive_lock()
    access.require_admin(crm)
    others = placement.list_boards(crm)
    order_nr = values.get("order_nr", len(others) + 1)
    assert isinstance(order_nr, int)
    placement.check_order_nr(order_nr, len(others))
    new: Values = {**values, "order_nr": order_nr, "add_time": crm.now, "update_time": crm.now}
    board = records.insert(crm, PROJECT_BOARD, new)
    placement.place_at(crm, PROJECT_BOARD, board, others, order_nr)
    crm.invalidate_company_data()
    return get(crm, board.id)


def update(crm: UnitOfWork, id: int, values: Values) -> ProjectBoard:
    """Changes a board; a new ``order_nr`` moves the others.

    Raises `NotFound`, `Invalid`, and `Forbidden` unless the actor is an admin.
    """
    crm.require_exclusive_lock()
    access.require_admin(crm)
    board = get(crm, id)
    order_nr = values.get("order_nr")
    named = {name: value for name, value in values.items() if name != "order_nr"}
    board = records.update(crm, PROJECT_BOARD, board, named)
    if isinstance(order_nr, int):
        others = [other for other in placement.list_boards(crm) if other.id != id]
        placement.place_at(crm, PROJECT_BOARD, board, others, order_nr)
    crm.invalidate_company_data()
    return get(crm, id)


def delete(crm: UnitOfWork, id: int) -> None:
    """Deletes a board, its phases and its open projects.

    Raises `NotFound`, and `Forbidden` unless the actor is an admin.
    """
    crm.require_exclusive_lock()
    access.require_admin(crm)
    board = get(crm, id)
    for phase in placement.list_phases(crm, id):
        project_phases.delete_phase(crm, phase)
    records.delete(crm, PROJECT_BOARD, board)
    crm.invalidate_company_data()
