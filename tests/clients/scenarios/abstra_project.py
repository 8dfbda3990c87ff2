"""A project of Abstra: what it asks of connectors, where it is developed (``cli``) and where it is deployed (``apps``).

The last line has what was answered, and the exceptions that were raised.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from abstra.connectors import get_access_token, run_connection_action
from abstra_internals.cloud_api.http_client import HTTPClient
from abstra_internals.controllers.sdk.sdk_context import SDKContext, SDKContextStore
from abstra_internals.credentials import resolve_headers_raise
from abstra_internals.environment import CLOUD_API_CLI_URL, CLOUD_API_PROD_HEADERS, CLOUD_API_PROD_URL
from abstra_internals.repositories.connectors import ConnectorsRepository


def connect(where: str) -> ConnectorsRepository:
    """Returns connectors as the package itself makes them, and makes them those of this project."""
    if where == "cli":
        client = HTTPClient(base_url=CLOUD_API_CLI_URL, base_headers_resolver=resolve_headers_raise)
    else:
        client = HTTPClient(base_url=CLOUD_API_PROD_URL, base_headers=CLOUD_API_PROD_HEADERS)
    found = ConnectorsRepository(client)
    # The package runs a project's code in the context of an execution; of that, connectors need this alone.
    SDKContextStore.register(cast("SDKContext", SimpleNamespace(repositories=SimpleNamespace(connectors=found))))
    return found


def raised(call: Callable[[], object]) -> list[object]:
    """Returns class, message and status of the exception that a call raises."""
    try:
        call()
    except Exception as error:
        return [type(error).__name__, str(error), getattr(getattr(error, "response", None), "status_code", None)]
    raise AssertionError("nothing was raised")


def use(where: str) -> dict[str, Any]:
    """Does all that a project can do with connectors."""
    connectors, read_only = connect(where), os.environ["DEALWRIGHT_READ_ONLY"]
    made = run_connection_action("local", "post_deals", {"data": {"title": f"From {where}"}})
    id = made["data"]["id"]
    pages = [connectors.search_connection_actions("local", page=page).data for page in range(6)]
    found = connectors.search_connection_actions("local", search="deals followers", page=1, page_size=3)
    action = connectors.get_connection_action_details("local", "get_deals_by_id")
    token = get_access_token("local")
    return {
        "connections": [[one.name, one.connection_type] for one in connectors.list_connections()],
        "actions": [name for page in pages for name in page],
        "found": [found.data, found.page, found.page_size],
        "action": action.to_dict(),
        "read": run_connection_action("local", "get_deals_by_id", {"id": id})["data"]["title"],
        "read_elsewhere": run_connection_action(read_only, "get_deals_by_id", {"id": id})["data"]["title"],
        "token": vars(token),
        "errors": {
            "refused": raised(lambda: run_connection_action("local", "get_deals_by_id", {"id": 999_999})),
            "wrong name": raised(lambda: run_connection_action("local", "get_dealz")),
            "missing": raised(lambda: run_connection_action("local", "post_deals", {"data": {}})),
            "may only read": raised(lambda: run_connection_action(read_only, "delete_deals_by_id", {"id": id})),
            "no connection": raised(lambda: run_connection_action("nothing", "get_deals")),
            "no action": raised(lambda: connectors.get_connection_action_details("local", "get_dealz")),
            "no token": raised(lambda: get_access_token(read_only)),
        },
    }


def with_a_wrong_key() -> list[object]:
    """Returns what is raised where the key is none."""
    client = HTTPClient(base_url=CLOUD_API_CLI_URL, base_headers={"Api-Authorization": "Bearer nobody's"})
    return raised(ConnectorsRepository(client).list_connections)


if __name__ == "__main__":
    print(json.dumps({**{where: use(where) for where in sys.argv[1:]}, "wrong key": with_a_wrong_key()}))
