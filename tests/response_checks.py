"""Checks answers against the contract: the declared types, and no undeclared member."""

from __future__ import annotations

import types
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints, is_typeddict

import msgspec

from dealwright.contract.abstra.envelopes import Error as AbstraError
from dealwright.contract.app.envelopes import Error as AppError
from dealwright.contract.bodies import CUSTOM_FIELD_KEY
from dealwright.contract.endpoint import Endpoint
from dealwright.contract.sandbox.envelopes import Error as SandboxError
from dealwright.contract.v1.envelopes import Error as V1Error
from dealwright.contract.v1.integration.webhooks import WebhookError
from dealwright.contract.v2.envelopes import Error as V2Error

ERRORS = {"v1": V1Error, "v2": V2Error, "app": AppError, "abstra": AbstraError, "sandbox": SandboxError}


def check_response(endpoint: Endpoint[..., Any], status: int, body: Any, selected: bool = False) -> None:
    """Raises AssertionError when an answer is not what the endpoint declares."""
    if status >= 400:
        declared: Any = ERRORS[endpoint.version]
        assert status < 500 or status == 503, f"{endpoint}: {status} {body}"
        if "error" not in body and endpoint.group in ("Webhooks", "Meetings"):
            declared = WebhookError
    else:
        assert status == endpoint.status, f"{endpoint}: {status}, declared is {endpoint.status}: {body}"
        declared = endpoint.response_type
    if selected:
        return
    try:
        msgspec.convert(body, declared)
    except msgspec.ValidationError as error:
        raise AssertionError(f"{endpoint} answered what it does not declare: {error}") from None
    extra = list(_undeclared_members(body, declared, "", {}))
    assert not extra, f"{endpoint} answered undeclared members: {', '.join(extra)}"


def _undeclared_members(value: Any, declared: Any, path: str, bound: dict[Any, Any]) -> list[str]:
    declared = bound.get(declared, declared) if isinstance(declared, TypeVar) else declared
    origin = get_origin(declared)
    if origin is Annotated:
        return _undeclared_members(value, get_args(declared)[0], path, bound)
    if origin in (Union, types.UnionType):
        tried = [
            _undeclared_members(value, member, path, bound)
            for member in get_args(declared)
            if _matches_type(value, member)
        ]
        return min(tried, key=len, default=[])
    if is_typeddict(origin or declared) and isinstance(value, dict):
        return _undeclared_in_typed_dict(value, declared, path, bound)
    if origin is list and isinstance(value, list):
        return [name for one in value for name in _undeclared_members(one, get_args(declared)[0], f"{path}[]", bound)]
    if origin is dict and isinstance(value, dict):
        return [
            n
            for key, one in value.items()
            for n in _undeclared_members(one, get_args(declared)[1], f"{path}.{key}", bound)
        ]
    return []


def _undeclared_in_typed_dict(value: dict[str, Any], declared: Any, path: str, bound: dict[Any, Any]) -> list[str]:
    kind = get_origin(declared) or declared
    bound = dict(zip(getattr(kind, "__parameters__", ()), [bound.get(a, a) for a in get_args(declared)], strict=False))
    hints = get_type_hints(kind)
    undeclared = [f"{path}.{key}" for key in value if key not in hints and not CUSTOM_FIELD_KEY.match(key)]
    for key, hint in hints.items():
        if key in value:
            undeclared += _undeclared_members(value[key], hint, f"{path}.{key}", bound)
    return undeclared


def _matches_type(value: Any, declared: Any) -> bool:
    if declared is type(None):
        return value is None
    kind = get_origin(declared) or declared
    if is_typeddict(kind) or kind is dict:
        return isinstance(value, dict)
    return isinstance(value, kind) if isinstance(kind, type) else True
