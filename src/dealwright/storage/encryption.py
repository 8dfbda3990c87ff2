"""Encrypts secrets that are needed again in plain text: those of apps, and the passwords and keys of webhooks.

The key is not in the database: it comes from the environment variable `SECRET_KEY_VARIABLE`, or from a file beside the
platform, which is created when first needed, and never while there are secrets of another one. For one PostgreSQL database that is served from several machines, set the
variable on all of them.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dealwright import _private_files

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

SECRET_KEY_VARIABLE = "DEALWRIGHT_SECRET_KEY"
SECRET_KEY_FILE = "secret.key"


class UndecryptableSecret(Exception):
    """Raised for a secret whose key is not there, also before more of them come; the message says what to do."""


class Cipher:
    """Encrypts with the key of a platform, whose other data are in ``folder``.

    ``has_secrets`` looks whether something has been encrypted before.
    """

    def __init__(self, folder: Path, has_secrets: Callable[[], bool]) -> None:
        self.key_file = folder / SECRET_KEY_FILE
        self._has_secrets = has_secrets
        self._fernets: dict[str, Fernet] = {}

    def key_source(self) -> Literal["file", "environment", "none"]:
        """Returns where the key is; it is nowhere as long as nothing was encrypted."""
        if _secret_from_env():
            return "environment"
        return "file" if self.key_file.exists() else "none"

    def encrypt(self, text: str) -> str:
        """Returns a text encrypted; creates the key when there is none yet.

        Raises `UndecryptableSecret` when the key has been lost: nobody would notice that the secrets before are unreadable.
        """
        secret = _secret_from_env() or _read_secret(self.key_file)
        if secret is None:
            if self._has_secrets():
                raise UndecryptableSecret(
                    f"No secret can be stored: the key of those that there are is missing. {self._advice()}. If it is lost, "
                    f"put a new text of your own at random into that file, and give webhooks, apps and second factors new passwords and secrets"
                )
            secret = _read_or_create_secret(self.key_file)
        return self._fernet(secret).encrypt(text.encode()).decode()

    def decrypt(self, ciphertext: str) -> str:
        """Returns the decrypted text. Raises `UndecryptableSecret` when the key is missing or another one."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - few need it

        secret = _secret_from_env() or _read_secret(self.key_file)
        try:
            if secret is not None:
                return self._fernet(secret).decrypt(ciphertext.encode()).decode()
        except InvalidToken:
            pass
        problem = "there is no key" if secret is None else "it was encrypted with another key"
        raise UndecryptableSecret(f"A stored secret cannot be read: {problem}. {self._advice()}")

    def _advice(self) -> str:
        return f"Put {self.key_file} back, or set {SECRET_KEY_VARIABLE} to what it was"

    def _fernet(self, secret: str) -> Fernet:
        from cryptography.fernet import Fernet  # noqa: PLC0415 - few need it

        if secret not in self._fernets:
            key = base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest())
            self._fernets[secret] = Fernet(key)
        return self._fernets[secret]


def _secret_from_env() -> str | None:
    return os.environ.get(SECRET_KEY_VARIABLE) or None


def _read_secret(path: Path) -> str | None:
    """Returns the content of the secret file; None when there is none. Takes it away from all but its owner."""
    _private_files.restrict(path)
    try:
        return path.read_text().strip() or None
    except FileNotFoundError:
        return None


def _read_or_create_secret(path: Path) -> str:
    """Returns the content of the secret file, which only its owner can read; the first process creates it."""
    _private_files.make_folder(path.parent)
    made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    if not path.exists():
        _private_files.make_file(made)
        made.write_text(secrets.token_hex(32))
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    _private_files.restrict(path)
    return path.read_text().strip()
