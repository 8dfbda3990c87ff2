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

PINS_FOLDER = Path(__file__).resolve().parent.parent / "tests" / "clients"
PINNED_FILES = ("package.json", "package-lock.json")
INSTALL_SECONDS = 300


class NodeClient(NamedTuple):
    """The program ``node``, and the folder of installed packages to give it as NODE_PATH."""

    node: str
    node_path: Path


def find_or_install() -> NodeClient:
    """Returns the client, installing it when it is absent. Raises Unavailable with the reason when that cannot be."""
    node = apt.find_or_install("node", "nodejs", "npm")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dealwright"
    folder = cache / f"node-client-{_fingerprint()}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "node-client.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes that run side by side install once
        if not folder.exists():
            _install(folder)
    return NodeClient(node, folder / "node_modules")


def _fingerprint() -> str:
    pinned = b"".join((PINS_FOLDER / name).read_bytes() for name in PINNED_FILES)
    return hashlib.sha256(pinned).hexdigest()[:16]


def _install(folder: Path) -> None:
    npm = apt.find_or_install("npm", "npm")
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for name in PINNED_FILES:
        shutil.copy(PINS_FOLDER / name, unfinished)
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
        find_or_install()
    except Unavailable as reason:
        print(f"The Node client is left out: {reason}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
