"""A part of a bucket as a store of files: S3, or what speaks its protocol. The extra ``dealwright[s3]`` brings the library.

Credentials, region and endpoint come from the environment, under the names of AWS: ``AWS_ACCESS_KEY_ID``,
``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``, ``AWS_ENDPOINT_URL`` (and ``AWS_ALLOW_HTTP`` for one without TLS).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from dealwright.storage.files import CHUNK, checked

try:
    from obstore.store import ObjectStore, S3Store
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        'Files in a bucket need a library: pip install "dealwright[s3]"', name=error.name
    ) from None


class BucketFiles:
    """Objects in a store of obstore. An object becomes visible when it is complete."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, key: str, content: bytes) -> None:
        self._store.put(checked(key), content)

    def stream(self, key: str) -> Iterator[bytes]:
        for chunk in self._store.get(checked(key)).stream(min_chunk_size=CHUNK):
            yield bytes(chunk)

    def delete(self, key: str) -> None:
        with suppress(FileNotFoundError):
            self._store.delete(checked(key))


def open_bucket(location: str) -> BucketFiles:
    """What lies below ``s3://bucket/prefix``."""
    return BucketFiles(S3Store.from_url(location))
