"""Writes a download to a file, piece by piece."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from dealwright.connectors.driver import Driver
from dealwright.connectors.errors import BadCall


async def save(pieces: AsyncIterator[bytes], to: str | os.PathLike[str] | BinaryIO, driver: Driver) -> int:
    """Writes a download to a path, or to a file that is open for writing bytes, and returns its size.

    A file at the path is replaced when all has come, and stays as it was when not. Raises `BadCall` where nothing can be written.
    """
    if isinstance(to, str | os.PathLike):
        return await _save_at(pieces, Path(to), driver)
    return await _copy(pieces, to, driver)


async def _save_at(pieces: AsyncIterator[bytes], path: Path, driver: Driver) -> int:
    if path.is_dir():
        raise BadCall(f"{path} is a folder: give the name of a file in it")
    try:
        handle, name = await driver.call(lambda: tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}."))
    except OSError as error:
        raise BadCall(f"Nothing can be written to {path}: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            size = await _copy(pieces, file, driver)
        Path(name).chmod(_mode(path))
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return size


async def _copy(pieces: AsyncIterator[bytes], file: BinaryIO, driver: Driver) -> int:
    size = 0
    async for piece in pieces:
        await driver.call(file.write, piece)
        size += len(piece)
    return size


def _mode(path: Path) -> int:
    """Returns the permissions that the file has, or that a new one would have."""
    with contextlib.suppress(OSError):
        return path.stat().st_mode & 0o777
    # There is no other way to read it than to set it.
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask
