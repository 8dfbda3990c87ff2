"""What agents may do over HTTP for a user."""

from __future__ import annotations

from typing import Literal, TypedDict

from dealwright.contract.bodies import AppBody
from dealwright.contract.endpoint import endpoint

GROUP = "Agents"

AgentRight = Literal["read", "write", "delete"]
"""Each includes those before it."""


class AgentSettings(TypedDict):
    """What agents may do for oneself, and the address at which they are served."""

    right: AgentRight
    url: str


class AgentSettingChanges(AppBody, kw_only=True):
    """What agents may do from now on."""

    right: AgentRight


@endpoint("GET /app/api/agents", group=GROUP, cost=0)
def get_agents() -> AgentSettings:
    """Get what agents may do for oneself: read, unless one has let them do more."""


@endpoint("PATCH /app/api/agents", group=GROUP, cost=0)
def patch_agents(data: AgentSettingChanges) -> AgentSettings:
    """Change what agents may do for oneself.

    It holds for all of one's tokens, from the next call on.
    """
