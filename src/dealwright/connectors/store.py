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

from dealwright.connectors import keys
from dealwright.connectors.errors import UnusableConnection

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

Kind = Literal["pipedrive", "server", "embedded"]


class Record(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One connection as it is stored; ``token`` and ``grant`` are encrypted.

    ``authorization`` is the id of the consent that ``grant`` has come from; it stays the same when tokens are renewed.
    """

    kind: Kind
    url: str | None = None
    token: str | None = None
    folder: str | None = None
    timeout: float | None = None
    authorization: str | None = None
    grant: str | None = None


class Contents(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The whole file. ``key`` says where the key of the tokens is kept, once there is one."""

    key: keys.Place | None = None
    connections: dict[str, Record] = {}


def folder() -> Path:
    """Where the store is, whether it exists yet or not."""
    if chosen := os.environ.get("DEALWRIGHT_CONFIG_DIR"):
        return Path(chosen)
    import platformdirs  # noqa: PLC0415 - only where nobody chose a folder

    return Path(platformdirs.user_config_dir("dealwright", appauthor=False))


def read() -> Contents:
    """What is stored; nothing when there is no file. Raises `UnusableConnection`."""
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
def changing() -> Iterator[Contents]:
    """The contents to change; what has become of them is written unless an error comes out."""
    try:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(folder() / "connections.lock"):
            contents = read()
            yield contents
            _write(folder() / "connections.json", msgspec.json.format(msgspec.json.encode(contents), indent=2))
    except OSError as error:
        raise UnusableConnection(f"The connections in {folder()} cannot be changed: {error.strerror}") from error


@contextmanager
def only_renewal(name: str) -> Iterator[None]:
    """The right to renew the tokens of a connection, which one thread of one process has at a time."""
    file = folder() / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.lock"
    with ExitStack() as held:
        try:
            held.enter_context(locked(file))
        except OSError as error:
            raise UnusableConnection(f"The connections in {folder()} cannot be changed: {error.strerror}") from error
        yield


def encrypt(contents: Contents, token: str) -> str:
    """A token as it may lie in the file; makes the key when there is none yet."""
    if contents.key is None:
        contents.key = keys.make(folder())
    return keys.cipher(contents.key, folder()).encrypt(token.encode()).decode()


def decrypt(contents: Contents, token: str) -> str:
    """A stored token. Raises `UnusableConnection` when the key is missing or is another one."""
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

    def _wait_for(descriptor: int) -> None:
        # Windows gives up after ten seconds; a token may take longer to renew.
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
                return
            except OSError as error:
                if error.errno != errno.EDEADLK:
                    raise


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """A lock between processes, held on a file that is made when there is none."""
    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as stream:
        if sys.platform == "win32":
            _wait_for(stream.fileno())
        else:
            fcntl.flock(stream, fcntl.LOCK_EX)
        try:
            yield
        finally:
            if sys.platform == "win32":
                stream.seek(0)
                msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)
