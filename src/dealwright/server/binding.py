"""Binds handlers to the endpoints that they implement.

    @implements(contract.get_stages_by_id)
    def get_stages_by_id(crm: UnitOfWork, id: int) -> Item[Stage]: ...

mypy checks that handler and declaration agree; names and defaults are compared when the module is imported.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from dealwright.contract.endpoint import Endpoint
from dealwright.crm.kernel.unit_of_work import UnitOfWork

P = ParamSpec("P")
R = TypeVar("R")

Handler = Callable[..., Any]

_handlers: dict[tuple[str, str], tuple[Endpoint[..., Any], Handler]] = {}


def implements(
    endpoint: Endpoint[P, R],
) -> Callable[[Callable[Concatenate[UnitOfWork, P], R]], Callable[Concatenate[UnitOfWork, P], R]]:
    """Makes a function the handler of an endpoint.

    Raises TypeError when its parameters differ from the declaration or when the endpoint has a handler already.
    """

    def bind(handler: Callable[Concatenate[UnitOfWork, P], R]) -> Callable[Concatenate[UnitOfWork, P], R]:
        declared = [(p.name, p.default) for p in inspect.signature(endpoint.declaration).parameters.values()]
        given = [(p.name, p.default) for p in inspect.signature(handler).parameters.values()][1:]
        if declared != given:
            raise TypeError(f"{handler.__module__}.{handler.__name__} takes {given}, declared are {declared}")
        route = (endpoint.method, endpoint.path)
        if route in _handlers:
            raise TypeError(f"{endpoint!r} has two handlers")
        _handlers[route] = (endpoint, handler)
        return handler

    return bind


def handlers() -> dict[tuple[str, str], tuple[Endpoint[..., Any], Handler]]:
    """Returns every handler with its endpoint, by method and path; imports all handler modules."""
    for package in ("dealwright.server.v1", "dealwright.server.v2"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(module.name)
    return dict(_handlers)
