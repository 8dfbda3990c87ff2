"""What clients find by themselves: who gives tokens for agents' address (RFC 9728), and how the provider works (RFC 8414)."""

from __future__ import annotations

from typing import Any

from dealwright.contract.agents import AGENTS_PATH, RESOURCE_PATH
from dealwright.server import urls

PROVIDER_PATH = "/.well-known/oauth-authorization-server"
PATHS = (RESOURCE_PATH, f"{RESOURCE_PATH}{AGENTS_PATH}", PROVIDER_PATH, f"{PROVIDER_PATH}{AGENTS_PATH}")


def agents_url() -> str:
    """Returns the address at which agents are served."""
    return urls.url(AGENTS_PATH)


def document(path: str) -> dict[str, Any]:
    """Returns the document at one of `PATHS`."""
    base_url = urls.base_url()
    if path.startswith(RESOURCE_PATH):
        return {
            "resource": agents_url(),
            "resource_name": "Dealwright",
            "authorization_servers": [base_url],
            "bearer_methods_supported": ["header"],
        }
    return {
        "issuer": base_url,
        "authorization_endpoint": f"{base_url}/oauth/authorize",
        "token_endpoint": f"{base_url}/oauth/token",
        "revocation_endpoint": f"{base_url}/oauth/revoke",
        "registration_endpoint": f"{base_url}/oauth/register",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "client_id_metadata_document_supported": True,
        "authorization_response_iss_parameter_supported": True,
    }
