"""The endpoints of the web app that run something. Importing this binds them."""

from __future__ import annotations

from dealwright.console.endpoints import connection_consents, connections, run_list, runs, webhook_deliveries

__all__ = ["connection_consents", "connections", "run_list", "runs", "webhook_deliveries"]
