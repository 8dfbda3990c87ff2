"""Third-party clients, installed outside the checkout for the tests that run them against the server.

    python -m scripts.clients

installs them all (and, as root on Debian and Ubuntu, Node itself) or says which cannot be had and why. What is
installed is pinned by the files in tests/clients/pins/NAME; each state of a client's pins has a folder of its own in
the user's cache.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from scripts import apt
from scripts.apt import Unavailable

PINS = Path(__file__).resolve().parent.parent / "tests" / "clients" / "pins"
NODE_PINS = ("package.json", "package-lock.json")
PYTHON_PINS = ("requirements.txt",)
UNPACKED = "unpacked.json"
"""Names a package of which only some files are wanted, and none of its dependencies but those in package.json."""

INSTALL_SECONDS = 600
OURS = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHONS = {"airbyte-source-pipedrive": ("3.10",), "pypipedrive-client": ("3.12", "3.13")}
"""The versions of Python on which a client runs, where these are not all of ours, whatever it declares."""

NODES = {"n8n-nodes": 20}
"""The first version of Node on which a client has been seen to work, where an older one is around."""

ANY_PYTHON = {"pipedrive-api"}
"""These declare a version of Python that is newer than what they need."""


class Installed(NamedTuple):
    """The interpreter that runs a client, and for Node the folder to give it as NODE_PATH."""

    interpreter: str
    node_path: str = ""


def names() -> list[str]:
    """Returns the names of all clients."""
    return sorted(folder.name for folder in PINS.iterdir() if folder.is_dir())


def find_or_install(name: str) -> Installed:
    """Returns a client, installing it when it is absent. Raises Unavailable with the reason when that cannot be."""
    pins = PINS / name
    in_node = (pins / NODE_PINS[0]).exists()
    node = apt.find_or_install("node", "nodejs", "npm") if in_node else ""
    if name in NODES:
        _check_node(node, NODES[name])
    folder = _cache() / f"client-{name}-{_fingerprint(pins)}"
    with (_cache() / f"client-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes that run side by side install once
        if not folder.exists():
            print(f"installing {name} into {folder}", file=sys.stderr, flush=True)
            _install_node(pins, folder) if in_node else _install_python(name, folder)
    if in_node:
        return Installed(node, str(folder / "node_modules"))
    return Installed(str(folder / "bin" / "python"))


def _check_node(node: str, first: int) -> None:
    version = subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < first:
        raise Unavailable(f"it works on Node {first} and later, and this is {version}")


def _cache() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dealwright"
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def _fingerprint(pins: Path) -> str:
    content = b"".join(file.read_bytes() for file in sorted(pins.iterdir()))
    if not (pins / NODE_PINS[0]).exists():
        content += sys.version.encode()
    return hashlib.sha256(content).hexdigest()[:16]


def _install_node(pins: Path, folder: Path) -> None:
    npm = apt.find_or_install("npm", "npm")
    unfinished = _empty(folder.with_suffix(".unfinished"))
    for name in NODE_PINS:
        shutil.copy(pins / name, unfinished)
    _run([npm, "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"], unfinished)
    if (pins / UNPACKED).exists():
        _unpack(npm, json.loads((pins / UNPACKED).read_text()), unfinished)
    unfinished.rename(folder)


def _unpack(npm: str, wanted: dict[str, Any], folder: Path) -> None:
    """Puts the wanted files of a package among the installed ones, each as it is in the package."""
    package, integrity = wanted["package"], wanted["integrity"]
    packed = folder / _run([npm, "pack", "--loglevel=error", package], folder).split()[-1]
    found = "sha512-" + base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
    if found != integrity:
        raise Unavailable(f"{package} is not what is pinned: {found}")
    target = folder / "node_modules" / package.rpartition("@")[0]
    prefixes = tuple(f"package/{name}" for name in wanted["files"])
    with tarfile.open(packed) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.name.startswith(prefixes) else None
            if content is not None:
                path = target / member.name.removeprefix("package/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())
    packed.unlink()


def _install_python(name: str, folder: Path) -> None:
    interpreter = _find_python(*PYTHONS.get(name, (OURS,)))
    # Of an environment that is moved only the interpreter works on, which is all that is used of it.
    unfinished = _empty(folder.with_suffix(".unfinished"))
    _run([interpreter, "-m", "venv", str(unfinished)], unfinished)
    python = str(unfinished / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    install += ["--ignore-requires-python"] if name in ANY_PYTHON else []
    _run([*install, "--requirement", str(PINS / name / PYTHON_PINS[0])], unfinished)
    unfinished.rename(folder)


def _find_python(*versions: str) -> str:
    """Returns our Python when it is one of these versions, else another that is here. Raises Unavailable without one."""
    if OURS in versions:
        return sys.executable
    kept = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for version in versions:
        for found in (shutil.which(f"python{version}"), *kept.glob(f"{version}.*/bin/python{version}")):
            # What is on the PATH may be a shim without anything behind it.
            if found and subprocess.run([found, "--version"], check=False, capture_output=True).returncode == 0:
                return str(found)
    raise Unavailable(f"it runs on Python {' or '.join(versions)}, which is not here")


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _run(command: Sequence[str], folder: Path) -> str:
    """Runs a step of an installation; returns what it prints. Raises Unavailable when it fails."""
    step = " ".join(Path(word).name if index == 0 else word for index, word in enumerate(command[:4]))
    try:
        done = subprocess.run(
            command, cwd=folder, timeout=INSTALL_SECONDS, check=False, capture_output=True, text=True
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{step} did not end within {INSTALL_SECONDS} seconds") from None
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise Unavailable(f"{step} failed: {' / '.join(lines[-3:])}")
    return done.stdout


def main() -> int:
    """Installs; a client that cannot be had is said, and is no failure: its tests say so again and are skipped."""

    def install(name: str) -> None:
        try:
            find_or_install(name)
        except Unavailable as reason:
            print(f"{name} is left out: {reason}", file=sys.stderr)

    with suppress(Unavailable):  # once, before the clients that run on it want it at the same time
        apt.find_or_install("node", "nodejs", "npm")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(install, names()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
