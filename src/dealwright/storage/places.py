"""Where things are kept unless somebody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import sqlalchemy as sa

FILES_VARIABLE = "DEALWRIGHT_FILES"
"""Names a folder, or ``s3://bucket/prefix``, for the content of files."""


def data_folder() -> Path:
    """Where the embedded CRM keeps its data: ``DEALWRIGHT_DATA_DIR``, or the user's data folder."""
    return Path(os.environ.get("DEALWRIGHT_DATA_DIR") or platformdirs.user_data_dir("dealwright", appauthor=False))


def cache_folder() -> Path:
    """Where lies what can be made again at any time: ``DEALWRIGHT_CACHE_DIR``, or the user's cache folder."""
    return Path(os.environ.get("DEALWRIGHT_CACHE_DIR") or platformdirs.user_cache_dir("dealwright", appauthor=False))


def files_location(folder: Path) -> str:
    """Where the content of files is: what the environment names, or ``files`` in a platform's folder."""
    return os.environ.get(FILES_VARIABLE) or str(folder / "files")


def folder_of(postgres_url: str) -> Path:
    """The folder for what a platform on PostgreSQL has outside of its database."""
    return data_folder() / "postgresql" / str(sa.make_url(postgres_url).database)
