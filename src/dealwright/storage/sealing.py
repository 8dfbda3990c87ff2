"""Secrets that must be said again one day, such as an app's when it is told that it was removed: sealed in the database.

The key is not in the database: it is what `VARIABLE` says, or in a file beside the platform, made when first needed. Who
serves one PostgreSQL database from several machines sets the variable on all of them.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from pathlib import Path

from dealwright.storage.platform import Platform

VARIABLE = "DEALWRIGHT_SECRET_KEY"
FILE = "secret.key"


def seal(platform: Platform, text: str) -> str:
    """A text as only this platform reads it."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 - few need it

    return Fernet(_key(platform.folder)).encrypt(text.encode()).decode()


def unseal(platform: Platform, sealed: str) -> str | None:
    """The text; None when the key is another one now."""
    from cryptography.fernet import Fernet, InvalidToken  # noqa: PLC0415 - few need it

    try:
        return Fernet(_key(platform.folder)).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _key(folder: Path) -> bytes:
    secret = os.environ.get(VARIABLE) or _kept(folder / FILE)
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest())


def _kept(path: Path) -> str:
    """What a file holds that only its owner reads; made up by whoever comes first."""
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
