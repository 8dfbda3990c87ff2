"""Opens the store of a company's files: a folder, or a part of an S3-compatible bucket."""

from __future__ import annotations

from pathlib import Path

from dealwright.storage.files import Files, FolderFiles

S3_SCHEME = "s3://"


def open_files(location: str, company: str, *, full_sync: bool = False) -> Files:
    """Returns the store of a company at a location: a folder, or ``s3://bucket/prefix``."""
    if location.startswith(S3_SCHEME):
        # The library is only imported for a bucket.
        from dealwright.storage.s3_files import open_bucket  # noqa: PLC0415

        return open_bucket(f"{location.rstrip('/')}/{company}")
    return FolderFiles(Path(location) / company, full_sync=full_sync)
