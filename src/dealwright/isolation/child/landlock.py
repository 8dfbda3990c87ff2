"""Landlock: files that may be read, a folder that may be written, and nothing else; no TCP, no signals or sockets to others."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable

from dealwright.isolation.child import kernel

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _PATH_BENEATH = 1, 1
MIN_ABI = 3
"""Below it, files could be cut that must not be written."""

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _REFER, _IOCTL_DEVICE = 1 << 14, 1 << 13, 1 << 15
_MAKING = 0b1_1111_1111 << 4
_MAKING_SPECIAL = (1 << 6) | (1 << 9) | (1 << 11)
_ALL_TCP = 0b11
_ALL_SCOPES = 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def abi() -> int:
    """Returns the version of Landlock on this machine. Raises OSError where there is none."""
    return kernel.syscall(CREATE_RULESET, None, 0, _VERSION_FLAG)


def restrict(readable: Iterable[str], writable: Iterable[str] = ()) -> int:
    """Restricts this process and all that it starts, for good; returns the version of Landlock. Raises OSError."""
    version = abi()
    if version < MIN_ABI:
        raise OSError(95, f"Landlock is of version {version}, and {MIN_ABI} is needed (Linux 6.2)")
    handled = _EXECUTE | _WRITE_FILE | _READ_FILE | _READ_DIR | _MAKING | _REFER | _TRUNCATE
    if version >= 5:
        handled |= _IOCTL_DEVICE
    ruleset = _Ruleset(handled, _ALL_TCP if version >= 4 else 0, _ALL_SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    handle = kernel.syscall(CREATE_RULESET, ctypes.byref(ruleset), size, 0)
    try:
        for path in readable:
            _allow(handle, path, _READ_FILE | _READ_DIR)
        for path in writable:
            making = _MAKING & ~_MAKING_SPECIAL
            _allow(handle, path, _READ_FILE | _READ_DIR | _WRITE_FILE | _TRUNCATE | _REFER | making)
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.syscall(RESTRICT_SELF, handle, 0)
    finally:
        os.close(handle)
    return version


def _allow(handle: int, path: str, rights: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - no more modules than it takes
            rights &= _READ_FILE | _WRITE_FILE | _TRUNCATE
        kernel.syscall(ADD_RULE, handle, _PATH_BENEATH, ctypes.byref(_PathRule(rights, folder)), 0)
    finally:
        os.close(folder)
