"""Namespaces of its own for this process: an empty file tree with what may be read, no network, and no other processes."""

from __future__ import annotations

import os
from collections.abc import Iterable

from dealwright.isolation.child import kernel

NOBODY = 65534
FOLDER = "/scratch"
"""The folder that may be written; it is gone with the process."""

_MOUNTS, _CGROUPS, _NAMES, _MESSAGES, _USERS, _PIDS, _NETWORK = (
    0x00020000,
    0x02000000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
_ALL = _MOUNTS | _CGROUPS | _NAMES | _MESSAGES | _PIDS | _NETWORK
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_EXEC, _REMOUNT = 1, 2, 4, 8, 32
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18
# What a mount stays, where somebody else has made it so.
_KEPT = _READ_ONLY | _NO_SUID | _NO_DEVICES | _NO_EXEC


def enter(base: str, readable: Iterable[str], hidden: Iterable[str], scratch_bytes: int) -> None:
    """Moves this process into namespaces of its own, and goes on as nobody, in a child process that is the first one there.

    ``base`` is an empty folder, on which the new file tree is put together; in what is ``readable``, the ``hidden`` folders are empty. The process that was there waits for the child, and ends as
    it did. Raises OSError where this machine does not allow it.
    """
    uid, gid = os.getuid(), os.getgid()
    is_mapped = not _unshare_as_root()
    if is_mapped:
        kernel.unshare(_ALL | _USERS)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{NOBODY} {uid} 1")
        _write("/proc/self/gid_map", f"{NOBODY} {gid} 1")
    _make_tree(base, readable, hidden, scratch_bytes)
    alive, held = os.pipe()
    child = os.fork()
    if child:
        os.close(alive)
        _close_all_but(held)
        _, status = os.waitpid(child, 0)
        os._exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
    os.close(held)
    if not is_mapped:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    kernel.die_with_parent()
    _check_is_held(alive)
    os.chdir(FOLDER)


def _unshare_as_root() -> bool:
    if os.getuid() != 0:
        return False
    try:
        kernel.unshare(_ALL)
    except OSError:
        # The superuser of a container, who may do no more than others.
        return False
    return True


def limit_files(scratch_bytes: int) -> None:
    """Limits what the folder may hold, where it is made already, as long as this process may do that. Raises OSError."""
    kernel.mount("tmpfs", FOLDER, "tmpfs", _REMOUNT | _NO_SUID | _NO_DEVICES, _options(scratch_bytes))


def _options(scratch_bytes: int) -> str:
    return f"size={scratch_bytes},nr_inodes=2048,mode=755"


def _make_tree(base: str, readable: Iterable[str], hidden: Iterable[str], scratch_bytes: int) -> None:
    kernel.mount("none", "/", None, _RECURSIVE | _PRIVATE)
    kernel.mount("tmpfs", base, "tmpfs", _NO_SUID | _NO_DEVICES, _options(scratch_bytes))
    for path in readable:
        if os.path.exists(path):  # noqa: PTH110 - no more modules than it takes
            _bind(path, f"{base}{path}")
    for path in hidden:
        kernel.mount("tmpfs", f"{base}{path}", "tmpfs", _READ_ONLY | _NO_SUID | _NO_DEVICES, "size=4k")
    os.makedirs(f"{base}{FOLDER}", exist_ok=True)  # noqa: PTH103
    os.chmod(f"{base}{FOLDER}", 0o777)  # noqa: PTH101 - nobody is somebody else
    os.makedirs(f"{base}/old")  # noqa: PTH103
    number = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
    kernel.syscall(number, base.encode(), f"{base}/old".encode())
    os.chdir("/")
    kernel.unmount("/old")
    os.rmdir("/old")  # noqa: PTH106


def _bind(path: str, target: str) -> None:
    if os.path.isdir(path):  # noqa: PTH112
        os.makedirs(target, exist_ok=True)  # noqa: PTH103
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
    kernel.mount(path, target, None, _BIND | _RECURSIVE)
    flags = _READ_ONLY | _NO_SUID | (os.statvfs(target).f_flag & _KEPT)
    if os.path.isdir(path):  # noqa: PTH112
        flags |= _NO_DEVICES
    kernel.mount("none", target, None, _BIND | _REMOUNT | flags)


def _write(path: str, text: str) -> None:
    handle = os.open(path, os.O_WRONLY)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)


def _close_all_but(kept: int) -> None:
    """Closes what the child has, so that others see its end."""
    os.closerange(0, kept)
    os.closerange(kept + 1, 1024)


def _check_is_held(alive: int) -> None:
    """Ends this process if the one that waits for it has ended before it could be told so."""
    import select  # noqa: PLC0415

    ready, _, _ = select.select([alive], [], [], 0)
    os.close(alive)
    if ready:
        os._exit(1)
