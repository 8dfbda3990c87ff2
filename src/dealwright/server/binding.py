"""Binds handlers to the endpoints that they implement.

    @implements(contract.get_stages_by_id)
    def get_stages_by_id(crm: UnitOfWork, id: int) -> Item[Stage]: ...

What needs no database is done before the unit of work is opened, by a function that gets the same arguments and whose
result the handler gets as well:

    def _prepare(_preparation: Preparation, data: NewNote) -> NoteValues: ...

    @implements(contract.post_notes, prepare=_prepare)
    def post_notes(crm: UnitOfWork, values: NoteValues, data: NewNote) -> Item[Note]: ...

What belongs to a session and to no company (signing in, passwords) has no unit of work, but the session of the browser:

    @implements_in_session(contract.get_session)
    def get_session(browser: BrowserSession) -> Session: ...

Nor has what runs actions for whoever sends a token: it gets the caller.

    @implements_for_caller(contract.get_connectors_connections)
    def get_connectors_connections(caller: Caller) -> list[Connection]: ...

What a sandbox alone has gets its controls; no other server has these endpoints.

    @implements_in_sandbox(contract.get_clock)
    def get_clock(sandbox: Sandbox) -> Item[ClockState]: ...

mypy checks that handler, preparation and declaration agree; names and defaults are compared when the module is imported.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar, overload

from dealwright.contract.endpoint import Endpoint
from dealwright.crm.companies import Companies
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import Principal, UnitOfWork
from dealwright.server.browser_session import BrowserSession as BrowserSession  # noqa: PLC0414 - what handlers get
from dealwright.server.sandbox_controls import Sandbox as Sandbox  # noqa: PLC0414 - what handlers get

P = ParamSpec("P")
R = TypeVar("R")

T = TypeVar("T")

Handler = Callable[..., Any]


class PreparationStep(NamedTuple):
    """What a handler has done before its unit of work; ``waits`` says whether it may wait, for others or for a while."""

    prepare: Callable[..., Any]
    waits: bool


class Caller(NamedTuple):
    """Who calls with a token, and the companies that are served."""

    companies: Companies
    principal: Principal
    token: str


_handlers: dict[tuple[str, str], tuple[Endpoint[..., Any], Handler]] = {}
_preparation_steps: dict[tuple[str, str], PreparationStep] = {}
_session_routes: dict[tuple[str, str], bool] = {}
_caller_routes: dict[tuple[str, str], bool] = {}
_sandbox_handlers: dict[tuple[str, str], tuple[Endpoint[..., Any], Handler]] = {}
_sandbox_routes: dict[tuple[str, str], bool] = {}


@overload
def implements(
    endpoint: Endpoint[P, R],
) -> Callable[[Callable[Concatenate[UnitOfWork, P], R]], Callable[Concatenate[UnitOfWork, P], R]]: ...


@overload
def implements(
    endpoint: Endpoint[P, R], *, prepare: Callable[Concatenate[Preparation, P], T], waits: bool = False
) -> Callable[[Callable[Concatenate[UnitOfWork, T, P], R]], Callable[Concatenate[UnitOfWork, T, P], R]]: ...


def implements(
    endpoint: Endpoint[..., Any], *, prepare: Callable[..., Any] | None = None, waits: bool = False
) -> Callable[[Handler], Handler]:
    """Makes a function the handler of an endpoint.

    ``prepare`` is called before the unit of work is opened, and with ``waits`` in a thread that other requests do not
    need. Raises TypeError when parameters differ from the declaration or when the endpoint has a handler already.
    """

    def bind(handler: Handler) -> Handler:
        route = (endpoint.method, endpoint.path)
        _bind(endpoint, handler, 1 if prepare is None else 2)
        if prepare is not None:
            _check_parameters(endpoint, prepare, 1)
            _preparation_steps[route] = PreparationStep(prepare, waits)
        return handler

    return bind


def implements_in_session(
    endpoint: Endpoint[P, R], *, waits: bool = False
) -> Callable[[Callable[Concatenate[BrowserSession, P], R]], Callable[Concatenate[BrowserSession, P], R]]:
    """Makes a function the handler of an endpoint of the web app that gets the session of the browser.

    It opens a unit of work by itself where it needs one. One that ``waits``, for other servers or for this one, runs in threads that
    other requests do not need. Raises TypeError as `implements` does.
    """

    def bind(
        handler: Callable[Concatenate[BrowserSession, P], R],
    ) -> Callable[Concatenate[BrowserSession, P], R]:
        _bind(endpoint, handler, 1)
        _session_routes[endpoint.method, endpoint.path] = waits
        return handler

    return bind


def implements_for_caller(
    endpoint: Endpoint[P, R], *, waits: bool = False
) -> Callable[[Callable[Concatenate[Caller, P], R]], Callable[Concatenate[Caller, P], R]]:
    """Makes a function the handler of an endpoint that takes tokens, and that gets the caller: an active user who may use the API.

    It opens a unit of work by itself where it needs one; ``waits`` is as in `implements_in_session`. Raises TypeError as `implements` does.
    """

    def bind(handler: Callable[Concatenate[Caller, P], R]) -> Callable[Concatenate[Caller, P], R]:
        _bind(endpoint, handler, 1)
        _caller_routes[endpoint.method, endpoint.path] = waits
        return handler

    return bind


def implements_in_sandbox(
    endpoint: Endpoint[P, R], *, waits: bool = False
) -> Callable[[Callable[Concatenate[Sandbox, P], R]], Callable[Concatenate[Sandbox, P], R]]:
    """Makes a function the handler of an endpoint that only a sandbox has, and that gets its controls.

    ``waits`` is as in `implements_in_session`. Raises TypeError as `implements` does.
    """

    def bind(handler: Callable[Concatenate[Sandbox, P], R]) -> Callable[Concatenate[Sandbox, P], R]:
        _bind(endpoint, handler, 1, _sandbox_handlers)
        _sandbox_routes[endpoint.method, endpoint.path] = waits
        return handler

    return bind


def _bind(
    endpoint: Endpoint[..., Any],
    handler: Handler,
    own: int,
    bound: dict[tuple[str, str], tuple[Endpoint[..., Any], Handler]] = _handlers,
) -> None:
    route = (endpoint.method, endpoint.path)
    _check_parameters(endpoint, handler, own)
    if route in bound:
        raise TypeError(f"{endpoint!r} has two handlers")
    bound[route] = (endpoint, handler)


def _check_parameters(endpoint: Endpoint[..., Any], function: Handler, own: int) -> None:
    """Raises TypeError unless a function takes what is declared, after ``own`` other parameters."""
    declared = [(p.name, p.default) for p in inspect.signature(endpoint.declaration).parameters.values()]
    given = [(p.name, p.default) for p in inspect.signature(function).parameters.values()][own:]
    if declared != given:
        raise TypeError(f"{function.__module__}.{function.__name__} takes {given}, declared are {declared}")


def handlers() -> dict[tuple[str, str], tuple[Endpoint[..., Any], Handler]]:
    """Returns every handler with its endpoint, by method and path, but those of a sandbox; imports all handler modules."""
    _import_handlers()
    return dict(_handlers)


def sandbox_handlers() -> dict[tuple[str, str], tuple[Endpoint[..., Any], Handler]]:
    """Returns the handlers that only a sandbox has, with their endpoints, by method and path."""
    _import_handlers()
    return dict(_sandbox_handlers)


def sandbox_routes() -> dict[tuple[str, str], bool]:
    """Returns method and path of the endpoints that only a sandbox has, and whether their handlers wait."""
    _import_handlers()
    return dict(_sandbox_routes)


@cache
def _import_handlers() -> None:
    for package in (
        "dealwright.server.v1",
        "dealwright.server.v2",
        "dealwright.server.app",
        "dealwright.server.sandbox",
    ):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(module.name)


def preparation_steps() -> dict[tuple[str, str], PreparationStep]:
    """Returns what handlers have done before their units of work, by method and path, for those that have."""
    _import_handlers()
    return dict(_preparation_steps)


def session_routes() -> dict[tuple[str, str], bool]:
    """Returns method and path of the endpoints whose handlers get the session of the browser, and whether these wait."""
    _import_handlers()
    return dict(_session_routes)


def caller_routes() -> dict[tuple[str, str], bool]:
    """Returns method and path of the endpoints whose handlers get the caller, and whether these wait."""
    _import_handlers()
    return dict(_caller_routes)
