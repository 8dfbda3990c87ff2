"""A part of a bucket as a store of files: S3, or what speaks its protocol. The extra ``dealwright[s3]`` brings the library.

Credentials, region and endpoint come from the environment, under the names of AWS: ``AWS_ACCESS_KEY_ID``,
``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``, ``AWS_ENDPOINT_URL`` (and ``AWS_ALLOW_HTTP`` for one without TLS).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from dealwright.storage.files import CHUNK, checked

try:
    from obstore.exceptions import BaseError
    from obstore.store import ObjectStore, S3Store
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        'Files in a bucket need a library: pip install "dealwright[s3]"', name=error.name
    ) from None

if TYPE_CHECKING:
    from obstore.store import RetryConfig

# A request waits for this, and on SQLite all other writers wait for the request.
RETRIES: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}


class BucketFiles:
    """Objects in a store of obstore. An object becomes visible when it is complete."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, key: str, content: bytes) -> None:
        with _failing():
            self._store.put(checked(key), content)

    def stream(self, key: str) -> Iterator[bytes]:
        with _failing():
            for chunk in self._store.get(checked(key)).stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

    def delete(self, key: str) -> None:
        with suppress(FileNotFoundError), _failing():
            self._store.delete(checked(key))


@contextmanager
def _failing() -> Iterator[None]:
    """Lets a store that cannot be reached, or that refuses, fail like a folder would."""
    try:
        yield
    except BaseError as error:
        raise OSError(f"the bucket failed: {error}") from error


def open_bucket(location: str) -> BucketFiles:
    """What lies below ``s3://bucket/prefix``."""
    return BucketFiles(S3Store.from_url(location, retry_config=RETRIES))
