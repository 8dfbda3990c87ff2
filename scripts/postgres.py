"""A private PostgreSQL server for tests, gone without a trace when its user ends, however it ends.

    python -m scripts.postgres run -- COMMAND…

runs COMMAND with the server's URL in DEALWRIGHT_TEST_POSTGRES. Where that is set already, it is left alone; where no
server can be had, a line says why and COMMAND runs without it.

A keeper process owns the server: it stops it and removes its data when its standard input closes, which the
operating system does even for a user that was killed. The data lies in a temporary folder, in memory
where there is enough of it; the port is a free one of 127.0.0.1, and nothing is forced to disk. The system's own
cluster is neither needed nor touched.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from scripts import apt
from scripts.apt import Unavailable

VARIABLE = "DEALWRIGHT_TEST_POSTGRES"
ROOT = Path(__file__).resolve().parent.parent
DEBIAN_BINARIES = Path("/usr/lib/postgresql")
NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/dealwright-none.conf")
START_SECONDS = 60
STOP_SECONDS = 20
# Where files are kept in memory: a new database is some 900 files, and disks take longer for them than the tests.
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 4 << 30


@contextmanager
def run_server() -> Iterator[str]:
    """Yields the URL of a fresh server, as its superuser; the server is stopped and removed at the end.

    Raises Unavailable with the reason when this machine has no PostgreSQL and cannot get it.
    """
    folder = find_or_install_binaries()
    # A session of its own, so that Ctrl-C in the terminal ends the user first and the server after it.
    command = [sys.executable, "-m", "scripts.postgres", "keep", str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        try:
            url = keeper.stdout.readline().strip()
            if not url:
                raise Unavailable("the server did not start; what it said stands above")
            yield url
        finally:
            keeper.stdin.close()


def find_or_install_binaries() -> Path:
    """Returns the folder of PostgreSQL's server programs; installs them where it may. Raises Unavailable."""
    found = _find_binaries()
    if not found and shutil.which("apt-get") and os.geteuid() == 0:
        # Debian's package would otherwise make a cluster of its own and start it.
        NO_MAIN_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
        NO_MAIN_CLUSTER.write_text("create_main_cluster = false\n")
        try:
            apt.install("postgresql")
        finally:
            NO_MAIN_CLUSTER.unlink()
        found = _find_binaries()
    if not found:
        raise Unavailable("the programs initdb and postgres are not installed (as root: apt-get install postgresql)")
    return found


def _find_binaries() -> Path | None:
    newest_first = sorted(DEBIAN_BINARIES.glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    candidates = [*([Path(on_path).resolve().parent] if on_path else []), *newest_first]
    return next((f for f in candidates if (f / "initdb").exists() and (f / "postgres").exists()), None)


def run_keeper(programs: Path) -> None:
    """Starts a server, says its URL, waits for the end of its standard input, stops the server."""
    account = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="dealwright-postgres-", dir=_data_parent(account)))
    server: subprocess.Popen[bytes] | None = None
    try:
        password = secrets.token_hex(16)
        (folder / "password").write_text(password)
        if account:
            for path in (folder, folder / "password"):
                shutil.chown(path, account, pwd.getpwnam(account).pw_gid)
        _create_cluster(programs, folder, account)
        port = _free_port()
        server = _start(programs, folder, account, port)
        print(f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres", flush=True)
        sys.stdin.read()
    finally:
        if server:
            _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def _data_parent(account: str | None) -> str | None:
    """Returns the folder for temporary data: in memory where there is enough of it, else where an account can read."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES:
        return str(MEMORY)
    return "/tmp" if account else None


def _create_cluster(programs: Path, folder: Path, account: str | None) -> None:
    command = [
        *(programs / "initdb", "--pgdata", folder / "data", "--username", "postgres"),
        *("--auth", "scram-sha-256", "--pwfile", folder / "password", "--no-sync", "--no-instructions"),
        *("--encoding", "UTF8", "--locale", "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"),
    ]
    done = subprocess.run(
        command, user=account, group=account, extra_groups=[] if account else None, cwd=folder,
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"initdb failed: {done.stderr.strip()}")


def _start(programs: Path, folder: Path, account: str | None, port: int) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": folder,
        "max_connections": 200,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
    }
    command = [
        *(str(programs / "postgres"), "-D", str(folder / "data")),
        *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
    ]
    log = folder / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, user=account, group=account, extra_groups=[] if account else None, cwd=folder,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run(
        [programs / "pg_isready", "--quiet", "--host", folder, "--port", str(port)], check=False
    ).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            _stop(server)
            sys.exit(f"PostgreSQL did not start:\n{log.read_text(errors='replace').strip()}")
        time.sleep(0.05)
    return server


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Shuts the server down fast, or hard when that takes too long."""
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(command: Sequence[str]) -> int:
    """Runs a command with a server, if there can be one; the command's exit code."""
    if os.environ.get(VARIABLE):
        return _run_command(command, {})
    try:
        with run_server() as url:
            return _run_command(command, {VARIABLE: url})
    except Unavailable as reason:
        print(f"PostgreSQL is left out: {reason}", file=sys.stderr, flush=True)
        return _run_command(command, {})


def _run_command(command: Sequence[str], variables: dict[str, str]) -> int:
    with subprocess.Popen(command, env=os.environ | variables) as child:

        def forward(number: int, _frame: FrameType | None) -> None:
            with suppress(ProcessLookupError):
                child.send_signal(number)

        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, forward)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends Ctrl-C to the command as well
        code = child.wait()
    return code if code >= 0 else 128 - code


def main(arguments: Sequence[str]) -> int:
    """Runs ``run -- COMMAND…``, or the keeper's own ``keep FOLDER``."""
    match arguments:
        case ["run", "--", _, *_]:
            return run(arguments[2:])
        case ["keep", programs]:
            signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
            run_keeper(Path(programs))
            return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
