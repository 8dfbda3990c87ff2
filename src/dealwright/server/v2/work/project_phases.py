"""Phases of the boards of projects."""

from __future__ import annotations

from dealwright.contract.v2.envelopes import Deleted, Item, List
from dealwright.contract.v2.work import project_phases as contract
from dealwright.contract.v2.work.project_phases import NewPhase, PhaseChanges
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.work import project_phases
from dealwright.crm.work.model import ProjectPhase
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.times import iso_time
from dealwright.server.v2 import envelopes


def show(phase: ProjectPhase) -> contract.Phase:
    """Returns a phase as v2 writes it."""
    return {
        "id": phase.id,
        "name": phase.name,
        "board_id": phase.board_id,
        "order_nr": phase.order_nr,
        "add_time": iso_time(phase.add_time),
        "update_time": iso_time(phase.update_time),
    }


@implements(contract.get_phases)
def get_phases(crm: UnitOfWork, board_id: int) -> List[contract.Phase]:
    return envelopes.whole_collection([show(phase) for phase in project_phases.list_for_board(crm, board_id)])


@implements(contract.post_phases)
def post_phases(crm: UnitOfWork, data: NewPhase) -> Item[contract.Phase]:
    return envelopes.item(show(project_phases.create(crm, provided_values(data))))


@implements(contract.get_phases_by_id)
def get_phases_by_id(crm: UnitOfWork, id: int) -> Item[contract.Phase]:
    return envelopes.item(show(project_phases.get(crm, id)))


@implements(contract.patch_phases_by_id)
def patch_phases_by_id(crm: UnitOfWork, id: int, data: PhaseChanges) -> Item[contract.Phase]:
    return envelopes.item(show(project_phases.update(crm, id, provided_values(data))))


@implements(contract.delete_phases_by_id)
def delete_phases_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    project_phases.delete(crm, id)
    return envelopes.deleted(id)
