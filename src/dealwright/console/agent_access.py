"""Lets agents in over HTTP: by an API token, or by an access token that was given for agents' address on this server."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright.console.agents import Agent
from dealwright.console.service import Console
from dealwright.contract.agents import AGENTS_PATH
from dealwright.crm.integration.oauth import grants
from dealwright.crm.kernel.unit_of_work import Principal, UserRef


def authenticate(console: Console, headers: Mapping[str, str], base_url: str) -> Agent | None:
    """Returns the agent whose token a request has; None without a token that is valid here."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    token = headers.get("x-api-token", "") or (token.strip() if scheme.lower() == "bearer" else "")
    if not token:
        return None
    principal = _principal(console, token, base_url)
    if principal is None or not console.companies.is_active(UserRef(principal.company.id, principal.user_id)):
        return None
    return Agent(console, principal)


def _principal(console: Console, token: str, base_url: str) -> Principal | None:
    companies = console.companies
    found = companies.authenticate(token)
    if found is not None:
        return found
    return grants.authenticate(companies.platform, token, companies.clock(), resource=f"{base_url}{AGENTS_PATH}")
