"""The endpoints of the API with their handlers, by method and path."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from dealwright.contract.endpoint import Endpoint
from dealwright.server.binding import (
    Handler,
    PreparationStep,
    caller_routes,
    handlers,
    preparation_steps,
    sandbox_handlers,
    sandbox_routes,
    session_routes,
)
from dealwright.server.latency import LatencyAverage
from dealwright.server.limits import RequestCost, request_cost
from dealwright.server.requests import ABSTRA_PREFIXES
from dealwright.server.router import Router


class Route(NamedTuple):
    """An endpoint with its path, its handler and the names of the path's variables.

    A handler that ``gets_session`` has the session of the browser instead of a unit of work, and one that ``gets_caller`` who has sent
    the token; such a one may wait, for this server too. One that ``gets_sandbox`` has the controls of a sandbox. ``headers`` are parameters, too.
    """

    path: str
    endpoint: Endpoint[..., Any]
    handler: Handler
    preparation: PreparationStep | None
    variables: tuple[str, ...]
    cost: RequestCost
    latency: LatencyAverage
    gets_session: bool
    gets_caller: bool
    gets_sandbox: bool
    waits_for_others: bool
    headers: tuple[str, ...]


def build_router(*, is_sandbox: bool = False) -> Router[Route]:
    """Returns a router with every endpoint of the API; v1, and what projects of Abstra call, under both of its prefixes.

    All applications of a process share one, and what it has learnt of latencies. That of a sandbox has more endpoints.
    """
    # The console binds its handlers when it is imported.
    return _build_router(is_sandbox, len(handlers()))


@cache
def _build_router(is_sandbox: bool, _number_of_handlers: int) -> Router[Route]:
    router: Router[Route] = Router()
    steps, in_session, of_callers, of_sandbox = preparation_steps(), session_routes(), caller_routes(), sandbox_routes()
    bound = handlers() | (sandbox_handlers() if is_sandbox else {})
    for key, (endpoint, handler) in bound.items():
        variables = tuple(part[1:-1] for part in endpoint.path.split("/") if part.startswith("{"))
        route = Route(
            endpoint.path,
            endpoint,
            handler,
            steps.get(key),
            variables,
            request_cost(endpoint.path, endpoint.cost),
            LatencyAverage(),
            key in in_session,
            key in of_callers,
            key in of_sandbox,
            in_session.get(key, False) or of_callers.get(key, False) or of_sandbox.get(key, False),
            tuple(parameter.name for parameter in endpoint.parameters if parameter.location == "header"),
        )
        router.add(endpoint.method, endpoint.path, route)
        if endpoint.path.startswith("/v1/"):
            router.add(endpoint.method, "/api" + endpoint.path, route)
        elif endpoint.version == "abstra":
            router.add(endpoint.method, endpoint.path.replace(*ABSTRA_PREFIXES, 1), route)
    return router
