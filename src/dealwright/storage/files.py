"""The content of files: one store for each company, a folder or a part of an S3-compatible bucket.

Content is stored under keys that the store generates. Names that people give to files are never part of a path.
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

CHUNK_BYTES = 256 * 1024

_KEY_PATTERN = re.compile(r"[0-9a-f]{40}(-[0-9]{1,4})?")


class Files(Protocol):
    """A store. A key is one that `new_key` returns, or such a key followed by a number: ``…-128``.

    All methods raise OSError when the store fails: its disk is full, its bucket cannot be reached.
    """

    def put(self, key: str, content: bytes) -> None:
        """Stores some content, whole or not at all."""

    def stream(self, key: str) -> Iterator[bytes]:
        """Yields the content in chunks, read as needed.

        Raises FileNotFoundError, at the first chunk, when there is none.
        """

    def delete(self, key: str) -> None:
        """Removes the content, if there is any."""


def new_key() -> str:
    """Returns a random key that cannot be guessed."""
    return secrets.token_hex(20)


def validate_key(key: str) -> str:
    """Returns the key. Raises ValueError for anything else, so that only keys become part of a path."""
    if not _KEY_PATTERN.fullmatch(key):
        raise ValueError("not a key of a stored file")
    return key


class FolderFiles:
    """A folder, created with the first file; readable for the owner of the process only."""

    def __init__(self, folder: Path, *, full_sync: bool = False) -> None:
        self._folder = folder
        self._full_sync = full_sync

    def put(self, key: str, content: bytes) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written to a temporary file and then moved, so that an incomplete file can never be read.
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
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        # The first two digits are a folder, so that folders stay small.
        return self._folder / validate_key(key)[:2] / key


class TransactionalFiles:
    """A store for one unit of work: added content is removed on rollback, deleted content only on commit.

    Content is written before the rows that refer to it are committed, so that no row can refer to missing content.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._added_keys: list[str] = []
        self._deleted_keys: list[str] = []

    def put(self, content: bytes, key: str | None = None) -> str:
        """Stores some content; returns its key, a new one unless given."""
        key = key or new_key()
        # Noted first: a store that fails may have stored the content all the same.
        self._added_keys.append(key)
        self._files.put(key, content)
        return key

    def stream(self, key: str) -> Iterator[bytes]:
        """Yields the content as `Files.stream` does; it can be read after the unit, too."""
        return self._files.stream(key)

    def delete(self, key: str) -> None:
        """Removes the content under a key when the unit is committed."""
        self._deleted_keys.append(key)

    def commit(self) -> None:
        """Removes the deleted content, after the unit was committed."""
        self._remove(self._deleted_keys)

    def rollback(self) -> None:
        """Removes the added content, after the unit was rolled back."""
        self._remove(self._added_keys)

    def _remove(self, keys: list[str]) -> None:
        while keys:
            key = keys.pop()
            try:
                self._files.delete(key)
            except Exception:
                # The unit is over and must not fail any more; a leftover file does no harm.
                log.exception("the stored file %s could not be removed", key)
