"""Dealwright: a connector for Pipedrive and a self-hosted sales CRM that speaks Pipedrive's API.

    from dealwright import run_connection_action

    deal = run_connection_action("local", "post_deals", {"data": {"title": "New roof"}})

Everything here comes from `dealwright.connectors` and is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealwright import connectors
from dealwright._version import __version__

if TYPE_CHECKING:
    from dealwright.connectors import Answer as Answer
    from dealwright.connectors import ApiError as ApiError
    from dealwright.connectors import AsyncClient as AsyncClient
    from dealwright.connectors import AuthorizationFailed as AuthorizationFailed
    from dealwright.connectors import BadCall as BadCall
    from dealwright.connectors import BadConnection as BadConnection
    from dealwright.connectors import Budget as Budget
    from dealwright.connectors import BudgetExceeded as BudgetExceeded
    from dealwright.connectors import Client as Client
    from dealwright.connectors import Connection as Connection
    from dealwright.connectors import DealwrightError as DealwrightError
    from dealwright.connectors import InvalidParams as InvalidParams
    from dealwright.connectors import MissingScope as MissingScope
    from dealwright.connectors import NotPermitted as NotPermitted
    from dealwright.connectors import OutcomeUnknown as OutcomeUnknown
    from dealwright.connectors import RateLimited as RateLimited
    from dealwright.connectors import TryLater as TryLater
    from dealwright.connectors import Unauthorized as Unauthorized
    from dealwright.connectors import Unavailable as Unavailable
    from dealwright.connectors import UnknownAction as UnknownAction
    from dealwright.connectors import UnknownConnection as UnknownConnection
    from dealwright.connectors import UnusableConnection as UnusableConnection
    from dealwright.connectors import UnusableCrm as UnusableCrm
    from dealwright.connectors import close_all as close_all
    from dealwright.connectors import connect as connect
    from dealwright.connectors import run_connection_action as run_connection_action

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
    "__version__",
    "close_all",
    "connect",
    "run_connection_action",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(connectors, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__]
