"""An isolated user: no stored connections, none in the environment, no keyring; waits take no time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dealwright.connectors import client, embedded, keys, retry
from tests.connectors.clock import Clock

NO_KEYRING = "keyring.backends.fail.Keyring"


@contextmanager
def isolated_environment(folder: Path) -> Iterator[None]:
    """Keeps all files of the connector in ``folder`` during the block, and closes everything at its end."""
    import keyring
    import keyring.backends.fail

    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DEALWRIGHT_")]:
            patch.delenv(name)
        patch.setenv("DEALWRIGHT_CONFIG_DIR", str(folder / "config"))
        patch.setenv("DEALWRIGHT_DATA_DIR", str(folder / "data"))
        patch.setenv("DEALWRIGHT_STATE_DIR", str(folder / "state"))
        patch.setattr(retry, "CLOCK", Clock())
        patch.setenv("PYTHON_KEYRING_BACKEND", NO_KEYRING)
        before = keyring.get_keyring()
        keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]
        keys.cipher.cache_clear()
        try:
            yield
        finally:
            client.close_all()
            embedded.close_all()
            keyring.set_keyring(before)
