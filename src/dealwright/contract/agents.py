"""Where a server has agents, by the Model Context Protocol."""

from __future__ import annotations

AGENTS_PATH = "/mcp"

RESOURCE_PATH = "/.well-known/oauth-protected-resource"
"""Where it says who gives tokens for `AGENTS_PATH` (RFC 9728), with and without that at its end."""
