"""The store of this user's connections: one JSON file whose tokens are encrypted.

``DEALWRIGHT_CONFIG_DIR`` names another folder than the platform's own. The file is replaced as a whole, so a reader
never sees half of it, and changes of several processes wait for one another.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from dealwright import _private_files
from dealwright.connectors import keys
from dealwright.connectors.errors import UnusableConnection
from dealwright.connectors.permits import Permits

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

ConnectionKind = Literal["pipedrive", "server", "embedded"]


class ConnectionRecord(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One connection as it is stored; ``token`` and ``grant`` are encrypted.

    ``authorization`` is the id of the consent that gave ``grant``; it stays the same when tokens are renewed.
    """

    kind: ConnectionKind
    url: str | None = None
    token: str | None = None
    folder: str | None = None
    timeout: float | None = None
    authorization: str | None = None
    grant: str | None = None
    allow_plain_http: bool = False
    permits: Permits | None = None


class Contents(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The whole file. ``key`` is the location of the key that encrypts the tokens, once there is one.

    ``default`` is the name of the connection that commands use which are given none.
    """

    key: keys.KeyLocation | None = None
    connections: dict[str, ConnectionRecord] = {}
    default: str | None = None


def folder() -> Path:
    """Returns the folder of the store, whether it exists yet or not."""
    if override := os.environ.get("DEALWRIGHT_CONFIG_DIR"):
        return Path(override)
    import platformdirs  # noqa: PLC0415 - only where no folder is set

    return Path(platformdirs.user_config_dir("dealwright", appauthor=False))


def read() -> Contents:
    """Returns the contents of the store; empty when there is no file. Raises `UnusableConnection`."""
    file = folder() / "connections.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=Contents)
    except FileNotFoundError:
        return Contents()
    except OSError as error:
        raise UnusableConnection(f"The connections in {file} cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise UnusableConnection(f"The connections in {file} are damaged: {error}") from error


@contextmanager
def transaction() -> Iterator[Contents]:
    """Yields the contents, under a lock, to be changed; writes them unless an error is raised.

    Raises `UnusableConnection`.
    """
    try:
        _private_files.make_folder(folder())
        with file_lock(folder() / "connections.lock"):
            contents = read()
            yield contents
            _write(folder() / "connections.json", msgspec.json.format(msgspec.json.encode(contents), indent=2))
    except OSError as error:
        raise UnusableConnection(f"The connections in {folder()} cannot be changed: {error.strerror}") from error


@contextmanager
def refresh_lock(name: str) -> Iterator[None]:
    """Holds the lock for renewing the tokens of a connection, which one thread of one process has at a time.

    Raises `UnusableConnection`.
    """
    file = folder() / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.lock"
    with ExitStack() as stack:
        try:
            stack.enter_context(file_lock(file))
        except OSError as error:
            raise UnusableConnection(f"The connections in {folder()} cannot be changed: {error.strerror}") from error
        yield


def encrypt(contents: Contents, token: str) -> str:
    """Returns a token encrypted for the file; creates the key when there is none yet."""
    if contents.key is None:
        contents.key = keys.create_key(folder())
    return keys.cipher(contents.key, folder()).encrypt(token.encode()).decode()


def decrypt(contents: Contents, token: str) -> str:
    """Returns a stored token decrypted. Raises `UnusableConnection` when the key is missing or is another one."""
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - not needed without a token

    try:
        if contents.key is not None:
            return keys.cipher(contents.key, folder()).decrypt(token.encode()).decode()
    except InvalidToken:
        pass
    raise UnusableConnection(f"A token in {folder()} was encrypted with another key. {keys.ADVICE}")


def _write(file: Path, content: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


if sys.platform == "win32":

    def _acquire_windows_lock(descriptor: int) -> None:
        # Windows gives up after ten seconds; a token may take longer to renew.
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
                return
            except OSError as error:
                if error.errno != errno.EDEADLK:
                    raise


@contextmanager
def file_lock(file: Path) -> Iterator[None]:
    """Holds a lock between processes on a file, which is created when there is none."""
    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as stream:
        if sys.platform == "win32":
            _acquire_windows_lock(stream.fileno())
        else:
            fcntl.flock(stream, fcntl.LOCK_EX)
        try:
            yield
        finally:
            if sys.platform == "win32":
                stream.seek(0)
                msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)
