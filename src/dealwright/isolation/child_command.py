"""The command that starts the process of a script: Python without anything around it, and the launcher; at level A, by bubblewrap."""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
import sysconfig
from pathlib import Path

from dealwright.isolation.limits import Limits

_CHILD = Path(__file__).parent / "child"
_FOLDER = "/scratch"
_NOBODY = "65534"

# Where Debian and its like have libraries of one kind of processor. Others have them beside everything else.
_LIBRARIES = (
    *("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"),
    *("/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu"),
)
_OTHER_LIBRARIES = ("/lib", "/usr/lib", "/usr/lib64")


def build(level: str, limits: Limits, handle: int, folder: str) -> list[str]:
    """Returns the command for a level; ``handle`` is the socket that the process inherits, ``folder`` an empty one for it."""
    readable, hidden = _readable_paths(), _hidden_paths()
    python = os.path.realpath(sys.executable)
    given = {
        "level": level,
        "socket": handle,
        "parent": os.getpid(),
        "readable": readable,
        "hidden": hidden,
        "folder": _FOLDER if level == "A" else folder,
        "limits": limits._asdict(),
    }
    command = [python, "-I", "-S", "-E", "-B", "-X", "utf8", str(_CHILD / "launcher.py"), json.dumps(given)]
    if level != "A":
        return command
    return [
        *(shutil.which("bwrap") or "bwrap", "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session"),
        *("--clearenv", "--uid", _NOBODY, "--gid", _NOBODY, "--hostname", "script"),
        # The launcher limits the folder before it gives up that capability, too.
        *("--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN"),
        *(part for path in (*readable, python, str(_CHILD)) for part in ("--ro-bind-try", path, path)),
        *(part for path in hidden for part in ("--tmpfs", path)),
        *("--size", str(limits.file_bytes), "--tmpfs", _FOLDER, "--chdir", _FOLDER, "--remount-ro", "/"),
        *("--", *command),
    ]


@functools.cache
def _readable_paths() -> tuple[str, ...]:
    """Returns what a script may read: the standard library, what it is linked with, and the time zones."""
    base = {"base": sys.base_prefix, "installed_base": sys.base_prefix}
    base |= {"platbase": sys.base_exec_prefix, "installed_platbase": sys.base_exec_prefix}
    found = [os.path.realpath(sysconfig.get_path(name, vars=base)) for name in ("stdlib", "platstdlib")]
    prefix = os.path.realpath(sys.base_prefix)
    if prefix != "/usr":
        found += [str(one) for one in Path(prefix, "lib").glob("*.so*")]
    found += [one for one in _LIBRARIES if Path(one).exists()] or _OTHER_LIBRARIES
    found += ["/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo", "/dev/null", "/dev/urandom"]
    return tuple(one for one in dict.fromkeys(found) if Path(one).exists())


@functools.cache
def _hidden_paths() -> tuple[str, ...]:
    """Returns the folders of installed packages in what may be read."""
    return tuple(str(one) for path in _readable_paths() for one in Path(path).glob("*-packages") if one.is_dir())
