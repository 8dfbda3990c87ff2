"""Encodes Python values for the wire: texts of paths, queries and forms, plain JSON, files."""

from __future__ import annotations

import datetime as dt
import io
import mimetypes
import os
import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum
from math import isfinite
from pathlib import Path
from typing import Any

from dealwright.contract.endpoint import Upload, Version
from dealwright.contract.errors import InvalidArguments, Problem
from dealwright.contract.type_introspection import accepts
from dealwright.contract.values import Json


def to_json_value(value: object, version: Version, path: str) -> Json:
    """Returns a value in JSON types; times and dates as the API version writes them. Raises `InvalidArguments`."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _validated_text(value, path)
    if isinstance(value, float | Decimal):
        return _to_number(value, path)
    if isinstance(value, Mapping):
        return {str(key): to_json_value(member, version, f"{path}.{key}") for key, member in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json_value(member, version, f"{path}.{number}") for number, member in enumerate(value)]
    if isinstance(value, dt.datetime):
        return _format_time(value, version)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    raise InvalidArguments([Problem(path, f"cannot be sent: it is a {type(value).__name__}")])


def to_text(value: object, declared: Any, version: Version, path: str) -> str:
    """Returns a value as the text of a path, query or form; a list is comma-separated. Raises `InvalidArguments`."""
    simple = to_json_value(value, version, path)
    if isinstance(simple, list):
        return ",".join(to_text(member, declared, version, path) for member in simple)
    if isinstance(simple, bool):
        if accepts(declared, int) and not accepts(declared, bool):
            return str(int(simple))
        return str(simple).lower()
    if isinstance(simple, dict):
        raise InvalidArguments([Problem(path, "cannot be an object")])
    return "" if simple is None else str(simple)


def to_upload(value: object, path: str) -> Upload:
    """Returns a file to send, given as a path, as bytes, as a pair of name and bytes, or open for reading bytes.

    Raises `InvalidArguments`.
    """
    if isinstance(value, Upload):
        return value
    if isinstance(value, str | os.PathLike):
        file = Path(os.fspath(value))
        try:
            return _build_upload(file.name, file.read_bytes())
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InvalidArguments([Problem(path, f"cannot be read from {str(file)!r}: {reason}")]) from None
    if isinstance(value, bytes | bytearray | memoryview):
        return _build_upload("file", bytes(value))
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], bytes):
        return _build_upload(value[0], value[1])
    read = getattr(value, "read", None)
    content = read() if callable(read) else None
    if isinstance(content, bytes):
        name = getattr(value, "name", None)
        return _build_upload(Path(name).name if isinstance(name, str) else "file", content)
    if isinstance(content, str):
        raise InvalidArguments([Problem(path, "must be opened for reading bytes, with mode 'rb'")])
    raise InvalidArguments([Problem(path, "must be a path, bytes or an open file")])


def file_properties(types: Iterable[tuple[str, Any]]) -> frozenset[str]:
    """Returns the names of those properties that are files."""
    return frozenset(name for name, declared in types if accepts(declared, Upload))


def _build_upload(name: str, content: bytes) -> Upload:
    return Upload(name, mimetypes.guess_type(name)[0] or "application/octet-stream", io.BytesIO(content))


def _validated_text(value: str, path: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidArguments([Problem(path, "has half a character (a lone surrogate)")]) from None
    return value


def _to_number(value: float | Decimal, path: str) -> float | int:
    if not isfinite(value):
        raise InvalidArguments([Problem(path, "is not a finite number")])
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return float(value)


def _format_time(value: dt.datetime, version: Version) -> str:
    """Returns the text of a time in UTC; one without a time zone is taken to be in UTC already."""
    utc_time = value.astimezone(dt.UTC) if value.tzinfo else value
    return utc_time.strftime("%Y-%m-%dT%H:%M:%SZ" if version == "v2" else "%Y-%m-%d %H:%M:%S")
