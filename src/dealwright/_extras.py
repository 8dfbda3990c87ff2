"""How to install what is missing: from where this installation came."""

from __future__ import annotations

import json
from importlib import metadata
from urllib.parse import unquote, urlsplit


def install_command(extras: str) -> str:
    """Returns the command that installs extras (``server,mcp``) of this package."""
    return f'pip install "{_origin()}[{extras}]"'


def _origin() -> str:
    """Returns what this package was installed from: a folder or a file, or else its name, from an index."""
    try:
        text = metadata.distribution("dealwright").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        # A source tree on the path.
        return "PATH_OF_THE_CHECKOUT"
    parts = urlsplit(json.loads(text).get("url", "")) if text else None
    return unquote(parts.path) if parts is not None and parts.scheme == "file" else "dealwright"
