"""The CRM in this process: one application for each folder, shared by all clients, open until the process ends.

This is the one place that imports the server, by name and only when it is needed.
"""

from __future__ import annotations

import atexit
import importlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import httpx2

from dealwright._database_errors import explain
from dealwright.connectors.asgi import Application, AsgiTransport
from dealwright.connectors.errors import UnusableConnection, UnusableCrm

MODULE = "dealwright.embedded"


class EmbeddedApplication(Protocol):
    """The application that the function ``open_application`` of `MODULE` returns."""

    @property
    def app(self) -> Application:
        """The ASGI application."""

    @property
    def api_token(self) -> str:
        """An API token of its first user."""

    def close(self) -> None:
        """Closes files and ends threads."""


class LocalCrm(NamedTuple):
    """A CRM in this process: the transport that calls it, and the API token for its requests."""

    transport: httpx2.BaseTransport
    token: str


class OpenApplication:
    """An open application, and the transport that calls it."""

    def __init__(self, application: EmbeddedApplication) -> None:
        self.application = application
        self.transport = AsgiTransport(application.app)

    @property
    def token(self) -> str:
        """The API token for its requests."""
        return self.application.api_token


_lock = threading.Lock()
_open_applications: dict[Path | None, OpenApplication] = {}
_inherited_applications: list[OpenApplication] = []


def get_or_open(folder: Path | None) -> OpenApplication:
    """Returns the application of a folder, and opens it first when it is not open. Raises `UnusableConnection`, `UnusableCrm`."""
    key = folder.resolve() if folder else None
    with _lock:
        if key not in _open_applications:
            _open_applications[key] = OpenApplication(_open(key))
        return _open_applications[key]


def close_all() -> None:
    """Closes every application; the next use opens it anew."""
    with _lock:
        closing = list(_open_applications.values())
        _open_applications.clear()
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
        if (unusable := explain(error)) is not None:
            problem = unusable.problem
            raise UnusableCrm(f"The embedded CRM: {unusable}", problem.label, problem.exit_code) from error
        where = folder or "the data folder"
        raise UnusableConnection(f"The embedded CRM in {where} cannot be opened: {error}") from error


def _reset_after_fork() -> None:
    """Forgets the open applications in a forked child, which lacks its parent's threads.

    The parent's stay untouched.
    """
    _inherited_applications.extend(_open_applications.values())
    _open_applications.clear()


atexit.register(close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)
