"""Refuses v1 bodies that the vendor refuses as a whole, in the vendor's words."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from dealwright.contract.bodies import CUSTOM_FIELD_KEY, V1RecordBody
from dealwright.contract.body_parser import body_struct
from dealwright.contract.endpoint import Endpoint, Upload
from dealwright.contract.errors import InvalidArguments, Problem
from dealwright.contract.forms import Form
from dealwright.contract.type_introspection import struct_fields

_UPDATE_METHODS = ("PUT", "PATCH")


def check_uploads(endpoint: Endpoint[..., Any], body: object) -> None:
    """Raises `InvalidArguments` for a body without the file that it must have."""
    struct = body_struct(endpoint)
    for field in struct_fields(struct) if struct else ():
        if field.type is Upload:
            _check_upload(field.encode_name, _members(body))


def check_update(endpoint: Endpoint[..., Any], body: object) -> None:
    """Raises `InvalidArguments` for an update of nothing that the operation knows.

    A body that must have certain properties is left alone: what is missing is told by their names.
    """
    struct = body_struct(endpoint) if endpoint.method in _UPDATE_METHODS else None
    names = _optional_names(struct) if struct else None
    if struct is None or names is None:
        return
    provided = _members(body)
    if not _has_known_name(provided, names, has_custom_fields=issubclass(struct, V1RecordBody)):
        raise InvalidArguments([Problem("", "Bad request")])


@functools.cache
def _optional_names(struct: type[msgspec.Struct]) -> frozenset[str] | None:
    """Returns the names of a body's properties; None when it must have one of them."""
    fields = struct_fields(struct)
    if any(field.required for field in fields):
        return None
    return frozenset(field.encode_name for field in fields if field.name != "custom_fields")


def _check_upload(name: str, provided: Mapping[str, object]) -> None:
    value = provided.get(name)
    if value in (None, ""):
        raise InvalidArguments([Problem("", "No files were provided with the request.")])
    if not isinstance(value, Upload):
        raise InvalidArguments([Problem("", f"Invalid input: {name} - This field was not expected.")])


def _members(body: object) -> Mapping[str, object]:
    if isinstance(body, Form):
        return body.flat()
    return body if isinstance(body, dict) else {}


def _has_known_name(provided: Collection[str], names: Collection[str], *, has_custom_fields: bool) -> bool:
    # Forms have keys such as `email[]` for what is declared as a list.
    roots = (name.partition("[")[0] for name in provided)
    return any(name in names or (has_custom_fields and CUSTOM_FIELD_KEY.match(name)) for name in roots)
