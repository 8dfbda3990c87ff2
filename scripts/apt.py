"""Programs that the tests and measurements want from the system: found, or on Debian and Ubuntu installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")
"""What packages of Debian ask before they start a service."""


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
    with _no_services():
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            done = subprocess.run(
                ["apt-get", "--quiet=2", "--option=DPkg::Lock::Timeout=300", *command],
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"},
                check=False,
                capture_output=True,
                text=True,
            )
            if done.returncode:
                lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
                raise Unavailable(f"apt-get {command[0]} failed, so {wanted} is missing: {lines[-1]}")


@contextmanager
def _no_services() -> Iterator[None]:
    """Keeps the packages that a block installs from starting the services that they bring."""
    if POLICY.exists():
        # The system has decided that already.
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    try:
        POLICY.chmod(0o755)
        yield
    finally:
        POLICY.unlink(missing_ok=True)
