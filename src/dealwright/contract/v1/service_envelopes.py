"""The envelope of the answers of services behind the API (goals, mail)."""

from __future__ import annotations

from typing import Generic, Literal, TypedDict, TypeVar

T = TypeVar("T")


class ServiceItem(TypedDict, Generic[T]):
    """One thing, with what the service itself says: its name, its own code of success, and that in words."""

    success: Literal[True]
    statusCode: int
    statusText: str
    service: str
    data: T


class ServiceDone(TypedDict):
    """Success, with nothing else to say."""

    success: Literal[True]
    statusCode: int
    statusText: str
    service: str
