"""Calls of the Linux kernel that Python has no functions for."""

from __future__ import annotations

import ctypes
import os

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
SIGKILL = 9

_libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> int:
    """Returns the result of a call. Raises OSError when it has failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def prctl(option: int, argument: int = 0, third: int = 0) -> int:
    """Changes something of this process. Raises OSError."""
    arguments = [ctypes.c_ulong(one) for one in (argument, third, 0, 0)]
    return check(_libc.prctl(option, *arguments), f"prctl {option}")


def syscall(number: int, *arguments: object) -> int:
    """Makes a call by its number. Raises OSError."""
    converted = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return check(int(_libc.syscall(ctypes.c_long(number), *converted)), f"call {number}")


def unshare(flags: int) -> None:
    """Gives this process namespaces of its own. Raises OSError."""
    check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """Mounts something. Raises OSError."""
    texts = [None if one is None else one.encode() for one in (source, target, kind, data)]
    check(_libc.mount(texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3]), f"mount {target}")


def unmount(target: str) -> None:
    """Takes a mount away, also one that is in use. Raises OSError."""
    check(_libc.umount2(target.encode(), 2), f"umount {target}")


def die_with_parent() -> None:
    """Has the kernel kill this process when the thread that has started it ends."""
    prctl(PR_SET_PDEATHSIG, SIGKILL)


def drop_capabilities() -> None:
    """Gives up all that the superuser may do, for good. Raises OSError."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    for number in range(64):
        try:
            prctl(PR_CAPBSET_DROP, number)
        except OSError:
            # There are no more, or there are none to drop.
            break
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    nothing = (ctypes.c_uint32 * 6)()
    check(_libc.capset(header, nothing), "capset")
