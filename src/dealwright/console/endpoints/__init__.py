"""The endpoints of the web app that run something. Importing this binds them."""

from __future__ import annotations

from dealwright.console.endpoints import connections, run_list, runs, webhook_deliveries

__all__ = ["connections", "run_list", "runs", "webhook_deliveries"]
