"""Encodes Python values for the wire: texts of paths, queries and forms, plain JSON, files."""

from __future__ import annotations

import datetime as dt
import io
import mimetypes
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from enum import Enum
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO, cast

from dealwright.contract.endpoint import Upload, Version
from dealwright.contract.errors import InvalidArguments, Problem
from dealwright.contract.type_introspection import accepts, choices, member_type, struct_fields, struct_of
from dealwright.contract.validation import words
from dealwright.contract.values import Json

MAX_SPOOLED_BYTES = 1024 * 1024
"""How much of the rest of an open file stays in memory."""


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
        if value.tzinfo is None:
            shown = value.isoformat(" ")
            reason = f"is {shown} without a time zone; give it one, as in datetime.now(UTC) or .astimezone()"
            raise InvalidArguments([Problem(path, reason)])
        return _format_time(value, version)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    raise InvalidArguments([Problem(path, f"cannot be sent: it is a {type(value).__name__}")])


def inexact_numbers(value: object, declared: Any, path: str) -> Iterator[Problem]:
    """Yields a problem for each whole number that is given as a truth or with a point, member by member.

    An id of ``True`` or ``1.0`` is a mistake somewhere before the call, and would reach another record.
    """
    if isinstance(value, Enum):
        value = value.value
    struct = struct_of(declared)
    if isinstance(value, Mapping):
        types = {field.encode_name: field.type for field in struct_fields(struct)} if struct else {}
        others = member_type(declared, dict)
        for key, member in value.items():
            if (known := types.get(key, others)) is not None:
                yield from inexact_numbers(member, known, f"{path}.{key}")
    elif isinstance(value, list | tuple | set | frozenset):
        if (items := member_type(declared, list)) is not None:
            for number, member in enumerate(value):
                yield from inexact_numbers(member, items, f"{path}[{number}]")
    elif isinstance(value, bool | float | Decimal) and _takes_whole_numbers_only(declared):
        shown = str(value).lower() if isinstance(value, bool) else value
        yield Problem(path, f"is {shown}; it must be {words(declared)}, without a point")


def _takes_whole_numbers_only(declared: Any) -> bool:
    if not accepts(declared, int) or choices(declared):
        # A flag takes true for 1.
        return False
    return not any(accepts(declared, kind) for kind in (bool, float, object, Any))


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


def to_upload(value: object, path: str, opened: list[Upload] | None = None) -> Upload:
    """Returns a file to send, given as a path, as bytes, as a pair of name and bytes, or open for reading bytes.

    A file is read when it is sent, and an open one from where it stands. What is opened here is added to ``opened``. Raises `InvalidArguments`.
    """
    if isinstance(value, Upload):
        return value
    if isinstance(value, str | os.PathLike):
        file = Path(os.fspath(value))
        try:
            upload = _build_upload(file.name, file.open("rb"))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InvalidArguments([Problem(path, f"cannot be read from {str(file)!r}: {reason}")]) from None
        if opened is not None:
            opened.append(upload)
        return upload
    if isinstance(value, bytes | bytearray | memoryview):
        return _build_upload("file", io.BytesIO(value))
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], bytes):
        return _build_upload(value[0], io.BytesIO(value[1]))
    if callable(getattr(value, "read", None)):
        return _open_file(value, path, opened)
    raise InvalidArguments([Problem(path, "must be a path, bytes or an open file")])


def _open_file(value: Any, path: str, opened: list[Upload] | None) -> Upload:
    """Returns the rest of an open file, which is sent from its beginning when it stands there; any other rest is copied to the disk."""
    if not isinstance(value.read(0), bytes):
        raise InvalidArguments([Problem(path, "must be opened for reading bytes, with mode 'rb'")])
    name = getattr(value, "name", None)
    filename = Path(name).name if isinstance(name, str) else "file"
    seekable = getattr(value, "seekable", None)
    can_seek = callable(seekable) and bool(seekable())
    if can_seek and value.tell() == 0:
        return _build_upload(filename, value)
    rest = tempfile.SpooledTemporaryFile(MAX_SPOOLED_BYTES)  # noqa: SIM115 - the request closes it
    shutil.copyfileobj(value, rest)
    if can_seek and not rest.tell():
        rest.close()
        raise InvalidArguments(
            [Problem(path, "has been read to its end already; go back to its beginning with seek(0)")]
        )
    upload = _build_upload(filename, cast("BinaryIO", rest))
    if opened is not None:
        opened.append(upload)
    return upload


def file_properties(types: Iterable[tuple[str, Any]]) -> frozenset[str]:
    """Returns the names of those properties that are files."""
    return frozenset(name for name, declared in types if accepts(declared, Upload))


def _build_upload(name: str, content: BinaryIO) -> Upload:
    return Upload(name, mimetypes.guess_type(name)[0] or "application/octet-stream", content)


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
    """Returns the text of a time, in UTC."""
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ" if version == "v2" else "%Y-%m-%d %H:%M:%S")
