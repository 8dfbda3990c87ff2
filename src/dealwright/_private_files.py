"""Files and folders that only their owner can read, whatever the umask of the process says.

Whatever Dealwright stores is made here: databases, files, keys, caches and the state of connections.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_folder(path: Path) -> Path:
    """Creates a folder, and those above it that are missing; takes one that is there away from others. Returns it."""
    try:
        path.mkdir(mode=FOLDER_MODE)
    except FileNotFoundError:
        make_folder(path.parent)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
    except FileExistsError:
        if not path.is_dir():
            raise
        restrict(path)
    return path


def make_file(path: Path) -> None:
    """Creates an empty file unless there is one; takes one that is there away from others."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
    except FileExistsError:
        restrict(path)


def sync(path: Path) -> None:
    """Forces the content of a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def restrict(path: Path) -> None:
    """Takes a file or folder away from all but its owner; does nothing where there is none, or that others own.

    A folder that is shared on purpose (with a sticky or a group bit, as ``/tmp``) is left as it is.
    """
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _OTHERS and not mode & (stat.S_ISVTX | stat.S_ISGID):
            path.chmod(mode & ~_OTHERS)


def restrict_all(folder: Path, pattern: str) -> None:
    """Takes the files of a folder whose names match away from all but their owner."""
    for path in folder.glob(pattern):
        restrict(path)
