"""Builds the envelopes of the services behind v1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from dealwright.contract.v1.service_envelopes import ServiceDone, ServiceItem

T = TypeVar("T")

_SUCCESS: Mapping[str, tuple[int, str]] = {"email-api": (2000, "Success")}
_DEFAULT = 20000, "OK"
"""What services call success: a code and a word."""


def item(service: str, data: T) -> ServiceItem[T]:
    """Returns a service's answer with one item."""
    code, text = _SUCCESS.get(service, _DEFAULT)
    return {"success": True, "statusCode": code, "statusText": text, "service": service, "data": data}


def done(service: str) -> ServiceDone:
    """Returns a service's answer without data."""
    code, text = _SUCCESS.get(service, _DEFAULT)
    return {"success": True, "statusCode": code, "statusText": text, "service": service}
