"""Faults of a sandbox: which requests meet one, and what each does to the answer.

The answers are those that the server gives when the same happens by itself, in the envelope of the request's version.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from dealwright._lost_answers import AnswerLost
from dealwright.contract import catalogue
from dealwright.contract.endpoint import Endpoint
from dealwright.contract.sandbox.faults import Fault, FaultKind
from dealwright.crm.errors import Invalid, LimitReached, NotFound
from dealwright.server.errors import HttpError, OAuthHttpError
from dealwright.server.requests import END_STREAM, Receive, Request

MAX_FAULTS = 1000
DEFAULT_SECONDS = 2.0
WITHHELD_SECONDS = 600.0
"""How long a connection is kept open whose client waits for an answer that does not come."""


class InjectedError(Exception):
    """An error of the server that a test has asked for."""


class Faults:
    """The faults of a sandbox, which any thread may change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._last_id = 0

    def add(
        self,
        kind: FaultKind,
        action: str | None = None,
        *,
        times: int | None = 1,
        skip: int = 0,
        seconds: float = DEFAULT_SECONDS,
    ) -> Fault:
        """Adds a fault; returns it. Raises `Invalid` for an action that there is not, `LimitReached` when there are too many faults."""
        if action is not None:
            _check_action(action)
        with self._lock:
            if len(self._faults) >= MAX_FAULTS:
                raise LimitReached(f"There are {MAX_FAULTS} faults already; remove some first", "faults")
            self._last_id += 1
            fault: Fault = {
                "id": self._last_id,
                "kind": kind,
                "action": action,
                "times": times,
                "skip": skip,
                "seconds": seconds,
                "hits": 0,
            }
            self._faults.append(fault)
            return fault.copy()

    def list(self) -> Sequence[Fault]:
        """Returns all faults, also those that are over, in the order in which they were added."""
        with self._lock:
            return [fault.copy() for fault in self._faults]

    def remove(self, id: int) -> Fault:
        """Removes a fault; returns it. Raises `NotFound`."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault["id"] == id:
                    return self._faults.pop(index)
        raise NotFound(f"There is no fault {id}")

    def clear(self) -> Sequence[Fault]:
        """Removes all faults; returns them."""
        with self._lock:
            removed, self._faults = self._faults, []
            return removed

    def take(self, endpoint: Endpoint[..., Any]) -> Fault | None:
        """Returns the fault that a request for an endpoint meets, and counts it; None when it meets none."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault["action"] not in (None, endpoint.name, endpoint.qualified_name):
                    continue
                if fault["times"] is not None and fault["hits"] >= fault["times"]:
                    continue
                if fault["skip"]:
                    fault["skip"] -= 1
                    continue
                fault["hits"] += 1
                return fault.copy()
        return None


def _check_action(name: str) -> None:
    try:
        found = catalogue.get_by_name(name)
    except catalogue.UnknownName as error:
        hint = f"; did you mean {' or '.join(error.nearest)}?" if error.nearest else ""
        raise Invalid(f"{error}{hint}", "action") from None
    if all(entry.path.startswith("/oauth/") for entry in found):
        raise Invalid(
            "The OAuth provider has no faults; those of an action with an access token are token_revoked", "action"
        )


def error_of(fault: Fault, request: Request, now: datetime) -> Exception | None:
    """Returns the failure with which a request is answered that meets a fault; None for a fault of another kind."""
    match fault["kind"]:
        case "burst_limit":
            wait = b"%d" % math.ceil(fault["seconds"])
            return _limit_error(
                ((b"x-ratelimit-remaining", b"0"), (b"x-ratelimit-reset", wait), (b"retry-after", wait))
            )
        case "daily_limit":
            midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            wait = b"%d" % math.ceil((midnight - now).total_seconds())
            return _limit_error(((b"x-daily-ratelimit-token-remaining", b"0"), (b"retry-after", wait)))
        case "internal_error":
            return InjectedError("A fault of the sandbox")
        case "token_revoked" if b"authorization" in request.headers:
            challenge = (b"www-authenticate", b'Bearer error="invalid_token"')
            return OAuthHttpError(401, "Invalid token: access_token is invalid", (challenge,))
        case "token_revoked":
            return HttpError(401, "unauthorized access", ((b"x-401-by-gw", b"true"),))
    return None


def _limit_error(headers: tuple[tuple[bytes, bytes], ...]) -> HttpError:
    return HttpError(429, "request over limit", headers)


async def serve(
    fault: Fault,
    request: Request,
    receive: Receive,
    respond: Callable[[], Awaitable[int]],
    handle: Callable[[], Awaitable[object]],
) -> int:
    """Serves a request that meets a fault of time or of the connection; returns the status.

    ``respond`` answers it, ``handle`` only carries it out. Raises `AnswerLost` when the client is to get no answer.
    """
    if fault["kind"] == "cut_connection":
        raise AnswerLost(timed_out=False)
    if fault["kind"] == "slow":
        await asyncio.sleep(fault["seconds"])
        return await respond()
    await handle()
    await _wait_for_end(request, receive)
    raise AnswerLost(timed_out=True)


async def _wait_for_end(request: Request, receive: Receive) -> None:
    """Waits until the client has left, or the server ends."""
    ended = asyncio.Event()
    request.scope[END_STREAM] = ended.set

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        ended.set()

    watcher = asyncio.create_task(watch())
    try:
        await asyncio.wait_for(ended.wait(), WITHHELD_SECONDS)
    except TimeoutError:
        pass
    finally:
        watcher.cancel()
