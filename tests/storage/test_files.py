"""Stores of files: a folder, and a bucket of a server that speaks the protocol of S3."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import httpx2
import pytest

from dealwright.storage.file_stores import open_files
from dealwright.storage.files import CHUNK_BYTES, Files, FolderFiles, NewFiles, new_key


@pytest.fixture(params=["folder", "full sync", "bucket"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "bucket":
        return open_files(request.getfixturevalue("bucket"), "acme")
    return FolderFiles(tmp_path / "files", full_sync=request.param == "full sync")


def exists(files: Files, key: str) -> bool:
    try:
        next(files.stream(key), None)
    except FileNotFoundError:
        return False
    return True


def test_content_comes_back_byte_for_byte(files: Files) -> None:
    for content in (b"", b"\r\n\0\xff", bytes(range(256)) * (CHUNK_BYTES // 64)):
        key = new_key()
        files.put(key, io.BytesIO(content))
        assert b"".join(files.stream(key)) == content
    files.put(f"{key}-128", io.BytesIO(b"small"))
    files.put(key, io.BytesIO(b"instead"))
    assert [b"".join(files.stream(one)) for one in (key, f"{key}-128")] == [b"instead", b"small"]


class ReadInPieces(io.BytesIO):
    """Content that remembers the largest piece that was asked for."""

    largest = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.largest = max(self.largest, sys.maxsize if size is None or size < 0 else size)
        return super().read(size)


def test_content_is_stored_in_pieces(files: Files) -> None:
    key = new_key()
    content = ReadInPieces(bytes(range(256)) * 60_000)
    files.put(key, content)
    assert b"".join(files.stream(key)) == content.getvalue()
    assert 0 < content.largest <= 6_000_000


def test_what_is_deleted_is_gone(files: Files) -> None:
    key = new_key()
    files.put(key, io.BytesIO(b"content"))
    files.delete(key)
    files.delete(key)
    assert not exists(files, key)


@pytest.mark.parametrize("name", ["", "../secret", "/etc/passwd", "0" * 39, "0" * 40 + "/x", "A" * 40, "0" * 40 + "\n"])
def test_nothing_but_a_key_reaches_the_store(files: Files, name: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        files.put(name, io.BytesIO(b"content"))
    with pytest.raises(ValueError, match="not a key"):
        next(files.stream(name))
    with pytest.raises(ValueError, match="not a key"):
        files.delete(name)


def test_new_content_stays_only_when_it_is_kept(files: Files) -> None:
    with NewFiles(files) as new_files:
        dropped = new_files.put(b"new")
        assert b"".join(files.stream(dropped)) == b"new"
    with NewFiles(files) as new_files:
        kept = new_files.put(b"new")
        new_files.keep()
    assert (exists(files, dropped), exists(files, kept)) == (False, True)


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_disk_full(path: Path, target: Path) -> Path:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", raise_disk_full)
    with pytest.raises(OSError, match="No space"), NewFiles(FolderFiles(tmp_path)) as new_files:
        new_files.put(b"content")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_each_company_has_a_store_of_its_own(tmp_path: Path) -> None:
    key = new_key()
    open_files(str(tmp_path), "one").put(key, io.BytesIO(b"content"))
    assert exists(open_files(str(tmp_path), "one"), key)
    assert not exists(open_files(str(tmp_path), "two"), key)


def test_companies_share_a_bucket_without_conflicts(bucket: str) -> None:
    key = new_key()
    open_files(f"{bucket}/part", "one").put(key, io.BytesIO(b"content"))
    assert exists(open_files(f"{bucket}/part/", "one"), key)
    assert not exists(open_files(f"{bucket}/part", "two"), key)
    listed = httpx2.get(f"{os.environ['AWS_ENDPOINT_URL']}/{bucket.removeprefix('s3://')}").text
    assert f"<Key>part/one/{key}</Key>" in listed
