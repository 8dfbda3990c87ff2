"""What scripts try in order to get out, and what each may come to: a table that tests run at each level, and the manual shows.

An attempt prints ``ESCAPED`` when it has come to something. ``python -m tests.isolation.escapes`` writes the table of the manual.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

from dealwright.isolation import levels
from dealwright.isolation.levels import Level
from dealwright.isolation.limits import Limits
from dealwright.isolation.process import Ended, Process

MANUAL = Path(__file__).parents[2] / "docs" / "editor.md"
BEGIN, END = "<!-- table of attempts -->", "<!-- end of the table -->"
FENCED: tuple[Level, ...] = ("A", "B", "C")

LIMITS = Limits(wall_seconds=8.0, cpu_seconds=2.0, memory_bytes=256 * 1024 * 1024, output_bytes=64 * 1024)

PRELUDE = """
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
ARM = os.uname().machine == "aarch64"
def call(x86, arm, *arguments):
    return libc.syscall(ctypes.c_long(arm if ARM else x86), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
def tried(result):
    if result >= 0:
        print("ESCAPED")
def attempt(function, *arguments, **more):
    try:
        result = function(*arguments, **more)
    except (OSError, MemoryError, RuntimeError, ImportError, EOFError, ValueError) as error:
        print(type(error).__name__, error)
    else:
        print("ESCAPED", result)
"""


class Attempt(NamedTuple):
    """What is tried, as people call it, and the code that does it; ``levels`` are those that hold it.

    ``outcomes`` are how it may end beside finishing: by a limit, or by an error.
    """

    what: str
    code: str
    levels: tuple[Level, ...] = FENCED
    outcomes: tuple[str, ...] = ("finished", "failed")


ATTEMPTS: dict[str, Attempt] = {
    # Files.
    "passwd": Attempt("read /etc/passwd", "attempt(open, '/etc/passwd')"),
    "home": Attempt("list the home of the server's user", "attempt(os.listdir, HOME)"),
    "secret": Attempt("read a file of the server's user", "attempt(open, SECRET)"),
    "write": Attempt("write a file of the server's user", "attempt(open, SECRET, 'a')"),
    "source": Attempt("read the code of the server", "attempt(open, SOURCE)"),
    "symlink": Attempt("read by a symbolic link", "os.symlink(SECRET, 'link')\nattempt(open, 'link')"),
    "hard_link": Attempt("read by a hard link", "attempt(os.link, SECRET, 'link')"),
    "parents": Attempt("read by a path with many ..", "attempt(open, '../' * 40 + SECRET[1:])"),
    "temporary": Attempt("list the folder of temporary files", "attempt(os.listdir, '/tmp')"),
    "shared_memory_files": Attempt("write to /dev/shm", "attempt(open, '/dev/shm/x', 'w')"),
    "handle": Attempt(
        "open a file by its handle", "b = ctypes.create_string_buffer(128)\ntried(call(304, 265, -100, b, 0))"
    ),
    "trash": Attempt("write into the standard library", "attempt(open, os.path.join(os.path.dirname(os.__file__), 'x.py'), 'w')"),
    "disk": Attempt(
        "fill the disk",
        "written = 0\ntry:\n    for n in range(100):\n        with open(f'f{n}', 'wb') as f:\n"
        "            for _ in range(8):\n                written += f.write(bytes(1 << 20))\n"
        "except OSError as e:\n    print(e)\nif written > 20 << 20:\n    print('ESCAPED')",
    ),
    "many_files": Attempt(
        "make a hundred thousand files",
        "n = 0\ntry:\n    for n in range(100000):\n        open(f'f{n}', 'w').close()\nexcept OSError as e:\n    print(e)\n"
        "if n > 5000:\n    print('ESCAPED')",
    ),
    # The process itself and others.
    "environment": Attempt(
        "find something in the environment", "print('ESCAPED' if {k for k in os.environ if k not in ('PWD', 'LC_CTYPE')} else '')",
        ("A", "B", "C", "D"),
    ),
    "proc_environ": Attempt("read the server's environment", "attempt(open, f'/proc/{SERVER}/environ')"),
    "proc_memory": Attempt("open the server's memory", "attempt(open, f'/proc/{SERVER}/mem', 'r+b')"),
    "proc_list": Attempt("list other processes", "attempt(os.listdir, '/proc')"),
    "proc_self": Attempt("read its own files by /proc/self/root", "attempt(os.listdir, '/proc/self/root')"),
    "kill_parent": Attempt("kill its parent", "attempt(os.kill, os.getppid(), 9) if os.getppid() else print('has none')"),
    "kill_server": Attempt("kill the server", "attempt(os.kill, SERVER, 15)"),
    "kill_all": Attempt("kill everything", "attempt(os.kill, -1, 15)"),
    "kill_group": Attempt("kill another process group", "attempt(os.killpg, os.getpgid(0) + 1, 9)"),
    "queue_signal": Attempt(
        "send a signal with a value", "b = ctypes.create_string_buffer(128)\ntried(call(129, 138, SERVER, 15, b))"
    ),
    "pidfd": Attempt("get a handle of the server", "tried(call(434, 434, SERVER, 0))"),
    "owner_of_file": Attempt(
        "have the kernel send it signals (F_SETOWN)", "import fcntl\nr, w = os.pipe()\nattempt(fcntl.fcntl, r, 8, SERVER)"
    ),
    "ptrace": Attempt("trace the server", "tried(call(101, 117, 16, SERVER, 0, 0))"),
    "vm_read": Attempt("read the server's memory", "tried(call(310, 270, SERVER, 0, 0, 0, 0, 0))"),
    "prlimit": Attempt(
        "change the limits of the server",
        "b = (ctypes.c_uint64 * 2)(9, 9)\ntried(call(302, 261, SERVER, 7, b, 0))",
    ),
    "own_limits": Attempt(
        "raise its own limits", "import resource\nattempt(resource.setrlimit, resource.RLIMIT_AS, (1 << 40, 1 << 40))", ("A", "B", "C")
    ),
    "priority": Attempt("change its parent's priority", "attempt(os.setpriority, os.PRIO_PROCESS, os.getppid() or 1, 19)"),
    "fork": Attempt("fork", "attempt(os.fork)"),
    "bomb": Attempt("fork without end", "while True:\n    try:\n        os.fork()\n    except OSError as e:\n        print(e)\n        break\nelse:\n    print('ESCAPED')"),
    "threads": Attempt(
        "begin threads without end",
        "import threading, time\nthreading.stack_size(32768)\nn = 0\ntry:\n    while n < 20000:\n        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n        n += 1\n"
        "except (RuntimeError, MemoryError) as e:\n    print(e)\nif n >= 20000:\n    print('ESCAPED')",
        FENCED, ("finished", "failed", "time", "cpu", "memory"),
    ),
    "exec": Attempt("run a program", "attempt(os.execv, sys.executable or '/bin/sh', ['x', '-c', 'print(\"ESCAPED\")'])"),
    "shell": Attempt("run a shell", "attempt(os.posix_spawn, '/bin/sh', ['sh', '-c', 'echo ESCAPED'], {})"),
    "subprocess": Attempt("run itself again", "import subprocess\nattempt(subprocess.run, [sys.executable or 'python3', '-c', 'print(1)'])"),
    "session": Attempt("leave its session", "attempt(os.setsid)"),
    "group": Attempt("leave its process group", "attempt(os.setpgid, 0, 0)"),
    "double_fork": Attempt("live on as a daemon", "attempt(lambda: os.fork() or os.setsid())"),
    "outlive_parent": Attempt("outlive the server (PR_SET_PDEATHSIG)", "tried(call(157, 167, 1, 0, 0, 0, 0))"),
    # Network.
    "tcp": Attempt("connect by TCP to this machine", "attempt(socket.create_connection, ('127.0.0.1', PORT), 2)"),
    "tcp_out": Attempt("connect by TCP to another machine", "attempt(socket.create_connection, ('192.0.2.1', 80), 2)"),
    "udp": Attempt("send by UDP", "attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT)))"),
    "ipv6": Attempt("connect by IPv6", "attempt(socket.socket, socket.AF_INET6, socket.SOCK_STREAM)"),
    "listen": Attempt("listen", "attempt(socket.create_server, ('127.0.0.1', 0))"),
    "names": Attempt("ask a name server", "attempt(socket.getaddrinfo, 'example.com', 80)"),
    "unix": Attempt("connect to a socket file", "attempt(lambda: socket.socket(socket.AF_UNIX).connect(UNIX))"),
    "abstract": Attempt("connect to an abstract socket", "attempt(lambda: socket.socket(socket.AF_UNIX).connect('\\0' + ABSTRACT))"),
    "netlink": Attempt("open a netlink socket", "attempt(socket.socket, 16, socket.SOCK_RAW, 0)"),
    "packets": Attempt("open a packet socket", "attempt(socket.socket, 17, socket.SOCK_RAW, 3)"),
    "vsock": Attempt("open a socket to the host", "attempt(socket.socket, 40, socket.SOCK_STREAM)"),
    # The kernel.
    "mount": Attempt("mount something", "tried(libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))"),
    "new_mount": Attempt("mount by the newer calls", "tried(call(430, 430, b'tmpfs', 0))"),
    "chroot": Attempt("change the root", "attempt(os.chroot, '/')"),
    "pivot": Attempt("exchange the root", "tried(call(155, 41, b'/', b'/'))"),
    "namespace": Attempt("make a user namespace", "tried(call(272, 97, 0x10000000))"),
    "clone_namespace": Attempt("make a user namespace by clone", "tried(call(56, 220, 0x10000000 | 17, 0, 0, 0, 0))"),
    "clone3": Attempt("start a process by clone3", "b = (ctypes.c_uint64 * 11)()\ntried(call(435, 435, b, 88))"),
    "join_namespace": Attempt("join a namespace", "tried(call(308, 268, 0, 0))"),
    "setuid": Attempt("become the superuser", "attempt(os.setresuid, 0, 0, 0) if os.getuid() else print('is mapped')"),
    "device": Attempt("make a device", "import stat\nattempt(os.mknod, 'd', stat.S_IFBLK | 0o600, os.makedev(8, 0))"),
    "io_uring": Attempt("io_uring", "b = ctypes.create_string_buffer(120)\ntried(call(425, 425, 8, b))"),
    "userfaultfd": Attempt("userfaultfd", "tried(call(323, 282, 1))"),
    "bpf": Attempt("bpf", "b = ctypes.create_string_buffer(128)\ntried(call(321, 280, 0, b, 128))"),
    "keys": Attempt("keyctl", "tried(call(250, 219, 0, -3, 1))"),
    "add_key": Attempt("add a key", "tried(call(248, 217, b'user', b'x', b'y', 1, -3))"),
    "perf": Attempt("perf_event_open", "b = ctypes.create_string_buffer(128)\ntried(call(298, 241, b, 0, -1, -1, 0))"),
    "memory_file": Attempt("make a file in memory and run it", "attempt(os.memfd_create, 'x')"),
    "shared_memory": Attempt("make shared memory", "tried(call(29, 194, 0, 4096, 0o1600))"),
    "message_queue": Attempt("make a message queue", "tried(call(68, 186, 0, 0o1600))"),
    "module": Attempt("load a module into the kernel", "tried(call(175, 105, b'', 0, b''))"),
    "reboot": Attempt("ask for a reboot", "tried(call(169, 142, 0xfee1dead, 672274793, 0))"),
    "clock": Attempt("set the clock", "import time\nattempt(time.clock_settime, time.CLOCK_REALTIME, 0)"),
    "x32": Attempt("make a call in another numbering", "tried(call(0x40000000 + 39, 172))" if sys.platform == "linux" else ""),
    "unknown_call": Attempt("make a call that is newer than the list", "tried(call(460, 460, 0, 0, 0, 0))"),
    # Limits.
    "memory": Attempt("take 1 GB", "attempt(bytearray, 1 << 30)", ("A", "B", "C", "D")),
    "memory_bits": Attempt(
        "take memory bit by bit", "a = []\nwhile True: a.append(bytearray(1 << 20))", ("A", "B", "C", "D"), ("memory",)
    ),
    "processor": Attempt("compute without end", "while True: pass", ("A", "B", "C", "D"), ("cpu",)),
    "processor_ignored": Attempt(
        "compute and ignore the signal of the limit",
        "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass", ("A", "B", "C", "D"), ("cpu",),
    ),
    "sleep": Attempt("wait without end", "import time\ntime.sleep(3600)", ("A", "B", "C", "D"), ("time",)),
    "ignored_signals": Attempt(
        "ignore all signals and wait",
        "import signal, time\nfor s in range(1, 65):\n    try:\n        signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError):\n        pass\ntime.sleep(3600)",
        ("A", "B", "C", "D"), ("time",),
    ),
    "closed_output": Attempt(
        "close its output and wait", "import time\nos.close(1)\nos.close(2)\ntime.sleep(3600)", ("A", "B", "C", "D"), ("time",)
    ),
    "output": Attempt("print without end", "while True: os.write(1, b'x' * 65536)", ("A", "B", "C", "D"), ("output",)),
    "handles": Attempt("open files without end", "a = []\nattempt(lambda: [a.append(os.pipe()) for _ in range(1000)])", ("A", "B", "C", "D")),
    "recursion": Attempt(
        "crash the interpreter", "ctypes.string_at(0)", ("A", "B", "C", "D"), ("failed",)
    ),
    # The way out.
    "inherited": Attempt(
        "find handles of the server",
        "found = []\nfor n in range(3, 1024):\n    try:\n        found.append((n, os.fstat(n).st_mode))\n    except OSError:\n        pass\n"
        "import stat\nprint('ESCAPED' if any(not stat.S_ISSOCK(m) for _, m in found) or len(found) > 1 else found)",
        ("A", "B", "C", "D"),
    ),
    "oversized": Attempt(
        "send a call of 4 GB", "SOCKET.sendall(b'\\xff\\xff\\xff\\xff')\nSOCKET.recv(1)\nimport time; time.sleep(60)", ("A", "B", "C", "D"), ("failed",)
    ),
    "malformed": Attempt(
        "send what is no call", "SOCKET.sendall(b'\\0\\0\\0\\2Zx')\nSOCKET.recv(1)\nimport time; time.sleep(60)", ("A", "B", "C", "D"), ("failed",)
    ),
    "empty_frame": Attempt(
        "send an empty call", "SOCKET.sendall(bytes(4))\nSOCKET.recv(1)\nimport time; time.sleep(60)", ("A", "B", "C", "D"), ("failed",)
    ),
    "half_frame": Attempt(
        "send half a call and wait", "SOCKET.sendall(b'\\0\\0\\1\\0C')\nimport time; time.sleep(60)", ("A", "B", "C", "D"), ("time",)
    ),
    "two_ends": Attempt(
        "say twice that it has ended", "SOCKET.sendall(b'\\0\\0\\0\\1E' * 2)\nimport time; time.sleep(60)", ("A", "B", "C", "D"), ("failed",)
    ),
    "handles_sent": Attempt(
        "send a handle through the socket",
        "import array\nSOCKET.sendmsg([b'\\0\\0\\0\\2Zx'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0]))])\nimport time; time.sleep(60)",
        ("A", "B", "C", "D"), ("failed",),
    ),
    "format": Attempt(
        "reach the outside by attributes and formats",
        "def f():\n    try:\n        raise AttributeError(name='x', obj=f)\n    except AttributeError as e:\n        return '{0.obj.__globals__}'.format(e)\n"
        "import gc\ntext = f() + ''.join(str(type(o)) for o in gc.get_objects())\nprint('ESCAPED' if 'CompanyStore' in text else '')",
        ("A", "B", "C", "D"),
    ),
}  # fmt: skip


class Ran(NamedTuple):
    """How an attempt has ended, and what it has printed."""

    ended: Ended
    output: str

    def is_held(self, attempt: Attempt) -> bool:
        """Whether it has come to nothing."""
        return "ESCAPED" not in self.output and self.ended.outcome in attempt.outcomes


def run(attempt: Attempt, level: Level, names: dict[str, object]) -> Ran:
    """Makes an attempt at a level; ``names`` are what it knows of the outside."""
    output = bytearray()
    known = "".join(f"{name} = {value!r}\n" for name, value in names.items())
    find_socket = (
        "import gc\nSOCKET = next((o for o in gc.get_objects() if isinstance(o, socket.socket)), None)\n"
        if "SOCKET" in attempt.code
        else ""
    )
    process = Process(
        f"{PRELUDE}{known}{find_socket}{attempt.code}\n",
        level,
        LIMITS,
        answer=lambda _: b"Jnull",
        on_output=lambda _, content: output.extend(content),
    )
    return Ran(process.run(), output.decode(errors="replace"))


def table() -> str:
    """Returns the table of the manual: what is tried, and the levels that hold it."""
    lines = ["| what is tried | A | B | C | D |", "|---|---|---|---|---|"]
    for attempt in ATTEMPTS.values():
        held = ("held" if level in attempt.levels else "not held" for level in levels.LEVELS)
        lines.append(f"| {attempt.what} | {' | '.join(held)} |")
    return "\n".join(lines)


def with_table(text: str) -> str:
    """Returns the text of the manual with the table as it is now."""
    return re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{table()}\n{END}", text, flags=re.DOTALL)


if __name__ == "__main__":
    MANUAL.write_text(with_table(MANUAL.read_text()))
