"""The endpoints that run something, for the web app and for projects of Abstra. Importing this binds them."""

from __future__ import annotations

from dealwright.console.endpoints import (
    abstra,
    chat_model,
    connection_consents,
    connections,
    conversations,
    run_list,
    runs,
    webhook_deliveries,
)

__all__ = [
    "abstra",
    "chat_model",
    "connection_consents",
    "connections",
    "conversations",
    "run_list",
    "runs",
    "webhook_deliveries",
]
