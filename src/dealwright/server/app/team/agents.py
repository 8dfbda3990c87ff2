"""What agents may do over HTTP for a user."""

from __future__ import annotations

from dealwright.contract.app.team import agents as contract
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import agent_rights
from dealwright.server.binding import implements
from dealwright.server.oauth import metadata


@implements(contract.get_agents)
def get_agents(crm: UnitOfWork) -> contract.AgentSettings:
    return {"right": agent_rights.get(crm), "url": metadata.agents_url()}


@implements(contract.patch_agents)
def patch_agents(crm: UnitOfWork, data: contract.AgentSettingChanges) -> contract.AgentSettings:
    agent_rights.change(crm, data.right)
    return get_agents(crm)
