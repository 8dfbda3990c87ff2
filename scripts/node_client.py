"""Pipedrive's own Node client, installed outside the checkout for the tests that run it against the server.

    python -m scripts.node_client

installs it (and, as root on Debian and Ubuntu, Node itself) or says why it cannot be had. What is installed is pinned
by tests/clients/package-lock.json; each state of the pins has a folder of its own in the user's cache.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from scripts import apt
from scripts.apt import Unavailable

PINS = Path(__file__).resolve().parent.parent / "tests" / "clients"
FILES = ("package.json", "package-lock.json")
INSTALL_SECONDS = 300


class NodeClient(NamedTuple):
    """The program ``node``, and the folder of installed packages to give it as NODE_PATH."""

    node: str
    node_path: Path


def installed() -> NodeClient:
    """The client, installed when it is not yet. Raises Unavailable with the reason when that cannot be."""
    node = apt.program("node", "nodejs", "npm")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dealwright"
    folder = cache / f"node-client-{_fingerprint()}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "node-client.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes that run side by side install once
        if not folder.exists():
            _install(folder)
    return NodeClient(node, folder / "node_modules")


def _fingerprint() -> str:
    pinned = b"".join((PINS / name).read_bytes() for name in FILES)
    return hashlib.sha256(pinned).hexdigest()[:16]


def _install(folder: Path) -> None:
    npm = apt.program("npm", "npm")
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for name in FILES:
        shutil.copy(PINS / name, unfinished)
    print(f"installing the Node client into {folder}", file=sys.stderr, flush=True)
    try:
        done = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=unfinished, timeout=INSTALL_SECONDS, check=False, capture_output=True, text=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unavailable(f"npm ci did not end within {INSTALL_SECONDS} seconds") from None
    if done.returncode:
        raise Unavailable(f"npm ci failed: {done.stderr.strip()}")
    unfinished.rename(folder)


def main() -> int:
    """Installs; a client that cannot be had is said, and is no failure: its tests say so again and are skipped."""
    try:
        installed()
    except Unavailable as reason:
        print(f"The Node client is left out: {reason}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
