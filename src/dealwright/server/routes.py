"""The endpoints of the API with their handlers, by method and path."""

from __future__ import annotations

from typing import Any, NamedTuple

from dealwright.contract.endpoint import Endpoint
from dealwright.server.binding import Handler, PreparationStep, handlers, preparation_steps
from dealwright.server.latency import LatencyAverage
from dealwright.server.limits import RequestCost, request_cost
from dealwright.server.router import Router


class Route(NamedTuple):
    """An endpoint with its path, its handler and the names of the path's variables."""

    path: str
    endpoint: Endpoint[..., Any]
    handler: Handler
    preparation: PreparationStep | None
    variables: tuple[str, ...]
    cost: RequestCost
    latency: LatencyAverage


def build_router() -> Router[Route]:
    """Returns a router with every endpoint of the API, v1 under both of its prefixes."""
    router: Router[Route] = Router()
    steps = preparation_steps()
    for key, (endpoint, handler) in handlers().items():
        variables = tuple(part[1:-1] for part in endpoint.path.split("/") if part.startswith("{"))
        route = Route(
            endpoint.path,
            endpoint,
            handler,
            steps.get(key),
            variables,
            request_cost(endpoint.path, endpoint.cost),
            LatencyAverage(),
        )
        router.add(endpoint.method, endpoint.path, route)
        if endpoint.path.startswith("/v1/"):
            router.add(endpoint.method, "/api" + endpoint.path, route)
    return router
