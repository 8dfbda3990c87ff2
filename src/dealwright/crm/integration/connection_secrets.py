"""What connections hold in secret, and how it is stored: encrypted with the key of the company."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from dealwright.crm.errors import Unavailable
from dealwright.storage.encryption import Cipher, UndecryptableSecret


class Secrets(NamedTuple):
    """What a connection holds in secret: a token, or a grant as JSON."""

    token: str | None = None
    grant: str | None = None


class SealedSecrets(NamedTuple):
    """`Secrets` as they are stored."""

    token: str | None = None
    grant: str | None = None


Seal = Callable[[Secrets], SealedSecrets]


def seal(cipher: Cipher, secrets: Secrets) -> SealedSecrets:
    """Returns secrets as they are stored. Raises `Unavailable`."""
    return SealedSecrets(*(None if secret is None else seal_text(cipher, secret) for secret in secrets))


def sealer(cipher: Cipher) -> Seal:
    """Returns `seal` with a cipher."""
    return partial(seal, cipher)


def seal_text(cipher: Cipher, text: str) -> str:
    """Returns a text encrypted: a renewed grant, or what a consent is about. Raises `Unavailable`."""
    try:
        return cipher.encrypt(text)
    except UndecryptableSecret as error:
        raise Unavailable(f"Secrets cannot be stored at present: {error}") from error
