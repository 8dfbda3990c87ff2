"""The only way out of a script: calls go through an inherited socket as frames, each a length in four bytes and that many bytes.

To the server: ``C`` and a call as JSON, ``E`` and how the script has ended. From there: ``J`` and the answer as JSON, ``B`` and its bytes,
``X`` and an error as JSON.
"""

from __future__ import annotations

import json
import socket
import threading
import types
from collections.abc import Mapping
from typing import Any

_ERRORS: dict[str, str] = {
    "BadCall": "DealwrightError",
    "BadConnection": "DealwrightError",
    "TryLater": "DealwrightError",
    "ResponseError": "DealwrightError",
    "InvalidParams": "BadCall",
    "UnknownAction": "BadCall",
    "NotPermitted": "BadCall",
    "UnknownConnection": "BadConnection",
    "UnusableConnection": "BadConnection",
    "Unauthorized": "ResponseError",
    "MissingScope": "ResponseError",
    "ApiError": "ResponseError",
    "RateLimited": "TryLater",
    "Unavailable": "TryLater",
    "OutcomeUnknown": "DealwrightError",
}
"""The errors of the connector, each with the one that it is a kind of."""


class DealwrightError(Exception):
    """Why an action was not run, in words; ``status`` and ``code`` are those of the service, where it has refused it."""

    def __init__(self, message: str, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Connection:
    """Makes calls, one at a time, from any thread."""

    def __init__(self, handle: int) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=handle)
        self._lock = threading.Lock()
        self.errors: dict[str, type[DealwrightError]] = {"DealwrightError": DealwrightError}
        for name, kind in _ERRORS.items():
            self.errors[name] = type(name, (self.errors[kind],), {"__module__": "dealwright"})

    def receive(self) -> bytes:
        """Returns the next frame. Raises EOFError when the server is gone."""
        return self._read(int.from_bytes(self._read(4), "big"))

    def send(self, kind: bytes, content: bytes) -> None:
        """Sends a frame."""
        self._socket.sendall(b"%b%b%b" % ((len(content) + 1).to_bytes(4, "big"), kind, content))

    def end(self, outcome: str, error: str | None = None) -> None:
        """Says how the script has ended."""
        with self._lock:
            self.send(b"E", json.dumps({"outcome": outcome, "error": error}).encode())

    def call(self, wanted: Mapping[str, Any]) -> Any:
        """Has an action run; returns the body of its answer. Raises `DealwrightError`."""
        content = json.dumps(wanted, default=_plain).encode()
        with self._lock:
            self.send(b"C", content)
            answer = self.receive()
        kind, body = answer[:1], memoryview(answer)[1:]
        if kind == b"B":
            return bytes(body)
        told = json.loads(bytes(body))
        if kind == b"J":
            return told
        error = self.errors.get(told["type"], DealwrightError)
        raise error(told["message"], told.get("status"), told.get("code"))

    def _read(self, size: int) -> bytes:
        content = bytearray(size)
        view = memoryview(content)
        while view:
            got = self._socket.recv_into(view)
            if got == 0:
                raise EOFError("The server is gone")
            view = view[got:]
        return bytes(content)


def modules(connection: Connection) -> dict[str, types.ModuleType]:
    """Returns the modules of the connector that scripts import, by their names."""

    def run_connection_action(
        connection_name: str,
        action_name: str | None = None,
        params: Mapping[str, Any] | None = None,
        *,
        action: str | None = None,
        payload: Mapping[str, Any] | None = None,
        max_cost: int | None = None,
        idempotency_key: str | None = None,
        found_by: str | None = None,
    ) -> Any:
        """Runs an action of a connection of the company and returns the body of its answer."""
        name = action_name if action_name is not None else action
        if not isinstance(connection_name, str) or not isinstance(name, str):
            raise TypeError("run_connection_action takes the names of a connection and of an action")
        wanted = {"connection": connection_name, "action": name, "params": params if params is not None else payload}
        more = {"max_cost": max_cost, "idempotency_key": idempotency_key, "found_by": found_by}
        return connection.call(wanted | {key: value for key, value in more.items() if value is not None})

    def get_access_token(connection_name: str, *_: Any, **__: Any) -> Any:
        """Raises `NotPermitted`: tokens do not come here."""
        message = (
            f"Scripts get no token of '{connection_name}': call run_connection_action, which runs its actions for you"
        )
        raise connection.errors["NotPermitted"](message)

    def module(name: str, members: Mapping[str, Any], *, is_package: bool = False) -> types.ModuleType:
        made = types.ModuleType(name)
        if is_package:
            made.__path__ = []
        vars(made).update(members)
        return made

    offered: dict[str, Any] = {
        "run_connection_action": run_connection_action,
        "get_access_token": get_access_token,
    }
    everything = {**offered, **connection.errors}
    connectors = module("abstra.connectors", offered)
    own = module("dealwright.connectors", everything)
    return {
        "abstra": module("abstra", {"connectors": connectors}, is_package=True),
        "abstra.connectors": connectors,
        "dealwright": module("dealwright", {**everything, "connectors": own}, is_package=True),
        "dealwright.connectors": own,
    }


def _plain(value: Any) -> Any:
    """Returns a value that JSON does not know in a form that it does: moments as the API takes them, numbers, lists."""
    kind = type(value).__name__
    if kind in ("datetime", "date", "time"):
        return value.isoformat()
    if kind in ("Decimal", "Fraction"):
        return float(value)
    if kind == "UUID":
        return str(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    if isinstance(value, bytes):
        import base64  # noqa: PLC0415

        return {"filename": "file", "base64": base64.b64encode(value).decode()}
    raise TypeError(f"params: {kind} cannot be sent as JSON")
