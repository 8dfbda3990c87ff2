"""Phases of the boards of projects. Only admins change them."""

from __future__ import annotations

from dealwright.crm.errors import NotFound
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.crm.work import placement, project_plans, projects
from dealwright.crm.work.model import PROJECT_PHASE, ProjectPhase
from dealwright.storage import tables


def get(crm: UnitOfWork, id: int) -> ProjectPhase:
    """Returns a phase. Raises `NotFound`."""
    phase = placement.find_phase(crm, id)
    if phase is None:
        raise NotFound("Phase not found")
    return phase


def list_for_board(crm: UnitOfWork, board_id: int) -> list[ProjectPhase]:
    """Returns the phases of a board, in their order. Raises `NotFound` when there is no such board."""
    if placement.find_board(crm, board_id) is None:
        raise NotFound("Board not found")
    return placement.list_phases(crm, board_id)


def create(crm: UnitOfWork, values: Values) -> ProjectPhase:
    """Adds a phase to a board, by default as its last one.

    Raises `Invalid`, and `Forbidden` unless the actor is an admin.
    """
    crm.require_exclusive_lock()
    access.require_admin(crm)
    board = placement.require_board(crm, values["board_id"])
    others = placement.list_phases(crm, board.id)
    order_nr = values.get("order_nr", len(others) + 1)
    assert isinstance(order_nr, int)
    placement.check_order_nr(order_nr, len(others))
    new: Values = {**values, "order_nr": order_nr, "add_time": crm.now, "update_time": crm.now}
    phase = records.insert(crm, PROJECT_PHASE, new)
    placement.place_at(crm, PROJECT_PHASE, phase, others, order_nr)
    crm.invalidate_company_data()
    return get(crm, phase.id)


def update(crm: UnitOfWork, id: int, values: Values) -> ProjectPhase:
    """Changes a phase; a new ``order_nr`` moves the others of its board.

    On another board it becomes the last phase unless told otherwise, and its projects come along. Raises `NotFound`,
    `Invalid`, and `Forbidden` unless the actor is an admin.
    """
    crm.require_exclusive_lock()
    access.require_admin(crm)
    phase = get(crm, id)
    board_id = placement.require_board(crm, values.get("board_id", phase.board_id)).id
    others = [other for other in placement.list_phases(crm, board_id) if other.id != id]
    order_nr = values.get("order_nr")
    if board_id != phase.board_id:
        order_nr = len(others) + 1 if order_nr is None else order_nr
    named = {name: value for name, value in values.items() if name != "order_nr"}
    changed = records.update(crm, PROJECT_PHASE, phase, named)
    if isinstance(order_nr, int):
        placement.place_at(crm, PROJECT_PHASE, changed, others, order_nr)
    crm.invalidate_company_data()
    if board_id != phase.board_id:
        projects.move_phase(crm, id, board_id)
    return get(crm, id)


def delete(crm: UnitOfWork, id: int) -> None:
    """Deletes a phase and its open projects. Raises `NotFound`, and `Forbidden` unless the actor is an admin."""
    crm.require_exclusive_lock()
    access.require_admin(crm)
    delete_phase(crm, get(crm, id))
    crm.invalidate_company_data()


def delete_phase(crm: UnitOfWork, phase: ProjectPhase) -> None:
    """Deletes a phase with its open projects, and takes what stands in it out of the phase; without an access check."""
    projects.delete_where(crm, tables.projects.c.phase_id == phase.id, tables.projects.c.status == "open")
    project_plans.clear_phase(crm, phase.id)
    records.delete(crm, PROJECT_PHASE, phase)
