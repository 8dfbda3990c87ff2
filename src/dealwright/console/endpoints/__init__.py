"""The endpoints that run something, for the web app and for projects of Abstra. Importing this binds them."""

from __future__ import annotations

from dealwright.console.endpoints import (
    abstra,
    chat_model,
    connection_consents,
    connections,
    conversations,
    editor,
    run_list,
    runs,
    script_runs,
    script_schedules,
    scripts,
    webhook_deliveries,
)

__all__ = [
    "abstra",
    "chat_model",
    "connection_consents",
    "connections",
    "conversations",
    "editor",
    "run_list",
    "runs",
    "script_runs",
    "script_schedules",
    "scripts",
    "webhook_deliveries",
]
