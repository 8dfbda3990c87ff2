"""The content of files: one store for each company, a folder or a part of an S3-compatible bucket.

What is in a store goes by keys that the store makes up. Names that people give to files are never part of a path.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

log = logging.getLogger(__name__)

CHUNK = 256 * 1024
BUCKET = "s3://"

_KEY = re.compile(r"[0-9a-f]{40}(-[0-9]{1,4})?")


class Files(Protocol):
    """A store. Keys are what `new_key` gives, or such a key with a number behind it: ``…-128``.

    All raise OSError when the store cannot do it: its disk is full, its bucket cannot be reached.
    """

    def put(self, key: str, content: bytes) -> None:
        """Keeps some content, whole or not at all."""

    def stream(self, key: str) -> Iterator[bytes]:
        """The content in chunks, read as they are asked for. Raises FileNotFoundError, with the first, when there is none."""

    def delete(self, key: str) -> None:
        """Removes what is there, if anything."""


def new_key() -> str:
    """A key that nobody can guess."""
    return secrets.token_hex(20)


def checked(key: str) -> str:
    """The key. Raises ValueError for anything that is none: nothing else reaches a path."""
    if not _KEY.fullmatch(key):
        raise ValueError("not a key of a stored file")
    return key


def open_files(location: str, company: str, *, full_sync: bool = False) -> Files:
    """The store of a company at a location: a folder, or ``s3://bucket/prefix``."""
    if location.startswith(BUCKET):
        # Only who has a bucket pays for the library.
        from dealwright.storage.bucket import open_bucket  # noqa: PLC0415

        return open_bucket(f"{location.rstrip('/')}/{company}")
    return FolderFiles(Path(location) / company, full_sync=full_sync)


class FolderFiles:
    """A folder, made when the first file comes; readable for the owner of the process only."""

    def __init__(self, folder: Path, *, full_sync: bool = False) -> None:
        self._folder = folder
        self._full_sync = full_sync

    def put(self, key: str, content: bytes) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written beside its place and then moved there, so that no half of it can ever be read.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix="new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                if self._full_sync:
                    file.flush()
                    os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def stream(self, key: str) -> Iterator[bytes]:
        with self._path(key).open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        # A folder for each two digits keeps them small.
        return self._folder / checked(key)[:2] / key


class FilesOfUnit:
    """A store as one unit of work uses it: what it puts is gone when the unit fails, what it deletes stays until it is done.

    Content is written before the rows that name it are committed, so that no row can name what is not there.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._put: list[str] = []
        self._deleted: list[str] = []

    def put(self, content: bytes, key: str | None = None) -> str:
        """Keeps some content; its key, a new one unless given."""
        key = key or new_key()
        # Noted first: a store that fails may have kept it all the same.
        self._put.append(key)
        self._files.put(key, content)
        return key

    def stream(self, key: str) -> Iterator[bytes]:
        """See `Files.stream`; it can be read when the unit is over."""
        return self._files.stream(key)

    def delete(self, key: str) -> None:
        """Removes what is there when the unit is committed."""
        self._deleted.append(key)

    def committed(self) -> None:
        """Says that the unit was committed."""
        self._remove(self._deleted)

    def rolled_back(self) -> None:
        """Says that the unit was rolled back."""
        self._remove(self._put)

    def _remove(self, keys: list[str]) -> None:
        while keys:
            key = keys.pop()
            try:
                self._files.delete(key)
            except Exception:
                # What is left over harms nobody, and the unit is over: it must not fail any more.
                log.exception("the stored file %s could not be removed", key)
