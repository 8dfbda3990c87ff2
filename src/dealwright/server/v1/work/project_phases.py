"""Phases of the boards of projects."""

from __future__ import annotations

from dealwright.contract.v1.envelopes import Item, List
from dealwright.contract.v1.work import project_phases as contract
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.work import project_phases
from dealwright.crm.work.model import ProjectPhase
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


def show(phase: ProjectPhase) -> contract.Phase:
    """Returns a phase as v1 writes it."""
    return {
        "id": phase.id,
        "name": phase.name,
        "board_id": phase.board_id,
        "order_nr": phase.order_nr,
        "add_time": phase.add_time,
        "update_time": phase.update_time,
    }


@implements(contract.get_projects_phases)
def get_projects_phases(crm: UnitOfWork, board_id: int) -> List[contract.Phase]:
    return envelopes.whole_collection([show(phase) for phase in project_phases.list_for_board(crm, board_id)])


@implements(contract.get_projects_phases_by_id)
def get_projects_phases_by_id(crm: UnitOfWork, id: int) -> Item[contract.Phase]:
    return envelopes.item_without_more(show(project_phases.get(crm, id)))
