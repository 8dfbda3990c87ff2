"""Connections as the web app sees them."""

from __future__ import annotations

from typing import Any

from dealwright.console.endpoints.shown_runs import time_text
from dealwright.contract.app.integration import connections as contract
from dealwright.crm.integration import connections
from dealwright.crm.integration.connections import Connection
from dealwright.crm.kernel.unit_of_work import UnitOfWork


def show(crm: UnitOfWork, connection: Connection) -> contract.Connection:
    """Returns a connection, with what the actor may do with it."""
    owner = crm.company_data.users.get(connection.owner_id or 0)
    account: Any = connection.account
    budget: Any = connection.budget
    if budget is not None:
        # What was spent on another day is none of today's.
        budget = {**budget, "told_at": time_text(budget["told_at"])} if budget["day"] == crm.today else None
    return {
        "id": connection.id,
        "name": connection.name,
        "service": connection.kind,
        "authentication": connection.authentication,
        "owner": None if owner is None else {"id": owner.id, "name": owner.name},
        "is_shared": connection.is_shared,
        "url": connection.url,
        "client_id": connection.client_id,
        "permits": {"kind": connection.permits, "actions": connection.chosen_actions},
        "state": connection.state,
        "state_reason": connection.state_reason,
        "state_time": time_text(connection.state_time),
        "expires_at": time_text(connection.expire_time),
        "scopes": connection.scopes,
        "account": account,
        "budget": budget,
        "last_used_at": time_text(connection.last_use_time),
        "added_at": time_text(connection.add_time),
        "can_use": connections.may_use(crm, connection),
        "can_change": connections.may_change(crm, connection),
        "can_remove": connections.may_remove(crm, connection),
    }
