"""The connector: runs the actions of a sales CRM by name, on Pipedrive or on the built-in CRM.

Nothing is imported before it is used, so that importing this package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dealwright.connectors.answers import Answer as Answer
    from dealwright.connectors.async_client import AsyncClient as AsyncClient
    from dealwright.connectors.authorization import connect as connect
    from dealwright.connectors.budget import Budget as Budget
    from dealwright.connectors.client import Client as Client
    from dealwright.connectors.client import close_all as close_all
    from dealwright.connectors.client import run_connection_action as run_connection_action
    from dealwright.connectors.connections import Connection as Connection
    from dealwright.connectors.errors import ApiError as ApiError
    from dealwright.connectors.errors import AuthorizationFailed as AuthorizationFailed
    from dealwright.connectors.errors import BadCall as BadCall
    from dealwright.connectors.errors import BadConnection as BadConnection
    from dealwright.connectors.errors import BudgetExceeded as BudgetExceeded
    from dealwright.connectors.errors import DealwrightError as DealwrightError
    from dealwright.connectors.errors import InvalidParams as InvalidParams
    from dealwright.connectors.errors import MissingScope as MissingScope
    from dealwright.connectors.errors import NotPermitted as NotPermitted
    from dealwright.connectors.errors import OutcomeUnknown as OutcomeUnknown
    from dealwright.connectors.errors import RateLimited as RateLimited
    from dealwright.connectors.errors import TryLater as TryLater
    from dealwright.connectors.errors import Unauthorized as Unauthorized
    from dealwright.connectors.errors import Unavailable as Unavailable
    from dealwright.connectors.errors import UnknownAction as UnknownAction
    from dealwright.connectors.errors import UnknownConnection as UnknownConnection
    from dealwright.connectors.errors import UnusableConnection as UnusableConnection
    from dealwright.connectors.errors import UnusableCrm as UnusableCrm

_MODULES = {
    "Answer": "answers",
    "AsyncClient": "async_client",
    "Budget": "budget",
    "Client": "client",
    "close_all": "client",
    "run_connection_action": "client",
    "Connection": "connections",
    "connect": "authorization",
}

__all__ = [
    "Answer",
    "ApiError",
    "AsyncClient",
    "AuthorizationFailed",
    "BadCall",
    "BadConnection",
    "Budget",
    "BudgetExceeded",
    "Client",
    "Connection",
    "DealwrightError",
    "InvalidParams",
    "MissingScope",
    "NotPermitted",
    "OutcomeUnknown",
    "RateLimited",
    "TryLater",
    "Unauthorized",
    "Unavailable",
    "UnknownAction",
    "UnknownConnection",
    "UnusableConnection",
    "UnusableCrm",
    "close_all",
    "connect",
    "run_connection_action",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULES.get(name, 'errors')}")
    value: object = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__]
