"""seccomp: which calls of the kernel a script may not make.

No process is started but threads, no program is run, no socket is made but pairs; nothing of namespaces, mounts, tracing, other processes,
keys, BPF, io_uring, shared memory and the machine's settings. What is newer than this list does not exist.
"""

from __future__ import annotations

import ctypes
import errno
import os
from typing import NamedTuple

from dealwright.isolation.child import kernel

_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _JUMP_IF_ANY, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_X32_BIT = 0x40000000
_CLONE_THREAD, _NEW_NAMESPACES = 0x00010000, 0x7E020080
_FIRST_UNKNOWN = 457
_CLONE3 = 435

# By name: the numbers on x86-64 and on arm64; None where there is no such call.
_DENIED: dict[str, tuple[int | None, int | None]] = {
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "socket": (41, 198), "bind": (49, 200), "connect": (42, 203), "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
    "setsid": (112, 157), "setpgid": (109, 154), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "perf_event_open": (298, 241),
    "setpriority": (141, 140), "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "ioprio_set": (251, 30), "migrate_pages": (256, 238), "move_pages": (279, 239),
    "mbind": (237, 235), "set_mempolicy": (238, 237),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262), "fanotify_mark": (301, 263), "mknod": (133, None), "mknodat": (259, 33), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "sysfs": (139, None), "ustat": (136, None),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "shmdt": (67, 197),
    "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "reboot": (169, 142), "syslog": (103, 116), "personality": (135, 92), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162), "vhangup": (153, 58),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "uselib": (134, None), "_sysctl": (156, None),
    "lookup_dcookie": (212, 18), "nfsservctl": (180, 42),
}  # fmt: skip


class Machine(NamedTuple):
    """A kind of processor: its name for the kernel, and the numbers of calls whose arguments are looked at."""

    architecture: int
    column: int
    clone: int
    kill: int
    tgkill: int
    prctl: int
    prlimit: int
    fcntl: int
    ioctl: int


MACHINES = {
    "x86_64": Machine(0xC000003E, 0, 56, 62, 234, 157, 302, 72, 16),
    "aarch64": Machine(0xC00000B7, 1, 220, 129, 131, 167, 261, 25, 29),
}

# The name of a thread, and the name of memory.
_ALLOWED_PRCTL = (15, 16, 0x53564D41)
# Who gets signals of a file.
_DENIED_FCNTL = (8, 10, 15)
# Input for a terminal and the console, and who gets signals of a file.
_DENIED_IOCTL = (0x5412, 0x541C, 0x8901, 0x8902)


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("value", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def restrict() -> None:
    """Forbids calls to this process and its threads, for good. Raises OSError."""
    machine = MACHINES.get(os.uname().machine)
    if machine is None:
        raise OSError(errno.ENOSYS, f"seccomp is not known for {os.uname().machine}")
    made = _instructions(machine, os.getpid())
    array = (_Instruction * len(made))(*(_Instruction(*one) for one in made))
    program = _Program(len(made), array)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.PR_SET_SECCOMP, 2, ctypes.addressof(program))


def _instructions(machine: Machine, own_pid: int) -> list[tuple[int, int, int, int]]:
    refuse = (_RETURN, 0, 0, _ERROR | errno.EPERM)
    unknown = (_RETURN, 0, 0, _ERROR | errno.ENOSYS)
    allow = (_RETURN, 0, 0, _ALLOW)
    made = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_IF_EQUAL, 1, 0, machine.architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_IF_AT_LEAST, 0, 1, _X32_BIT),
        refuse,
        (_JUMP_IF_AT_LEAST, 0, 1, _FIRST_UNKNOWN),
        unknown,
        (_JUMP_IF_EQUAL, 0, 1, _CLONE3),
        # Its arguments cannot be looked at: libraries use `clone` then.
        unknown,
    ]
    for numbers in _DENIED.values():
        number = numbers[machine.column]
        if number is not None:
            made += [(_JUMP_IF_EQUAL, 0, 1, number), refuse]
    made += _if_call(machine.clone, [
        (_LOAD, 0, 0, _ARGUMENTS),
        (_JUMP_IF_ANY, 0, 1, _NEW_NAMESPACES), refuse,
        (_JUMP_IF_ANY, 1, 0, _CLONE_THREAD), refuse,
        allow,
    ])  # fmt: skip
    for number in (machine.kill, machine.tgkill):
        made += _if_call(number, [(_LOAD, 0, 0, _ARGUMENTS), (_JUMP_IF_EQUAL, 1, 0, own_pid), refuse, allow])
    made += _if_call(machine.prlimit, [(_LOAD, 0, 0, _ARGUMENTS), (_JUMP_IF_EQUAL, 1, 0, 0), refuse, allow])
    allowed = [one for option in _ALLOWED_PRCTL for one in ((_JUMP_IF_EQUAL, 0, 1, option), allow)]
    made += _if_call(machine.prctl, [(_LOAD, 0, 0, _ARGUMENTS), *allowed, refuse])
    for number, denied in ((machine.fcntl, _DENIED_FCNTL), (machine.ioctl, _DENIED_IOCTL)):
        tests = [one for command in denied for one in ((_JUMP_IF_EQUAL, 0, 1, command), refuse)]
        made += _if_call(number, [(_LOAD, 0, 0, _ARGUMENTS + 8), *tests, allow])
    return [*made, allow]


def _if_call(number: int, instructions: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Returns instructions that end with a verdict, to be run for one call; the number is still loaded for any other."""
    return [(_JUMP_IF_EQUAL, 0, len(instructions), number), *instructions]
