"""The boards and phases that projects are in: for the rules of boards, phases, projects and templates alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import records
from dealwright.crm.kernel.record_types import Record, RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.crm.work.model import Project, ProjectBoard, ProjectPhase

R = TypeVar("R", bound=Record)


def list_boards(crm: UnitOfWork) -> list[ProjectBoard]:
    """Returns the boards that are not deleted, in their order."""
    return [board for board in crm.company_data.project_boards.values() if not board.is_deleted]


def list_phases(crm: UnitOfWork, board_id: int) -> list[ProjectPhase]:
    """Returns the phases of a board that are not deleted, in their order."""
    phases = crm.company_data.project_phases.values()
    return [phase for phase in phases if phase.board_id == board_id and not phase.is_deleted]


def find_board(crm: UnitOfWork, id: object) -> ProjectBoard | None:
    """Returns a board by id; None when there is none that is not deleted."""
    found = crm.company_data.project_boards.get(id) if isinstance(id, int) else None
    return None if found is None or found.is_deleted else found


def find_phase(crm: UnitOfWork, id: object) -> ProjectPhase | None:
    """Returns a phase by id; None when there is none that is not deleted."""
    found = crm.company_data.project_phases.get(id) if isinstance(id, int) else None
    return None if found is None or found.is_deleted else found


def require_board(crm: UnitOfWork, id: object, path: str = "board_id") -> ProjectBoard:
    """Returns the board that something else is to be on. Raises `Invalid` when there is none."""
    found = find_board(crm, id)
    if found is None:
        raise Invalid("Board not found", path)
    return found


def require_phase(crm: UnitOfWork, id: object, board_id: int | None = None) -> ProjectPhase:
    """Returns the phase that something else is to be in, of any board or of one. Raises `Invalid` when there is none."""
    found = find_phase(crm, id)
    if found is None:
        raise Invalid("Phase not found", "phase_id")
    if board_id not in (None, found.board_id):
        raise Invalid("is not a phase of the board", "phase_id")
    return found


def target_phase(crm: UnitOfWork, values: Values, project: Project | None = None) -> ProjectPhase | None:
    """Returns the phase that a project comes to: the one given, or the first of a board; None when it stays.

    A new project without either comes to the first board that has phases. Raises `Invalid`.
    """
    board_id, phase_id = values.get("board_id"), values.get("phase_id")
    if project is not None and phase_id in (None, project.phase_id) and board_id in (None, project.board_id):
        return None
    if phase_id is not None:
        board = None if board_id is None else require_board(crm, board_id).id
        return require_phase(crm, phase_id, board)
    boards = list_boards(crm) if board_id is None else [require_board(crm, board_id)]
    for board_candidate in boards:
        if phases := list_phases(crm, board_candidate.id):
            return phases[0]
    raise Invalid("The board has no phases", "board_id")


def place_at(crm: UnitOfWork, kind: RecordType[R], moved: R, others: Sequence[R], order_nr: int) -> None:
    """Puts a board among ``others``, or a phase among those of its board, and numbers all of them from 1 on.

    Raises `Invalid` for a number that leaves a gap.
    """
    check_order_nr(order_nr, len(others))
    for number, one in enumerate([*others[: order_nr - 1], moved, *others[order_nr - 1 :]], 1):
        records.update(crm, kind, one, {"order_nr": number})


def check_order_nr(order_nr: int, others: int) -> None:
    """Raises `Invalid` unless an ``order_nr`` is from 1 to one more than the number of others."""
    if not 1 <= order_nr <= others + 1:
        raise Invalid(f"must be from 1 to {others + 1}", "order_nr")
