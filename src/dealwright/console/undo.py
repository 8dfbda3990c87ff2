"""Takes a run back, for whoever asks for it."""

from __future__ import annotations

from dealwright.crm.history import undo
from dealwright.crm.integration import runs
from dealwright.crm.integration.runs import Run
from dealwright.crm.kernel.unit_of_work import UnitOfWork


def take_back(crm: UnitOfWork, id: str) -> Run:
    """Takes back what a run has changed in this CRM; returns the run that has done so. Raises `NotFound` and `Conflict`."""
    crm.require_exclusive_lock()
    # What the web app does by itself has an id of the browser's making, and is no action that was run.
    run = runs.find(crm, id)
    crm.run_id = runs.add_undo(crm, id.lower(), run)
    undo.take_back(crm, id.lower(), None if run is None else run.user_id)
    return runs.get(crm, crm.run_id)
