"""Programs that the tests and measurements want from the system: found, or on Debian and Ubuntu installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


class Unavailable(Exception):
    """What is wanted is neither here nor to be had; the message says why."""


def find_or_install(name: str, *packages: str) -> str:
    """Returns the path of a program; when it is absent, installs the packages that bring it first.

    Raises Unavailable when that cannot be.
    """
    if path := shutil.which(name):
        return path
    install(*packages)
    if path := shutil.which(name):
        return path
    raise Unavailable(f"{name} is absent although {' '.join(packages)} is installed")


def install(*packages: str) -> None:
    """Installs system packages, as root on Debian and Ubuntu. Raises Unavailable where that cannot be."""
    wanted = " ".join(packages)
    if not shutil.which("apt-get"):
        raise Unavailable(f"{wanted} is not installed, and this system has no apt-get to install it with")
    if os.geteuid() != 0:
        raise Unavailable(f"{wanted} is not installed; as root: apt-get install {wanted}")
    print(f"installing {wanted}", file=sys.stderr, flush=True)
    # Services that a package brings are not started.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "--quiet=2", "--option=DPkg::Lock::Timeout=300", *command],
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
            raise Unavailable(f"apt-get {command[0]} failed, so {wanted} is missing: {lines[-1]}")
