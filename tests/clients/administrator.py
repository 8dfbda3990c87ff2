"""What a test does at a server beside a client: as the administrator, by HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from tests.clients.recording import RequestLog
from tests.clients.running import Server

TIMEOUT_SECONDS = 30


class Administrator:
    """Calls the API of a server; each method returns the ``data`` of the answer, which must be a success."""

    def __init__(self, http: httpx2.Client, log: RequestLog) -> None:
        self._http = http
        self._log = log

    def get(self, path: str, **query: Any) -> Any:
        return self._data(self._http.get(path, params=query))

    def post(self, path: str, body: object) -> Any:
        return self._data(self._http.post(path, json=body))

    def put(self, path: str, body: object) -> Any:
        return self._data(self._http.put(path, json=body))

    def patch(self, path: str, body: object) -> Any:
        return self._data(self._http.patch(path, json=body))

    def delete(self, path: str) -> Any:
        return self._data(self._http.delete(path))

    def upload(self, path: str, name: str, content: bytes, **fields: Any) -> Any:
        """Sends a file in a form."""
        return self._data(self._http.post(path, files={"file": (name, content)}, data=fields))

    def condition(self, object: str, field_id: int, operator: str, value: object) -> dict[str, Any]:
        """Returns the conditions of a filter that has one."""
        one = {"object": object, "field_id": field_id, "operator": operator, "value": value}
        groups = [{"glue": "and", "conditions": [one]}, {"glue": "or", "conditions": []}]
        return {"glue": "and", "conditions": groups}

    def _data(self, response: httpx2.Response) -> Any:
        # A request that does more after its answer is logged when a client is at work already.
        self._log.left_out.add(response.headers["x-correlation-id"])
        assert response.is_success, f"{response.request.method} {response.request.url}: {response.text}"
        return response.json()["data"]


@contextmanager
def connect(server: Server) -> Iterator[Administrator]:
    """Yields the administrator of a server."""
    with httpx2.Client(
        base_url=server.sandbox.url,
        headers={"x-api-token": server.sandbox.api_token},
        timeout=TIMEOUT_SECONDS,
        trust_env=False,
    ) as http:
        yield Administrator(http, server.log)
