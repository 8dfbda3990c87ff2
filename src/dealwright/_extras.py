"""How to install what is missing: from where this installation came, because an index may have another package of the name."""

from __future__ import annotations

import json
from importlib import metadata
from urllib.parse import unquote, urlsplit


def install_command(extras: str) -> str:
    """Returns the command that installs extras (``server,mcp``) of this package."""
    return f'pip install "{_origin()}[{extras}]"'


def _origin() -> str:
    """Returns the folder or the file that this package was installed from; that of the checkout unless it is known."""
    try:
        text = metadata.distribution("dealwright").read_text("direct_url.json")
        parts = urlsplit(json.loads(text or "{}").get("url", ""))
    except (metadata.PackageNotFoundError, ValueError):
        return "PATH_OF_THE_CHECKOUT"
    return unquote(parts.path) if parts.scheme == "file" else "PATH_OF_THE_CHECKOUT"
