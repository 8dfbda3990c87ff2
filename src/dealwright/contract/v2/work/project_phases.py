"""Phases of the boards of projects."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v2.envelopes import Deleted, Item, List
from dealwright.contract.v2.work.project_boards import OrderNr
from dealwright.contract.v2.work.projects import READ, WRITE
from dealwright.contract.values import Id, Name


class Phase(TypedDict):
    """A phase of a board."""

    id: int
    name: str
    board_id: int
    order_nr: int
    add_time: str
    update_time: str | None


class PhaseProperties(V2Body, kw_only=True):
    """What can be written of a phase, whether it is created or changed."""

    name: Name | UnsetType = UNSET
    board_id: Id | UnsetType = UNSET
    order_nr: OrderNr | UnsetType = UNSET


class NewPhase(PhaseProperties, kw_only=True):
    """A phase to create; it is the last one of its board unless told otherwise."""

    name: Name
    board_id: Id


class PhaseChanges(PhaseProperties, kw_only=True):
    """What to change of a phase; to another board its projects come along."""


@endpoint("GET /api/v2/phases", group="ProjectPhases", scopes=READ, cost=10, documented=False)
def get_phases(board_id: Annotated[Id, Meta(description="The board whose phases to list.")]) -> List[Phase]:
    """List the phases of a board."""


@endpoint("POST /api/v2/phases", group="ProjectPhases", scopes=WRITE, cost=5, documented=False)
def post_phases(data: NewPhase) -> Item[Phase]:
    """Add a phase to a board."""


@endpoint("GET /api/v2/phases/{id}", group="ProjectPhases", scopes=READ, cost=10, documented=False)
def get_phases_by_id(id: RecordId) -> Item[Phase]:
    """Get one phase."""


@endpoint("PATCH /api/v2/phases/{id}", group="ProjectPhases", scopes=WRITE, cost=5, documented=False)
def patch_phases_by_id(id: RecordId, data: PhaseChanges) -> Item[Phase]:
    """Change a phase; only the properties given change."""


@endpoint("DELETE /api/v2/phases/{id}", group="ProjectPhases", scopes=WRITE, cost=3, documented=False)
def delete_phases_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a phase and its open projects."""
