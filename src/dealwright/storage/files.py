"""The content of files: one store for each company, a folder or a part of an S3-compatible bucket.

Content is stored under keys that the store generates. Names that people give to files are never part of a path.
"""

from __future__ import annotations

import io
import logging
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Protocol, Self

from dealwright import _private_files

log = logging.getLogger(__name__)

CHUNK_BYTES = 128 * 1024

REMOVAL_DELAY = timedelta(days=1)
"""How long content outlives the rows that refer to it: longer than a backup takes."""

_KEY_PATTERN = re.compile(r"[0-9a-f]{40}(-[0-9]{1,4})?")


class Files(Protocol):
    """A store. A key is one that `new_key` returns, or such a key followed by a number: ``…-128``.

    All methods raise OSError when the store fails: its disk is full, its bucket cannot be reached.
    """

    def put(self, key: str, content: BinaryIO) -> None:
        """Stores what can still be read of an open file, whole or not at all. It is never in memory as a whole."""

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
        _private_files.restrict(folder)
        self._full_sync = full_sync

    def put(self, key: str, content: BinaryIO) -> None:
        path = self._path(key)
        _private_files.make_folder(path.parent)
        # Written to a temporary file and then moved, so that an incomplete file can never be read.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix="new-")
        try:
            with os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(content, file, CHUNK_BYTES)
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


class NewFiles:
    """Content that is stored before the transaction whose rows will refer to it. It is removed at the end of the block, unless it is kept.

    So no row can refer to missing content, and no transaction waits for a store.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._keys: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Removes what is not kept."""
        _remove(self._files, self._keys)

    def put(self, content: BinaryIO | bytes, key: str | None = None) -> str:
        """Stores some content, of an open file from its beginning; returns its key, a new one unless given."""
        key = key or new_key()
        # Noted first: a store that fails may have stored the content all the same.
        self._keys.append(key)
        if isinstance(content, bytes):
            content = io.BytesIO(content)
        content.seek(0)
        self._files.put(key, content)
        return key

    def keep(self) -> None:
        """Keeps what has been stored so far: rows refer to it, or may do so."""
        self._keys.clear()


class TransactionalFiles:
    """A store for one unit of work: it collects the keys of content to remove. New content comes from `NewFiles`.

    Content is removed `REMOVAL_DELAY` after the commit, by a job, so that a backup whose rows refer to it finds it.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self.deleted_keys: list[str] = []

    def stream(self, key: str) -> Iterator[bytes]:
        """Yields the content as `Files.stream` does; it can be read after the unit, too."""
        return self._files.stream(key)

    def delete(self, key: str) -> None:
        """Has the content under a key removed if the unit is committed."""
        self.deleted_keys.append(key)


def _remove(files: Files, keys: list[str]) -> None:
    """Removes content under keys, and the keys from their list."""
    while keys:
        key = keys.pop()
        try:
            files.delete(key)
        except Exception:
            # The unit is over and must not fail any more; a leftover file does no harm.
            log.exception("the stored file %s could not be removed", key)
