"""Exports everything that a connection lists into one ZIP: a file of NDJSON for each kind, the uploaded files, and a manifest.

The records are those that the API answers, with their ids, each with sorted members, sorted by id; nothing says when it was written. The same records make the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

from dealwright.connectors.client import Client
from dealwright.connectors.errors import ApiError, MissingScope, NotPermitted
from dealwright.connectors.exports import kinds, targets
from dealwright.connectors.exports.sorting import Sorted

MANIFEST = "manifest.json"
VERSION = 1

_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16
_UNIX = 3
_DOWNLOAD = "v1.get_files_by_id_download"
_STORED_WITH_THE_CRM = frozenset({"s3", "local", ""})
_NAME_BYTES = 200

_OF_THE_MOMENT: Mapping[str, tuple[str, ...]] = {
    "filters": ("last_used_time",),
    "users": ("is_you", "last_login", "timezone_offset"),
}
"""What depends on when and by whom it is read: it is left out."""

# One call for each organization; what it answers cannot be listed as a whole.
_NOT_LISTED_AS_A_WHOLE = frozenset({"organizationRelationships"})


class ExportedAll(NamedTuple):
    """What an export of everything has come to: the number of records by kind, and what is not in the file, with the reason."""

    counts: dict[str, int]
    left_out: dict[str, str]


def export_all(
    client: Client, to: str | Path | BinaryIO, *, on_count: Callable[[str, int], None] | None = None
) -> ExportedAll:
    """Writes all records of all kinds, archived ones too, and the uploaded files into a ZIP.

    A kind that the connection may not list is left out and named, and so is a file that cannot be downloaded. ``on_count`` is told the kind and
    how many of its records have been read. Raises `BadCall`, and the errors of `Client.iterate`.
    """
    result = ExportedAll({}, {})
    with targets.opened(to, streams=False) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        entries = _Entries(archive)
        for name in kinds.names():
            if name not in _NOT_LISTED_AS_A_WHOLE:
                _add_kind(client, name, entries, result, on_count)
        manifest = {"version": VERSION, "entries": entries.written, "left_out": result.left_out}
        entries.add(MANIFEST, iter([orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"]))
    return result


def _add_kind(
    client: Client, name: str, entries: _Entries, result: ExportedAll, on_count: Callable[[str, int], None] | None
) -> None:
    with Sorted() as records:
        try:
            for count, record in enumerate(kinds.records(client, kinds.get(name), {}, archived=True), 1):
                records.add(
                    {member: value for member, value in record.items() if member not in _OF_THE_MOMENT.get(name, ())}
                )
                if on_count is not None:
                    on_count(name, count)
        except (ApiError, MissingScope, NotPermitted) as error:
            result.left_out[name] = str(error)
            return
        result.counts[name] = records.count
        entries.add(f"{name}.ndjson", records.lines(), records.count)
        if name == "files":
            for line in records.lines():
                _add_file(client, orjson.loads(line), entries, result)


def _add_file(client: Client, record: dict[str, Any], entries: _Entries, result: ExportedAll) -> None:
    id, name = record["id"], str(record.get("name") or record.get("file_name") or "file")
    location = record.get("remote_location")
    if location and location not in _STORED_WITH_THE_CRM:
        result.left_out[f"files/{id}"] = f"{name} is kept at {location}"
        return
    try:
        content = client.request(_DOWNLOAD, {"id": id}).body
    except (ApiError, MissingScope, NotPermitted) as error:
        result.left_out[f"files/{id}"] = f"{name}: {error}"
        return
    entries.add(f"files/{id}/{_file_name(name)}", iter([content]))


class _Entries:
    """The entries of a ZIP as they are written, each with fixed times."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.written: list[dict[str, Any]] = []

    def add(self, name: str, parts: Iterator[bytes], count: int | None = None) -> None:
        """Writes an entry."""
        info = zipfile.ZipInfo(name, _TIME)
        info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, _MODE, _UNIX
        digest, size = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=True) as entry:
            out = io.BufferedWriter(entry)
            for part in parts:
                digest.update(part)
                size += len(part)
                out.write(part)
            out.flush()
            out.detach()
        counted = {} if count is None else {"count": count}
        self.written.append({"name": name, "bytes": size, "sha256": digest.hexdigest(), **counted})


def _file_name(name: str) -> str:
    """Returns the name of a file as a part of a path on every system."""
    safe = "".join("_" if mark in '/\\:*?"<>|' or not mark.isprintable() else mark for mark in name).strip(". ")
    suffix = Path(safe).suffix[:20]
    stem = safe.removesuffix(suffix)
    while len((stem + suffix).encode()) > _NAME_BYTES:
        stem = stem[:-1]
    return stem + suffix or "file"
