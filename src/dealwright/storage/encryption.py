"""Encrypts secrets that are needed again in plain text, such as an app's when it is notified of its removal.

The key is not in the database: it comes from the environment variable `SECRET_KEY_VARIABLE`, or from a file beside the
platform, which is created when first needed. For one PostgreSQL database that is served from several machines, set the
variable on all of them.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from pathlib import Path

from dealwright.storage.platform import Platform

SECRET_KEY_VARIABLE = "DEALWRIGHT_SECRET_KEY"
SECRET_KEY_FILE = "secret.key"


def encrypt(platform: Platform, text: str) -> str:
    """Returns a text encrypted with the platform's key."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 - few need it

    return Fernet(_key(platform.folder)).encrypt(text.encode()).decode()


def decrypt(platform: Platform, ciphertext: str) -> str | None:
    """Returns the decrypted text; None when the key has changed."""
    from cryptography.fernet import Fernet, InvalidToken  # noqa: PLC0415 - few need it

    try:
        return Fernet(_key(platform.folder)).decrypt(ciphertext.encode()).decode()
    except InvalidToken:
        return None


def _key(folder: Path) -> bytes:
    secret = os.environ.get(SECRET_KEY_VARIABLE) or _read_or_create_secret(folder / SECRET_KEY_FILE)
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest())


def _read_or_create_secret(path: Path) -> str:
    """Returns the content of the secret file, which only its owner can read; the first process creates it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    if not path.exists():
        made.touch(mode=0o600)
        made.write_text(secrets.token_hex(32))
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text().strip()
