"""Folders that are complete when they appear: filled beside their place, and then renamed.

What a killed process left of one is removed by the next. The one that fills it holds a lock on the folder.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dealwright import _private_files

SUFFIX = ".unfinished"


@contextmanager
def staged_folder(parent: Path, name: str) -> Iterator[Path]:
    """Yields a new folder in ``parent`` to fill, which the block renames when it is complete; removed if it does not."""
    _remove_abandoned(parent, name)
    folder = parent / f".{name}.{secrets.token_hex(4)}{SUFFIX}"
    folder.mkdir(mode=_private_files.FOLDER_MODE)
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def publish(folder: Path, target: Path) -> None:
    """Renames a complete folder to its name, which nobody has or an empty folder; survives a power failure.

    Raises OSError.
    """
    for inner, _, _ in os.walk(folder):
        _private_files.sync(Path(inner))
    folder.rename(target)
    _private_files.sync(target.parent)


def _remove_abandoned(parent: Path, name: str) -> None:
    for folder in parent.glob(f".{name}.*{SUFFIX}"):
        # Another process may remove it, too, or may be filling it.
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                _lock(handle)
                shutil.rmtree(folder)
            finally:
                os.close(handle)


def _lock(handle: int) -> None:
    """Locks a folder for this process. Raises OSError when another one has done so."""
    import fcntl  # noqa: PLC0415 - not on Windows

    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
