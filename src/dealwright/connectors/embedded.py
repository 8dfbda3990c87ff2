"""The CRM in this process: one application for each folder, shared by all clients, open until the process ends.

This is the one place that reaches for the server, by name and only when it is needed.
"""

from __future__ import annotations

import atexit
import importlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from dealwright.connectors.asgi import Application, AsgiTransport
from dealwright.connectors.errors import UnusableConnection

MODULE = "dealwright.embedded"


class EmbeddedApplication(Protocol):
    """What ``open_application`` of the module gives."""

    @property
    def app(self) -> Application:
        """The ASGI application."""

    @property
    def api_token(self) -> str:
        """A token that lets its first user in."""

    def close(self) -> None:
        """Gives back files and threads."""


class Opened:
    """An application that is open, and the way to it."""

    def __init__(self, application: EmbeddedApplication) -> None:
        self.application = application
        self.transport = AsgiTransport(application.app)

    @property
    def token(self) -> str:
        """The token to show it."""
        return self.application.api_token


_lock = threading.Lock()
_opened: dict[Path | None, Opened] = {}
_abandoned: list[Opened] = []


def opened(folder: Path | None) -> Opened:
    """The application of a folder, opened when it is not yet. Raises `UnusableConnection`."""
    key = folder.resolve() if folder else None
    with _lock:
        if key not in _opened:
            _opened[key] = Opened(_open(key))
        return _opened[key]


def close_all() -> None:
    """Closes every application; the next use opens it anew."""
    with _lock:
        closing = list(_opened.values())
        _opened.clear()
    for one in closing:
        one.transport.close()
        one.application.close()


def _open(folder: Path | None) -> EmbeddedApplication:
    try:
        open_application: Callable[[Path | None], EmbeddedApplication] = importlib.import_module(
            MODULE
        ).open_application
        return open_application(folder)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("dealwright"):
            raise
        raise UnusableConnection(
            f'The embedded CRM needs the server ({error.name} is missing): pip install "dealwright[server]"'
        ) from error
    except Exception as error:
        where = folder or "the data folder"
        raise UnusableConnection(f"The embedded CRM in {where} cannot be opened: {error}") from error


def _forget() -> None:
    """Opens anew in a forked child, which has none of its parent's threads; what the parent opened stays untouched."""
    _abandoned.extend(_opened.values())
    _opened.clear()


atexit.register(close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
