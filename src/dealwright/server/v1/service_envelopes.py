"""Builds the envelopes of the services behind v1."""

from __future__ import annotations

from typing import TypeVar

from dealwright.contract.v1.service_envelopes import ServiceDone, ServiceItem

T = TypeVar("T")

_CODE, _TEXT = 20000, "OK"


def item(service: str, data: T) -> ServiceItem[T]:
    """Returns a service's answer with one item."""
    return {"success": True, "statusCode": _CODE, "statusText": _TEXT, "service": service, "data": data}


def done(service: str) -> ServiceDone:
    """Returns a service's answer without data."""
    return {"success": True, "statusCode": _CODE, "statusText": _TEXT, "service": service}
