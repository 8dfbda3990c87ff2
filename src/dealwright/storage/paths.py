"""The default locations of data, caches and files, and the environment variables that override them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs
import sqlalchemy as sa

FILES_VARIABLE = "DEALWRIGHT_FILES"
"""The environment variable with a folder, or ``s3://bucket/prefix``, for the content of files."""


_ADDRESS = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]{1,30}:/")


def is_address(location: str) -> bool:
    """Whether a location reads like an address (``mysql://host``), of which no folder is made."""
    return _ADDRESS.match(location) is not None


def data_folder() -> Path:
    """Returns the folder of the embedded CRM's data: ``DEALWRIGHT_DATA_DIR``, or the user's data folder."""
    return Path(os.environ.get("DEALWRIGHT_DATA_DIR") or platformdirs.user_data_dir("dealwright", appauthor=False))


def required_folder(folder: Path) -> Path:
    """Returns the folder that must be there before a platform is created in another one.

    It is the parent. The user's own data folder is created with all of its parents.
    """
    if not folder.absolute().is_relative_to(data_folder().absolute()):
        return folder.absolute().parent
    if os.environ.get("DEALWRIGHT_DATA_DIR"):
        return data_folder().absolute().parent
    return Path(folder.absolute().anchor)


def cache_folder() -> Path:
    """Returns the folder for files that can be made again: ``DEALWRIGHT_CACHE_DIR``, or the user's cache folder."""
    return Path(os.environ.get("DEALWRIGHT_CACHE_DIR") or platformdirs.user_cache_dir("dealwright", appauthor=False))


def files_location(folder: Path) -> str:
    """Returns the location of the content of files: from the environment, or ``files`` in a platform's folder."""
    return os.environ.get(FILES_VARIABLE) or default_files_location(folder)


def default_files_location(folder: Path) -> str:
    """Returns the location of the content of files unless another one is named: beside the databases."""
    return str(folder / "files")


def postgres_folder(postgres_url: str) -> Path:
    """Returns the folder for data of a platform on PostgreSQL that are outside of its database."""
    return data_folder() / "postgresql" / str(sa.make_url(postgres_url).database)
