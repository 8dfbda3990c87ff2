"""A part of a bucket as a store of files: S3, or a service with its protocol.

The extra ``dealwright[s3]`` has the library. Credentials, region and endpoint come from the environment, under the
names of AWS: ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``, ``AWS_ENDPOINT_URL`` (and
``AWS_ALLOW_HTTP`` for one without TLS).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dealwright._extras import install_command
from dealwright.storage.files import CHUNK_BYTES, validate_key

try:
    from obstore.exceptions import BaseError
    from obstore.store import ObjectStore, S3Store
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(f"Files in a bucket need a library: {install_command('s3')}", name=error.name) from None

if TYPE_CHECKING:
    from obstore.store import RetryConfig

# A request waits for this, and on SQLite all other writers wait for the request.
RETRY_CONFIG: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}

# Large content goes in parts of 5 MiB, of which so many are in memory.
PARTS_AT_A_TIME = 2


class BucketFiles:
    """Objects in a store of obstore. An object becomes visible when it is complete."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, key: str, content: BinaryIO) -> None:
        with _errors_as_os_errors():
            self._store.put(validate_key(key), content, max_concurrency=PARTS_AT_A_TIME)

    def stream(self, key: str) -> Iterator[bytes]:
        with _errors_as_os_errors():
            for chunk in self._store.get(validate_key(key)).stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)

    def delete(self, key: str) -> None:
        with suppress(FileNotFoundError), _errors_as_os_errors():
            self._store.delete(validate_key(key))


@contextmanager
def _errors_as_os_errors() -> Iterator[None]:
    """Turns the errors of an unreachable or refusing store into OSError, which a folder would raise."""
    try:
        yield
    except BaseError as error:
        raise OSError(f"the bucket failed: {error}") from error


def open_bucket(location: str) -> BucketFiles:
    """Returns the store below ``s3://bucket/prefix``."""
    return BucketFiles(S3Store.from_url(location, retry_config=RETRY_CONFIG))


class Bucket:
    """The part of a bucket below ``s3://bucket/prefix``, for files with paths of any form."""

    def __init__(self, location: str) -> None:
        """Raises ValueError when the location cannot be one."""
        try:
            self._store = S3Store.from_url(location, retry_config=RETRY_CONFIG)
        except BaseError as error:
            raise ValueError(str(error)) from None

    def put(self, path: str, content: bytes | Path | Iterator[bytes]) -> None:
        """Stores some content, whole or not at all. Raises OSError."""
        with _errors_as_os_errors():
            self._store.put(path, content)

    def stream(self, path: str) -> Iterator[bytes]:
        """Yields the content in chunks. Raises FileNotFoundError, at the first chunk, when there is none; OSError."""
        with _errors_as_os_errors():
            for chunk in self._store.get(path).stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)

    def list_folders(self) -> list[str]:
        """Returns the first parts of the paths of more than one part. Raises OSError."""
        with _errors_as_os_errors():
            return [
                prefix.strip("/").rpartition("/")[2] for prefix in self._store.list_with_delimiter()["common_prefixes"]
            ]
