"""Where things are kept unless somebody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

FILES_VARIABLE = "DEALWRIGHT_FILES"
"""Names a folder, or ``s3://bucket/prefix``, for the content of files."""


def data_folder() -> Path:
    """Where the embedded CRM keeps its data: ``DEALWRIGHT_DATA_DIR``, or the user's data folder."""
    return Path(os.environ.get("DEALWRIGHT_DATA_DIR") or platformdirs.user_data_dir("dealwright", appauthor=False))


def files_location(beside: Path | None) -> str:
    """Where the content of files is: what the environment names, or ``files`` beside a platform's databases.

    A platform on PostgreSQL lies in no folder; its files are in the data folder.
    """
    return os.environ.get(FILES_VARIABLE) or str((beside or data_folder()) / "files")
