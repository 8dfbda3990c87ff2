"""The endpoints of the API with their handlers, by method and path."""

from __future__ import annotations

from typing import Any, NamedTuple

from dealwright.contract import catalogue
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


class UnimplementedRoute(NamedTuple):
    """An operation of the API that this server does not have (yet)."""

    name: str
    path: str
    cost: RequestCost


def build_router() -> Router[Route | UnimplementedRoute]:
    """Returns a router with every endpoint of the API, v1 under both of its prefixes."""
    router: Router[Route | UnimplementedRoute] = Router()
    for entry in catalogue.entries().values():
        _add(
            router,
            entry.method,
            entry.path,
            UnimplementedRoute(entry.name, entry.path, request_cost(entry.path, entry.cost)),
        )
    steps = preparation_steps()
    for route, (endpoint, handler) in handlers().items():
        variables = tuple(part[1:-1] for part in endpoint.path.split("/") if part.startswith("{"))
        _add(
            router,
            endpoint.method,
            endpoint.path,
            Route(
                endpoint.path,
                endpoint,
                handler,
                steps.get(route),
                variables,
                request_cost(endpoint.path, endpoint.cost),
                LatencyAverage(),
            ),
        )
    return router


def _add(
    router: Router[Route | UnimplementedRoute], method: str, path: str, target: Route | UnimplementedRoute
) -> None:
    router.add(method, path, target)
    if path.startswith("/v1/"):
        router.add(method, "/api" + path, target)
