"""The CRM in this process: one application for each folder, shared by all who use it, open until the last of them has closed it.

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
from dealwright._extras import install_command
from dealwright.connectors.asgi import Application, AsgiTransport
from dealwright.connectors.errors import UnusableConnection, UnusableCrm

MODULE = "dealwright.embedded"


class EmbeddedApplication(Protocol):
    """The application that the functions ``open_application`` and ``open_sandbox`` of `MODULE` return."""

    @property
    def app(self) -> Application:
        """The ASGI application."""

    @property
    def api_token(self) -> str:
        """An API token of its first user."""

    def is_there(self) -> bool:
        """Whether its data still lie where they were when it was opened."""

    def close(self) -> None:
        """Closes files and ends threads."""


class LocalCrm(NamedTuple):
    """A CRM in this process: the transport that calls it, and the API token for its requests."""

    transport: httpx2.BaseTransport
    token: str


class OpenApplication:
    """An open application, and the transport that calls it."""

    def __init__(self, application: EmbeddedApplication, folder: Path | None, *, is_sandbox: bool = False) -> None:
        self.application = application
        self.is_sandbox = is_sandbox
        self.folder = folder
        self.transport = AsgiTransport(application.app)
        self.users = 0
        self.is_closed = False
        # A forked child lacks its parent's threads, and leaves its parent's applications alone.
        self.process_id = os.getpid()

    def close(self) -> None:
        """Closes the application, and the transport with it; once, however often it is called."""
        with _lock:
            if self.is_closed:
                return
            self.is_closed = True
        self.transport.close()
        self.application.close()


class Use:
    """One user of an open application, which is closed when its last user is."""

    def __init__(self, opened: OpenApplication) -> None:
        self._opened = opened
        self._released = False

    @property
    def application(self) -> EmbeddedApplication:
        """The application."""
        return self._opened.application

    @property
    def transport(self) -> AsgiTransport:
        """The transport that calls it."""
        return self._opened.transport

    @property
    def token(self) -> str:
        """The API token for its requests."""
        return self._opened.application.api_token

    @property
    def is_sandbox(self) -> bool:
        """Whether tests move its clock, and have its answers fail."""
        return self._opened.is_sandbox

    def check(self) -> None:
        """Raises `UnusableConnection` when the application was closed or its data removed; who acquires it next opens it anew."""
        if self._opened.is_closed:
            raise UnusableConnection("The embedded CRM was closed; close the client, and its next call opens it anew")
        if self._opened.application.is_there():
            return
        with _lock:
            if _open_applications.get(self._opened.folder) is self._opened:
                del _open_applications[self._opened.folder]
        where = self._opened.folder or "the data folder"
        raise UnusableConnection(
            f"The embedded CRM in {where} was removed while it was open; nothing was done. The next call begins with an empty one"
        )

    def release(self) -> None:
        """Ends the use; once, however often it is called."""
        with _lock:
            if self._released:
                return
            self._released = True
            opened = self._opened
            opened.users -= 1
            if opened.users or opened.process_id != os.getpid():
                return
            if _open_applications.get(opened.folder) is opened:
                del _open_applications[opened.folder]
        opened.close()

    def abandon(self) -> None:
        """Ends the use from wherever the user was forgotten: in any thread, which may hold any lock."""
        threading.Thread(target=self.release, name="dealwright-close").start()


_lock = threading.RLock()
_open_applications: dict[Path | None, OpenApplication] = {}
_inherited_applications: list[OpenApplication] = []


def acquire(folder: Path | None, *, is_sandbox: bool = False) -> Use:
    """Returns a use of the application of a folder, and opens it first, as a sandbox or not, when it is not open. Its user releases it.

    Raises `UnusableConnection`, `UnusableCrm`.
    """
    key = folder.resolve() if folder else None
    with _lock:
        opened = _open_applications.get(key)
        if opened is None or not opened.application.is_there():
            opened = _open_applications[key] = OpenApplication(
                _open(key, is_sandbox=is_sandbox), key, is_sandbox=is_sandbox
            )
        opened.users += 1
        return Use(opened)


def close(folder: Path) -> None:
    """Closes the application of a folder, if it is open, whoever uses it."""
    with _lock:
        opened = _open_applications.pop(folder.resolve(), None)
    if opened is not None:
        opened.close()


def close_all() -> None:
    """Closes every application, whoever uses it; the next use opens it anew."""
    with _lock:
        closing = list(_open_applications.values())
        _open_applications.clear()
    for one in closing:
        one.close()


def _open(folder: Path | None, *, is_sandbox: bool) -> EmbeddedApplication:
    try:
        module = importlib.import_module(MODULE)
        open_application: Callable[[Path | None], EmbeddedApplication] = (
            module.open_sandbox if is_sandbox else module.open_application
        )
        return open_application(folder)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("dealwright"):
            raise
        raise UnusableConnection(
            f"The embedded CRM needs the server ({error.name} is missing): {install_command('server')}"
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
    _lock.release()


atexit.register(close_all)
if hasattr(os, "register_at_fork"):
    # No other thread holds the lock while a child is made, which would never see it released.
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_reset_after_fork)
