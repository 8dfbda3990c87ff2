"""The key that encrypts stored tokens: in the keyring of the operating system, or in a file of its own."""

from __future__ import annotations

import functools
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from dealwright.connectors.errors import UnusableConnection

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

SERVICE = "dealwright"
ADVICE = "If the key is gone for good, delete connections.json in that folder and add the connections again."


class KeyLocation(msgspec.Struct, frozen=True):
    """The place of a key: keyring or file, and its id there."""

    kind: Literal["keyring", "file"]
    id: str


def create_key(folder: Path) -> KeyLocation:
    """Creates a key and stores it: in the keyring where there is a usable one, else in the folder.

    Returns its location.
    """
    from cryptography.fernet import Fernet  # noqa: PLC0415 - not needed without a token

    key = Fernet.generate_key()
    id = uuid.uuid4().hex
    if _save_to_keyring(id, key.decode()):
        return KeyLocation("keyring", id)
    with os.fdopen(os.open(_key_file(folder, id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(key)
    return KeyLocation("file", id)


@functools.lru_cache(maxsize=8)
def cipher(location: KeyLocation, folder: Path) -> Fernet:
    """Returns the cipher with the key that is stored there. Raises `UnusableConnection`."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 - not needed without a token

    key = (
        _from_keyring(location.id, folder)
        if location.kind == "keyring"
        else _from_file(_key_file(folder, location.id), folder)
    )
    try:
        return Fernet(key)
    except ValueError as error:
        raise UnusableConnection(f"The key of the tokens in {folder} is damaged. {ADVICE}") from error


def _key_file(folder: Path, id: str) -> Path:
    return folder / f"{id}.key"


def _from_file(file: Path, folder: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UnusableConnection(
            f"The key of the tokens in {folder}, {file.name}, cannot be read: {error.strerror}. {ADVICE}"
        ) from error


def _save_to_keyring(id: str, key: str) -> bool:
    """Whether the key has been stored in a keyring that a desktop or server really offers."""
    import keyring  # noqa: PLC0415 - slow, and needed once

    try:
        # Anything below 1 is no recommended keyring: it fails, forgets or keeps plain text.
        if keyring.get_keyring().priority < 1:
            return False
        keyring.set_password(SERVICE, id, key)
        return keyring.get_password(SERVICE, id) == key
    except Exception:  # Backends fail in their own ways: no session bus, a locked collection.
        return False


def _from_keyring(id: str, folder: Path) -> bytes:
    import keyring  # noqa: PLC0415 - slow, and not needed for a key in a file

    try:
        key = keyring.get_password(SERVICE, id)
    except Exception as error:  # Backends fail in their own ways.
        raise UnusableConnection(
            f"The keyring with the key of the tokens in {folder} cannot be opened: {error}"
        ) from error
    if key is None:
        raise UnusableConnection(f"The keyring has no key for the tokens in {folder}. {ADVICE}")
    return key.encode()
