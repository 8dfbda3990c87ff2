"""The manifest of a backup: what it is of, and the size and hash of each of its files."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from dealwright.storage.engines import DialectName

FORMAT_VERSION = 1
MANIFEST_FILE = "manifest.json"
PLATFORM_FILE = "platform.sqlite3"
DUMP_FILE = "database.dump"
SECRET_KEY_FILE = "secret.key"

_DOMAIN = "[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"
_PATH_PATTERN = re.compile(
    rf"platform\.sqlite3|companies/{_DOMAIN}\.sqlite3|database\.dump|secret\.key"
    rf"|files/{_DOMAIN}/[0-9a-f]{{2}}/[0-9a-f]{{40}}(?:-[0-9]{{1,4}})?"
)


class BackupError(Exception):
    """A backup cannot be made, is not sound, or cannot be restored; the message says what to do."""


class CompanyEntry(msgspec.Struct, frozen=True):
    """A company in a backup, and the version of its tables."""

    id: int
    domain: str
    schema_revision: str


class FileEntry(msgspec.Struct, frozen=True):
    """A file of a backup."""

    path: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """The content of ``manifest.json``.

    ``schema_revision`` is the newest that the version of Dealwright knew. ``missing`` are the paths of content that rows
    refer to and that was not in the store. ``secret_key`` says where the platform's key is: in the backup, in the
    environment of the server, or nowhere, because nothing is encrypted. ``extensions`` are those of PostgreSQL that the
    dump needs.
    """

    format_version: int
    package_version: str
    schema_revision: str
    time: str
    dialect: DialectName
    companies: list[CompanyEntry]
    secret_key: Literal["file", "environment", "none"]
    files: list[FileEntry]
    missing: list[str] = []
    extensions: list[str] = []


def encode_manifest(manifest: Manifest) -> bytes:
    """Returns a manifest as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def decode_manifest(content: bytes, backup: str) -> Manifest:
    """Returns the manifest of a backup. Raises `BackupError` for one that is damaged or of a newer format."""
    try:
        version = msgspec.json.decode(content)["format_version"]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
        raise BackupError(f"{backup}: {MANIFEST_FILE} is damaged") from None
    if version != FORMAT_VERSION:
        raise BackupError(f"{backup} has the format {version}, which needs a newer version of Dealwright")
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackupError(f"{backup}: {MANIFEST_FILE} is damaged: {error}") from None
    paths = [file.path for file in manifest.files]
    if len(set(paths)) < len(paths) or not all(_PATH_PATTERN.fullmatch(path) for path in paths):
        raise BackupError(f"{backup}: {MANIFEST_FILE} is damaged: it names a file that no backup has, or one twice")
    return manifest


def company_file(domain: str) -> str:
    """Returns the path of the database of a company."""
    return f"companies/{domain}.sqlite3"


def content_path(domain: str, key: str) -> str:
    """Returns the path of the content of a file of a company."""
    return f"files/{domain}/{key[:2]}/{key}"


def split_content_path(path: str) -> tuple[str, str] | None:
    """Returns the domain and the key of the content at a path; None for another file."""
    parts = path.split("/")
    return (parts[1], parts[3]) if parts[0] == "files" else None
