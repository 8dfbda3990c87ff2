"""Where backups are: folders, and parts of a bucket. In each place a backup is a set of files, one of which is the manifest.

A backup is there when its manifest is: a folder is renamed when it is complete, and in a bucket the manifest is written last.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from dealwright import _private_files
from dealwright.storage.backups import staging
from dealwright.storage.backups.manifest import (
    MANIFEST_FILE,
    BackupError,
    FileEntry,
    Manifest,
    decode_manifest,
    encode_manifest,
)
from dealwright.storage.file_stores import S3_SCHEME
from dealwright.storage.files import CHUNK_BYTES

if TYPE_CHECKING:
    from dealwright.storage.s3_files import Bucket


class NewBackup(Protocol):
    """A backup that is being made."""

    @property
    def scratch(self) -> Path:
        """A private folder for a file that is added next."""

    def add(self, path: str, chunks: Iterable[bytes]) -> FileEntry:
        """Adds a file with this content."""

    def add_file(self, path: str, file: Path) -> FileEntry:
        """Adds a file of the scratch folder, which is gone then."""

    def finish(self, manifest: Manifest) -> str:
        """Completes the backup; returns where it is."""


class Backup(NamedTuple):
    """A backup that is there, and its manifest."""

    location: str
    place: _Folder | _BucketPart
    manifest: Manifest

    def chunks(self, entry: FileEntry) -> Iterator[bytes]:
        """Yields the content of a file.

        Raises `BackupError`, before the end, when it is not the one that was written.
        """
        digest, size = hashlib.sha256(), 0
        try:
            for chunk in self.place.stream(entry.path):
                digest.update(chunk)
                size += len(chunk)
                yield chunk
        except FileNotFoundError:
            raise BackupError(f"{self.location}: {entry.path} is missing") from None
        if size != entry.size:
            raise BackupError(f"{self.location}: {entry.path} has {size} bytes, and had {entry.size}")
        if digest.hexdigest() != entry.sha256:
            raise BackupError(f"{self.location}: {entry.path} is damaged: it has another hash than it had")

    def entry(self, path: str) -> FileEntry:
        """Returns what the manifest says of a file. Raises `BackupError` when it names no such file."""
        found = next((entry for entry in self.manifest.files if entry.path == path), None)
        if found is None:
            raise BackupError(f"{self.location}: {MANIFEST_FILE} names no {path}")
        return found

    def local_file(self, entry: FileEntry) -> AbstractContextManager[Path]:
        """Yields a file in a folder of this machine; it must not be changed."""
        return self.place.local_file(entry.path)


def new_backup(location: str, name: str) -> AbstractContextManager[NewBackup]:
    """Opens a new backup in a folder of backups, or in the part of a bucket ``s3://bucket/prefix``.

    When the block ends without `NewBackup.finish`, nothing is left in a folder, and no manifest in a bucket.
    """
    return _new_in_bucket(location, name) if location.startswith(S3_SCHEME) else _new_in_folder(Path(location), name)


def open_backup(location: str) -> Backup:
    """Returns the backup at a location, or the newest of those in it. Raises `BackupError` when there is none."""
    place = _BucketPart(location) if location.startswith(S3_SCHEME) else _Folder(Path(location))
    content = place.read_manifest()
    if content is None:
        newest = place.newest()
        if newest is None:
            raise BackupError(f"there is no backup at {location}")
        return open_backup(newest)
    return Backup(location, place, decode_manifest(content, location))


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def read_manifest(self) -> bytes | None:
        try:
            return (self._path / MANIFEST_FILE).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def newest(self) -> str | None:
        names = [path.parent for path in self._path.glob(f"*/{MANIFEST_FILE}") if not path.parent.name.startswith(".")]
        return str(max(names)) if names else None

    def stream(self, path: str) -> Iterator[bytes]:
        with (self._path / path).open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    @contextmanager
    def local_file(self, path: str) -> Iterator[Path]:
        yield self._path / path


class _BucketPart:
    def __init__(self, location: str) -> None:
        self._location = location.rstrip("/")
        self._bucket = _open_bucket(self._location)

    def read_manifest(self) -> bytes | None:
        try:
            return b"".join(self._bucket.stream(MANIFEST_FILE))
        except FileNotFoundError:
            return None

    def newest(self) -> str | None:
        # The names of backups sort by time. One without a manifest was not completed.
        for name in sorted(self._bucket.list_folders(), reverse=True):
            location = f"{self._location}/{name}"
            if _BucketPart(location).read_manifest() is not None:
                return location
        return None

    def stream(self, path: str) -> Iterator[bytes]:
        return self._bucket.stream(path)

    @contextmanager
    def local_file(self, path: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="dealwright-") as folder:
            file = Path(folder) / "file"
            _private_files.make_file(file)
            with file.open("wb") as out:
                for chunk in self.stream(path):
                    out.write(chunk)
            yield file


class _NewFolder:
    def __init__(self, folder: Path, target: Path) -> None:
        self.scratch = folder
        self._target = target

    def add(self, path: str, chunks: Iterable[bytes]) -> FileEntry:
        file = self.scratch / path
        digest, size = hashlib.sha256(), 0
        _private_files.make_folder(file.parent)
        _private_files.make_file(file)
        with file.open("wb") as out:
            try:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    out.write(chunk)
            except FileNotFoundError:
                file.unlink()
                raise
            out.flush()
            os.fsync(out.fileno())
        return FileEntry(path, size, digest.hexdigest())

    def add_file(self, path: str, file: Path) -> FileEntry:
        target = self.scratch / path
        _private_files.make_folder(target.parent)
        _private_files.restrict(file)
        entry = _hash_file(path, file)
        file.rename(target)
        _private_files.sync(target)
        return entry

    def finish(self, manifest: Manifest) -> str:
        self.add(MANIFEST_FILE, [encode_manifest(manifest)])
        target, number = self._target, 1
        while True:
            try:
                # A name that is taken would be no error while its folder is empty.
                if not target.exists():
                    staging.publish(self.scratch, target)
                    return str(target)
            except OSError:
                if not target.exists():
                    raise
            number += 1
            target = self._target.with_name(f"{self._target.name}-{number}")


@contextmanager
def _new_in_folder(parent: Path, name: str) -> Iterator[NewBackup]:
    if not parent.exists():
        _private_files.make_folder(parent)
    with staging.staged_folder(parent, "backup") as folder:
        yield _NewFolder(folder, parent / name)


class _NewInBucket:
    def __init__(self, location: str, scratch: Path) -> None:
        self._location = location
        self._bucket = _open_bucket(location)
        self.scratch = scratch

    def add(self, path: str, chunks: Iterable[bytes]) -> FileEntry:
        digest, size = hashlib.sha256(), 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                yield chunk

        self._bucket.put(path, counted())
        return FileEntry(path, size, digest.hexdigest())

    def add_file(self, path: str, file: Path) -> FileEntry:
        entry = _hash_file(path, file)
        self._bucket.put(path, file)
        file.unlink()
        return entry

    def finish(self, manifest: Manifest) -> str:
        self._bucket.put(MANIFEST_FILE, encode_manifest(manifest))
        return self._location


@contextmanager
def _new_in_bucket(location: str, name: str) -> Iterator[NewBackup]:
    with tempfile.TemporaryDirectory(prefix="dealwright-") as scratch:
        yield _NewInBucket(f"{location.rstrip('/')}/{name}", Path(scratch))


def _open_bucket(location: str) -> Bucket:
    # The library is only imported for a bucket.
    from dealwright.storage.s3_files import Bucket  # noqa: PLC0415

    with contextlib.suppress(ValueError):
        return Bucket(location)
    raise BackupError(f"{location} is no address of a bucket")


def _hash_file(path: str, file: Path) -> FileEntry:
    with file.open("rb") as content:
        return FileEntry(path, file.stat().st_size, hashlib.file_digest(content, "sha256").hexdigest())
